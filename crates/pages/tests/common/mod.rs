//! States to render, and a small reader of the HTML that comes out.

#![allow(dead_code, reason = "each test file uses its own part of this")]

pub mod html;
pub mod own;
pub mod payloads;

use riser_pages::{Notice, render};
use riser_wire::{
    Acr, ClientView, CurrentView, InteractionKind, InteractionState, InteractionStatus, RequiredView,
    TransactionView, UnixTime, UserView,
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
    let step_up = || signed_in(visit(StepUp, &[&["passkey"], &["password", "totp"]]));
    vec![
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
    ]
}

/// The page of a state.
pub fn page(state: &InteractionState) -> html::Page {
    page_with(state, None)
}

/// The page of a state after a try that failed.
pub fn page_with(state: &InteractionState, notice: Option<Notice>) -> html::Page {
    let page = render::InteractionPage { state, csrf: "csrf-value", notice, totp: None, password_min: 15 };
    html::read(&render::interaction(&page).unwrap_or_default())
}
