use serde::{Deserialize, Serialize};
use url::Url;

use super::client_grant::is_own_scope;
use crate::assurance::Ladder;
use crate::{Acr, ClientId, Seconds};

/// A registered client: the fields that a request is judged by, in RFC 7591's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// `client_id`.
    pub id: ClientId,
    /// `client_name`, as shown to people.
    pub name: String,
    /// Compared byte by byte (RFC 9700 §2.1).
    pub redirect_uris: Vec<String>,
    /// `post_logout_redirect_uris` (RP-Initiated Logout §3.1), compared in the same way.
    pub post_logout_redirect_uris: Vec<String>,
    /// How it proves itself at the token endpoint.
    pub auth_method: TokenEndpointAuthMethod,
    /// `grant_types`: how it may come to tokens.
    pub grant_types: Vec<GrantType>,
    /// The floor: no code is issued below it, whatever a URL says.
    pub minimum_acr: Option<Acr>,
    /// Whether the levels that it asks for bind the provider.
    pub acr_values_mode: AcrValuesMode,
    /// `default_max_age` (Registration §2).
    pub default_max_age: Option<Seconds>,
    /// The audience of its access tokens (RFC 8707); the issuer when absent.
    pub resource: Option<String>,
    /// `id_token_signed_response_alg`.
    pub id_token_alg: SigningAlgorithm,
    /// The scopes that it may be granted.
    pub scopes: Vec<String>,
    /// `require_pushed_authorization_requests` (RFC 9126 §6): what it asks in an address is refused.
    pub require_pushed: bool,
    /// `dpop_bound_access_tokens` (RFC 9449 §5.2): it gets no token that is not bound to a key.
    pub dpop_bound: bool,
    /// How far a credential may rise that its back end lets a person enrol; without one it lets in none.
    pub enrolment_ceiling: Option<Acr>,
}

/// `grant_types` (RFC 7591 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// For a person (RFC 6749 §4.1).
    AuthorizationCode,
    /// The same again without them (RFC 6749 §6).
    RefreshToken,
    /// For itself (RFC 6749 §4.4).
    ClientCredentials,
}

/// `token_endpoint_auth_method` (RFC 7591 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpointAuthMethod {
    /// A public client: PKCE alone.
    None,
    /// RFC 6749 §2.3.1, the header.
    ClientSecretBasic,
    /// RFC 6749 §2.3.1, the body.
    ClientSecretPost,
    /// An assertion that one of its keys signed (RFC 7523 §2.2, OIDC Core §9).
    PrivateKeyJwt,
}

impl TokenEndpointAuthMethod {
    /// Whether it proves itself by a secret that it shares with us.
    #[must_use]
    pub fn needs_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
}

/// Whether a request's `acr_values` are necessary (RFC 9470 §5) or voluntary (OIDC Core §3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcrValuesMode {
    /// Met, or an error.
    #[default]
    Essential,
    /// Tried, and else a truthful weaker token.
    Voluntary,
}

/// The algorithms that Riser signs with (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256, the default of configured clients.
    #[default]
    #[serde(rename = "ES256")]
    Es256,
    /// RSA, for clients that know nothing else.
    #[serde(rename = "RS256")]
    Rs256,
}

