//! What the owner of an account is told by mail: plain text, and the same as simple HTML.
//!
//! Owns the words and their safety: no line break reaches the subject, no name from outside turns the words
//! around it, nothing is loaded from anywhere, and no link signs anybody in. Sending is not owned here.

use askama::Template;
use riser_core::{
    UnixTime,
    account::{Enroller, Notice},
};

use crate::{
    date::Moment,
    render::RenderError,
    shown::{Part, Sentence, Shown, safe_href},
    texts::{ENGLISH, Texts},
    words,
};

/// Where a mail comes from and whom it is about.
#[derive(Clone, Copy, Debug)]
pub struct MailContext<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// Whose account.
    pub username: &'a str,
    /// What cancels it without signing in, where that is possible. Absolute.
    pub cancel_url: Option<&'a str>,
    /// The person's own page. Absolute.
    pub account_url: &'a str,
    /// When it happened.
    pub at: UnixTime,
}

/// A mail, without its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line, without control characters, at most 150 characters long.
    pub subject: String,
    /// Plain text; lines end in `\n`.
    pub text: String,
    /// The same as HTML that loads nothing.
    pub html: String,
}

/// More than any honest subject.
const SUBJECT: usize = 150;

/// The mail for a notice.
///
/// # Errors
/// [`RenderError`] when the HTML cannot be written.
pub fn compose(notice: &Notice, context: &MailContext<'_>) -> Result<Mail, RenderError> {
    let t = &ENGLISH;
    let told = tell(notice, t);
    let template = MailTemplate {
        t,
        heading: told.subject.clone(),
        greeting: Sentence::about(t.mail.greeting, context.username),
        says: told.says,
        when: Sentence::with(t.mail.when, &[("when", Part::written(Moment::from(context.at)))]),
        account: Sentence::with(
            t.mail.account_line,
            &[("name", Part::theirs(context.username)), ("to", Part::theirs(context.issuer))],
        ),
        cancel: context.cancel_url.and_then(web).map(Shown),
        link: web(context.account_url).map(Shown),
    };
    Ok(Mail {
        subject: subject(&told.subject),
        text: text(&template),
        html: template.render().map_err(RenderError::new)?,
    })
}

/// An address that a mail may show: `http` or `https`.
fn web(address: &str) -> Option<&str> {
    safe_href(address).filter(|address| address.starts_with("http"))
}

/// One line. [`Shown`] has made each control and line separator visible; ours have none.
fn subject(told: &Sentence<'_>) -> String {
    told.isolated().chars().take(SUBJECT).collect()
}

/// What happened, as a headline and in full.
struct Told<'a> {
    subject: Sentence<'a>,
    says: Vec<Sentence<'a>>,
}

