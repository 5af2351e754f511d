use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::app::App;
use crate::serve::{Shutdown, serve_router};

/// Serves `/metrics` on listeners of its own, until told to stop. Never on the provider's: who may read them cannot be
/// told there, since behind a proxy everybody comes from the same address.
pub async fn serve_metrics(app: Arc<App>, listeners: Vec<TcpListener>, shutdown: Shutdown) {
    let router = Router::new().route("/metrics", get(show)).with_state(app);
    serve_router(router, listeners, shutdown).await;
}

async fn show(State(app): State<Arc<App>>) -> ([(HeaderName, HeaderValue); 2], String) {
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    let headers =
        [(header::CONTENT_TYPE, kind), (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))];
    (headers, app.metrics.text(app.store.clone()))
}
