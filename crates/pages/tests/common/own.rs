//! One's own account with one text in every place that somebody else may fill.

#![allow(clippy::unwrap_used, reason = "a test whose page cannot be written has failed")]

use riser_core::{
    Acr, ClientId, InteractionId, SessionId, UnixTime, UserId,
    assurance::Factor,
    audit::{Cause, Entry, Event},
};
use riser_pages::render::{self, AccountNews, Cancellable, Kept};

use super::html;

const LATER: UnixTime = UnixTime(86_400);

/// All that can be added where there are no hardware keys.
pub const ADDS: render::Addable =
    render::Addable { passkey: true, hardware_key: false, totp: true, password: true, recovery_codes: true };

/// An event that says who asked, for what, and why.
pub fn asked() -> Entry {
    let cause = Cause::Request {
        client: ClientId::new("bank"),
        acr_values: vec![acr("phr")],
        max_age: Some(riser_core::Seconds(300)),
        transaction: Some("payment_initiation".to_owned()),
        action: None,
        displayed: Vec::new(),
    };
    let event = Event::Authenticated {
        user: UserId::new("u1"),
        session: SessionId::new("s1"),
        interaction: InteractionId::new("i1"),
        acr: None,
        amr: Vec::new(),
        auth_time: UnixTime(0),
        credentials: Vec::new(),
        clone_suspected: false,
        grant: None,
        cause: Some(cause),
        prompt: None,
    };
    Entry { at: UnixTime(0), event }
}

pub fn acr(name: &str) -> Acr {
    Acr::parse(name).unwrap()
}

/// A credential called `label`.
pub fn credential(label: &str) -> render::CredentialRow<'_> {
    render::CredentialRow {
        id: label,
        factor: Factor::Passkey,
        label,
        model: None,
        created: UnixTime(0),
        last_used: None,
        kept: Some(Kept::Synced),
        counts_for: vec![acr("phr")],
        waiting: None,
        removable: true,
    }
}

/// Its account page, with nothing else on it.
pub fn bare<'a>(credentials: &'a [render::CredentialRow<'a>]) -> render::AccountPage<'a> {
    render::AccountPage {
        csrf: "csrf-value",
        username: "anna",
        news: None,
        recovery: None,
        credentials,
        adds: ADDS,
        recovery_codes: None,
        email: None,
        sessions: &[],
        applications: &[],
        activity: &[],
        signals: None,
    }
}

/// The account page of somebody who has one of everything, all of it called `text`.
pub fn account(text: &str) -> html::Page {
    let model = format!("{text} model");
    let waiting = render::Waiting { to: acr("phr"), until: LATER };
    let row = render::CredentialRow { model: Some(&model), waiting: Some(waiting), ..credential(text) };
    let session = render::SessionRow {
        id: text,
        this: false,
        browser: text,
        signed_in: UnixTime(0),
        last_used: UnixTime(0),
    };
    let application = render::ApplicationRow {
        client_id: text,
        name: text,
        access: render::Access::Granted { since: UnixTime(0), last_used: Some(UnixTime(1)) },
    };
    let asks = render::ApplicationRow { access: render::Access::Asked { at: UnixTime(2) }, ..application };
    let blocked =
        render::ApplicationRow { access: render::Access::Blocked { since: UnixTime(3) }, ..application };
    let entry = asked();
    let approved = [(text.to_owned(), text.to_owned())];
    let activity = render::ActivityRow {
        entry: &entry,
        application: Some(text),
        credential: Some(text),
        approved: &approved,
    };
    let ids = [text.to_owned()];
    let recovery =
        render::OpenRecovery { lost: text, factor: Factor::Totp, requested_at: UnixTime(0), opens_at: LATER };
    let credentials = [row, render::CredentialRow { id: text, removable: false, ..credential("") }];
    let page = render::AccountPage {
        csrf: text,
        username: text,
        recovery: Some(recovery),
        adds: render::Addable { hardware_key: true, ..ADDS },
        recovery_codes: Some(3),
        email: Some(text),
        sessions: &[session, render::SessionRow { this: true, ..session }],
        applications: &[application, asks, blocked],
        activity: &[activity],
        signals: Some(render::Signals { rp_id: text, user_id: text, credential_ids: &ids }),
        ..bare(&credentials)
    };
    html::read(&render::account(&page).unwrap())
}

/// The page before one has opened one's account.
pub fn closed(text: &str) -> html::Page {
    let page =
        render::ClosedAccountPage { csrf: text, username: text, news: Some(AccountNews::SessionEnded) };
    html::read(&render::closed_account(&page).unwrap())
}

/// The pages that stand by themselves.
pub fn codes(text: &str) -> html::Page {
    let codes = [text.to_owned(), text.to_owned()];
    html::read(&render::recovery_codes(&render::RecoveryCodesPage { username: text, codes: &codes }).unwrap())
}

pub fn begun(text: &str) -> html::Page {
    let page = render::RecoveryBegunPage { lost: text, factor: Factor::Passkey, link: text, opens_at: LATER };
    html::read(&render::recovery_begun(&page).unwrap())
}

pub fn cancel_rise(text: &str) -> html::Page {
    cancel(text, Cancellable::Rise { label: text, until: LATER })
}

pub fn cancel_recovery(text: &str) -> html::Page {
    cancel(text, Cancellable::Recovery { lost: text, opens_at: LATER })
}

fn cancel(text: &str, what: Cancellable<'_>) -> html::Page {
    html::read(&render::cancel(&render::CancelPage { token: text, username: text, what }).unwrap())
}

pub fn sign_out(text: &str) -> html::Page {
    let fields = [("client_id", text), ("post_logout_redirect_uri", text), ("state", text)];
    let page = render::SignOutPage { csrf: text, client: Some(text), fields: &fields };
    html::read(&render::sign_out(&page).unwrap())
}

pub fn cancelled(text: &str) -> html::Page {
    let what = Cancellable::Recovery { lost: text, opens_at: LATER };
    html::read(&render::cancelled(&render::CancelledPage { what }).unwrap())
}
