//! `/account`: a person's own credentials, sessions and activity. It opens to a session that holds the
//! strongest level which the account reaches; each change is a visit of its own, which asks for a fresh proof.

mod door;
mod endings;
mod facts;
mod news;
mod show;
mod visits;

pub(crate) use endings::{
    block_application, cancel_recovery, cancel_rise, end_presence, end_session, revoke_application, sign_out,
    unblock_application,
};
pub(crate) use show::{get, home};
pub(crate) use visits::open;
