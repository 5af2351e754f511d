//! Who calls a back-channel endpoint: RFC 6749 §2.3.

mod assertion;

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use riser_core::protocol::{
    Client, ClientCredentials, OauthError, OauthErrorCode, Params, SCOPE_EVALUATE, Shown,
    TokenEndpointAuthMethod,
};
use riser_tokens::KeySet;

use crate::app::App;
use crate::error::ApiError;
use crate::live::{live_client, shown};

/// Authenticates the client by exactly the method that it is registered with. One answer for an unknown
/// client and a wrong secret.
pub(crate) async fn authenticate<'a>(
    app: &'a App,
    headers: &HeaderMap,
    params: &Params,
) -> Result<&'a Client, ApiError> {
    let credentials = ClientCredentials::parse(params, basic(headers)?, KeySet::claimed_issuer)?;
    let refused = || OauthError::new(OauthErrorCode::InvalidClient, "the client could not be authenticated");
    let registered = app.provider.client(&credentials.client_id).ok_or_else(refused)?;
    let client = &registered.client;
    let proved = match (client.auth_method, &credentials.shown, &registered.secret) {
        (TokenEndpointAuthMethod::None, Shown::Nothing, _) => true,
        (TokenEndpointAuthMethod::ClientSecretBasic, Shown::Basic(shown), Some(kept))
        | (TokenEndpointAuthMethod::ClientSecretPost, Shown::Post(shown), Some(kept)) => kept.matches(shown),
        (TokenEndpointAuthMethod::PrivateKeyJwt, Shown::Assertion(assertion), _) => {
            assertion::proves(app, registered, assertion).await?
        }
        _ => false,
    };
    if proved { Ok(client) } else { Err(refused().into()) }
}

/// The same for what a public client may not do: it says who it is, and so can anybody.
pub(crate) async fn authenticate_confidential<'a>(
    app: &'a App,
    headers: &HeaderMap,
    params: &Params,
) -> Result<&'a Client, ApiError> {
    let client = authenticate(app, headers, params).await?;
    if client.auth_method == TokenEndpointAuthMethod::None {
        let code = OauthErrorCode::UnauthorizedClient;
        return Err(OauthError::new(code, "only a client that proves itself may ask this").into());
    }
    Ok(client)
}

/// A client that may ask what sessions and tokens are worth: one that proves itself, or that shows a token of its own
/// with the scope `riser.evaluate` (interface.md).
pub(crate) async fn evaluator<'a>(
    app: &'a App,
    headers: &HeaderMap,
    params: &Params,
    path: &str,
) -> Result<&'a Client, ApiError> {
    match shown(headers) {
        // RFC 6750 §2: one way at a time.
        Some(_) if params.get("client_secret").is_some() => {
            Err(OauthError::invalid_request("a client authenticates in one way at a time").into())
        }
        Some(token) => live_client(app, headers, path, token, SCOPE_EVALUATE).await,
        None => authenticate_confidential(app, headers, params).await,
    }
}

/// RFC 6749 §2.3.1: name and secret are form-encoded before they are joined.
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, OauthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let malformed =
        || OauthError::new(OauthErrorCode::InvalidClient, "the Authorization header is malformed");
    if values.next().is_some() {
        return Err(malformed());
    }
    let text = value.to_str().map_err(|_| malformed())?;
    let (scheme, encoded) = text.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_| malformed())?;
    let decoded = String::from_utf8(decoded).map_err(|_| malformed())?;
    let (name, secret) = decoded.split_once(':').ok_or_else(malformed)?;
    Ok(Some((form_decoded(name), form_decoded(secret))))
}

fn form_decoded(text: &str) -> String {
    // A value without `=` and `&` is parsed as a lone name.
    let guarded = text.replace('=', "%3D").replace('&', "%26");
    form_urlencoded::parse(guarded.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}
