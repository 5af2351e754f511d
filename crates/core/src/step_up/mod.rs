//! The step-up decision: is the requirement met, and if not, what is the least that would meet it?

mod candidates;
mod decide;
mod facts;
mod lack;
mod requirement;
mod satisfied;

#[cfg(test)]
pub(crate) mod properties;
#[cfg(test)]
pub(crate) mod table;

pub(crate) use candidates::as_if_proved;
pub use candidates::{Candidate, Wanted};
pub use decide::{Decision, Enrol, Ground, Unmet, anyone, decide, ways_to_sign_in};
pub(crate) use facts::counting;
pub use lack::{Lack, lack};
pub use requirement::{Freshness, Mode, Requirement};
pub use satisfied::{Held, Satisfied, Supporting, held};
