//! The exact thing approved: parsed strictly, hashed canonically, shown as it is hashed.

mod canonical;
mod details;
mod display;
mod payment_initiation;
mod riser_action;
mod text;

pub use canonical::{Digest, NotCanonical, challenge};
pub use details::{AuthorizationDetails, DetailsError, DetailsType, Shape};

#[cfg(test)]
mod properties;
