use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use http::header;

use super::pages;

/// The bank's own scripts and styles, compiled in.
pub(crate) async fn get(Path(name): Path<String>) -> Response {
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    let (kind, body) = match name.as_str() {
        "bank.css" => ("text/css; charset=utf-8", include_str!("../../assets/bank.css")),
        "bank.js" => (SCRIPT, include_str!("../../assets/bank.js")),
        "approval.js" => (SCRIPT, include_str!("../../assets/approval.js")),
        "callback.js" => (SCRIPT, include_str!("../../assets/callback.js")),
        "mark.svg" => ("image/svg+xml", include_str!("../../assets/mark.svg")),
        _ => return pages::not_found().await,
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], body).into_response()
}
