//! What an action needs: the operator's rules in Cedar, and the question that no authorizer asks: what is the least
//! that would make this a permit?
//!
//! Owns the schema that ships with Riser, what a rule may ask of a session, and the decision about an action. Owns no
//! file, clock or connection, and no rule about levels: which are held and which can be reached is `riser-core`'s
//! answer. Evaluator, type checker and parser are the Cedar project's.

mod decide;
mod derived;
mod evidence;
mod explain;
mod judge;
mod load;
mod polarity;
mod recorded;
mod request;
mod rule;
mod schema;
mod shape;
mod slice;
mod window;

#[cfg(test)]
mod least;
#[cfg(test)]
mod rows;

pub use decide::{Asked, Decision, decide};
pub use evidence::{Evidence, Reach, evidence, reach};
pub use explain::{Explained, ExplainedRule, Fact, explain};
pub use judge::{Judged, Proved, Standing, Transaction, judge};
pub use load::{LoadError, LoadErrors, Policies, SourceText};
pub use recorded::{Difference, Effort, Outcome, RecordedQuestion};
pub use request::{Attributes, Request};
pub use window::{InvalidWindow, Window};
