use askama::Template;
use riser_core::{
    Acr,
    assurance::Factor,
    audit::{Cause, Event},
};

use super::{RenderError, write};
use crate::{
    Notice,
    date::Moment,
    frame::Frame,
    shown::{Part, Sentence, Shown},
    texts::{ENGLISH, Texts},
    views::{AccountPage, ActivityRow, CredentialRow, Kept, OpenRecovery, Signals},
    words,
};

/// A person's own page.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn account(page: &AccountPage<'_>) -> Result<String, RenderError> {
    let t = &ENGLISH;
    let frame = Frame::on_account(t.account.heading);
    let frame = if page.notice.is_some() { frame.with_error() } else { frame };
    let has = |factor| page.credentials.iter().any(|row| row.factor == factor);
    write(&AccountTemplate {
        csrf: page.csrf,
        username: Shown(page.username),
        news: page.news.map(|news| news.text(t)),
        alert: page.notice.map(|notice: Notice| notice.text(t)).unwrap_or_default(),
        recovery: page.recovery.map(|recovery| told(&recovery, t)),
        credentials: page
            .credentials
            .iter()
            .filter(|row| row.factor != Factor::RecoveryCode)
            .map(|row| Credential::of(row, t))
            .collect(),
        add_hardware: page.hardware_keys,
        add_password: !has(Factor::Password),
        codes: codes(page.recovery_codes, t),
        codes_button: if page.recovery_codes.is_some() {
            t.account.codes_again
        } else {
            t.account.codes_make
        },
        email: page.email.map(Shown),
        sessions: page
            .sessions
            .iter()
            .map(|row| Session {
                id: row.id,
                this: row.this,
                browser: Shown(or(row.browser, t.account.unknown_browser)),
                signed_in: row.signed_in.into(),
                last_used: row.last_used.into(),
                end: Sentence::about(t.account.end_of, or(row.browser, t.account.unknown_browser)),
            })
            .collect(),
        applications: page
            .applications
            .iter()
            .map(|row| Application {
                client_id: row.client_id,
                name: Shown(row.name),
                since: row.since.into(),
                last_used: row.last_used.map(Moment::from),
                revoke: Sentence::about(t.account.revoke_of, row.name),
            })
            .collect(),
        activity: page.activity.iter().filter_map(|row| Happening::of(row, t)).collect(),
        signals: page.signals.map(Announced::of),
        frame,
    })
}

fn or<'a>(text: &'a str, otherwise: &'static str) -> &'a str {
    if text.trim().is_empty() { otherwise } else { text }
}

fn told<'a>(recovery: &OpenRecovery<'a>, t: &'static Texts) -> Sentence<'a> {
    let lost = or(recovery.lost, words::factor(recovery.factor, t));
    Sentence::with(
        t.account.recovery_of,
        &[
            ("name", Part::theirs(lost)),
            ("what", Part::written(Moment::from(recovery.requested_at))),
            ("when", Part::written(Moment::from(recovery.opens_at))),
        ],
    )
}

fn codes(left: Option<usize>, t: &Texts) -> String {
    match left {
        None => t.account.codes_none.to_owned(),
        Some(0) => t.account.codes_out.to_owned(),
        Some(1) => t.account.codes_one.to_owned(),
        Some(n) => t.account.codes_left.replace("{n}", &n.to_string()),
    }
}

/// How far a credential counts, as what its owner can do with it: the strongest thing of what its levels say.
fn counts<'a>(levels: &'a [Acr], t: &'static Texts) -> Sentence<'a> {
    let t = &t.account;
    let has = |name: &str| levels.iter().any(|level| level.as_str() == name);
    for (name, text) in [
        ("phrh", t.counts_hardware),
        ("phr", t.counts_passkey),
        ("aal2", t.counts_two),
        ("aal1", t.counts_one),
    ] {
        if has(name) {
            return Sentence::plain(text);
        }
    }
    match levels.first() {
        Some(level) => Sentence::about(t.counts_named, level.as_str()),
        None => Sentence::plain(t.counts_nothing),
    }
}

