use axum::response::Response;
use http::{HeaderValue, header};

/// Nothing from elsewhere, nothing inline, in nobody's frame.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                   form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The headers of every answer.
pub(crate) async fn add(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // `no-referrer` would make the browser send `Origin: null` with our own forms.
        (header::REFERRER_POLICY, "same-origin"),
        // The popup crosses to the provider and back: with another value the page would lose sight of it.
        (header::HeaderName::from_static("cross-origin-opener-policy"), "unsafe-none"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
