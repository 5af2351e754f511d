//! The pages a person sees.
//!
//! Owns the templates, the texts, the stylesheet and the scripts of Riser's pages, the words of its mails, and
//! the choice of what a state looks like. Owns no store, no decision and no key: the page of a visit is a
//! function of [`riser_wire::InteractionState`] and knows nothing that a program could not read from the same
//! API; every other page is a function of plain values that the server fills ([`render`]).
//!
//! Everything that came from outside (a client's name, a payee, a person's name) reaches a template
//! only as `shown::Shown`, is escaped there, and stands in a `<bdi>` element, so that it can change
//! neither the page's markup nor the direction of the words around it.

pub mod assets;
mod change;
mod date;
mod ended;
mod frame;
pub mod mail;
mod news;
mod notice;
mod qr;
pub mod render;
mod screen;
mod shown;
mod slip;
mod texts;
mod views;
mod ways;
mod words;

pub use news::AccountNews;
pub use notice::Notice;
