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
    /// Ways to satisfy the request: each is a list of factors to prove.
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
