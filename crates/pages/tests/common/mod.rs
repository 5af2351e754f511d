//! States to render, and a small reader of the HTML that comes out.

#![allow(dead_code, reason = "each test file uses its own part of this")]

pub mod html;
pub mod own;
pub mod payloads;

use riser_pages::{Notice, render};
use riser_wire::{
    AccountView, Acr, ClientView, CurrentView, InteractionKind, InteractionState, InteractionStatus,
    LackingView, RecoveryView, ReplaceableView, RequiredView, Seconds, TransactionView, UnixTime, UserView,
};

/// A pending visit of nobody known, for `kind`, with these options.
pub fn visit(kind: InteractionKind, options: &[&[&str]]) -> InteractionState {
    InteractionState {
        id: "visit1".to_owned(),
        kind,
        status: InteractionStatus::Pending,
        client: Some(ClientView { client_id: "bank".to_owned(), name: "Nordlicht".to_owned() }),
        user: None,
        current: None,
        required: None,
        transaction: None,
        account: None,
        lacking: None,
        recovery: None,
        hardware: false,
        options: options
            .iter()
            .map(|option| option.iter().map(|name| (*name).to_owned()).collect())
            .collect(),
        consent_required: false,
        reason: None,
        next: None,
    }
}

/// The same with a person who has given a name.
pub fn known(state: InteractionState) -> InteractionState {
    InteractionState { user: Some(UserView { username: "anna".to_owned() }), ..state }
}

/// The same with a person who is signed in.
pub fn signed_in(state: InteractionState) -> InteractionState {
    let current = CurrentView { acr: None, auth_time: UnixTime(0), amr: Vec::new() };
    InteractionState { current: Some(current), ..known(state) }
}

/// The same under a requirement.
pub fn requires(state: InteractionState, acrs: &str) -> InteractionState {
    let acr_values = Acr::parse_list(acrs).unwrap_or_default();
    InteractionState { required: Some(RequiredView { acr_values, max_age: None }), ..state }
}

/// The same with something to approve.
pub fn approving(state: InteractionState, kind: &str, display: &[(&str, &str)]) -> InteractionState {
    let display = display.iter().map(|(label, text)| ((*label).to_owned(), (*text).to_owned())).collect();
    let transaction = TransactionView { kind: kind.to_owned(), details: Default::default(), display };
    InteractionState { transaction: Some(transaction), ..state }
}

/// The prompt that Riser exists for.
pub fn payment() -> InteractionState {
    let rows = [("To", "ACME GmbH"), ("Amount", "EUR 1,234.00"), ("Note", "Invoice 7")];
    approving(signed_in(visit(InteractionKind::StepUp, &[&["passkey"]])), "payment_initiation", &rows)
}

/// A visit that has ended.
pub fn ended(status: InteractionStatus, reason: Option<&str>) -> InteractionState {
    InteractionState {
        status,
        reason: reason.map(str::to_owned),
        next: Some("https://bank.example/callback?state=1".to_owned()),
        ..signed_in(visit(InteractionKind::StepUp, &[]))
    }
}

/// One of every page that a visit can show.
pub fn every_state() -> Vec<(&'static str, InteractionState)> {
    use InteractionKind::{Consent, Enrol, Login, StepUp};
    let mut states = own_states();
    let step_up = || signed_in(visit(StepUp, &[&["passkey"], &["password", "totp"]]));
    states.extend([
        ("login", visit(Login, &[&["passkey"], &["password"]])),
        ("login, name known", known(visit(Login, &[&["password"], &["totp"]]))),
        ("login with a payment", InteractionState { kind: Login, user: None, current: None, ..payment() }),
        ("step-up", step_up()),
        ("step-up to hardware", requires(step_up(), "phrh")),
        ("payment", payment()),
        ("action", approving(step_up(), "riser_action", &[("Tenant", "acme")])),
        ("no usable way", signed_in(visit(StepUp, &[&["smart_card"]]))),
        ("enrol, nobody known", visit(Enrol, &[&["passkey"]])),
        ("enrol, name known", known(visit(Enrol, &[&["passkey"]]))),
        ("enrol", signed_in(visit(Enrol, &[&["passkey"]]))),
        ("consent", InteractionState { consent_required: true, ..signed_in(visit(Consent, &[])) }),
        ("done", ended(InteractionStatus::Done, None)),
        ("failed: enrolment", ended(InteractionStatus::Failed, Some("enrolment_required"))),
        ("failed: unreachable", ended(InteractionStatus::Failed, Some("unreachable"))),
        ("failed: cancelled", ended(InteractionStatus::Failed, Some("cancelled"))),
        ("failed: tries", ended(InteractionStatus::Failed, Some("too_many_failures"))),
        ("failed: expired", ended(InteractionStatus::Failed, Some("expired"))),
        ("failed: unforeseen", ended(InteractionStatus::Failed, None)),
    ]);
    states
}

