//! One's own account, and what belongs to it.

use riser_core::{
    Acr, ClientId, CredentialId, InteractionId, Seconds, SessionId, UnixTime, UserId,
    account::{self, AccountAction},
    assurance::Factor,
    audit::{Cause, Entry, Event},
};
use riser_pages::{
    Notice, mail,
    render::{self, AccountNews, Kept},
};
use riser_wire::{
    AccountView, InteractionKind, InteractionState, InteractionStatus, LackingView, ProblemKind,
    RecoveryView, ReplaceableView,
};

use crate::{Failure, Row};

/// Not a code that can be scanned; it looks like one.
pub const QR: &str = concat!(
    r##"<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="232" height="232" viewBox="0 0 29 29" shape-rendering="crispEdges"><rect x="0" y="0" width="29" height="29" fill="#ffffff"/><path fill="#000000" d=""##,
    "M4 4h7v7H4V4M5 5v5h5V5H5M6 6h3v3H6V6M18 4h7v7H18V4M19 5v5h5V5H19M20 6h3v3H20V6M4 18h7v7H4V18M5 19v5h5V19H5M6 20h3v3H6V20",
    "M12 4h2v1H12V4M15 5h1v3H15V5M13 7h1v4H13V7M12 12h3v1H12V12M17 12h2v3H17V12M20 13h5v1H20V13M4 13h3v2H4V13M9 14h2v2H9V14",
    "M13 16h2v4H13V16M17 18h2v1H17V18M21 17h1v4H21V17M23 20h2v2H23V20M16 22h4v1H16V22M12 23h2v2H12V23",
    r#""/></svg>"#,
);

const ADDS: render::Addable =
    render::Addable { passkey: true, hardware_key: true, totp: true, password: true, recovery_codes: true };

const DAY: i64 = 86_400;
const NOW: UnixTime = UnixTime(1_785_592_800);

fn ago(seconds: i64) -> UnixTime {
    UnixTime(NOW.0 - seconds)
}

pub fn pages() -> Result<Vec<(&'static str, String)>, Failure> {
    let credentials = credentials()?;
    let (entries, approved) = entries()?;
    let activity: Vec<_> = entries
        .iter()
        .map(|(entry, application, credential)| render::ActivityRow {
            entry,
            application: *application,
            credential: *credential,
            approved: if application.is_some_and(|name| name.contains("Bank")) { &approved } else { &[] },
        })
        .collect();
    let page = render::AccountPage {
        csrf: "csrf",
        username: "anna",
        news: None,
        recovery: None,
        credentials: &credentials,
        adds: ADDS,
        recovery_codes: Some(7),
        email: Some("anna@example.com"),
        sessions: &SESSIONS,
        applications: &APPLICATIONS,
        activity: &activity,
        signals: Some(render::Signals {
            rp_id: "id.example.com",
            user_id: "dXNlcg",
            credential_ids: &["YWJj".to_owned(), "ZGVm".to_owned()],
        }),
    };
    let recovery = render::OpenRecovery {
        lost: "Pixel 8",
        factor: Factor::Passkey,
        requested_at: ago(3_600),
        opens_at: UnixTime(NOW.0 + DAY),
    };
    let empty = render::AccountPage {
        credentials: &credentials[4..5],
        adds: render::Addable {
            passkey: false,
            hardware_key: false,
            totp: false,
            recovery_codes: false,
            ..ADDS
        },
        recovery_codes: None,
        email: None,
        sessions: &SESSIONS[..1],
        applications: &[],
        activity: &[],
        signals: None,
        ..page
    };
    let troubled = render::AccountPage { news: None, recovery: Some(recovery), ..page };
    let codes: Vec<String> = (0..10).map(|n| format!("{n}7KQ-4MZX-9T{n}W-PB2H")).collect();
    let rise = render::Cancellable::Rise { label: "Windows Hello", until: UnixTime(NOW.0 + DAY) };
    let lost = render::Cancellable::Recovery { lost: "Pixel 8", opens_at: UnixTime(NOW.0 + DAY) };
    let cancel = |what| render::CancelPage { token: "t0k3n", username: "anna", what };
    let begun = render::RecoveryBegunPage {
        lost: "Pixel 8",
        factor: Factor::Passkey,
        link: "https://id.example.com/grant/3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        opens_at: UnixTime(NOW.0 + DAY),
    };
    Ok(vec![
        ("account", render::account(&render::AccountPage { news: Some(AccountNews::PasskeyAdded), ..page })?),
        ("account-recovery", render::account(&troubled)?),
        ("account-empty", render::account(&empty)?),
        (
            "account-closed",
            render::closed_account(&render::ClosedAccountPage {
                csrf: "csrf",
                username: "anna",
                news: None,
            })?,
        ),
        (
            "mail-rises",
            mail(&account::Notice::CredentialWillRise {
                factor: Factor::Passkey,
                label: "Windows Hello".to_owned(),
                to: Acr::parse("phr")?,
                at: UnixTime(NOW.0 + DAY),
            })?,
        ),
        (
            "mail-recovery",
            mail(&account::Notice::RecoveryRequested {
                factor: Factor::Totp,
                label: "חשבון Pixel".to_owned(),
                opens_at: UnixTime(NOW.0 + DAY),
            })?,
        ),
        ("codes", render::recovery_codes(&render::RecoveryCodesPage { username: "anna", codes: &codes })?),
        ("cancel-rise", render::cancel(&cancel(rise))?),
        ("cancel-recovery", render::cancel(&cancel(lost))?),
        ("cancelled-rise", render::cancelled(&render::CancelledPage { what: rise })?),
        ("cancelled-recovery", render::cancelled(&render::CancelledPage { what: lost })?),
        ("not-yet", render::not_yet(&render::NotYetPage { opens_at: UnixTime(NOW.0 + DAY) })?),
        ("recovery-begun", render::recovery_begun(&begun)?),
    ])
}

