//! `/healthz`: the process answers. `/readyz`: it can do its work, because the store can write.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse as _;

use crate::app::App;

pub(crate) async fn alive() -> Response<Body> {
    "ok\n".into_response()
}

pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response<Body> {
    match app.store.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "Not ready: the store cannot write");
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot write\n").into_response()
        }
    }
}
