//! A person's visit: opened by a request or a link, carried forward one proof at a time, always by the one
//! dispatcher that asks `decide` what is next.

mod advance;
mod failure;
mod open;
mod scene;
mod state;

pub(crate) use advance::{Proved, advance, finish_failed};
pub(crate) use failure::Failure;
pub(crate) use open::{Opening, open_authorize, open_enrolment};
pub(crate) use scene::{Scene, person_with_credentials};
pub(crate) use state::{candidates, state};

/// The cookie that a browser is to hold from now on, if the visit changed it.
pub(crate) type NewCookie = Option<String>;
