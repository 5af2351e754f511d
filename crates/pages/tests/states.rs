//! What each state looks like to a person.

mod common;

use common::{
    approving, ended, every_state, html::Page, known, page, page_with, payment, requires, signed_in, visit,
};
use riser_pages::Notice;
use riser_wire::{InteractionKind, InteractionState, InteractionStatus, ProblemKind, Seconds};

/// The ways on, as the browser tests name them, in the order of the page.
fn ways(page: &Page) -> Vec<&str> {
    let named = ["passkey", "username", "password", "code", "approve"];
    page.elements
        .iter()
        .filter_map(|it| it.attribute("data-testid"))
        .filter(|id| named.contains(id))
        .collect()
}

#[test]
#[rustfmt::skip] // a table
fn ways_follow_the_options_in_their_order() {
    use InteractionKind::{Enrol, Login, StepUp};
    for (name, state, expected) in [
        ("passkey first", visit(Login, &[&["passkey"], &["password"]]), &["passkey", "username"][..]),
        ("name first", visit(Login, &[&["password"], &["passkey"]]), &["username", "passkey"]),
        ("a passkey inside an option", visit(Login, &[&["password", "passkey"]]), &["passkey", "username"]),
        ("no passkey", visit(Login, &[&["password"]]), &["username"]),
        ("nothing known yet", visit(Login, &[]), &["username"]),
        ("name given", known(visit(Login, &[&["passkey"], &["password"]])), &["passkey", "password"]),
        ("one way, once", known(visit(Login, &[&["password"], &["password", "totp"]])), &["password"]),
        ("password was right", known(visit(Login, &[&["totp"]])), &["code"]),
        ("step-up", signed_in(visit(StepUp, &[&["passkey"]])), &["passkey"]),
        ("step-up by either", signed_in(visit(StepUp, &[&["password"], &["passkey"]])), &["password", "passkey"]),
        ("enrolment, nobody known", visit(Enrol, &[&["passkey"]]), &["username"]),
        ("enrolment, not signed in: what may be registered cannot sign in", known(visit(Enrol, &[&["passkey"]])), &["password"]),
        ("enrolment, signing in by either", known(visit(Enrol, &[&["passkey"], &["password"]])), &["passkey", "password"]),
        ("enrolment", signed_in(visit(Enrol, &[&["passkey"]])), &["passkey"]),
        ("consent before the last proof", InteractionState { consent_required: true, ..signed_in(visit(StepUp, &[&["passkey"]])) }, &["approve"]),
    ] {
        assert_eq!(ways(&page(&state)), expected, "{name}");
    }
}

#[test]
fn a_step_up_says_who_asks_with_what_and_what_refusal_means() {
    let page = page(&signed_in(visit(InteractionKind::StepUp, &[&["passkey"]])));
    assert!(page.body().contains("Nordlicht asks you to confirm that it is you."));
    assert_eq!(page.said("passkey"), "Confirm with passkey");
    assert!(page.body().contains("fingerprint, face or PIN"));
    assert_eq!(page.said("promise"), "If you cancel, nothing changes and you stay signed in.");
    assert_eq!(page.said("person"), "Signed in as anna");
}

#[test]
fn a_payment_shows_what_is_signed_and_promises_that_nothing_is_sent() {
    let page = page(&payment());
    let rows: Vec<_> = page.test_ids("transaction-row").iter().map(|row| row.text.as_str()).collect();
    assert_eq!(rows, ["AmountEUR 1,234.00", "ToACME GmbH", "NoteInvoice 7"]);
    assert_eq!(page.said("promise"), "Nothing is sent unless you confirm.");
    assert!(page.all("input").all(|input| input.attribute("autofocus").is_none()));
}

#[test]
fn a_transaction_is_shown_on_every_page_that_can_confirm_it() {
    let sign_in = InteractionState { kind: InteractionKind::Login, user: None, current: None, ..payment() };
    let page = page(&sign_in);
    assert_eq!(page.test_ids("transaction-row").len(), 3);
    assert_eq!(page.said("passkey"), "Confirm with passkey");
}

#[test]
fn a_hardware_key_is_named_where_nothing_else_will_do() {
    let state = approving(
        signed_in(visit(InteractionKind::StepUp, &[&["passkey"]])),
        "riser_action",
        &[("Tenant", "a")],
    );
    assert!(page(&requires(state.clone(), "phrh")).body().contains("hardware security key"));
    assert!(!page(&requires(state, "phrh phr")).body().contains("hardware security key"));
}

