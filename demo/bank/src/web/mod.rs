//! The bank's pages and its small API.

mod api;
mod assets;
mod callback;
mod cookies;
mod headers;
mod home;
mod login;
mod pages;
mod step_up;
mod transfers;
mod visitor;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};

use crate::bank::Bank;

/// The longest body that is read, in bytes.
const MAX_BODY: usize = 16 * 1024;

pub(crate) fn router(bank: Arc<Bank>) -> Router {
    Router::new()
        .route("/", get(home::get))
        .route("/login", get(login::get))
        .route("/sign-out", post(login::sign_out))
        .route("/step-up/start", get(step_up::start))
        .route("/callback", get(callback::get))
        .route("/api/transfers", post(transfers::post))
        .route("/api/transfers/{id}", get(transfers::get))
        .route("/assets/{name}", get(assets::get))
        .fallback(pages::not_found)
        .layer(middleware::map_response(headers::add))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(bank)
}
