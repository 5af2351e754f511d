//! The guard in front of applications that know nothing of OpenID: a service that nginx, Traefik, Caddy or Envoy asks
//! about each request, or a layer for a process of one's own.
//!
//! Owns: which request needs what, by method and path; the sign-in of a browser at one site; the answers to who is
//! refused. Does not own: the application, its data, and how a person proves anything. It knows the provider by its
//! public keys, by its decisions, and as any OpenID client does. It fails closed: what no rule is about, what can be
//! read in two ways, what cannot be checked now, is refused. A request that was refused is never sent again by it.

mod answer;
mod asked;
mod config;
mod cookies;
mod gate;
mod http;
mod nginx;
mod pages;
mod path;
mod provider;
mod rules;
mod seal;
mod secret;
mod serve;
mod sessions;
mod verdict;
mod visits;

pub use asked::Source;
pub use config::{GateConfig, GateError};
pub use gate::Gate;
pub use http::{GateLayer, Gated};
pub use nginx::nginx_conf;
pub use rules::{Action, Needs, Rule, RuleError, Rules};
pub use seal::NoRandomness;
pub use serve::serve;
