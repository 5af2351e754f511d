use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};

use super::{
    pages::{broken, page},
    visitor::Visitor,
};
use crate::{BankError, bank::Bank, store::Done};

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    csrf_token: String,
    balance: String,
    recent: Vec<Line>,
}

/// A transfer that was done, as the list shows it.
struct Line {
    payee: String,
    iban: String,
    amount: String,
    reference: Option<String>,
}

impl From<Done> for Line {
    fn from(done: Done) -> Self {
        let transfer = done.transfer;
        Self {
            payee: transfer.payee,
            iban: transfer.iban,
            amount: transfer.amount.to_string(),
            reference: transfer.reference,
        }
    }
}

/// The start page: for strangers the way in, for customers their account.
pub(crate) async fn get(State(bank): State<Arc<Bank>>, headers: HeaderMap) -> Response {
    match home(&bank, &headers).await {
        Ok(Some(home)) => page(StatusCode::OK, &home),
        Ok(None) => page(StatusCode::OK, &Welcome),
        Err(error) => broken(&error),
    }
}

async fn home(bank: &Bank, headers: &HeaderMap) -> Result<Option<Home>, BankError> {
    let Some(visitor) = Visitor::find(bank, headers).await? else { return Ok(None) };
    let recent = bank.store.recent(visitor.session.sub.clone()).await?;
    Ok(Some(Home {
        csrf_token: visitor.csrf_token(),
        balance: visitor.session.balance.to_string(),
        recent: recent.into_iter().map(Line::from).collect(),
    }))
}