fn mail(notice: &account::Notice) -> Result<String, Failure> {
    let mail = mail::compose(
        notice,
        &mail::MailContext {
            issuer: "https://id.example.com",
            username: "anna",
            cancel_url: Some("https://id.example.com/cancel/t0k3n"),
            account_url: "https://id.example.com/account",
            at: NOW,
        },
    )?;
    Ok(mail.html)
}

const SESSIONS: [render::SessionRow<'static>; 3] = [
    render::SessionRow {
        id: "s1",
        this: true,
        browser: "Firefox on Linux",
        signed_in: UnixTime(NOW.0 - 7_200),
        last_used: NOW,
    },
    render::SessionRow {
        id: "s2",
        this: false,
        browser: "Safari on iPhone",
        signed_in: UnixTime(NOW.0 - DAY),
        last_used: UnixTime(NOW.0 - 9_000),
    },
    render::SessionRow {
        id: "s3",
        this: false,
        browser: "",
        signed_in: UnixTime(NOW.0 - DAY),
        last_used: UnixTime(NOW.0 - 5_000),
    },
];

const APPLICATIONS: [render::ApplicationRow<'static>; 3] = [
    render::ApplicationRow {
        client_id: "bank",
        name: "Nordlicht Bank",
        access: render::Access::Granted { since: UnixTime(NOW.0 - 90 * DAY), last_used: Some(NOW) },
    },
    render::ApplicationRow {
        client_id: "payroll",
        name: "Payroll of the Donaudampfschifffahrtsgesellschaft",
        access: render::Access::Asked { at: UnixTime(NOW.0 - DAY) },
    },
    render::ApplicationRow {
        client_id: "prizes",
        name: "You have won",
        access: render::Access::Blocked { since: UnixTime(NOW.0 - 3 * DAY) },
    },
];