#[rustfmt::skip] // nearly a table
fn tell<'a>(notice: &'a Notice, t: &'static Texts) -> Told<'a> {
    let m = &t.mail;
    let when = |at: &UnixTime| ("when", Part::written(Moment::from(*at)));
    let name = |label: &'a str, otherwise: &'static str| {
        ("name", if label.trim().is_empty() { Part::ours(otherwise) } else { Part::theirs(label) })
    };
    let told = |subject: &'static str, says: &[&'static str], values: &[(&str, Part<'a>)]| Told {
        subject: Sentence::with(subject, values),
        says: says.iter().map(|text| Sentence::with(text, values)).collect(),
    };
    let unnamed = t.changes.unnamed;
    match notice {
        Notice::EnrolmentGranted { ceiling, by, expires_at } => {
            let levels = ceiling.iter().map(|acr| match words::level(acr, t) {
                Some(words) => words.to_owned(),
                None => Shown(acr.as_str()).to_string(),
            });
            let levels = levels.collect::<Vec<_>>().join(t.account.or);
            let by = Part::ours(who(*by, t));
            told(m.granted, &[m.granted_text], &[("what", by), ("to", Part::written(levels)), when(expires_at)])
        }
        Notice::CredentialAdded { factor, label, by } => {
            let what = words::factor(*factor, t);
            let by = match by {
                Enroller::Owner => m.added_by_owner,
                Enroller::Administrator => m.added_by_administrator,
                Enroller::Application => m.added_by_application,
                Enroller::Recovery => m.added_by_recovery,
            };
            told(m.added, &[m.added_text, by], &[("what", Part::ours(what)), name(label, what)])
        }
        Notice::CredentialWillRise { factor, label, to, at } => {
            let what = words::factor(*factor, t);
            let to = match words::level(to, t) { Some(words) => Part::ours(words), None => Part::theirs(to.as_str()) };
            told(m.rises, &[m.rises_text], &[("what", Part::ours(what)), name(label, what), ("to", to), when(at)])
        }
        Notice::RiseCancelled { label } => told(m.rise_cancelled, &[m.rise_cancelled_text], &[name(label, unnamed)]),
        Notice::CredentialRemoved { factor, label } => {
            let what = words::factor(*factor, t);
            told(m.removed, &[m.removed_text], &[("what", Part::ours(what)), name(label, what)])
        }
        Notice::CredentialRenamed { from, to } => {
            told(m.renamed, &[m.renamed_text], &[name(from, unnamed), ("to", Part::theirs(to))])
        }
        Notice::PasswordChanged { by_administrator: true } => {
            told(m.password, &[m.password_text, m.password_by_administrator], &[])
        }
        Notice::PasswordChanged { by_administrator: false } => told(m.password, &[m.password_text], &[]),
        Notice::RecoveryCodesMade => told(m.codes, &[m.codes_text], &[]),
        Notice::RecoveryRequested { factor, label, opens_at } => {
            let what = words::factor(*factor, t);
            told(m.recovery, &[m.recovery_text], &[("what", Part::ours(what)), name(label, what), when(opens_at)])
        }
        Notice::RecoveryCancelled => told(m.recovery_cancelled, &[m.recovery_cancelled_text], &[]),
        Notice::RecoveryDone { lost } => told(m.recovery_done, &[m.recovery_done_text], &[name(lost, unnamed)]),
        Notice::EmailChanged { to: Some(to) } => told(m.email, &[m.email_text], &[("to", Part::theirs(to))]),
        Notice::EmailChanged { to: None } => told(m.email_none, &[m.email_none_text], &[]),
        Notice::AccountShut => told(m.shut, &[m.shut_text], &[]),
        Notice::AccountOpened => told(m.opened, &[m.opened_text], &[]),
        Notice::SessionsEnded => told(m.ended, &[m.ended_text], &[]),
        Notice::TriesExhausted { factor, again_at } => {
            let what = Part::ours(words::factor(*factor, t));
            told(m.tries, &[m.tries_text], &[("what", what), when(again_at)])
        }
    }
}

fn who(by: Enroller, t: &Texts) -> &'static str {
    match by {
        Enroller::Owner => t.mail.by_owner,
        Enroller::Administrator => t.mail.by_administrator,
        Enroller::Application => t.mail.by_application,
        Enroller::Recovery => t.mail.by_recovery,
    }
}

/// The plain text. Names in it are isolated by characters, as there is no markup to do it.
fn text(mail: &MailTemplate<'_>) -> String {
    let m = &mail.t.mail;
    let plain = |sentence: &Sentence<'_>| sentence.isolated();
    let mut parts = vec![plain(&mail.greeting)];
    parts.extend(mail.says.iter().map(plain));
    parts.push(format!("{}\n{}", plain(&mail.when), plain(&mail.account)));
    parts.push(m.was_you.to_owned());
    let mut cure = format!("{}\n{}\n", m.not_you, "-".repeat(m.not_you.chars().count()));
    if let Some(url) = mail.cancel {
        cure.push_str(&format!("{}\n{url}\n\n", m.cancel));
    }
    cure.push_str(m.look);
    if let Some(url) = mail.link {
        cure.push_str(&format!("\n{url}"));
    }
    parts.extend([cure, m.tell_administrator.to_owned(), format!("-- \n{}\n{}", m.product, m.why)]);
    parts.join("\n\n") + "\n"
}

#[derive(Template)]
#[template(path = "mail.html")]
struct MailTemplate<'a> {
    t: &'static Texts,
    heading: Sentence<'a>,
    greeting: Sentence<'a>,
    says: Vec<Sentence<'a>>,
    when: Sentence<'a>,
    account: Sentence<'a>,
    cancel: Option<Shown<'a>>,
    link: Option<Shown<'a>>,
}
