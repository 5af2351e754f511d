//! The answers of the bank's API: JSON, and problem documents (RFC 9457) for what went wrong.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::{bank::Bank, transfer::BadField};

/// Why a request to the API is refused, apart from the guard's own refusals.
#[derive(Debug)]
pub(crate) enum ApiProblem {
    SignedOut,
    NotFromOurPage,
    NotJson,
    BadFields(Vec<BadField>),
    KeyOfOtherRequest,
    NotCovered,
    NoSuchTransfer,
}

impl ApiProblem {
    fn facts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::SignedOut => (StatusCode::FORBIDDEN, "signed_out", "You are not signed in any more"),
            Self::NotFromOurPage => {
                (StatusCode::FORBIDDEN, "cross_site", "The request did not come from the bank's page")
            }
            Self::NotJson => {
                (StatusCode::BAD_REQUEST, "invalid_request", "The request is not the JSON that is expected")
            }
            Self::BadFields(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields", "Some fields need another look")
            }
            Self::KeyOfOtherRequest => {
                (StatusCode::CONFLICT, "idempotency_key_reused", "This key was used for another request")
            }
            Self::NotCovered => {
                (StatusCode::UNPROCESSABLE_ENTITY, "not_covered", "Your balance does not cover this amount")
            }
            Self::NoSuchTransfer => (StatusCode::NOT_FOUND, "not_found", "There is no such transfer"),
        }
    }

    /// The problem document.
    pub(crate) fn respond(&self, bank: &Bank) -> Response {
        let (status, name, title) = self.facts();
        let mut body = json!({
            "type": format!("{}/problems/{name}", bank.config.public_url),
            "title": title,
            "status": status.as_u16(),
        });
        if let Self::BadFields(fields) = self {
            let fields = fields.iter().map(|bad| json!({ "field": bad.field, "cure": bad.cure }));
            body["fields"] = Value::Array(fields.collect());
        }
        let mut response = answer(status, &body);
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

/// A JSON answer.
pub(crate) fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
