//! A person's visit: opened by a request or a link, carried forward one proof at a time, always by the one
//! dispatcher that asks `decide` what is next.

mod account;
mod accounting;
mod advance;
mod change;
mod enrolment;
mod failure;
mod more;
mod open;
mod recovery;
mod scene;
mod state;
mod step;

pub(crate) use account::{may_register, open_account, released};
pub use accounting::settle_prompts;
pub(crate) use advance::{advance, finish_failed};
pub(crate) use enrolment::{is_for_hardware, link_takes};
pub(crate) use failure::Failure;
pub(crate) use open::{Opening, open_authorize, open_enrolment};
pub(crate) use recovery::{Asks, begin as begin_recovery, open_recovery};
pub use scene::live_credentials;
pub(crate) use scene::{Scene, live, person_with_credentials};
pub(crate) use state::{candidates, state};
pub(crate) use step::{Brought, Proved};

/// The cookie that a browser is to hold from now on, if the visit changed it.
pub(crate) type NewCookie = Option<String>;
