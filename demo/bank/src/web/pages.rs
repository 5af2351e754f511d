//! Pages that only say something, and how every page is written.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};

use crate::BankError;

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    title: &'a str,
    text: &'a str,
}

/// Writes a page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let mut response = (status, html).into_response();
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, html);
            response
        }
        Err(error) => broken(&error.into()),
    }
}

/// A page with one thing to say.
pub(crate) fn notice(status: StatusCode, title: &str, text: &str) -> Response {
    page(status, &Notice { title, text })
}

/// No such page.
pub(crate) async fn not_found() -> Response {
    notice(StatusCode::NOT_FOUND, "There is no such page", "Go back to the start page of the bank.")
}

/// An error of ours: the log has it, the visitor only that it was not their fault.
pub(crate) fn broken(error: &BankError) -> Response {
    tracing::error!(error = %error, cause = ?std::error::Error::source(error), "The bank failed a request");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something failed at the bank. Nothing was sent. Please try again later.",
    )
        .into_response()
}
