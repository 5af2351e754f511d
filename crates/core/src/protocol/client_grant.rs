//! What a client is granted for itself: RFC 6749 §4.4. No person is behind it, so it says nothing of an
//! authentication (RFC 9068 §2.2.1), has no session, and opens nothing of anybody's account.

use riser_wire::{AccessTokenClaims, Audience, Claims};

use super::client::{Client, GrantType};
use super::grant::TOKEN_LIFETIME;
use super::oauth_error::{OauthError, OauthErrorCode};
use crate::{ClientId, UnixTime};

/// The scope that asks for decisions, and introspects.
pub const SCOPE_EVALUATE: &str = "riser.evaluate";

/// Scopes that are about a person.
const PERSONAL: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

/// Whether a scope is one of this provider's own, for clients alone: no person can grant it.
pub(crate) fn is_own_scope(scope: &str) -> bool {
    scope.starts_with("riser.")
}

/// What a client was granted for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientGrant {
    client: ClientId,
    scope: Vec<String>,
    audience: String,
}

impl ClientGrant {
    /// Grants what `client` asks for itself. A scope belongs to one audience: the provider's own to the issuer, any
    /// other to the client's `resource`, so that a token of the one is never good at the other (RFC 9068 §3).
    ///
    /// # Errors
    /// `unauthorized_client` when it is not registered for this; `invalid_scope` for a scope that it may not have, or
    /// of two audiences; `invalid_target` for another's resource.
    pub fn of(
        client: &Client,
        scope: Option<&str>,
        resource: Option<&str>,
        issuer: &str,
    ) -> Result<Self, OauthError> {
        if !client.may_use(GrantType::ClientCredentials) {
            let code = OauthErrorCode::UnauthorizedClient;
            return Err(OauthError::new(code, "this client is not registered for client_credentials"));
        }
        let own = client.resource.as_deref().unwrap_or(issuer);
        if resource.is_some_and(|resource| resource != own && resource != issuer) {
            let code = OauthErrorCode::InvalidTarget;
            return Err(OauthError::new(code, "this client may not ask for that resource"));
        }
        let belongs_to = |scope: &str| if is_own_scope(scope) { issuer } else { own };
        let may_have =
            |scope: &&str| !PERSONAL.contains(scope) && client.scopes.iter().any(|allowed| allowed == scope);
        let invalid = |text| OauthError::new(OauthErrorCode::InvalidScope, text);
        let (words, audience) = match scope {
            Some(asked) => {
                let words: Vec<&str> = asked.split(' ').filter(|word| !word.is_empty()).collect();
                if !words.iter().all(may_have) {
                    return Err(invalid("this client may not have that scope for itself"));
                }
                let first = words.first().map(|word| belongs_to(word));
                let audience = resource.or(first).unwrap_or(own);
                if words.iter().any(|word| belongs_to(word) != audience) {
                    return Err(invalid("the scopes are for different resources: ask for one token each"));
                }
                (words, audience)
            }
            None => {
                let all: Vec<&str> = client.scopes.iter().map(String::as_str).filter(may_have).collect();
                let has_others = all.iter().any(|scope| !is_own_scope(scope));
                let only_ours = !all.is_empty() && !has_others;
                let audience = resource.unwrap_or(if only_ours { issuer } else { own });
                (all.into_iter().filter(|scope| belongs_to(scope) == audience).collect(), audience)
            }
        };
        let mut granted: Vec<String> = Vec::new();
        for word in words {
            if !granted.iter().any(|known| known == word) {
                granted.push(word.to_owned());
            }
        }
        Ok(Self { client: client.id.clone(), scope: granted, audience: audience.to_owned() })
    }

    /// What is granted.
    #[must_use]
    pub fn scope(&self) -> &[String] {
        &self.scope
    }

