use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Acr, Seconds, UnixTime};

/// Why a person visits Riser's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InteractionKind {
    /// Nobody is signed in at this browser.
    Login,
    /// A session must rise, or prove something afresh.
    StepUp,
    /// A credential is registered under an enrolment grant.
    Enrol,
    /// Only the person's consent is missing.
    Consent,
    /// A lost credential is to be replaced.
    Recover,
}

/// Where an interaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InteractionStatus {
    /// The person has something to do.
    Pending,
    /// Satisfied; `next` carries the answer.
    Done,
    /// Refused, cancelled or impossible; `next` carries the error.
    Failed,
}

/// The application that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientView {
    /// Its identifier.
    pub client_id: String,
    /// Its name as shown to people.
    pub name: String,
}

/// The person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// The name they sign in with.
    pub username: String,
}

/// What the session holds before this interaction adds to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentView {
    /// The strongest level held.
    pub acr: Option<Acr>,
    /// The oldest authentication behind it.
    pub auth_time: UnixTime,
    /// Its methods.
    pub amr: Vec<String>,
}

/// What the request asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredView {
    /// Acceptable levels in order of preference.
    pub acr_values: Vec<Acr>,
    /// The oldest acceptable authentication; absent when any age will do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_age: Option<Seconds>,
}

/// The transaction under approval: what is hashed, and the same fields as people read them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransactionView {
    /// The type of the authorization details (RFC 9396 §2.1).
    #[serde(rename = "type")]
    pub kind: String,
    /// The whole entry, exactly as hashed.
    pub details: Value,
    /// Label and text, in order.
    pub display: Vec<(String, String)>,
}

/// What a visit to one's own account will do once the person has proved enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// `view`, `add_passkey`, `add_totp`, `set_password`, `new_recovery_codes`, `rename`, `remove`, `set_email`.
    pub action: String,
    /// The name of the credential that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential: Option<String>,
    /// The new name or address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<String>,
    /// Whether only a hardware key will do.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub hardware: bool,
}

/// What a person lacks for what was asked: why a visit ended with `enrolment_required`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LackingView {
    /// Factors that would do, each by itself beside what the person has.
    pub factors: Vec<String>,
    /// Whether a passkey must be a hardware key that the operator accepts.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub hardware: bool,
    /// Names of the person's passkeys that do not reach as far as is asked.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub held_back: Vec<String>,
    /// Whether the person can register such a factor themselves, to be used from a later moment on.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub self_service: bool,
    /// When a passkey that waits will reach as far as is asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rises_at: Option<UnixTime>,
}

/// How far a recovery has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryView {
    /// What is asked next: `identifier`, `password`, `recovery_code` or `lost`.
    pub asks: String,
    /// What can be replaced: identifier, factor and name.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub replaceable: Vec<ReplaceableView>,
    /// How long it takes until the replacement can be registered.
    pub delay: Seconds,
}

/// A credential that a recovery can replace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplaceableView {
    /// Its name in Riser.
    pub id: String,
    /// Its factor.
    pub factor: String,
    /// Its name for its owner.
    pub label: String,
}

/// The state of an interaction as its JSON API gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InteractionState {
    /// Its identifier, which opens nothing by itself.
    pub id: String,
    /// Why the person is here.
    pub kind: InteractionKind,
    /// Where it stands.
    pub status: InteractionStatus,
    /// Who asks; null for an enrolment grant.
    pub client: Option<ClientView>,
    /// The person, once known.
    pub user: Option<UserView>,
    /// What the session holds; null until sign-in.
    pub current: Option<CurrentView>,
    /// What is asked; null for an enrolment grant.
    pub required: Option<RequiredView>,
    /// What is approved, when the request is bound to an action.
    pub transaction: Option<TransactionView>,
    /// What is done to the person's own account, when that is what they came for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<AccountView>,
    /// What the person lacks, when that is why the visit ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lacking: Option<LackingView>,
    /// How far a recovery has come.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recovery: Option<RecoveryView>,
    /// Whether the link of an enrolment lets in nothing but a hardware key.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub hardware: bool,
    /// Ways to satisfy the request: each is a list of factors to prove. Of an enrolment: what may be registered.
    pub options: Vec<Vec<String>>,
    /// Whether the person must still agree (prompt=consent).
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub consent_required: bool,
    /// Why it failed, as a stable name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Where the browser goes once the status is done or failed.
    pub next: Option<String>,
}
