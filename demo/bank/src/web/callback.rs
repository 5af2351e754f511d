//! Where the provider sends browsers back to, from a sign-in and from a step-up.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::{
    cookies::Cookie,
    pages::{broken, notice, page},
    visitor::Visitor,
};
use crate::{
    BankError,
    bank::Bank,
    provider::Redeemed,
    secret::{Hash, Secret},
    store::{Purpose, Session, Visit},
};

/// The answer of the provider (RFC 6749 §4.1.2, RFC 9207 §2). A parameter given twice is an error.
#[derive(Deserialize)]
pub(crate) struct Answer {
    state: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    iss: Option<String>,
}

/// The page at which the popup ends: it tells the bank's page that there is an answer, and closes.
#[derive(Template)]
#[template(path = "popup.html")]
struct Popup<'a> {
    state: &'a str,
    transfer: &'a str,
    outcome: &'a str,
}

/// What is kept of an approval that came.
const APPROVED: &str = "approved";
/// Somebody else proved who they are.
const WRONG_PERSON: &str = "wrong_person";
/// The provider's answer was no answer.
const FAILED: &str = "failed";

/// `GET /callback`.
pub(crate) async fn get(
    State(bank): State<Arc<Bank>>,
    headers: HeaderMap,
    answer: Result<Query<Answer>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(answer)) = answer else { return not_expected() };
    finish(&bank, &headers, answer).await.unwrap_or_else(|error| broken(&error))
}

async fn finish(bank: &Bank, headers: &HeaderMap, answer: Answer) -> Result<Response, BankError> {
    let Some(state) = Secret::from_browser(&answer.state) else { return Ok(not_expected()) };
    let Some(visit) = bank.store.end_visit(state.hash(), bank.now()).await? else {
        return Ok(not_expected());
    };
    // RFC 9207 §2.4: our provider always says who it is; an answer that does not is not believed.
    let answer = if answer.iss.as_deref() == Some(bank.config.issuer.as_str()) {
        answer
    } else {
        Answer { code: None, error: None, ..answer }
    };
    match visit.purpose.clone() {
        Purpose::SignIn { browser } => sign_in(bank, headers, answer, visit, browser).await,
        Purpose::Approve { session, transfer, popup } => {
            let visitor =
                Visitor::find(bank, headers).await?.filter(|visitor| visitor.session.hash == session);
            // Another browser, or signed out in the meantime: the answer is for nobody.
            let Some(visitor) = visitor else { return Ok(not_expected()) };
            let state = answer.state.clone();
            let (outcome, token) = approval(bank, &visitor.session, answer, visit).await;
            bank.store.settle(session, transfer.clone(), outcome.clone(), token).await?;
            Ok(match popup {
                true => {
                    page(StatusCode::OK, &Popup { state: &state, transfer: &transfer, outcome: &outcome })
                }
                false => Redirect::to(&format!("/?transfer={transfer}")).into_response(),
            })
        }
    }
}

async fn sign_in(
    bank: &Bank,
    headers: &HeaderMap,
    answer: Answer,
    visit: Visit,
    browser: Hash,
) -> Result<Response, BankError> {
    // The browser that began must be the one that comes back (login CSRF, RFC 9700 §4.7).
    if Cookie::SignIn.read(headers).is_none_or(|cookie| cookie.hash() != browser) {
        return Ok(not_expected());
    }
    let Some(redeemed) = redeem(bank, answer, visit).await.ok() else {
        return Ok(notice(
            StatusCode::FORBIDDEN,
            "You are not signed in",
            "The sign-in was not completed. Go back to the start page to try again.",
        ));
    };
    // A new name for each sign-in: whoever knew the browser's name before learns nothing (WB-02).
    let session = Secret::generate()?;
    let old = Cookie::Session.read(headers).map(|secret| secret.hash());
    bank.store.sign_in(session.hash(), old, redeemed.sub, redeemed.id_token, bank.now()).await?;
    let mut response = Redirect::to("/").into_response();
    Cookie::Session.set(&session, &bank.config, response.headers_mut());
    Cookie::SignIn.clear(&bank.config, response.headers_mut());
    Ok(response)
}

/// What came of a step-up, and the token that proves it. The bank's session stays as it was.
async fn approval(bank: &Bank, session: &Session, answer: Answer, visit: Visit) -> (String, Option<String>) {
    match redeem(bank, answer, visit).await {
        // The hint in our request binds nobody: only the ID token says who it was.
        Ok(redeemed) if redeemed.sub != session.sub => (WRONG_PERSON.to_owned(), None),
        Ok(redeemed) => (APPROVED.to_owned(), Some(redeemed.access_token)),
        Err(reason) => (reason, None),
    }
}

/// Redeems the code of an answer; the error is a name that a page can explain.
async fn redeem(bank: &Bank, answer: Answer, visit: Visit) -> Result<Redeemed, String> {
    if let Some(error) = answer.error {
        let is_known =
            ["access_denied", "unmet_authentication_requirements", "login_required", "interaction_required"]
                .contains(&error.as_str());
        // Anything else stays out of our pages: it came through a browser.
        return Err(if is_known { error } else { FAILED.to_owned() });
    }
    let code = answer.code.ok_or(FAILED)?;
    bank.provider.redeem(code, visit.verifier, visit.nonce, bank.now()).await.map_err(|error| {
        tracing::warn!(%error, "An answer of the provider was refused");
        FAILED.to_owned()
    })
}

fn not_expected() -> Response {
    notice(
        StatusCode::BAD_REQUEST,
        "This answer was not expected",
        "It was used before, took too long, or belongs to another browser. Nothing was sent.",
    )
}