/// One of every page of a visit to one's own account, of a registration and of a recovery.
fn own_states() -> Vec<(&'static str, InteractionState)> {
    use InteractionKind::{Login, Recover};
    let lacking = LackingView {
        factors: vec!["passkey".to_owned(), "totp".to_owned()],
        hardware: true,
        held_back: vec!["iCloud Keychain".to_owned()],
        self_service: true,
        rises_at: None,
    };
    let lacks = |lacking| InteractionState {
        lacking: Some(lacking),
        ..ended(InteractionStatus::Failed, Some("enrolment_required"))
    };
    let begun = InteractionState {
        status: InteractionStatus::Done,
        next: Some("https://id.example.com/grant/t0k3n".to_owned()),
        ..recovering("lost")
    };
    vec![
        ("own: sign in", InteractionState { account: Some(change("view")), ..visit(Login, &[&["passkey"]]) }),
        ("own: view", changing("view")),
        ("own: add a passkey", changing("add_passkey")),
        ("own: rename", changing("rename")),
        ("own: remove", changing("remove")),
        ("own: e-mail", changing("set_email")),
        ("enrol a passkey", enrolling("add_passkey", "passkey")),
        ("enrol an app", enrolling("add_totp", "totp")),
        ("enrol a password", enrolling("set_password", "password")),
        ("enrol codes", enrolling("new_recovery_codes", "recovery_codes")),
        ("recover: identifier", InteractionState { user: None, ..recovering("identifier") }),
        ("recover: password", recovering("password")),
        ("recover: code", recovering("recovery_code")),
        ("recover: lost", recovering("lost")),
        ("recover: begun", InteractionState { kind: Recover, ..begun }),
        ("lacking", lacks(lacking.clone())),
        ("lacking, waits", lacks(LackingView { rises_at: Some(UnixTime(86_400)), ..lacking })),
    ]
}

/// What is done to one's own account: `action`, to a key called "YubiKey 5".
pub fn change(action: &str) -> AccountView {
    AccountView {
        action: action.to_owned(),
        credential: matches!(action, "rename" | "remove").then(|| "YubiKey 5".to_owned()),
        to: matches!(action, "rename" | "set_email").then(|| "b@example.com".to_owned()),
        hardware: false,
    }
}

/// The prompt before it is done.
pub fn changing(action: &str) -> InteractionState {
    let state = signed_in(visit(InteractionKind::StepUp, &[&["passkey"]]));
    InteractionState { account: Some(change(action)), client: None, ..state }
}

/// The registration that follows.
pub fn enrolling(action: &str, what: &str) -> InteractionState {
    let state = signed_in(visit(InteractionKind::Enrol, &[&[what]]));
    InteractionState { account: Some(change(action)), client: None, ..state }
}

/// A recovery that asks for something.
pub fn recovering(asks: &str) -> InteractionState {
    let replaceable = [("c1", "passkey", "Pixel 8"), ("c2", "totp", "")];
    let replaceable = replaceable.map(|(id, factor, label)| ReplaceableView {
        id: id.to_owned(),
        factor: factor.to_owned(),
        label: label.to_owned(),
    });
    let recovery =
        RecoveryView { asks: asks.to_owned(), replaceable: replaceable.into(), delay: Seconds(86_400) };
    let state = known(visit(InteractionKind::Recover, &[]));
    InteractionState { recovery: Some(recovery), client: None, ..state }
}

/// What an authenticator app needs.
pub fn totp(issuer: &str) -> render::TotpEnrolment<'_> {
    let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"><path fill="#000000" d="M0 0h1v1H0V0"/></svg>"##;
    render::TotpEnrolment { qr_svg: render::QrSvg::new(svg), manual_key: "JBSWY3DPEHPK3PXP", issuer }
}

/// The page of a state.
pub fn page(state: &InteractionState) -> html::Page {
    page_with(state, None)
}

/// The page of a state after a try that failed.
pub fn page_with(state: &InteractionState, notice: Option<Notice>) -> html::Page {
    let totp = Some(totp("id.example.com"));
    let page = render::InteractionPage { state, csrf: "csrf-value", notice, totp, password_min: 15 };
    html::read(&render::interaction(&page).unwrap_or_default())
}