fn credentials() -> Result<Vec<render::CredentialRow<'static>>, Failure> {
    let row = |id, factor, label| render::CredentialRow {
        id,
        factor,
        label,
        model: None,
        created: ago(90 * DAY),
        last_used: Some(ago(600)),
        kept: None,
        counts_for: Vec::new(),
        waiting: None,
        removable: true,
    };
    let acr = Acr::parse;
    Ok(vec![
        render::CredentialRow {
            model: Some("YubiKey 5 Series with NFC"),
            kept: Some(Kept::HardwareKey),
            counts_for: vec![acr("phrh")?],
            ..row("c1", Factor::Passkey, "Key on my ring")
        },
        render::CredentialRow {
            kept: Some(Kept::Synced),
            counts_for: vec![acr("phr")?],
            ..row("c2", Factor::Passkey, "iCloud Keychain")
        },
        render::CredentialRow {
            kept: Some(Kept::ThisDevice),
            created: ago(600),
            last_used: None,
            counts_for: vec![acr("aal1")?],
            waiting: Some(render::Waiting { to: acr("phr")?, until: UnixTime(NOW.0 + DAY) }),
            ..row("c3", Factor::Passkey, "Windows Hello")
        },
        render::CredentialRow { counts_for: vec![acr("aal1")?], ..row("c4", Factor::Totp, "") },
        render::CredentialRow {
            counts_for: vec![acr("aal1")?],
            removable: false,
            ..row("c5", Factor::Password, "")
        },
    ])
}

type Rows = Vec<(String, String)>;
type Told = (Entry, Option<&'static str>, Option<&'static str>);

fn entries() -> Result<(Vec<Told>, Rows), Failure> {
    let user = UserId::new("u1");
    let authenticated = |cause| Event::Authenticated {
        user: user.clone(),
        session: SessionId::new("s1"),
        interaction: InteractionId::new("i1"),
        acr: None,
        amr: Vec::new(),
        auth_time: NOW,
        credentials: Vec::new(),
        clone_suspected: false,
        grant: None,
        cause: Some(cause),
        prompt: None,
    };
    let request = |client: &str, acrs: &str, max_age, transaction: Option<&str>| {
        Ok::<_, Failure>(Cause::Request {
            client: ClientId::new(client),
            acr_values: Acr::parse_list(acrs)?,
            max_age,
            transaction: transaction.map(str::to_owned),
            action: None,
            displayed: Vec::new(),
        })
    };
    let credential = CredentialId::new("c1");
    let payment = authenticated(request("bank", "phr", None, Some("payment_initiation"))?);
    let health = authenticated(request("health", "phr urn:x:strong", Some(Seconds(300)), None)?);
    let failed = Event::InteractionFailed {
        interaction: InteractionId::new("i2"),
        reason: "cancelled".to_owned(),
        user: Some(user.clone()),
        cause: Some(request("admin", "phrh", None, Some("riser_action"))?),
        prompt: None,
    };
    let registered = Event::CredentialRegistered {
        user: user.clone(),
        credential: credential.clone(),
        factor: Factor::Passkey,
    };
    let looked = authenticated(Cause::Account(AccountAction::View));
    let told = |seconds, event, application, credential| {
        (Entry { at: ago(seconds), event }, application, credential)
    };
    let entries = vec![
        told(60, payment, Some("Nordlicht Bank"), Some("iCloud Keychain")),
        told(400, registered, None, Some("Windows Hello")),
        told(500, looked, None, Some("iCloud Keychain")),
        told(9_000, failed, Some("Admin console"), None),
        told(DAY, health, Some("Health record"), Some("Key on my ring")),
        told(2 * DAY, Event::SessionEnded { user, session: SessionId::new("s9") }, None, None),
    ];
    let approved = [("To", "ACME GmbH"), ("Amount", "EUR 1,234.00")]
        .map(|(label, text)| (label.to_owned(), text.to_owned()));
    Ok((entries, approved.into()))
}

type Make<'a> = &'a dyn Fn(InteractionKind, Option<&str>, &[&[&str]]) -> InteractionState;

fn change(action: &str, credential: Option<&str>, to: Option<&str>, hardware: bool) -> AccountView {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    AccountView { action: action.to_owned(), credential: owned(credential), to: owned(to), hardware }
}

