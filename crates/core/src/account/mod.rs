//! A person's own account: what they can change about it, what each change requires of them, how far a new
//! credential may lift a session, and what they are told.
//!
//! Most step-ups are not broken but walked around: through enrolment, removal and recovery. So the rule is
//! one, and it is here: a change needs the strongest level that the account's credentials reach, proved
//! afresh in the visit that asks for the change.

mod action;
mod notice;
mod required;

pub use action::AccountAction;
pub use notice::{Enroller, Notice};
pub use required::{ceiling_of, may_remove, reach, required};

#[cfg(test)]
mod properties;
