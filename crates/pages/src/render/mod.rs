//! From a view to HTML.

mod account;
mod activity;
mod logout;
mod lone;

use std::fmt;

use askama::Template;
use riser_wire::{InteractionKind, InteractionState, InteractionStatus};

pub use crate::news::AccountNews;
pub use crate::qr::QrSvg;
pub use crate::views::*;
use crate::{
    Notice,
    ended::{Ending, Tone},
    frame::Frame,
    screen::Screen,
    shown::{Part, Shown},
    texts::ENGLISH,
    ways::WayKind,
};
pub use account::account;
pub use logout::{sign_out, signed_out};
pub use lone::{cancel, cancelled, closed_account, not_yet, recovery_begun, recovery_codes};

/// A page could not be written.
#[derive(Debug)]
pub struct RenderError(askama::Error);

impl RenderError {
    pub(crate) fn new(error: askama::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a page could not be written: {}", self.0)
    }
}

impl std::error::Error for RenderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// The page of a visit.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn interaction(page: &InteractionPage<'_>) -> Result<String, RenderError> {
    if page.state.status != InteractionStatus::Pending {
        let ending = Ending::of(page.state, &ENGLISH);
        return write(&EndedTemplate { frame: Frame::plain(ending.heading), kind: kind(page.state), ending });
    }
    let screen = Screen::of(page, &ENGLISH);
    let frame = Frame::scripted(screen.title);
    let frame = if page.notice.is_some() { frame.with_error() } else { frame };
    let alert = page.notice.map(|notice| match screen.asks_for_code() {
        true => notice.text_about_code(&ENGLISH),
        false => notice.text(&ENGLISH),
    });
    write(&InteractionTemplate {
        frame,
        screen,
        kind: kind(page.state),
        id: &page.state.id,
        csrf: page.csrf,
        alert: alert.unwrap_or_default(),
        blames_input: page.notice.is_some_and(Notice::blames_input),
    })
}

/// The page of an error that cannot be redirected.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn error(page: &ErrorPage<'_>) -> Result<String, RenderError> {
    write(&ErrorTemplate {
        frame: Frame::plain(page.title),
        title: Shown(page.title),
        detail: Shown(page.detail),
        request_id: Shown(page.request_id),
    })
}

/// The page at `/`.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn home(page: &HomePage<'_>) -> Result<String, RenderError> {
    write(&HomeTemplate { frame: Frame::plain(ENGLISH.home.heading), issuer: Shown(page.issuer) })
}

fn write(template: &impl Template) -> Result<String, RenderError> {
    template.render().map_err(RenderError)
}

fn kind(state: &InteractionState) -> &'static str {
    match state.kind {
        InteractionKind::Login => "login",
        InteractionKind::StepUp => "step_up",
        InteractionKind::Enrol => "enrol",
        InteractionKind::Consent => "consent",
        InteractionKind::Recover => "recover",
    }
}

#[derive(Template)]
#[template(path = "interaction.html")]
struct InteractionTemplate<'a> {
    frame: Frame,
    screen: Screen<'a>,
    kind: &'static str,
    id: &'a str,
    csrf: &'a str,
    alert: String,
    blames_input: bool,
}

#[derive(Template)]
#[template(path = "ended.html")]
struct EndedTemplate<'a> {
    frame: Frame,
    kind: &'static str,
    ending: Ending<'a>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    frame: Frame,
    title: Shown<'a>,
    detail: Shown<'a>,
    request_id: Shown<'a>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomeTemplate<'a> {
    frame: Frame,
    issuer: Shown<'a>,
}
