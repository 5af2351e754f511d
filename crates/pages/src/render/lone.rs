//! Pages that stand by themselves: shown once, or reached by a link.

use askama::Template;

use super::{RenderError, write};
use crate::{
    date::Moment,
    ended::Tone,
    frame::Frame,
    shown::{Part, Sentence, Shown},
    texts::ENGLISH,
    views::{
        CancelPage, Cancellable, CancelledPage, ClosedAccountPage, NotYetPage, RecoveryBegunPage,
        RecoveryCodesPage,
    },
    words,
};

/// An account that opens after one more proof.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn closed_account(page: &ClosedAccountPage<'_>) -> Result<String, RenderError> {
    write(&ClosedTemplate {
        frame: Frame::plain(ENGLISH.account.heading),
        csrf: page.csrf,
        username: Shown(page.username),
        news: page.news.map(|news| news.text(&ENGLISH)),
    })
}

/// A new set of recovery codes. The answer that carries it must not be stored (`Cache-Control: no-store`).
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn recovery_codes(page: &RecoveryCodesPage<'_>) -> Result<String, RenderError> {
    let t = &ENGLISH;
    write(&CodesTemplate {
        frame: Frame::on_account(t.letters.codes),
        whose: Sentence::about(t.letters.codes_for, page.username),
        codes: page.codes.iter().map(|code| Shown(code)).collect(),
    })
}

/// A recovery that has begun, with the link that goes on with it. The answer must not be stored.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn recovery_begun(page: &RecoveryBegunPage<'_>) -> Result<String, RenderError> {
    let t = &ENGLISH;
    let lost = named(page.lost, words::factor(page.factor, t));
    let when = Part::written(Moment::from(page.opens_at));
    write(&BegunTemplate {
        frame: Frame::on_account(t.recovery.begun),
        lead: Sentence::with(t.recovery.begun_of, &[("name", lost), ("when", when)]),
        link: Shown(page.link),
    })
}

/// What a link from a mail can cancel, and the one button that does it.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn cancel(page: &CancelPage<'_>) -> Result<String, RenderError> {
    let t = &ENGLISH.letters;
    let (title, heading, lead, button) = match page.what {
        Cancellable::Rise { .. } => {
            (t.cancel_rise_title, t.cancel_rise, t.cancel_rise_lead, t.cancel_rise_button)
        }
        Cancellable::Recovery { .. } => {
            (t.cancel_recovery_title, t.cancel_recovery, t.cancel_recovery_lead, t.cancel_recovery_button)
        }
    };
    let (name, at) = of(page.what);
    let values =
        [("name", name), ("to", Part::theirs(page.username)), ("when", Part::written(Moment::from(at)))];
    write(&CancelTemplate {
        frame: Frame::plain(title),
        heading: Sentence::with(heading, &values),
        lead: Sentence::with(lead, &values),
        button,
        token: page.token,
    })
}

/// It is cancelled.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn cancelled(page: &CancelledPage<'_>) -> Result<String, RenderError> {
    let t = &ENGLISH.letters;
    let (heading, lead, now) = match page.what {
        Cancellable::Rise { .. } => (t.rise_cancelled, t.rise_cancelled_lead, t.cancelled_rise_now),
        Cancellable::Recovery { .. } => (t.recovery_cancelled, t.recovery_cancelled_lead, t.cancelled_now),
    };
    write(&SaidTemplate {
        frame: Frame::plain(heading),
        testid: "cancelled",
        tone: Tone::Good,
        heading,
        says: vec![Sentence::with(lead, &[("name", of(page.what).0)]), Sentence::plain(now)],
        on: Some(("/account", t.to_account)),
    })
}

/// An enrolment link that opens later.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn not_yet(page: &NotYetPage) -> Result<String, RenderError> {
    let t = &ENGLISH.letters;
    let when = Part::written(Moment::from(page.opens_at));
    write(&SaidTemplate {
        frame: Frame::plain(t.not_yet),
        testid: "not-yet",
        tone: Tone::Calm,
        heading: t.not_yet,
        says: vec![
            Sentence::with(t.not_yet_lead, &[("when", when)]),
            Sentence::plain(t.not_yet_keep),
            Sentence::plain(t.not_yet_why),
        ],
        on: None,
    })
}

/// A credential's name, or our word for it if it has none.
fn named<'a>(name: &'a str, otherwise: &'static str) -> Part<'a> {
    if name.trim().is_empty() { Part::ours(otherwise) } else { Part::theirs(name) }
}

fn of(what: Cancellable<'_>) -> (Part<'_>, riser_core::UnixTime) {
    let (name, at) = match what {
        Cancellable::Rise { label, until } => (label, until),
        Cancellable::Recovery { lost, opens_at } => (lost, opens_at),
    };
    (named(name, ENGLISH.changes.unnamed), at)
}

#[derive(Template)]
#[template(path = "closed.html")]
struct ClosedTemplate<'a> {
    frame: Frame,
    csrf: &'a str,
    username: Shown<'a>,
    news: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "codes.html")]
struct CodesTemplate<'a> {
    frame: Frame,
    whose: Sentence<'a>,
    codes: Vec<Shown<'a>>,
}

#[derive(Template)]
#[template(path = "begun.html")]
struct BegunTemplate<'a> {
    frame: Frame,
    lead: Sentence<'a>,
    link: Shown<'a>,
}

#[derive(Template)]
#[template(path = "cancel.html")]
struct CancelTemplate<'a> {
    frame: Frame,
    heading: Sentence<'a>,
    lead: Sentence<'a>,
    button: &'static str,
    token: &'a str,
}

#[derive(Template)]
#[template(path = "said.html")]
pub(super) struct SaidTemplate<'a> {
    pub(super) frame: Frame,
    pub(super) testid: &'static str,
    pub(super) tone: Tone,
    pub(super) heading: &'static str,
    pub(super) says: Vec<Sentence<'a>>,
    pub(super) on: Option<(&'static str, &'static str)>,
}
