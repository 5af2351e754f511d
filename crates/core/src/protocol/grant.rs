use riser_wire::{AccessTokenClaims, Audience, Claims, IdTokenClaims};
use serde::{Deserialize, Serialize};

use super::authorize::AuthorizeRequest;
use crate::step_up::Satisfied;
use crate::{Acr, ClientId, GrantId, Seconds, SessionId, UnixTime, UserId};

/// How long access and ID tokens live.
pub const TOKEN_LIFETIME: Seconds = Seconds(300);
/// How long a token that is bound to a transaction lives, at most.
pub const BOUND_TOKEN_LIFETIME: Seconds = Seconds(120);

/// What was authorized once: a snapshot of what the support proved. Later facts of the session do not flow
/// into it, and a refresh changes nothing in it.
///
/// It can only be made from a [`Satisfied`], or be read back by the store that it was written to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    id: GrantId,
    client: ClientId,
    user: UserId,
    session: SessionId,
    /// The account's generation: what stood on an older one has ended.
    generation: i64,
    scope: Vec<String>,
    audience: String,
    redirect_uri: String,
    code_challenge: String,
    nonce: Option<String>,
    claims: Claims,
    acr_satisfied: Vec<Acr>,
    lapses_at: Option<UnixTime>,
    bound: Option<Bound>,
    /// The key that redeems its code (RFC 9449 §10).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    dpop_jkt: Option<String>,
}

/// One approved transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Bound {
    txn: String,
    authorization_details: serde_json::Value,
}

/// The fresh names that a grant needs. Unguessable where it matters: `txn`.
pub struct GrantNames {
    /// The grant.
    pub grant: GrantId,
    /// Its elevation, used if the request has a transaction.
    pub txn: String,
}

impl Grant {
    /// Grants what `request` asked, on what `satisfied` proved. `None` when the proof and the request are
    /// not of the same transaction: a code never leaves with an approval of something else.
    #[must_use]
    pub fn of(
        satisfied: &Satisfied,
        request: &AuthorizeRequest,
        generation: i64,
        names: GrantNames,
    ) -> Option<Self> {
        if satisfied.bound_to() != request.details.as_ref().map(|details| details.digest()) {
            return None;
        }
        let bound = request
            .details
            .as_ref()
            .map(|details| Bound { txn: names.txn, authorization_details: details.array().clone() });
        Some(Self {
            id: names.grant,
            client: request.client.clone(),
            user: satisfied.user().clone(),
            session: satisfied.session().clone(),
            generation,
            scope: request.scope.clone(),
            audience: request.audience.clone(),
            redirect_uri: request.redirect_uri.clone(),
            code_challenge: request.code_challenge.clone(),
            nonce: request.nonce.clone(),
            claims: Claims {
                acr: satisfied.acr().cloned(),
                amr: satisfied.amr().to_vec(),
                auth_time: Some(satisfied.auth_time()),
            },
            acr_satisfied: satisfied.acr_satisfied().to_vec(),
            lapses_at: satisfied.lapses_at(),
            bound,
            dpop_jkt: request.dpop_jkt.clone(),
        })
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> &GrantId {
        &self.id
    }

    /// Who may use it.
    #[must_use]
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// Whose it is.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// The session that it stands on.
    #[must_use]
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// The account's generation that it stands on.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.generation
    }

    /// Granted scopes.
    #[must_use]
    pub fn scope(&self) -> &[String] {
        &self.scope
    }

    /// The same grant for one answer with fewer scopes (RFC 6749 §6). A word that it does not have is not
    /// added by it.
    #[must_use]
    pub fn narrowed_to(&self, scope: &str) -> Self {
        let mut narrowed = self.clone();
        narrowed.scope.retain(|granted| scope.split(' ').any(|word| word == granted));
        narrowed
    }

    /// The URI that the code was sent to.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// RFC 7636.
    #[must_use]
    pub fn code_challenge(&self) -> &str {
        &self.code_challenge
    }

    /// The thumbprint of the key that its code is bound to (RFC 9449 §10).
    #[must_use]
    pub fn dpop_jkt(&self) -> Option<&str> {
        self.dpop_jkt.as_deref()
    }

    /// The elevation, when the grant is bound to a transaction.
    #[must_use]
    pub fn txn(&self) -> Option<&str> {
        self.bound.as_ref().map(|bound| bound.txn.as_str())
    }

    /// The approved transaction (RFC 9396 §7).
    #[must_use]
    pub fn authorization_details(&self) -> Option<&serde_json::Value> {
        self.bound.as_ref().map(|bound| &bound.authorization_details)
    }

    /// Whether an ID token belongs to it.
    #[must_use]
    pub fn is_openid(&self) -> bool {
        self.scope.iter().any(|scope| scope == "openid")
    }

    /// When a token made now ends: no later than the first level that it names lapses.
    #[must_use]
    pub fn expiry(&self, now: UnixTime) -> UnixTime {
        let lifetime = if self.bound.is_some() { BOUND_TOKEN_LIFETIME } else { TOKEN_LIFETIME };
        let end = now.plus(lifetime);
        self.lapses_at.filter(|lapse| *lapse > now).map_or(end, |lapse| lapse.min(end))
    }

    /// The claims of an access token made now (RFC 9068 §2.2).
    #[must_use]
    pub fn access_token(&self, issuer: &str, now: UnixTime, jti: String) -> AccessTokenClaims {
        let lapsed = self.has_lapsed(now);
        AccessTokenClaims {
            iss: issuer.to_owned(),
            sub: self.user.as_str().to_owned(),
            aud: Audience::One(self.audience.clone()),
            exp: self.expiry(now),
            iat: now,
            jti,
            client_id: self.client.as_str().to_owned(),
            grant_id: Some(self.id.as_str().to_owned()),
            scope: (!self.scope.is_empty()).then(|| self.scope.join(" ")),
            cnf: None,
            sid: Some(self.session.as_str().to_owned()),
            authentication: self.claims_at(now),
            acr_satisfied: if lapsed { Vec::new() } else { self.acr_satisfied.clone() },
            txn: self.txn().map(str::to_owned),
            authorization_details: self.authorization_details().cloned(),
        }
    }

    /// The claims of an ID token made now (OIDC Core §2, §12.2).
    #[must_use]
    pub fn id_token(&self, issuer: &str, now: UnixTime, at_hash: String, first: bool) -> IdTokenClaims {
        IdTokenClaims {
            iss: issuer.to_owned(),
            sub: self.user.as_str().to_owned(),
            aud: Audience::One(self.client.as_str().to_owned()),
            exp: self.expiry(now),
            iat: now,
            sid: self.session.as_str().to_owned(),
            nonce: self.nonce.clone().filter(|_| first),
            at_hash: Some(at_hash),
            authentication: self.claims_at(now),
        }
    }

    fn has_lapsed(&self, now: UnixTime) -> bool {
        self.lapses_at.is_some_and(|lapse| lapse <= now)
    }

    /// A refresh changes none of them; after the lapse the level and its methods are left out.
    fn claims_at(&self, now: UnixTime) -> Claims {
        if self.has_lapsed(now) {
            Claims { acr: None, amr: Vec::new(), auth_time: self.claims.auth_time }
        } else {
            self.claims.clone()
        }
    }
}
