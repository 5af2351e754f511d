use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Acr, UnixTime};

/// `aud` of RFC 7519 §4.1.3: one string, or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// The usual case.
    One(String),
    /// Several recipients.
    Many(Vec<String>),
}

impl Audience {
    /// Whether `name` is one of the recipients, compared byte by byte.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

/// What a token says of the authentication behind it. Fixed for the life of the grant (RFC 9470 §6.1),
/// except that `acr` and `amr` are left out once the level has lapsed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The level that the request was satisfied at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acr: Option<Acr>,
    /// The methods of the support of that level (RFC 8176).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub amr: Vec<String>,
    /// The oldest authentication that the level rests on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub auth_time: Option<UnixTime>,
}

/// The claims of an access token: RFC 9068 §2.2 with `acr_satisfied`, `txn` and RFC 9396 §9.1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// The provider.
    pub iss: String,
    /// The person; the client itself for client credentials.
    pub sub: String,
    /// The resource servers that may accept it.
    pub aud: Audience,
    /// When it ends.
    pub exp: UnixTime,
    /// When it was made.
    pub iat: UnixTime,
    /// Unique to this token.
    pub jti: String,
    /// The client that it was issued to.
    pub client_id: String,
    /// The grant that it came from; the provider looks up whether that still stands. None when no person is behind
    /// it: the client acts for itself (RFC 6749 §4.4).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grant_id: Option<String>,
    /// Granted scopes, space-separated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scope: Option<String>,
    /// The session, which survives a step-up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sid: Option<String>,
    /// The key that its holder must show with it; anybody's who has it, when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cnf: Option<Confirmation>,
    /// acr, amr and auth_time.
    #[serde(flatten)]
    pub authentication: Claims,
    /// Every configured acr and alias that the authentication meets. Guards test membership here: they
    /// need no ladder and never compare levels by order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub acr_satisfied: Vec<Acr>,
    /// One elevation, spent once. Present exactly when the token is bound.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub txn: Option<String>,
    /// The transaction that was approved, as the person saw it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authorization_details: Option<Value>,
}

/// What a token is bound to (RFC 7800 §3). One without `jkt` is bound in a way that nobody here can check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The thumbprint of a key (RFC 9449 §6.1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub jkt: Option<String>,
}

/// The claims of an ID token: OIDC Core §2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The provider.
    pub iss: String,
    /// The person: at most 255 ASCII characters, never reassigned.
    pub sub: String,
    /// The client.
    pub aud: Audience,
    /// When it ends.
    pub exp: UnixTime,
    /// When it was made.
    pub iat: UnixTime,
    /// The session, which survives a step-up.
    pub sid: String,
    /// From the request, unmodified; absent after a refresh (§12.2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nonce: Option<String>,
    /// §3.1.3.6: left half of the access token's hash.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at_hash: Option<String>,
    /// acr, amr and auth_time.
    #[serde(flatten)]
    pub authentication: Claims,
}
