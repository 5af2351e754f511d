//! `POST /token`: RFC 6749 §4.1.3 and §6, RFC 7636 §4.6, OIDC Core §3.1.3 and §12.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response};
use riser_core::audit::{Entry, Event};
use riser_core::protocol::{
    Client, ClientGrant, Grant, GrantType, OauthError, OauthErrorCode, Params, TokenEndpointAuthMethod,
    TokenRequest,
};
use riser_core::{Seconds, UnixTime};
use riser_store::{Hashed, Redeemed, Standing, StoreError};
use subtle::ConstantTimeEq as _;

use super::client_auth::authenticate;
use crate::app::App;
use crate::dpop::shown_key;
use crate::error::ApiError;
use crate::hashing::{hashed, secret_token};
use crate::http::{form_pairs, read};
use crate::mint;
use crate::respond::json;

const MAX_BODY: usize = 16 * 1024;
/// A refresh token lives this long, or as long as its session.
const REFRESH_LIFETIME: Seconds = Seconds(30 * 24 * 3600);

pub(crate) async fn post(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    by_form(&app, request, handle).await
}

/// Answers a back-channel request, whose parameters are a form; what goes wrong is told as JSON (RFC 6749 §5.2).
pub(crate) async fn by_form(
    app: &App,
    request: Request,
    call: impl AsyncFnOnce(&App, &HeaderMap, &Params) -> Result<Response<Body>, ApiError>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let answer = match body_params(&parts.headers, body).await {
        Ok(params) => call(app, &parts.headers, &params).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| error.into_json(app.provider.issuer()))
}

/// The parameters of a back-channel request: a form, each at most once.
async fn body_params(headers: &HeaderMap, body: Body) -> Result<Params, ApiError> {
    if !crate::http::is_of_type(headers, "application/x-www-form-urlencoded") {
        return Err(OauthError::invalid_request("send application/x-www-form-urlencoded").into());
    }
    let bytes = read(body, MAX_BODY).await?;
    let pairs =
        form_pairs(&bytes).map_err(|_| OauthError::invalid_request("the parameters are not UTF-8"))?;
    let (params, error) = Params::new(pairs);
    match error {
        None => Ok(params),
        Some(error) => Err(OauthError::invalid_request(error.to_string()).into()),
    }
}

async fn handle(app: &App, headers: &HeaderMap, params: &Params) -> Result<Response<Body>, ApiError> {
    let client = authenticate(app, headers, params).await?;
    let request = TokenRequest::parse(params)?;
    let jkt = shown_key(app, headers, &Method::POST, "/token", None).await?;
    if client.dpop_bound && jkt.is_none() {
        let code = OauthErrorCode::InvalidDpopProof;
        return Err(
            OauthError::new(code, "this client is registered to show a key: send a DPoP proof").into()
        );
    }
    match request {
        TokenRequest::Code { code, redirect_uri, verifier } => {
            redeem(app, client, hashed(&code), redirect_uri.as_deref(), &verifier, jkt).await
        }
        TokenRequest::Client { scope, resource } => {
            let issuer = app.provider.issuer();
            let grant = ClientGrant::of(client, scope.as_deref(), resource.as_deref(), issuer)?;
            let tokens = mint::client_token(app, &grant, jkt.as_deref())?;
            Ok(answer(Granted::to_client(&grant), tokens, None, jkt.as_deref()))
        }
        TokenRequest::Refresh { refresh_token, scope } => {
            refresh(app, client, hashed(&refresh_token), scope.as_deref(), jkt).await
        }
    }
}