    /// The claims of an access token made now (RFC 9068 §2.2): the client is its own subject.
    #[must_use]
    pub fn access_token(&self, issuer: &str, now: UnixTime, jti: String) -> AccessTokenClaims {
        AccessTokenClaims {
            iss: issuer.to_owned(),
            sub: self.client.as_str().to_owned(),
            aud: Audience::One(self.audience.clone()),
            exp: now.plus(TOKEN_LIFETIME),
            iat: now,
            jti,
            client_id: self.client.as_str().to_owned(),
            grant_id: None,
            scope: (!self.scope.is_empty()).then(|| self.scope.join(" ")),
            sid: None,
            cnf: None,
            authentication: Claims::default(),
            acr_satisfied: Vec::new(),
            txn: None,
            authorization_details: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{AcrValuesMode, SigningAlgorithm, TokenEndpointAuthMethod};

    const ISSUER: &str = "https://id.example";
    const API: &str = "https://api.example";

    fn client(scopes: &str, resource: Option<&str>) -> Client {
        Client {
            id: ClientId::new("worker"),
            name: "Worker".to_owned(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
            grant_types: vec![GrantType::ClientCredentials],
            minimum_acr: None,
            acr_values_mode: AcrValuesMode::Essential,
            default_max_age: None,
            resource: resource.map(str::to_owned),
            id_token_alg: SigningAlgorithm::Es256,
            scopes: scopes.split_ascii_whitespace().map(str::to_owned).collect(),
            require_pushed: false,
            dpop_bound: false,
            enrolment_ceiling: None,
        }
    }

    #[test]
    #[rustfmt::skip] // a table
    fn std_at_04_a_scope_belongs_to_one_audience() {
        let all = client("openid riser.evaluate orders.read orders.write", Some(API));
        for (name, client, scope, resource, expected) in [
            ("its own scopes unless it says", &all, None, None, Ok(("orders.read orders.write", API))),
            ("the provider's at the issuer", &all, None, Some(ISSUER), Ok(("riser.evaluate", ISSUER))),
            ("by the scope", &all, Some("riser.evaluate"), None, Ok(("riser.evaluate", ISSUER))),
            ("fewer", &all, Some("orders.read"), Some(API), Ok(("orders.read", API))),
            ("repeated", &all, Some("orders.read  orders.read"), None, Ok(("orders.read", API))),
            ("of two audiences", &all, Some("riser.evaluate orders.read"), None, Err("invalid_scope")),
            ("at the wrong one", &all, Some("riser.evaluate"), Some(API), Err("invalid_scope")),
            ("of a person", &all, Some("openid"), None, Err("invalid_scope")),
            ("not registered", &all, Some("riser.admin"), None, Err("invalid_scope")),
            ("another's resource", &all, None, Some("https://else.example"), Err("invalid_target")),
            ("only the provider's", &client("riser.evaluate", Some(API)), None, None, Ok(("riser.evaluate", ISSUER))),
            ("none at all", &client("openid profile", Some(API)), None, None, Ok(("", API))),
            ("without a resource", &client("orders.read", None), None, None, Ok(("orders.read", ISSUER))),
        ] {
            let granted = ClientGrant::of(client, scope, resource, ISSUER);
            let found = granted.as_ref().map(|grant| (grant.scope.join(" "), grant.audience.as_str()));
            let expected = expected.map(|(scope, audience)| (scope.to_owned(), audience));
            assert_eq!(found.map_err(|error| error.code.as_str()), expected, "{name}");
        }
    }

    #[test]
    fn std_at_03_a_client_that_acts_for_itself_has_no_authentication() {
        let grant = ClientGrant::of(&client("orders.read", None), None, None, ISSUER).unwrap();
        let claims = grant.access_token(ISSUER, UnixTime(1_000), "jti".to_owned());
        assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), ("worker", "worker"));
        assert_eq!((claims.authentication, claims.acr_satisfied), (Claims::default(), Vec::new()));
        assert_eq!((claims.sid, claims.grant_id, claims.txn), (None, None, None));
    }
}