struct Credential<'a> {
    id: &'a str,
    factor: &'static str,
    passkey: bool,
    password: bool,
    name: Shown<'a>,
    kind: Option<&'static str>,
    model: Option<Shown<'a>>,
    created: Moment,
    last_used: Option<Moment>,
    kept: Option<&'static str>,
    counts: Sentence<'a>,
    waiting: Option<Sentence<'a>>,
    rename: Sentence<'a>,
    removable: bool,
}

impl<'a> Credential<'a> {
    fn of(row: &'a CredentialRow<'a>, t: &'static Texts) -> Self {
        let a = &t.account;
        let kind = match (row.factor, row.kept) {
            (Factor::Passkey, Some(Kept::HardwareKey)) => a.unnamed_hardware,
            (Factor::Passkey, _) => a.unnamed_passkey,
            (Factor::Password, _) => a.unnamed_password,
            (Factor::Totp, _) => a.unnamed_totp,
            _ => a.unnamed_other,
        };
        let name = or(row.label, kind);
        let waiting = row.waiting.as_ref().map(|waiting| {
            let what = match words::level(&waiting.to, t) {
                Some(words) => Part::ours(words),
                None => Part::theirs(waiting.to.as_str()),
            };
            let when = Part::written(Moment::from(waiting.until));
            Sentence::with(a.waits, &[("when", when), ("what", what)])
        });
        Self {
            id: row.id,
            factor: row.factor.name(),
            passkey: row.factor == Factor::Passkey,
            password: row.factor == Factor::Password,
            name: Shown(name),
            kind: (name != kind).then_some(kind),
            model: row.model.filter(|model| *model != name).map(Shown),
            created: row.created.into(),
            last_used: row.last_used.map(Moment::from),
            kept: row.kept.map(|kept| match kept {
                Kept::HardwareKey => a.kept_hardware,
                Kept::ThisDevice => a.kept_device,
                Kept::Synced => a.kept_synced,
            }),
            counts: counts(&row.counts_for, t),
            waiting,
            rename: Sentence::about(a.rename_label, name),
            removable: row.removable,
        }
    }
}

struct Session<'a> {
    id: &'a str,
    this: bool,
    browser: Shown<'a>,
    signed_in: Moment,
    last_used: Moment,
    end: Sentence<'a>,
}

struct Application<'a> {
    client_id: &'a str,
    name: Shown<'a>,
    since: Moment,
    last_used: Option<Moment>,
    revoke: Sentence<'a>,
}

/// Something that happened, in words.
struct Happening<'a> {
    at: Moment,
    what: &'static str,
    facts: Vec<Fact<'a>>,
}

struct Fact<'a> {
    label: Shown<'a>,
    text: Sentence<'a>,
}

impl<'a> Happening<'a> {
    /// `None` for what has no words for people.
    fn of(row: &'a ActivityRow<'a>, t: &'static Texts) -> Option<Self> {
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

/// What account.js announces, as the attributes that it reads.
struct Announced<'a> {
    rp_id: &'a str,
    user_id: &'a str,
    credential_ids: String,
}

impl<'a> Announced<'a> {
    fn of(signals: Signals<'a>) -> Self {
        Self {
            rp_id: signals.rp_id,
            user_id: signals.user_id,
            credential_ids: signals.credential_ids.join(" "),
        }
    }
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountTemplate<'a> {
    frame: Frame,
    csrf: &'a str,
    username: Shown<'a>,
    news: Option<&'static str>,
    alert: String,
    recovery: Option<Sentence<'a>>,
    credentials: Vec<Credential<'a>>,
    add_hardware: bool,
    add_password: bool,
    codes: String,
    codes_button: &'static str,
    email: Option<Shown<'a>>,
    sessions: Vec<Session<'a>>,
    applications: Vec<Application<'a>>,
    activity: Vec<Happening<'a>>,
    signals: Option<Announced<'a>>,
}
