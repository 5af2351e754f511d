use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::{Guard, Requirement};

/// Puts a guard in front of a service: made by [`Guard::layer`].
#[derive(Clone, Debug)]
pub struct GuardLayer {
    guard: Guard,
    requirement: Requirement,
}

/// A service behind a guard: it is called only with a token that meets the requirement, which stands in
/// the request's extensions as a [`VerifiedToken`](crate::VerifiedToken).
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    inner: S,
    guard: Guard,
    requirement: Requirement,
}

impl Guard {
    /// A tower layer that lets through only what meets `requirement`.
    ///
    /// An action that must be bound has no layer: only its handler knows the details. There, call
    /// [`VerifiedToken::require_bound`](crate::VerifiedToken::require_bound).
    #[must_use]
    pub fn layer(&self, requirement: Requirement) -> GuardLayer {
        GuardLayer { guard: self.clone(), requirement }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;
    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, guard: self.guard.clone(), requirement: self.requirement.clone() }
    }
}

impl<S, In, Out> Service<Request<In>> for Guarded<S>
where
    S: Service<Request<In>, Response = Response<Out>> + Clone + Send + 'static,
    S::Future: Send,
    In: Send + 'static,
    Out: From<String>,
{
    type Response = Response<Out>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<In>) -> Self::Future {
        // The service that was polled ready is the one to call; its clone waits for the next request.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let Self { guard, requirement, .. } = self;
        let (guard, requirement) = (guard.clone(), requirement.clone());
        Box::pin(async move {
            // First whether the token is valid, then whether it suffices: the requirement is told only to
            // who has a valid one (RFC 9470 §9).
            let token = match guard.verify_request(request.headers()).await {
                Ok(token) => token,
                Err(error) => return Ok(guard.refuse(&error).map(Out::from)),
            };
            if let Err(unmet) = token.require(&requirement, guard.now()) {
                return Ok(guard.challenge(&unmet).map(Out::from));
            }
            request.extensions_mut().insert(token);
            inner.call(request).await
        })
    }
}