/// Why a client cannot be registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// A public client that would act for itself: anybody could.
    #[error(
        "client `{0}`: client_credentials needs a client that proves itself (token_endpoint_auth_method)"
    )]
    PublicMachine(ClientId),
    /// A refresh token comes of a code.
    #[error("client `{0}`: grant_types: refresh_token comes with authorization_code")]
    RefreshWithoutCode(ClientId),
    /// A scope of this provider's own, which only a client's own tokens carry.
    #[error("client `{client}`: the scope `{scope}` needs client_credentials in grant_types")]
    MachineScope {
        /// The client.
        client: ClientId,
        /// The scope.
        scope: String,
    },
    /// No redirect URI.
    #[error("client `{0}`: write at least one redirect_uri")]
    NoRedirectUri(ClientId),
    /// Not an absolute https URI without fragment; http only on loopback (RFC 9700 §2.1).
    #[error(
        "client `{client}`: the redirect URI `{uri}` must be absolute, https (http on loopback only), without fragment, user or reserved parameters"
    )]
    RedirectUri {
        /// The client.
        client: ClientId,
        /// The URI as written.
        uri: String,
    },
    /// A level that the ladder does not know.
    #[error("client `{client}`: {field} `{acr}` is no level of the ladder")]
    UnknownAcr {
        /// The client.
        client: ClientId,
        /// Where it stands.
        field: &'static str,
        /// The value as written.
        acr: Acr,
    },
    /// A public client that would let credentials in: anybody could.
    #[error("client `{0}`: enrolment_ceiling needs a client that proves itself (token_endpoint_auth_method)")]
    PublicEnroller(ClientId),
    /// Not an absolute URI without fragment (RFC 8707 §2).
    #[error("client `{client}`: the resource `{resource}` must be an absolute URI without fragment")]
    Resource {
        /// The client.
        client: ClientId,
        /// The value as written.
        resource: String,
    },
}

impl Client {
    /// Checks what the configuration says of a client.
    ///
    /// # Errors
    /// [`ClientError`] names the field and the cure.
    pub fn check(self, ladder: &Ladder) -> Result<Self, ClientError> {
        if self.redirect_uris.is_empty() && self.may_use(GrantType::AuthorizationCode) {
            return Err(ClientError::NoRedirectUri(self.id));
        }
        if self.may_use(GrantType::RefreshToken) && !self.may_use(GrantType::AuthorizationCode) {
            return Err(ClientError::RefreshWithoutCode(self.id));
        }
        if self.may_use(GrantType::ClientCredentials) {
            if self.auth_method == TokenEndpointAuthMethod::None {
                return Err(ClientError::PublicMachine(self.id));
            }
        } else if let Some(scope) = self.scopes.iter().find(|scope| is_own_scope(scope)) {
            return Err(ClientError::MachineScope { client: self.id.clone(), scope: scope.clone() });
        }
        if let Some(uri) = self.addresses().find(|uri| !is_redirect_uri(uri)) {
            return Err(ClientError::RedirectUri { client: self.id.clone(), uri: uri.to_owned() });
        }
        let levels = [("minimum_acr", &self.minimum_acr), ("enrolment_ceiling", &self.enrolment_ceiling)];
        for (field, level) in levels {
            if let Some(acr) = level.iter().find(|acr| !ladder.knows(acr)) {
                return Err(ClientError::UnknownAcr { client: self.id.clone(), field, acr: acr.clone() });
            }
        }
        if self.enrolment_ceiling.is_some() && self.auth_method == TokenEndpointAuthMethod::None {
            return Err(ClientError::PublicEnroller(self.id.clone()));
        }
        let absolute = |text: &&String| Url::parse(text).is_ok_and(|url| url.fragment().is_none());
        if let Some(resource) = self.resource.iter().find(|text| !absolute(text)) {
            return Err(ClientError::Resource { client: self.id.clone(), resource: resource.clone() });
        }
        Ok(self)
    }
}

impl Client {
    /// Every address that a browser is sent to with an answer for it.
    fn addresses(&self) -> impl Iterator<Item = &str> {
        self.redirect_uris.iter().chain(&self.post_logout_redirect_uris).map(String::as_str)
    }

    /// Whether it is registered for a grant type.
    #[must_use]
    pub fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }
}

/// The names that an answer adds; a registered URI that holds one would be read twice (OA-06).
const RESPONSE_PARAMETERS: &[&str] = &["code", "error", "error_description", "iss", "state", "response"];

fn is_redirect_uri(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    scheme
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && !url.query_pairs().any(|(name, _)| RESPONSE_PARAMETERS.contains(&name.as_ref()))
}
