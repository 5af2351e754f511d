//! The one mint: codes and tokens come from here. A person's come only from a [`Satisfied`] or from the grant that was
//! made of one; a client's own, which say nothing of any person, from its [`ClientGrant`].

use riser_core::audit::Event;
use riser_core::protocol::{AuthorizeRequest, Client, ClientGrant, Grant, GrantNames, SigningAlgorithm};
use riser_core::step_up::Satisfied;
use riser_core::{GrantId, Seconds};
use riser_store::{CodeIssue, Hashed};
use riser_tokens::TokenType;
use riser_wire::{AccessTokenClaims, Confirmation};

use crate::app::{App, random_bytes};
use crate::error::ApiError;
use crate::hashing::{hashed, secret_token};
use crate::identity::algorithm_of;

/// How long a code lives (FAPI 2.0 §5.3.2.1: at most 60 s).
pub(crate) const CODE_LIFETIME: Seconds = Seconds(60);

/// A code that may leave once its row is durable.
pub(crate) struct Minted {
    /// The code itself.
    pub(crate) code: String,
    /// What the store keeps of it.
    pub(crate) issue: CodeIssue,
}

/// The record of a code that leaves without a proof in its visit.
pub(crate) fn granted_silently(satisfied: &Satisfied, grant: &Grant) -> Event {
    Event::GrantedSilently {
        user: satisfied.user().clone(),
        session: satisfied.session().clone(),
        client: grant.client().clone(),
        grant: grant.id().clone(),
        acr: satisfied.acr().cloned(),
    }
}

/// Tokens of one answer.
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) expires_in: i64,
    pub(crate) id_token: Option<String>,
}

/// Mints a code for `request` on what `satisfied` proved.
pub(crate) fn code(
    app: &App,
    satisfied: &Satisfied,
    request: &AuthorizeRequest,
    generation: i64,
) -> Result<Minted, ApiError> {
    let names =
        GrantNames { grant: GrantId::new(ordered_uuid(app).to_string()), txn: secret_token(&*app.random) };
    let grant = Grant::of(satisfied, request, generation, names)
        .ok_or_else(|| ApiError::internal("the proof is not of the request's transaction"))?;
    let code = secret_token(&*app.random);
    let now = app.now();
    let pushed = request.pushed.map(|name| (Hashed(name), now));
    let issue = CodeIssue { code: hashed(&code), grant, expires_at: now.plus(CODE_LIFETIME), pushed };
    Ok(Minted { code, issue })
}

/// Signs the tokens of a grant. `first`: for the code itself, and not for a refresh.
/// `jkt`: the key that the access token is bound to.
pub(crate) fn tokens(
    app: &App,
    grant: &Grant,
    client: &Client,
    first: bool,
    jkt: Option<&str>,
) -> Result<Tokens, ApiError> {
    let now = app.now();
    let issuer = app.provider.issuer();
    let claims = bound(grant.access_token(issuer, now, secret_token(&*app.random)), jkt);
    let access_token = signed_access_token(app, &claims)?;
    let id_token = if grant.is_openid() {
        let at_hash = riser_tokens::at_hash(&access_token, algorithm_of(client.id_token_alg));
        let claims = grant.id_token(issuer, now, at_hash, first);
        Some(app.keys.sign(client.id_token_alg, TokenType::IdToken, &claims).map_err(ApiError::Internal)?)
    } else {
        None
    };
    Ok(Tokens { access_token, expires_in: claims.exp.since(now), id_token })
}

/// Signs the token of a client for itself. Nothing is stored of it: it stands as long as it says, and as its client is
/// registered for what it says.
pub(crate) fn client_token(app: &App, grant: &ClientGrant, jkt: Option<&str>) -> Result<Tokens, ApiError> {
    let now = app.now();
    let claims = grant.access_token(app.provider.issuer(), now, secret_token(&*app.random));
    let claims = bound(claims, jkt);
    let access_token = signed_access_token(app, &claims)?;
    Ok(Tokens { access_token, expires_in: claims.exp.since(now), id_token: None })
}

/// RFC 9449 §6.1.
fn bound(claims: AccessTokenClaims, jkt: Option<&str>) -> AccessTokenClaims {
    AccessTokenClaims { cnf: jkt.map(|jkt| Confirmation { jkt: Some(jkt.to_owned()) }), ..claims }
}

fn signed_access_token(app: &App, claims: &AccessTokenClaims) -> Result<String, ApiError> {
    app.keys.sign(SigningAlgorithm::Es256, TokenType::AccessToken, claims).map_err(ApiError::Internal)
}

/// An identifier in UUID form that sorts by its second (RFC 9562 §5.7), and is random beyond that: what is kept
/// under such names is added at one end of its index, and not all over it.
fn ordered_uuid(app: &App) -> uuid::Uuid {
    let milliseconds = u64::try_from(app.now().0).unwrap_or_default().saturating_mul(1000);
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &random_bytes(&*app.random)).into_uuid()
}

/// A random identifier in UUID form.
pub(crate) fn uuid_from(app: &App) -> uuid::Uuid {
    uuid::Builder::from_random_bytes(random_bytes(&*app.random)).into_uuid()
}
