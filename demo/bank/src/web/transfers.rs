//! `POST /api/transfers`: the one action that is protected.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use riser_guard::{Elevation, GuardError, StepUpNeeded, Unmet};
use serde_json::{Value, json};

use super::{
    api::{ApiProblem, answer},
    pages::broken,
    visitor::Visitor,
};
use crate::{
    BankError,
    bank::Bank,
    money::Cents,
    secret::Secret,
    store::{Begun, Done, Pending, Progress, Session, SpendOutcome},
    transfer::{Transfer, TransferRequest},
};

/// Where the page shows that it is one of ours.
const CSRF_HEADER: &str = "x-csrf-token";

/// Does a transfer, or answers what it needs first. The same request sent again, with the same key, gives
/// the same result and moves money once.
pub(crate) async fn post(State(bank): State<Arc<Bank>>, headers: HeaderMap, body: Bytes) -> Response {
    match transfer(&bank, &headers, &body).await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.respond(&bank),
        Err(error) => broken(&error),
    }
}

async fn transfer(
    bank: &Bank,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Result<Response, ApiProblem>, BankError> {
    let Some(visitor) = Visitor::find(bank, headers).await? else { return Ok(Err(ApiProblem::SignedOut)) };
    let token = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
    if !visitor.made(bank, headers, token) {
        return Ok(Err(ApiProblem::NotFromOurPage));
    }
    let (key, wanted) = match parse(headers, body) {
        Ok(parsed) => parsed,
        Err(problem) => return Ok(Err(problem)),
    };
    let session = visitor.session;
    let id = Secret::generate()?.expose().to_owned();
    let pending = match bank.store.begin_transfer(&session, id, key, wanted.clone(), bank.now()).await? {
        Begun::Pending(pending) => pending,
        Begun::Done(done) => return Ok(Ok(done_before(&done, session.balance))),
        Begun::OtherRequest => return Ok(Err(ApiProblem::KeyOfOtherRequest)),
    };
    if wanted.amount > session.balance {
        return Ok(Err(ApiProblem::NotCovered));
    }
    let elevation = match elevation(bank, &session, &pending, &wanted).await {
        Ok(elevation) => elevation,
        Err(Refusal::Unavailable(error)) => return Ok(Ok(bank.guard.refuse(&error).map(Body::from))),
        Err(Refusal::StepUp(needed)) => {
            bank.store.forget_approval(session.hash, pending.id.clone()).await?;
            return Ok(Ok(step_up(bank, &pending.id, &needed)));
        }
    };
    let spent =
        bank.store.spend(session.hash, pending.id.clone(), elevation.txn().to_owned(), bank.now()).await?;
    Ok(match spent {
        SpendOutcome::Done(done, balance) => {
            tracing::info!(transfer.id = %done.id, "Transfer `{}` was done", done.id);
            Ok(answer(StatusCode::CREATED, &result(&done, balance)))
        }
        SpendOutcome::NotCovered => Err(ApiProblem::NotCovered),
        SpendOutcome::Gone => Err(ApiProblem::NoSuchTransfer),
        SpendOutcome::AlreadySpent => {
            bank.store.forget_approval(session.hash, pending.id.clone()).await?;
            Ok(step_up(bank, &pending.id, &bank.transfer_needs.step_up(wanted.authorization_details())))
        }
    })
}

fn parse(headers: &HeaderMap, body: &[u8]) -> Result<(String, Transfer), ApiProblem> {
    // A form of another site cannot send this type without asking first.
    let is_json = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !is_json {
        return Err(ApiProblem::NotJson);
    }
    let request: TransferRequest = serde_json::from_slice(body).map_err(|_| ApiProblem::NotJson)?;
    request.check().map_err(ApiProblem::BadFields)
}

/// Why there is no elevation.
enum Refusal {
    /// The person has to approve, for the first time or again.
    StepUp(StepUpNeeded),
    /// The token cannot be judged now.
    Unavailable(GuardError),
}

/// The approval of exactly this transfer. It is not enough that we asked: the token is verified, and the
/// details are built anew from the request that was just parsed.
async fn elevation(
    bank: &Bank,
    session: &Session,
    pending: &Pending,
    wanted: &Transfer,
) -> Result<Elevation, Refusal> {
    let details = wanted.authorization_details();
    let again = || Refusal::StepUp(bank.transfer_needs.step_up(details.clone()));
    let bearer = pending.bound_token.as_deref().ok_or_else(again)?;
    let token = match bank.guard.verify(bearer).await {
        Ok(token) => token,
        Err(error @ GuardError::Unavailable(_)) => return Err(Refusal::Unavailable(error)),
        Err(error) => {
            tracing::info!(%error, transfer.id = %pending.id, "An approval does not stand any more");
            return Err(again());
        }
    };
    if token.subject() != session.sub || token.claims().client_id != bank.config.client_id {
        return Err(again());
    }
    token.require_bound(&bank.transfer_needs, &details, bank.guard.now()).map_err(|unmet| match unmet {
        Unmet::StepUp(needed) => {
            tracing::info!(why = ?needed.why, transfer.id = %pending.id, "An approval does not suffice");
            Refusal::StepUp(needed)
        }
        Unmet::Scope(_) => again(),
    })
}

/// The challenge, with the name of the transfer that waits for it.
fn step_up(bank: &Bank, id: &str, needed: &StepUpNeeded) -> Response {
    bank.guard.step_up(needed).map(|problem| {
        let mut body: Value = serde_json::from_str(&problem).unwrap_or_default();
        body["transfer"] = json!(id);
        Body::from(body.to_string())
    })
}

fn result(done: &Done, balance: Cents) -> Value {
    let transfer = &done.transfer;
    json!({
        "id": done.id,
        "status": "done",
        "payee": transfer.payee,
        "iban": transfer.iban,
        "amount": transfer.amount.plain(),
        "amount_text": transfer.amount.to_string(),
        "reference": transfer.reference,
        "done_at": done.at.0,
        "balance": balance.plain(),
        "balance_text": balance.to_string(),
    })
}

/// The result of a request that was done before; the header tells a curious client.
fn done_before(done: &Done, balance: Cents) -> Response {
    let mut response = answer(StatusCode::OK, &result(done, balance));
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    response
}

/// `GET /api/transfers/{id}`: how far a transfer of this browser is.
pub(crate) async fn get(
    State(bank): State<Arc<Bank>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = match Visitor::find(&bank, &headers).await {
        Ok(Some(visitor)) => bank.store.transfer(visitor.session.hash, id).await,
        Ok(None) => return ApiProblem::SignedOut.respond(&bank),
        Err(error) => return broken(&error),
    };
    match found {
        Ok(Some(Progress::Done(done))) => answer(StatusCode::OK, &json!({ "id": done.id, "status": "done" })),
        Ok(Some(Progress::Pending(pending))) => answer(StatusCode::OK, &progress(&pending)),
        Ok(None) => ApiProblem::NoSuchTransfer.respond(&bank),
        Err(error) => broken(&error),
    }
}

fn progress(pending: &Pending) -> Value {
    match pending.outcome.as_deref() {
        None => json!({ "id": pending.id, "status": "pending" }),
        Some("approved") => json!({ "id": pending.id, "status": "approved" }),
        Some(reason) => json!({ "id": pending.id, "status": "refused", "reason": reason }),
    }
}
