use askama::Template;
use riser_core::{Acr, assurance::Factor};

use super::{RenderError, activity::Happening, write};
use crate::{
    date::Moment,
    frame::Frame,
    shown::{Part, Sentence, Shown},
    texts::{ENGLISH, Texts},
    views::{Access, AccountPage, Addable, ApplicationRow, CredentialRow, Kept, OpenRecovery, Signals},
    words,
};

/// A person's own page.
///
/// # Errors
/// [`RenderError`] when the template cannot be written.
pub fn account(page: &AccountPage<'_>) -> Result<String, RenderError> {
    let t = &ENGLISH;
    let frame = Frame::on_account(t.account.heading);
    let has = |factor| page.credentials.iter().any(|row| row.factor == factor);
    write(&AccountTemplate {
        csrf: page.csrf,
        username: Shown(page.username),
        news: page.news.map(|news| news.text(t)),
        recovery: page.recovery.map(|recovery| told(&recovery, t)),
        credentials: page
            .credentials
            .iter()
            .filter(|row| row.factor != Factor::RecoveryCode)
            .map(|row| Credential::of(row, t))
            .collect(),
        add_password: page.adds.password && !has(Factor::Password),
        adds: page.adds,
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
        applications: page.applications.iter().map(|row| Application::of(row, t)).collect(),
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
    blocked: bool,
    facts: Vec<(&'static str, Moment)>,
    /// What can be done about it: where its form leads, the button's word, and what it does to whom.
    deeds: Vec<(&'static str, &'static str, Sentence<'a>)>,
}

impl<'a> Application<'a> {
    fn of(row: &'a ApplicationRow<'a>, t: &'static Texts) -> Self {
        let a = &t.account;
        let revoke = ("revoke", a.revoke, Sentence::about(a.revoke_of, row.name));
        let block = ("block", a.block, Sentence::about(a.block_of, row.name));
        let unblock = ("unblock", a.unblock, Sentence::about(a.unblock_of, row.name));
        let (facts, deeds) = match row.access {
            Access::Granted { since, last_used } => {
                let used = last_used.map(|used| (a.last_used, used.into()));
                ([(a.since, since.into())].into_iter().chain(used).collect(), vec![revoke, block])
            }
            Access::Asked { at } => (vec![(a.asked_last, at.into())], vec![block]),
            Access::Blocked { since } => (vec![(a.blocked_since, since.into())], vec![unblock]),
        };
        let blocked = matches!(row.access, Access::Blocked { .. });
        Self { client_id: row.client_id, name: Shown(row.name), blocked, facts, deeds }
    }
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
    recovery: Option<Sentence<'a>>,
    credentials: Vec<Credential<'a>>,
    adds: Addable,
    add_password: bool,
    codes: String,
    codes_button: &'static str,
    email: Option<Shown<'a>>,
    sessions: Vec<Session<'a>>,
    applications: Vec<Application<'a>>,
    activity: Vec<Happening<'a>>,
    signals: Option<Announced<'a>>,
}
