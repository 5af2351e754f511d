use askama::Template;
use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};

/// Nothing from elsewhere, nothing inline, in nobody's frame.
const CSP: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page with one thing to say, and at most one thing to do about it.
#[derive(Template)]
#[template(path = "notice.html")]
pub(crate) struct Notice<'a> {
    pub(crate) site: &'a str,
    pub(crate) outcome: &'a str,
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
    pub(crate) act: Option<(&'a str, &'a str)>,
    pub(crate) back: &'a str,
}

/// Writes a page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    // A template of ours that cannot be written refuses all the same, without words.
    let mut response = Response::new(Body::from(template.render().unwrap_or_default()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The style of the pages, at an address of its own, so that no page needs anything inline.
pub(crate) async fn style() -> Response {
    let mut response = Response::new(Body::from(include_str!("../assets/gate.css")));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
