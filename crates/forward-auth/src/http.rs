//! The service that a proxy asks, and the layer for a process of one's own.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::{any, get, post},
};
use http::{StatusCode, Uri, request::Parts};
use tower::{Layer, Service};

use crate::{
    asked::CHECK,
    gate::Gate,
    pages::style,
    verdict::{OURS, Verdict},
};

impl Gate {
    /// The service for a proxy: `/check` decides; `/answer` writes the answer to who was refused, for a proxy that can
    /// pass on none; `/.riser/...` is what browsers visit and is the only part that a proxy passes on.
    pub fn service(&self) -> Router {
        Router::new()
            .route(CHECK, any(check))
            .route("/check/{*path}", any(check))
            .route("/answer", any(answer))
            .with_state(self.clone())
            .merge(self.pages())
    }

    fn pages(&self) -> Router {
        Router::new()
            .route("/.riser/login", get(login))
            .route("/.riser/step-up", get(step_up))
            .route("/.riser/callback", get(callback))
            .route("/.riser/sign-out", post(sign_out))
            .route("/.riser/gate.css", get(style))
            .fallback(not_found)
            .with_state(self.clone())
    }

    /// A layer in front of a service of the same process, where there is no proxy: the same rules, the same headers.
    /// The gate's source is [`Source::Direct`](crate::Source::Direct).
    #[must_use]
    pub fn layer(&self) -> GateLayer {
        GateLayer(self.clone())
    }

    async fn decide(&self, parts: &Parts, tersely: bool) -> Response {
        let asked = match self.asked(parts) {
            Ok(asked) => asked,
            Err(refusal) if tersely => return self.tersely(&Verdict::Deny(refusal)),
            Err(refusal) => return self.refused(&refusal, &parts.headers),
        };
        let verdict = self.judge(&asked, &parts.headers).await;
        if tersely { self.tersely(&verdict) } else { self.fully(verdict, &asked, &parts.headers).await }
    }
}

async fn check(State(gate): State<Gate>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    gate.decide(&parts, gate.0.config.source.is_terse()).await
}

/// What nginx asks after a no: the same question, answered in full.
async fn answer(State(gate): State<Gate>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let response = gate.decide(&parts, false).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    // It was a no a moment ago. The application was not asked, so this is no answer of its own either.
    let text = "What was missing is there now, but nothing was done yet. Please do it again.";
    gate.notice(StatusCode::CONFLICT, "again", "Please try again", text, "/")
}

async fn login(State(gate): State<Gate>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    gate.login(&parts.headers, parts.uri.query().unwrap_or_default()).await
}

async fn step_up(State(gate): State<Gate>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    gate.take_offer(&parts.headers, parts.uri.query().unwrap_or_default()).await
}

async fn callback(State(gate): State<Gate>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    gate.callback(&parts.headers, parts.uri.query().unwrap_or_default()).await
}

async fn sign_out(State(gate): State<Gate>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    gate.sign_out(&parts.headers)
}

async fn not_found(State(gate): State<Gate>) -> Response {
    let (title, text) = ("There is no such page", "Go back to the start.");
    gate.notice(StatusCode::NOT_FOUND, "not_found", title, text, "/")
}

/// Puts a gate in front of a service: made by [`Gate::layer`].
#[derive(Clone)]
pub struct GateLayer(Gate);

/// A service behind a gate.
#[derive(Clone)]
pub struct Gated<S> {
    inner: S,
    gate: Gate,
    pages: Router,
}

impl<S> Layer<S> for GateLayer {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated { inner, gate: self.0.clone(), pages: self.0.pages() }
    }
}

impl<S> Service<Request> for Gated<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The service that was polled ready is the one to call; its clone waits for the next request.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let (gate, mut pages) = (self.gate.clone(), self.pages.clone());
        Box::pin(async move {
            if is_ours(request.uri()) {
                return pages.call(request).await;
            }
            let (mut parts, body) = request.into_parts();
            let response = gate.decide(&parts, false).await;
            if response.status() != StatusCode::OK {
                return Ok(response);
            }
            for name in OURS {
                // None of a client's is left: whoever sends one is refused above.
                if let Some(value) = response.headers().get(*name).filter(|value| !value.is_empty()) {
                    parts.headers.insert(*name, value.clone());
                }
            }
            inner.call(Request::from_parts(parts, body)).await
        })
    }
}

/// Byte for byte: another spelling goes on to the rules, which refuse it.
fn is_ours(uri: &Uri) -> bool {
    uri.path().starts_with("/.riser/")
}
