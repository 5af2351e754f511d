//! What happened on an account, in words: an entry of the audit as its owner reads it, and why they were asked.

use riser_core::{
    Acr,
    audit::{Cause, Event},
};

use crate::{
    date::Moment,
    shown::{Part, Sentence, Shown},
    texts::Texts,
    views::ActivityRow,
    words,
};

/// Something that happened, in words.
pub(super) struct Happening<'a> {
    pub(super) at: Moment,
    pub(super) what: &'static str,
    pub(super) facts: Vec<Fact<'a>>,
}

pub(super) struct Fact<'a> {
    pub(super) label: Shown<'a>,
    pub(super) text: Sentence<'a>,
}

impl<'a> Happening<'a> {
    /// `None` for what has no words for people.
    pub(super) fn of(row: &'a ActivityRow<'a>, t: &'static Texts) -> Option<Self> {
        let a = &t.account;
        let event = &row.entry.event;
        let what = happened(event, t)?;
        let cause = match event {
            Event::Authenticated { cause, .. } | Event::InteractionFailed { cause, .. } => cause.as_ref(),
            _ => None,
        };
        let ours = |label: &'static str, text| Fact { label: Shown(label), text };
        let mut facts = Vec::new();
        if let Some(name) = row.application {
            facts.push(ours(a.asked_by, Sentence::about("{name}", name)));
        }
        if let Some(cause) = cause {
            let confirmed = matches!(event, Event::Authenticated { .. });
            facts.extend(reasons(cause, confirmed, t).map(|(label, text)| ours(label, text)));
        }
        for (label, text) in row.approved {
            facts.push(Fact { label: Shown(label), text: Sentence::about("{name}", text) });
        }
        if let Some(name) = row.credential.filter(|name| !name.trim().is_empty()) {
            let used = matches!(event, Event::Authenticated { .. });
            facts.push(ours(if used { a.used } else { a.about }, Sentence::about("{name}", name)));
        }
        Some(Self { at: row.entry.at.into(), what, facts })
    }
}

fn happened(event: &Event, t: &'static Texts) -> Option<&'static str> {
    let a = &t.account;
    Some(match event {
        Event::UserCreated { .. } => a.created_account,
        Event::UserDisabled { .. } => a.disabled,
        Event::UserEnabled { .. } => a.enabled,
        Event::EnrolmentGranted { .. } => a.granted,
        Event::CredentialRegistered { .. } => a.registered,
        Event::CredentialRenamed { .. } => a.renamed,
        Event::CredentialRevoked { .. } => a.removed,
        Event::CredentialReplaced { .. } => a.replaced,
        Event::PasswordSet { .. } => a.password_set,
        Event::EmailChanged { .. } => a.email_changed,
        Event::RiseCancelled { .. } => a.rise_cancelled,
        Event::RecoveryRequested { .. } => a.recovery_begun,
        Event::RecoveryCancelled { .. } => a.recovery_cancelled,
        Event::SessionEnded { .. } => a.session_ended,
        Event::SessionsEnded { .. } => a.sessions_ended,
        Event::ApplicationRevoked { .. } => a.revoked,
        Event::ApplicationBlocked { .. } => a.blocked_application,
        Event::ApplicationUnblocked { .. } => a.unblocked_application,
        Event::Authenticated { .. } => a.authenticated,
        Event::PromptsExhausted { .. } => a.prompts_exhausted,
        Event::TriesExhausted { .. } => a.tries_exhausted,
        Event::InteractionFailed { reason, .. } if reason == "cancelled" => a.failed_cancelled,
        Event::InteractionFailed { .. } => a.failed,
        _ => return None,
    })
}

/// Why somebody was asked, and what for.
fn reasons<'a>(
    cause: &'a Cause,
    confirmed: bool,
    t: &'static Texts,
) -> impl Iterator<Item = (&'static str, Sentence<'a>)> + use<'a> {
    let a = &t.account;
    let (why, asked, transaction) = match cause {
        Cause::Request { acr_values, max_age, transaction, .. } => {
            let mut asked = levels(acr_values, t);
            if let Some(age) = max_age {
                let long = Part::written(words::span(*age, t));
                let within = Sentence::with(a.asked_within, &[("long", long)]);
                asked = Some(asked.map_or_else(
                    || within.clone(),
                    |asked| asked.then(Sentence::plain(", ")).then(within.clone()),
                ));
            }
            let transaction = transaction.as_deref().map(|kind| {
                Sentence::plain(if kind == "payment_initiation" { a.payment } else { a.an_action })
            });
            (asked.is_none().then_some(a.because_request), asked, transaction)
        }
        Cause::Account(_) => (Some(a.because_account), None, None),
        Cause::EnrolmentLink => (Some(a.because_link), None, None),
        Cause::Recovery => (Some(a.because_recovery), None, None),
    };
    let why = why.map(|text| (a.because, Sentence::plain(text)));
    let asked = asked.map(|text| (a.asked_for, text));
    let transaction = transaction.map(|text| (if confirmed { a.approved } else { a.meant }, text));
    why.into_iter().chain(asked).chain(transaction)
}

fn levels<'a>(acrs: &'a [Acr], t: &'static Texts) -> Option<Sentence<'a>> {
    let said = acrs.iter().map(|acr| match words::level(acr, t) {
        Some(words) => Sentence::plain(words),
        None => Sentence::about("{name}", acr.as_str()),
    });
    said.reduce(|all, next| all.then(Sentence::plain(t.account.or)).then(next))
}
