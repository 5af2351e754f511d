//! Factors, proofs, the ladder, and what follows from them: which level is met, by which support,
//! and what a token may say of it.

mod amr;
mod factor;
mod ladder;
mod order;
mod proof;
mod support;

pub use amr::amr;
pub use factor::{Factor, Kind, Possession, Properties};
pub use ladder::{Ladder, LadderError, LevelSpec, SlotSpec, default_ladder};
pub(crate) use ladder::{Level, LevelId};
pub use order::Slot;
pub use proof::{Ceiling, Proof, ProofRecord};
pub(crate) use support::{Fact, Support, best_support, every_support};

#[cfg(test)]
mod mapping;