#[test]
#[rustfmt::skip] // a table
fn a_failure_says_why_and_what_to_do() {
    for (reason, why, cure) in [
        (Some("enrolment_required"), "no passkey", "Ask your administrator or Nordlicht for an enrolment link"),
        (Some("unreachable"), "No factor", "Tell Nordlicht or your administrator"),
        (Some("cancelled"), "You did not confirm", "start again"),
        (Some("access_denied"), "You did not confirm", "start again"),
        (Some("too_many_failures"), "several times in a row", "tell your administrator"),
        (Some("expired"), "open for too long", "start again"),
        (Some("a later version's reason"), "could not be completed", "start again"),
        (None, "could not be completed", "start again"),
    ] {
        let page = page(&ended(InteractionStatus::Failed, reason));
        assert!(page.body().contains(why) && page.body().contains(cure), "{reason:?}");
        assert_eq!(page.said("continue"), "Back to Nordlicht", "{reason:?}");
        assert_eq!(page.test_ids("continue")[0].attribute("href"), Some("https://bank.example/callback?state=1"));
    }
    let hardware = requires(ended(InteractionStatus::Failed, Some("enrolment_required")), "phrh");
    assert!(page(&hardware).body().contains("add your hardware key"));
}

#[test]
fn a_notice_stands_in_the_live_region_and_in_the_title() {
    let state = known(visit(InteractionKind::Login, &[&["password"]]));
    let quiet = page(&state);
    assert_eq!(quiet.said("alert"), "");
    assert_eq!(quiet.test_ids("alert")[0].attribute("role"), Some("alert"));

    let wrong = page_with(&state, Some(Notice::new(ProblemKind::InvalidCredentials)));
    assert!(wrong.said("alert").contains("not right"));
    let password = wrong.test_ids("password")[0];
    assert_eq!(password.attribute("aria-invalid"), Some("true"));
    assert_eq!(password.attribute("aria-describedby"), Some("alert"));
    assert!(wrong.all("title").all(|title| title.text.starts_with("Error: ")));

    let limited = page_with(&state, Some(Notice::rate_limited(Seconds(45))));
    assert!(limited.said("alert").contains("45 seconds"));
    assert_eq!(limited.test_ids("password")[0].attribute("aria-invalid"), None);
}

#[test]
fn atk_wb_01_every_form_posts_to_its_own_visit_and_carries_the_token() {
    for (name, state) in every_state() {
        let page = page(&state);
        let forms = page.all("form").count();
        let tokens = page.all("input").filter(|input| input.attribute("name") == Some("csrf"));
        assert_eq!(
            tokens.filter(|input| input.attribute("value") == Some("csrf-value")).count(),
            forms,
            "{name}"
        );
        for form in page.all("form") {
            assert_eq!(form.attribute("method"), Some("post"), "{name}");
            assert!(
                form.attribute("action").is_some_and(|to| to.starts_with("/interaction/visit1/")),
                "{name}"
            );
        }
        let pending = state.status == InteractionStatus::Pending;
        assert_eq!(page.test_ids("cancel").len(), usize::from(pending), "{name}: one way to refuse");
    }
}

#[test]
fn atk_wb_04_what_confirms_with_one_press_is_guarded() {
    for (name, state) in every_state() {
        let page = page(&state);
        for button in [page.test_ids("passkey"), page.test_ids("approve")].concat() {
            assert!(button.attribute("data-confirm").is_some(), "{name}");
        }
    }
}

#[test]
fn wcag_every_page_has_a_language_one_heading_and_labelled_fields() {
    for (name, state) in every_state() {
        let page = page(&state);
        assert!(page.all("html").all(|html| html.attribute("lang") == Some("en")), "{name}");
        assert_eq!(page.all("h1").count(), 1, "{name}");
        assert_eq!(page.all("main").count(), 1, "{name}");
        let ids: Vec<_> = page.elements.iter().filter_map(|element| element.attribute("id")).collect();
        for input in page.all("input") {
            if input.attribute("type") == Some("hidden") || input.attribute("hidden").is_some() {
                continue;
            }
            let labelled = page.all("label").any(|label| label.attribute("for") == input.attribute("id"));
            assert!(labelled, "{name}: {input:?}");
        }
        for described in page.elements.iter().filter_map(|element| element.attribute("aria-describedby")) {
            assert!(described.split(' ').all(|id| ids.contains(&id)), "{name}: {described}");
        }
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "{name}: an id stands twice");
    }
}
