use std::sync::Arc;

use axum::{
    extract::{Form, State},
    response::{IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::{
    cookies::Cookie,
    pages::{broken, notice},
    visitor::Visitor,
};
use crate::{
    BankError,
    bank::Bank,
    provider::{Ask, VisitSecrets},
    secret::Secret,
    store::{Purpose, Visit},
};

/// `GET /login`: to the provider, and back to the callback.
pub(crate) async fn get(State(bank): State<Arc<Bank>>, headers: HeaderMap) -> Response {
    begin(&bank, &headers).await.unwrap_or_else(|error| broken(&error))
}

async fn begin(bank: &Bank, headers: &HeaderMap) -> Result<Response, BankError> {
    let now = bank.now();
    let secrets = VisitSecrets::generate()?;
    let url = match bank.provider.authorization_url(Ask::SignIn, &secrets, now).await {
        Ok(url) => url,
        Err(error) => {
            tracing::warn!(%error, "The provider is not available");
            return Ok(provider_is_away());
        }
    };
    // Several tabs of one browser share the cookie, so that each can finish.
    let browser = match Cookie::SignIn.read(headers) {
        Some(browser) => browser,
        None => Secret::generate()?,
    };
    let purpose = Purpose::SignIn { browser: browser.hash() };
    bank.store.begin_visit(secrets.state.hash(), visit(&secrets, purpose), now).await?;
    let mut response = Redirect::to(&url).into_response();
    Cookie::SignIn.set(&browser, &bank.config, response.headers_mut());
    Ok(response)
}

/// What is kept of a visit.
pub(crate) fn visit(secrets: &VisitSecrets, purpose: Purpose) -> Visit {
    Visit {
        nonce: secrets.nonce.expose().to_owned(),
        verifier: secrets.verifier.expose().to_owned(),
        purpose,
    }
}

/// The page for when the provider cannot be reached.
pub(crate) fn provider_is_away() -> Response {
    notice(
        StatusCode::SERVICE_UNAVAILABLE,
        "Signing in is not possible at the moment",
        "The sign-in service does not answer. Please try again in a minute.",
    )
}

/// The form of the sign-out button.
#[derive(Deserialize)]
pub(crate) struct SignOut {
    csrf_token: String,
}

/// `POST /sign-out`: ends the session at the bank.
pub(crate) async fn sign_out(
    State(bank): State<Arc<Bank>>,
    headers: HeaderMap,
    Form(form): Form<SignOut>,
) -> Response {
    let visitor = match Visitor::find(&bank, &headers).await {
        Ok(visitor) => visitor,
        Err(error) => return broken(&error),
    };
    if let Some(visitor) = visitor {
        if !visitor.made(&bank, &headers, Some(&form.csrf_token)) {
            return notice(
                StatusCode::FORBIDDEN,
                "That did not come from the bank",
                "You are still signed in.",
            );
        }
        if let Err(error) = bank.store.sign_out(visitor.session.hash).await {
            return broken(&error);
        }
    }
    let mut response = Redirect::to("/").into_response();
    Cookie::Session.clear(&bank.config, response.headers_mut());
    response
}
