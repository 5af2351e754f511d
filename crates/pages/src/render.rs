//! From a state to HTML.

use std::fmt;

use askama::Template;
use riser_wire::{InteractionState, InteractionStatus, UnixTime};

use crate::{
    Notice,
    date::Moment,
    ended::{Ending, Tone},
    frame::Frame,
    screen::{Screen, WayKind},
    shown::Shown,
    texts::ENGLISH,
};

/// A page could not be written.
#[derive(Debug)]
pub struct RenderError(askama::Error);

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

/// One visit, whatever its kind and status.
#[derive(Clone, Copy, Debug)]
pub struct InteractionPage<'a> {
    /// The state, as programs read it.
    pub state: &'a InteractionState,
    /// What the forms carry to show that they are ours.
    pub csrf: &'a str,
    /// What went wrong with the last try.
    pub notice: Option<Notice>,
}

/// An error with nowhere to redirect to: a bad client or redirect URI, a foreign or expired visit, a spent link.
#[derive(Clone, Copy, Debug)]
pub struct ErrorPage<'a> {
    /// What happened, in a few words.
    pub title: &'a str,
    /// What it means and what to do.
    pub detail: &'a str,
    /// The request's id, which the log has too.
    pub request_id: &'a str,
}

/// A person's own page.
#[derive(Clone, Copy, Debug)]
pub struct AccountPage<'a> {
    /// Who is signed in.
    pub username: &'a str,
    /// Their passkeys, in the order in which they are shown.
    pub passkeys: &'a [PasskeyRow<'a>],
    /// What just happened.
    pub news: Option<AccountNews>,
}

/// Good news on the account page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountNews {
    /// An enrolment has ended well.
    PasskeyAdded,
}

/// One passkey of a person.
#[derive(Clone, Copy, Debug)]
pub struct PasskeyRow<'a> {
    /// What the person calls it, or its model.
    pub name: Option<&'a str>,
    /// When it was registered.
    pub created: UnixTime,
    /// When it last proved something.
    pub last_used: Option<UnixTime>,
}

/// The page at `/`.
#[derive(Clone, Copy, Debug)]
pub struct HomePage<'a> {
    /// The issuer.
    pub issuer: &'a str,
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
    let frame = Frame::scripted(screen.heading);
    let frame = if page.notice.is_some() { frame.with_error() } else { frame };
    write(&InteractionTemplate {
        frame,
        screen,
        kind: kind(page.state),
        id: &page.state.id,
        csrf: page.csrf,
        alert: page.notice.map(|notice| notice.text(&ENGLISH)).unwrap_or_default(),
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

/// A person's own page.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn account(page: &AccountPage<'_>) -> Result<String, RenderError> {
    let frame = Frame::plain(ENGLISH.account.heading);
    let passkeys = page.passkeys.iter().map(|row| PasskeyItem {
        name: Shown(row.name.unwrap_or(frame.t.account.unnamed)),
        created: row.created.into(),
        last_used: row.last_used.map(Moment::from),
    });
    write(&AccountTemplate {
        username: Shown(page.username),
        passkeys: passkeys.collect(),
        news: page.news.map(|AccountNews::PasskeyAdded| frame.t.account.added),
        frame,
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
        riser_wire::InteractionKind::Login => "login",
        riser_wire::InteractionKind::StepUp => "step_up",
        riser_wire::InteractionKind::Enrol => "enrol",
        riser_wire::InteractionKind::Consent => "consent",
        riser_wire::InteractionKind::Recover => "recover",
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
#[template(path = "account.html")]
struct AccountTemplate<'a> {
    frame: Frame,
    username: Shown<'a>,
    passkeys: Vec<PasskeyItem<'a>>,
    news: Option<&'static str>,
}

struct PasskeyItem<'a> {
    name: Shown<'a>,
    created: Moment,
    last_used: Option<Moment>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomeTemplate<'a> {
    frame: Frame,
    issuer: Shown<'a>,
}
