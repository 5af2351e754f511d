//! `POST /par`: a client leaves its request with us before it sends the person (RFC 9126), where no browser can change
//! it. What it gets is a name for it that is good for a while, for itself, and for one code.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use riser_core::Seconds;
use riser_core::protocol::{AuthorizeRefusal, AuthorizeRequest, Client, OauthError, Params};
use riser_core::session::INTERACTION_LIFETIME;
use riser_store::PushedRequest;
use serde_json::json;

use super::client_auth::authenticate;
use super::token::by_form;
use crate::app::App;
use crate::dpop::shown_key;
use crate::error::ApiError;
use crate::hashing::{hashed, secret_token};
use crate::respond;

/// RFC 9126 §2.2: what its name begins with.
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// How long a visit may begin with it: long enough for the slowest redirect.
const LIFETIME: Seconds = Seconds(90);

pub(crate) async fn post(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    by_form(&app, request, push).await
}

async fn push(app: &App, headers: &HeaderMap, params: &Params) -> Result<Response<Body>, ApiError> {
    let client = authenticate(app, headers, params).await?;
    if params.get("request_uri").is_some() {
        // §2.1: it would name another request than the one that was looked at here.
        return Err(OauthError::invalid_request("request_uri is not a parameter of a pushed request").into());
    }
    let mut parameters = request_parameters(params, client);
    // RFC 9449 §10.1: a proof binds the code as `dpop_jkt` does, and both must be of one key.
    if let Some(key) = shown_key(app, headers, &Method::POST, "/par", None).await? {
        match params.get("dpop_jkt") {
            None => parameters.push(("dpop_jkt".to_owned(), key)),
            Some(jkt) if jkt == key => {}
            Some(_) => return Err(OauthError::invalid_request("dpop_jkt is not the key of the proof").into()),
        }
    }
    // §2.1: what would be refused when the person comes is refused now.
    read(app, client, parameters.clone()).map_err(|refusal| match refusal {
        AuthorizeRefusal::Page(error) | AuthorizeRefusal::Redirect { error, .. } => error,
    })?;
    let (name, now) = (secret_token(&*app.random), app.now());
    let until = now.plus(LIFETIME);
    let pushed = PushedRequest { client: client.id.clone(), parameters, until };
    // It is spent with its code, at the end of the visit that it begins.
    app.store.push_request(hashed(&name), pushed, until.plus(INTERACTION_LIFETIME)).await?;
    let mut response = respond::json(&json!({
        "request_uri": format!("{PREFIX}{name}"),
        "expires_in": LIFETIME,
    }));
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// The request itself: without what proved the client, and with its name.
fn request_parameters(params: &Params, client: &Client) -> Vec<(String, String)> {
    let is_proof = |name: &str| {
        matches!(name, "client_id" | "client_secret" | "client_assertion" | "client_assertion_type")
    };
    let own = [("client_id".to_owned(), client.id.as_str().to_owned())];
    let rest = params.pairs().filter(|(name, _)| !is_proof(name));
    own.into_iter().chain(rest.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

fn read(
    app: &App,
    client: &Client,
    parameters: Vec<(String, String)>,
) -> Result<AuthorizeRequest, AuthorizeRefusal> {
    let provider = &app.provider;
    let (ladder, types) = (&provider.ground.ladder, &provider.details_types);
    AuthorizeRequest::parse(parameters, |_| Some(client), provider.issuer(), ladder, types)
}

/// A request as it reached the authorization endpoint.
pub(crate) struct Arrived {
    /// What is asked.
    pub(crate) parameters: Vec<(String, String)>,
    /// The hashed name under which it had been left, if it had.
    pub(crate) pushed: Option<[u8; 32]>,
}

/// Takes the request that `pairs` name, or the one that they are. Of an address that names one nothing else counts but
/// whose it is (RFC 9126 §4, RFC 9101 §5).
pub(crate) async fn arrived(app: &App, pairs: Vec<(String, String)>) -> Result<Arrived, ApiError> {
    let (params, repeated) = Params::new(pairs.iter().cloned());
    let by_name = params.get("request_uri").and_then(|uri| uri.strip_prefix(PREFIX));
    let Some(name) = by_name else { return Ok(Arrived { parameters: pairs, pushed: None }) };
    if let Some(error) = repeated {
        return Err(ApiError::invalid(error.to_string()));
    }
    let name = hashed(name);
    let found = app.store.pushed_request(name).await?;
    // One answer for one that is unknown, another client's, too old, or used.
    let good = found.filter(|found| {
        params.get("client_id") == Some(found.value.client.as_str())
            && found.value.until > app.now()
            && found.spent_at.is_none()
    });
    let good = good.ok_or_else(|| {
        ApiError::invalid("request_uri is not valid: unknown, expired, used, or not this client's")
    })?;
    Ok(Arrived { parameters: good.value.parameters, pushed: Some(name.0) })
}
