//! Larchmont Hosting's admin console: tenants, and a button that deletes one.
//!
//! It knows nothing of OpenID, levels or keys. A guard stands before it, and tells it in one header who asks; what a
//! request needs is written in the guard's rules and nowhere here. It must be reachable through its guard only.

mod tenants;
mod web;

pub use tenants::Tenants;
pub use web::router;
