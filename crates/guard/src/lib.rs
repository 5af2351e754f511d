//! The relying party's side of a step-up: verify an access token, require an assurance level, answer with
//! the challenge of RFC 9470.
//!
//! Owns: the checks that a resource server makes, and the answers to who fails them. Does not own: sessions,
//! sign-in, policy, or the provider, of which it knows only public keys. It fails closed: no key, no answer
//! from the provider, a claim that is missing, all deny.
//!
//! # One route, guarded
//! ```
//! # use axum::{Router, routing::delete};
//! # fn app() -> Result<Router, riser_guard::ConfigError> {
//! use riser_guard::{Guard, Requirement, Seconds};
//!
//! let guard = Guard::builder("https://id.example.com", "https://api.example.com").build()?;
//! let strong_and_fresh = Requirement::new("phr")?.max_age(Seconds(300))?;
//! let app = Router::new()
//!     .route("/tenants/{id}", delete(async || "deleted"))
//!     .layer(guard.layer(strong_and_fresh));
//! # Ok(app)
//! # }
//! # assert!(app().is_ok());
//! ```
//! The handler finds the [`VerifiedToken`] in the request's extensions.
//!
//! # One action, approved by itself
//! A window lets one step-up serve many requests. Where the person must approve *this* transfer, to *this*
//! payee, bind it: the details come from the request that you parsed, and the approval is spent with the
//! effect.
//! ```
//! # use riser_guard::{BoundRequirement, Guard, http};
//! # async fn transfer(guard: &Guard, needs: &BoundRequirement, headers: &http::HeaderMap)
//! #     -> http::Response<String> {
//! let details = serde_json::json!([{
//!     "type": "payment_initiation",
//!     "instructedAmount": { "currency": "EUR", "amount": "1234.00" },
//!     "creditorName": "ACME GmbH",
//!     "creditorAccount": { "iban": "DE89370400440532013000" },
//! }]);
//! let token = match guard.verify_request(headers).await {
//!     Ok(token) => token,
//!     Err(error) => return guard.refuse(&error),
//! };
//! let elevation = match token.require_bound(needs, &details, guard.now()) {
//!     Ok(elevation) => elevation,
//!     Err(unmet) => return guard.challenge(&unmet),
//! };
//! // BEGIN; INSERT INTO spent (txn) VALUES (elevation.txn()); move the money; COMMIT
//! # let _ = elevation;
//! # http::Response::new(String::new())
//! # }
//! ```

mod answer;
#[cfg(feature = "axum")]
pub mod axum;
mod cache;
mod clock;
mod config;
#[cfg(feature = "fetch")]
mod consume;
#[cfg(feature = "fetch")]
mod decide;
#[cfg(feature = "fetch")]
mod fetch;
mod guard;
mod layer;
#[allow(
    clippy::result_large_err,
    reason = "an error is a challenge, made once a refusal; how large JSON is in it, another crate of the graph decides \
              (serde_json's `preserve_order`)"
)]
mod require;
mod requirement;
mod resource;
mod source;
mod token;

pub use clock::{Clock, SystemClock};
pub use config::ConfigError;
#[cfg(feature = "fetch")]
pub use consume::{ClientCredentials, ConsumeError, Spent};
#[cfg(feature = "fetch")]
pub use decide::{DecideError, Decision, Question};
#[cfg(feature = "fetch")]
pub use fetch::HttpSource;
pub use guard::{Guard, GuardBuilder, GuardError};
pub use http;
pub use layer::{GuardLayer, Guarded};
pub use require::{Elevation, Satisfied, ScopeNeeded, Shortfall, StepUpNeeded, Unmet};
pub use requirement::{BoundRequirement, Requirement};
pub use riser_tokens::{Jwk, Jwks, VerifyError};
pub use riser_wire::{AccessTokenClaims, Acr, Audience, Challenge, Problem, Seconds, StepUp, UnixTime};
pub use source::{FetchError, Fetching, JwksSource};
pub use token::{InvalidToken, VerifiedToken};
