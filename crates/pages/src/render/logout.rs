//! Signing out: the question, and that it is done.

use askama::Template;

use super::{RenderError, lone::SaidTemplate, write};
use crate::{
    ended::Tone,
    frame::Frame,
    shown::{Part, Sentence},
    texts::ENGLISH,
    views::SignOutPage,
};

/// Asks somebody whether they want to be signed out. It names nobody: a session that was left alone for too long may
/// be ended from here too, by whoever sits there now.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn sign_out(page: &SignOutPage<'_>) -> Result<String, RenderError> {
    let t = &ENGLISH.logout;
    write(&SignOutTemplate {
        frame: Frame::plain(t.ask),
        lead: page.client.map(|name| Sentence::about(t.ask_for, name)),
        csrf: page.csrf,
        fields: page.fields,
    })
}

/// Nobody is signed in here any more.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn signed_out() -> Result<String, RenderError> {
    let t = &ENGLISH.logout;
    write(&SaidTemplate {
        frame: Frame::plain(t.done),
        testid: "signed-out",
        tone: Tone::Good,
        heading: t.done,
        says: vec![Sentence::plain(t.done_lead), Sentence::plain(ENGLISH.close_window)],
        on: None,
    })
}

#[derive(Template)]
#[template(path = "sign_out.html")]
struct SignOutTemplate<'a> {
    frame: Frame,
    lead: Option<Sentence<'a>>,
    csrf: &'a str,
    fields: &'a [(&'a str, &'a str)],
}
