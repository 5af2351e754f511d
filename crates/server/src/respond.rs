//! Answers: redirects to clients, pages, JSON, and the headers that go with each.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use riser_core::protocol::OauthError;

use crate::config::Provider;

/// The address that carries a code back (RFC 6749 §4.1.2, with RFC 9207 `iss`).
pub(crate) fn code_url(provider: &Provider, redirect_uri: &str, code: &str, state: Option<&str>) -> String {
    answer_url(redirect_uri, &[("code", Some(code)), ("state", state), ("iss", Some(provider.issuer()))])
}

/// The address that carries an error back (RFC 6749 §4.1.2.1, with RFC 9207 `iss`).
pub(crate) fn error_url(
    provider: &Provider,
    redirect_uri: &str,
    error: &OauthError,
    state: Option<&str>,
) -> String {
    let description = error.wire_description();
    let pairs = [
        ("error", Some(error.code.as_str())),
        ("error_description", Some(description.as_str())),
        ("state", state),
        ("iss", Some(provider.issuer())),
    ];
    answer_url(redirect_uri, &pairs)
}

/// The address that a browser goes to after a sign-out (RP-Initiated Logout §3): the state comes back, nothing else.
pub(crate) fn signed_out_url(redirect_uri: &str, state: Option<&str>) -> String {
    match state {
        None => redirect_uri.to_owned(),
        Some(_) => answer_url(redirect_uri, &[("state", state)]),
    }
}

fn answer_url(redirect_uri: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    // The registered URI is kept byte for byte (RFC 6749 §3.1.2).
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    format!("{redirect_uri}{joint}{}", query.finish())
}

/// A redirect: 302 after a GET, 303 after a POST, never 307 (RFC 9700 §4.12).
pub(crate) fn redirect(to: &str, after_post: bool) -> Response<Body> {
    let status = if after_post { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if let Ok(location) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, location);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    } else {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    response
}

/// JSON that is nobody else's to keep.
pub(crate) fn json(body: &impl serde::Serialize) -> Response<Body> {
    let text = serde_json::to_string(body).unwrap_or_default();
    with_type("application/json", text)
}

/// A page. `form_target` is the one foreign origin that a form's redirect may lead to.
pub(crate) fn page(status: StatusCode, html: String, form_target: Option<&str>) -> Response<Body> {
    let target = form_target.map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         form-action 'self'{target}; frame-ancestors 'none'; base-uri 'none'"
    );
    let mut response = with_type("text/html; charset=utf-8", html);
    *response.status_mut() = status;
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

fn with_type(kind: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The origin of a redirect URI, for `form-action`: Chromium applies it to the redirect after a form too.
pub(crate) fn origin_of(uri: &str) -> Option<String> {
    let origin = url::Url::parse(uri).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}