/// A code for tokens. Everything is checked before the code is spent, so that a stranger cannot burn it.
async fn redeem(
    app: &App,
    client: &Client,
    code: Hashed,
    redirect_uri: Option<&str>,
    verifier: &str,
    jkt: Option<String>,
) -> Result<Response<Body>, ApiError> {
    let now = app.now();
    let refused =
        || OauthError::invalid_grant("the code is not valid: unknown, expired, used, or not this client's");
    let found = app.store.code(code).await?.ok_or_else(refused)?;
    let grant = found.value;
    let same_uri = redirect_uri.is_none_or(|uri| uri == grant.redirect_uri());
    let same_verifier: bool =
        riser_tokens::s256(verifier).as_bytes().ct_eq(grant.code_challenge().as_bytes()).into();
    // RFC 9449 §10: a code that was asked for with a key is redeemed with it.
    let same_key = grant.dpop_jkt().is_none_or(|bound_to| jkt.as_deref() == Some(bound_to));
    if *grant.client() != client.id || !same_uri || !same_verifier || !same_key {
        return Err(refused().into());
    }
    if found.spent_at.is_some() {
        return Err(reused(app, &grant, "code", now).await);
    }
    if found.expires_at <= now
        || app.store.foundation(&grant, app.provider.session_life, now).await? != Standing::Stands
    {
        return Err(refused().into());
    }
    let tokens = mint::tokens(app, &grant, client, true, jkt.as_deref())?;
    // One action needs no tokens after it: a bound grant is not refreshed.
    let refresh = (client.may_use(GrantType::RefreshToken) && grant.txn().is_none())
        .then(|| secret_token(&*app.random));
    let redeemed = Redeemed {
        refresh: refresh.as_deref().map(|token| (hashed(token), now.plus(REFRESH_LIFETIME))),
        jkt: bound_to(client, jkt.as_deref()),
    };
    let event = Event::TokensIssued { grant: grant.id().clone(), client: client.id.clone() };
    match app.store.redeem_code(code, &grant, redeemed, now, Entry { at: now, event }).await {
        Ok(()) => Ok(answer(Granted::of(&grant), tokens, refresh, jkt.as_deref())),
        // Somebody else was first, or what it stood on ended in this moment: only the one is a reuse.
        Err(StoreError::Conflict) => match app.store.code(code).await? {
            Some(found) if found.spent_at.is_some() => Err(reused(app, &grant, "code", now).await),
            _ => Err(refused().into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// What a refresh token is bound to: the key of a client that proves itself in no other way (RFC 9449 §5).
fn bound_to(client: &Client, jkt: Option<&str>) -> Option<String> {
    jkt.filter(|_| client.auth_method == TokenEndpointAuthMethod::None).map(str::to_owned)
}

/// RFC 6749 §4.1.2: a code used twice revokes what it bought. Of a refresh token the same (RFC 9700 §4.14).
async fn reused(app: &App, grant: &Grant, what: &str, now: UnixTime) -> ApiError {
    let event = Event::ReuseDetected { grant: grant.id().clone(), what: what.to_owned() };
    match app.store.revoke_grant(grant.id(), now, Entry { at: now, event }).await {
        Ok(()) => OauthError::invalid_grant("it was used before: what it bought is revoked").into(),
        Err(error) => error.into(),
    }
}

/// A refresh token for fresh tokens and the next refresh token. It changes nothing of what was proved.
async fn refresh(
    app: &App,
    client: &Client,
    token: Hashed,
    scope: Option<&str>,
    jkt: Option<String>,
) -> Result<Response<Body>, ApiError> {
    let now = app.now();
    let refused = || OauthError::invalid_grant("the refresh token is not valid");
    let found = app.store.refresh_token(token).await?.ok_or_else(refused)?;
    let (kept, grant) = found.value;
    // RFC 9449 §5: the key of a public client is all that says whose the token is.
    let same_key = kept.jkt.is_none() || kept.jkt == jkt;
    if *grant.client() != client.id || !same_key {
        return Err(refused().into());
    }
    if found.spent_at.is_some() {
        return Err(reused(app, &grant, "refresh_token", now).await);
    }
    let stands = app.store.standing(grant.id(), app.provider.session_life, now).await?;
    if found.expires_at <= now || stands != Standing::Stands {
        return Err(refused().into());
    }
    let narrower =
        |scope: &str| scope.split(' ').all(|word| grant.scope().iter().any(|granted| granted == word));
    if scope.is_some_and(|scope| !narrower(scope)) {
        let code = OauthErrorCode::InvalidScope;
        return Err(OauthError::new(code, "a refresh cannot widen the scope").into());
    }
    // This answer has no more than was asked of it; the next may have all again.
    let shown = scope.map_or_else(|| grant.clone(), |scope| grant.narrowed_to(scope));
    let tokens = mint::tokens(app, &shown, client, false, jkt.as_deref())?;
    let next = secret_token(&*app.random);
    // The family ends when its first token would have.
    let redeemed = Redeemed { refresh: Some((hashed(&next), found.expires_at)), jkt: kept.jkt };
    let event = Event::TokensRefreshed { grant: grant.id().clone(), client: client.id.clone() };
    match app.store.rotate_refresh(token, grant.id(), redeemed, now, Entry { at: now, event }).await {
        Ok(()) => Ok(answer(Granted::of(&shown), tokens, Some(next), jkt.as_deref())),
        Err(StoreError::Conflict) => match app.store.refresh_token(token).await? {
            Some(found) if found.spent_at.is_some() => Err(reused(app, &grant, "refresh_token", now).await),
            _ => Err(refused().into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// What an answer says was granted: RFC 6749 §5.1, RFC 9396 §7.
struct Granted<'g> {
    scope: &'g [String],
    authorization_details: Option<&'g serde_json::Value>,
}

impl<'g> Granted<'g> {
    fn of(grant: &'g Grant) -> Self {
        Self { scope: grant.scope(), authorization_details: grant.authorization_details() }
    }

    fn to_client(grant: &'g ClientGrant) -> Self {
        Self { scope: grant.scope(), authorization_details: None }
    }
}

fn answer(
    granted: Granted<'_>,
    tokens: mint::Tokens,
    refresh: Option<String>,
    jkt: Option<&str>,
) -> Response<Body> {
    #[derive(serde::Serialize)]
    struct Answer<'a> {
        access_token: String,
        token_type: &'static str,
        expires_in: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        id_token: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        refresh_token: Option<String>,
        #[serde(skip_serializing_if = "String::is_empty")]
        scope: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        authorization_details: Option<&'a serde_json::Value>,
    }
    json(&Answer {
        access_token: tokens.access_token,
        // RFC 9449 §5.
        token_type: if jkt.is_some() { "DPoP" } else { "Bearer" },
        expires_in: tokens.expires_in,
        id_token: tokens.id_token,
        refresh_token: refresh,
        scope: granted.scope.join(" "),
        authorization_details: granted.authorization_details,
    })
}
