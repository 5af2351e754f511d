use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::{
    login::{provider_is_away, visit},
    pages::{broken, notice},
    visitor::{Visitor, is_same_origin},
};
use crate::{
    BankError,
    bank::Bank,
    provider::{Ask, VisitSecrets},
    store::{Progress, Purpose},
};

/// How the step-up is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    /// In a window of its own; the page stays.
    Popup,
    /// In place of the page, when the browser allows no popup.
    Redirect,
}

#[derive(Deserialize)]
pub(crate) struct Start {
    transfer: String,
    mode: Mode,
}

/// `GET /step-up/start`: to the provider, with the transfer that waits. It is our own address, so that the
/// page can open it at once in answer to a press, before any request.
pub(crate) async fn start(
    State(bank): State<Arc<Bank>>,
    Query(start): Query<Start>,
    headers: HeaderMap,
) -> Response {
    begin(&bank, start, &headers).await.unwrap_or_else(|error| broken(&error))
}

async fn begin(bank: &Bank, start: Start, headers: &HeaderMap) -> Result<Response, BankError> {
    let now = bank.now();
    let Some(visitor) = Visitor::find(bank, headers).await? else {
        return Ok(nothing_waits());
    };
    // Only our own page may send the person there: another site could otherwise choose the moment.
    if !is_same_origin(bank, headers) {
        return Ok(nothing_waits());
    }
    let session = visitor.session;
    let Some(Progress::Pending(pending)) = bank.store.transfer(session.hash, start.transfer).await? else {
        return Ok(nothing_waits());
    };
    let needed = bank.transfer_needs.step_up(pending.transfer.authorization_details());
    let ask = Ask::Approve {
        challenge: &needed.challenge,
        authorization_details: &needed.authorization_details.unwrap_or_default(),
        id_token_hint: &session.id_token,
    };
    let secrets = VisitSecrets::generate()?;
    let url = match bank.provider.authorization_url(ask, &secrets, now).await {
        Ok(url) => url,
        Err(error) => {
            tracing::warn!(%error, "The provider is not available");
            return Ok(provider_is_away());
        }
    };
    bank.store.forget_approval(session.hash, pending.id.clone()).await?;
    let purpose =
        Purpose::Approve { session: session.hash, transfer: pending.id, popup: start.mode == Mode::Popup };
    bank.store.begin_visit(secrets.state.hash(), visit(&secrets, purpose), now).await?;
    Ok(Redirect::to(&url).into_response())
}

fn nothing_waits() -> Response {
    notice(
        StatusCode::NOT_FOUND,
        "There is nothing to confirm",
        "Nothing was sent. Go back to the bank's page and start the transfer again.",
    )
}
