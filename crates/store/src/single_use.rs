use riser_core::account::Enroller;
use riser_core::assurance::Ceiling;
use riser_core::protocol::Grant;
use riser_core::{ClientId, CredentialId, GrantId, InteractionId, UnixTime, UserId};
use serde::{Deserialize, Serialize};

/// The SHA-256 of a value that opens something. Only this is stored: reading the database opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hashed(pub [u8; 32]);

/// The kinds of value that are used once. A value of one kind is never found as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spendable {
    /// A WebAuthn challenge; spent by a failed try too.
    Ceremony = 1,
    /// An authorization code.
    Code = 2,
    /// A refresh token.
    RefreshToken = 3,
    /// An enrolment link.
    Enrolment = 4,
    /// The right to one action: `txn`.
    Elevation = 5,
    /// One of a set of recovery codes.
    RecoveryCode = 6,
    /// The token of a letter that ends something which waits.
    Cancel = 7,
    /// A request that its client has left with us (RFC 9126).
    PushedRequest = 8,
}

impl Spendable {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Ceremony,
        Self::Code,
        Self::RefreshToken,
        Self::Enrolment,
        Self::Elevation,
        Self::RecoveryCode,
        Self::Cancel,
        Self::PushedRequest,
    ];
}

/// What is signed outside and must not be taken twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seen {
    /// A client's assertion (RFC 7523 §3).
    ClientAssertion = 2,
    /// A proof of possession (RFC 9449 §11.1).
    DpopProof = 3,
}

/// A value as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Spent<T> {
    /// What it stands for.
    pub value: T,
    /// When it ends by itself.
    pub expires_at: UnixTime,
    /// When it was spent, if it was.
    pub spent_at: Option<UnixTime>,
}

/// A WebAuthn ceremony: everything about it but the proof is here, and the finishing request can name none
/// of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceremony {
    /// The visit it belongs to.
    pub interaction: InteractionId,
    /// `webauthn.get` or `webauthn.create`.
    pub registers: bool,
    /// The challenge, 32 bytes.
    pub challenge: Vec<u8>,
    /// The person it was made for; anyone at sign-in.
    pub user: Option<UserId>,
}

/// A code to issue.
#[derive(Clone, Debug)]
pub struct CodeIssue {
    /// The code.
    pub code: Hashed,
    /// What it is good for.
    pub grant: Grant,
    /// When it ends.
    pub expires_at: UnixTime,
    /// The pushed request that it answers, which is spent with it, and this moment.
    pub pushed: Option<(Hashed, UnixTime)>,
}

/// A request that its client has left with us, as it came. It is read anew when a browser comes with its name: what a
/// client may ask is decided then (RFC 9126 §7.4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedRequest {
    /// Whose.
    pub client: ClientId,
    /// Its parameters, without what proved the client.
    pub parameters: Vec<(String, String)>,
    /// Until when a visit may begin with it. What is kept of it lives longer, for the visit that did.
    pub until: UnixTime,
}

impl std::fmt::Debug for PushedRequest {
    /// What a client asks may say more of a person than a log should.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushedRequest").field("client", &self.client).finish_non_exhaustive()
    }
}

/// The right to enrol one credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Whose.
    pub user: UserId,
    /// How far the credential may rise.
    pub ceiling: Ceiling,
    /// The account's generation when it was made: a reset voids it.
    pub generation: i64,
    /// When it can be used, if not at once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub opens_at: Option<UnixTime>,
    /// The credential whose place the new one takes: the link is good for nothing else.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replaces: Option<CredentialId>,
    /// Who lets the credential in. Links that are older than this field came from an administrator.
    #[serde(default = "administrator")]
    pub by: Enroller,
}

fn administrator() -> Enroller {
    Enroller::Administrator
}

/// A recovery code: whose, and of which set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCode {
    /// Whose.
    pub user: UserId,
    /// The set.
    pub credential: CredentialId,
}

/// What a redeemed code or refresh token leaves behind.
#[derive(Clone, Debug, Default)]
pub struct Redeemed {
    /// The next refresh token and when it ends.
    pub refresh: Option<(Hashed, UnixTime)>,
    /// The key that it is bound to (RFC 9449 §5).
    pub jkt: Option<String>,
}

/// A refresh token: which grant it stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshToken {
    /// The grant.
    pub grant: GrantId,
    /// The key that must be shown with it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub jkt: Option<String>,
}
