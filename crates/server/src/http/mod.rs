//! Reading requests strictly and answering in the form that was asked for.

mod body;
mod browser_name;
mod network;
mod visitor;

pub(crate) use body::{Body, form_pairs, is_of_type, is_utf8, read};
pub(crate) use network::{Network, Peer};
pub(crate) use visitor::{Visitor, Wants};
