//! Proofs of possession at our own endpoints (RFC 9449): one verifier for every path that takes one.

use axum::http::{HeaderMap, HeaderName, Method};
use riser_core::Seconds;
use riser_core::protocol::{OauthError, OauthErrorCode};
use riser_store::Seen;
use riser_tokens::DpopProof;
use riser_wire::{AccessTokenClaims, Confirmation};

use crate::app::App;
use crate::error::ApiError;
use crate::hashing::hashed;

const HEADER: HeaderName = HeaderName::from_static("dpop");
/// How old a proof may be, and how far its maker's clock ahead of ours. Its name is remembered for all that time.
const OLDEST: Seconds = Seconds(60);
const AHEAD: Seconds = Seconds(10);

/// The key that a request's proof shows, if there is a proof: its thumbprint. A proof is good once.
///
/// # Errors
/// `invalid_dpop_proof` for one that fails any check of §4.3.
pub(crate) async fn shown_key(
    app: &App,
    headers: &HeaderMap,
    method: &Method,
    path: &str,
    access_token: Option<&str>,
) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(refused("there is more than one").into());
    }
    let text = value.to_str().map_err(|_| refused("it is no text"))?;
    let proof = DpopProof::verify(text).map_err(|_| refused("it is not one that its own key has signed"))?;
    let now = app.now();
    if !proof.is_for(method.as_str(), &app.provider.url(path)) {
        return Err(refused("it is for another request").into());
    }
    if proof.made_at() <= now.minus(OLDEST) || proof.made_at() > now.plus(AHEAD) {
        return Err(refused("it is not of this moment").into());
    }
    if access_token.is_some_and(|token| !proof.goes_with(token)) {
        return Err(refused("it is for another access token").into());
    }
    let name = hashed(&format!("{}\0{}", proof.thumbprint(), proof.jti()));
    if !app.store.see(Seen::DpopProof, name, proof.made_at().plus(OLDEST)).await? {
        return Err(refused("it was used before").into());
    }
    Ok(Some(proof.thumbprint().to_owned()))
}

/// Checks that who shows an access token may: a bound one with a proof by its key under the scheme `DPoP`, any other as
/// a bearer (§7.1).
pub(crate) async fn require_holder(
    app: &App,
    headers: &HeaderMap,
    method: &Method,
    path: &str,
    shown: Shown<'_>,
    claims: &AccessTokenClaims,
) -> Result<(), ApiError> {
    let invalid = || OauthError::new(OauthErrorCode::InvalidToken, "the access token is not valid here");
    match (shown.scheme, &claims.cnf) {
        (Scheme::Bearer, None) => Ok(()),
        (Scheme::Dpop, Some(Confirmation { jkt: Some(bound_to) })) => {
            match shown_key(app, headers, method, path, Some(shown.token)).await? {
                Some(key) if key == *bound_to => Ok(()),
                _ => Err(invalid().into()),
            }
        }
        _ => Err(invalid().into()),
    }
}

/// An access token as a request shows it.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'h> {
    pub(crate) scheme: Scheme,
    pub(crate) token: &'h str,
}

/// How an access token is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RFC 6750 §2.1.
    Bearer,
    /// RFC 9449 §7.1.
    Dpop,
}

fn refused(what: &'static str) -> OauthError {
    OauthError::new(OauthErrorCode::InvalidDpopProof, format!("the DPoP proof is refused: {what}"))
}