#[rustfmt::skip] // a table
pub fn states(make: Make<'_>, signed_in: &dyn Fn(InteractionState) -> InteractionState) -> Vec<Row> {
    use InteractionKind::{Enrol, Login, Recover, StepUp};
    let prove = |account| InteractionState { account: Some(account), client: None, ..signed_in(make(StepUp, Some("anna"), &[&["passkey"]])) };
    let enrol = |account, what| InteractionState { account: Some(account), client: None, ..signed_in(make(Enrol, Some("anna"), &[&[what]])) };
    let recover = |asks: &str, user| InteractionState {
        client: None,
        recovery: Some(RecoveryView {
            asks: asks.to_owned(),
            replaceable: replaceable(),
            delay: Seconds(86_400),
        }),
        ..make(Recover, user, &[])
    };
    let failed = |reason: &str, lacking| InteractionState {
        status: InteractionStatus::Failed,
        reason: Some(reason.to_owned()),
        next: Some("http://127.0.0.1:8081/callback?state=x".to_owned()),
        lacking,
        ..signed_in(make(StepUp, Some("anna"), &[]))
    };
    let lacking = |factors: &[&str], held_back: &[&str]| LackingView {
        factors: factors.iter().map(|name| (*name).to_owned()).collect(),
        hardware: false,
        held_back: held_back.iter().map(|name| (*name).to_owned()).collect(),
        self_service: false,
        rises_at: None,
    };
    let tomorrow = Some(UnixTime(NOW.0 + DAY));
    let wrong = Some(Notice::new(ProblemKind::InvalidCredentials));
    let short = Some(Notice::new(ProblemKind::PasswordNotAccepted));
    let begun = |next: &str| InteractionState { status: InteractionStatus::Done, next: Some(next.to_owned()), ..recover("lost", Some("anna")) };
    vec![
        ("own-sign-in", InteractionState { account: Some(change("view", None, None, false)), client: None, ..make(Login, None, &[&["passkey"], &["password"]]) }, None),
        ("own-view", prove(change("view", None, None, false)), None),
        ("own-add-hardware", prove(change("add_passkey", None, None, true)), None),
        ("own-totp", prove(change("add_totp", None, None, false)), None),
        ("own-password", prove(change("set_password", None, None, false)), None),
        ("own-codes", prove(change("new_recovery_codes", None, None, false)), None),
        ("own-rename", prove(change("rename", Some("YubiKey 5"), Some("Key on my ring"), false)), None),
        ("own-remove", prove(change("remove", Some("YubiKey 5"), None, false)), None),
        ("own-email", prove(change("set_email", None, Some("b@example.com"), false)), None),
        ("own-no-email", prove(change("set_email", None, None, false)), None),
        ("enrol-passkey", enrol(change("add_passkey", None, None, false), "passkey"), None),
        ("enrol-hardware", enrol(change("add_passkey", None, None, true), "passkey"), None),
        ("enrol-totp", enrol(change("add_totp", None, None, false), "totp"), None),
        ("enrol-totp-wrong", enrol(change("add_totp", None, None, false), "totp"), wrong),
        ("enrol-new-password", enrol(change("set_password", None, None, false), "password"), short),
        ("enrol-codes", enrol(change("new_recovery_codes", None, None, false), "recovery_codes"), None),
        ("recover", recover("identifier", None), None),
        ("recover-password", recover("password", Some("anna")), None),
        ("recover-code", recover("recovery_code", Some("anna")), wrong),
        ("recover-lost", recover("lost", Some("anna")), None),
        ("recover-begun", begun("https://id.example.com/grant/abcdef"), None),
        ("lacking-hardware", failed("enrolment_required", Some(LackingView { hardware: true, ..lacking(&["passkey"], &["iCloud Keychain", "Pixel 8"]) })), None),
        ("lacking-self-service", failed("enrolment_required", Some(LackingView { self_service: true, ..lacking(&["passkey", "totp"], &[]) })), None),
        ("lacking-rises", failed("enrolment_required", Some(LackingView { rises_at: tomorrow, ..lacking(&["passkey"], &["Windows Hello"]) })), None),
        ("lacking-nothing", failed("enrolment_required", Some(lacking(&["passkey"], &[]))), None),
        ("own-cancelled", InteractionState { account: Some(change("view", None, None, false)), client: None, next: Some("/account".to_owned()), ..failed("cancelled", None) }, None),
    ]
}

fn replaceable() -> Vec<ReplaceableView> {
    [("c1", "passkey", "YubiKey 5"), ("c2", "passkey", "Pixel 8"), ("c4", "totp", "")]
        .map(|(id, factor, label)| ReplaceableView {
            id: id.to_owned(),
            factor: factor.to_owned(),
            label: label.to_owned(),
        })
        .into()
}
