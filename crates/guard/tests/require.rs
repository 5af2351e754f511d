//! Does a valid token suffice? RFC 9470, SU-14, and the binding of an elevation.

#![allow(clippy::panic, reason = "an outcome that cannot be fails the test")]
#![allow(clippy::unwrap_used, reason = "a set-up that fails fails the test")]

mod common;

use common::{Hand, NOW, Shelf, access_token, claims_with, details, guard, key};
use riser_guard::{
    Challenge, ConfigError, Problem, Requirement, Seconds, Shortfall, StepUpNeeded, UnixTime, Unmet,
    VerifiedToken,
};
use serde_json::{Value, json};

async fn token(changes: Value) -> VerifiedToken {
    let key = key();
    let guard = guard(&Shelf::with(&[&key]), &Hand::new());
    guard.verify(&access_token(&key, &claims_with(&changes))).await.unwrap()
}

fn shortfall<T>(outcome: Result<T, Unmet>) -> Option<Shortfall> {
    match outcome {
        Ok(_) => None,
        Err(Unmet::StepUp(needed)) => Some(needed.why),
        Err(Unmet::Scope(scope)) => panic!("{scope:?}"),
    }
}

fn phr() -> Requirement {
    Requirement::new("phr").unwrap()
}

fn fresh(seconds: u32) -> Requirement {
    phr().max_age(Seconds(seconds)).unwrap()
}

#[tokio::test]
async fn std_su_14_level_and_age() {
    use Shortfall::{Level, TooOld, Undated};
    let any = |acr_values: &str| Requirement::new(acr_values).unwrap();
    let only_age = || Requirement::fresh(Seconds(60)).unwrap();
    #[rustfmt::skip] // a table
    let rows = [
        ("held", phr(), json!({}), None),
        ("by acr alone", any("urn:example:strong"), json!({ "acr_satisfied": null }), None),
        ("the second of two", any("phrh phr"), json!({}), None),
        ("not held", any("phrh"), json!({}), Some(Level)),
        ("no level in the token", phr(), json!({ "acr": null, "acr_satisfied": null }), Some(Level)),
        ("names are not ordered", any("aal1"), json!({ "acr": "phr", "acr_satisfied": null }), Some(Level)),
        ("case counts", any("PHR"), json!({}), Some(Level)),
        ("fresh", fresh(60), json!({ "auth_time": NOW - 60 }), None),
        ("within leeway", fresh(60), json!({ "auth_time": NOW - 65 }), None),
        ("past leeway", fresh(60), json!({ "auth_time": NOW - 66 }), Some(TooOld)),
        ("no date", fresh(60), json!({ "auth_time": null }), Some(Undated)),
        ("no date is needed", phr(), json!({ "auth_time": null }), None),
        ("a clock ahead", fresh(60), json!({ "auth_time": NOW + 5 }), None),
        ("from the future", fresh(60), json!({ "auth_time": NOW + 6 }), Some(Undated)),
        ("from the future, any age", phr(), json!({ "auth_time": NOW + 6 }), Some(Undated)),
        ("age alone", only_age(), json!({ "acr": null, "acr_satisfied": null }), None),
        ("age alone, old", only_age(), json!({ "auth_time": NOW - 66 }), Some(TooOld)),
        ("level first", fresh(60), json!({ "acr": null, "acr_satisfied": [], "auth_time": 0 }), Some(Level)),
    ];
    for (name, requirement, changes, expected) in rows {
        assert_eq!(shortfall(token(changes).await.require(&requirement, UnixTime(NOW))), expected, "{name}");
    }
}

#[tokio::test]
async fn atk_su_31_a_token_grows_stale_while_it_stands() {
    let token = token(json!({ "auth_time": NOW - 10, "exp": NOW + 3600 })).await;
    for (later, expected) in
        [(0, None), (295, None), (296, Some(Shortfall::TooOld)), (3000, Some(Shortfall::TooOld))]
    {
        assert_eq!(shortfall(token.require(&fresh(300), UnixTime(NOW + later))), expected, "{later} s later");
    }
}

#[tokio::test]
async fn satisfied_says_which_level_in_the_requirements_order() {
    let requirement = Requirement::new("phrh phr aal1").unwrap();
    let satisfied = token(json!({})).await.require(&requirement, UnixTime(NOW)).unwrap();
    assert_eq!(satisfied.acr.unwrap().as_str(), "phr");
    assert_eq!(satisfied.auth_time, Some(UnixTime(NOW - 10)));
}

#[tokio::test]
async fn std_decision_12_scope_and_authentication_short() {
    let strong = token(json!({ "scope": "openid accounts" })).await;
    let weak = token(json!({ "scope": "openid accounts", "acr": null, "acr_satisfied": null })).await;
    let payments = phr().scope("payments").unwrap();
    let accounts = phr().scope("accounts").unwrap();
    let now = UnixTime(NOW);

    assert!(strong.require(&accounts, now).is_ok());
    let Err(Unmet::Scope(scope)) = strong.require(&payments, now) else { panic!() };
    assert_eq!(scope.0, "payments");
    let Err(Unmet::StepUp(both)) = weak.require(&payments, now) else { panic!() };
    assert_eq!(both.challenge.scope.as_deref(), Some("payments"));
    let Err(Unmet::StepUp(one)) = weak.require(&accounts, now) else { panic!() };
    assert_eq!(one.challenge.scope, None);

    let guard = guard(&Shelf::default(), &Hand::new());
    let answer = guard.challenge(&Unmet::Scope(scope));
    assert_eq!(answer.status(), 403);
    assert_eq!(
        answer.headers()["www-authenticate"],
        "Bearer error=\"insufficient_scope\", scope=\"payments\""
    );
}

#[tokio::test]
async fn atk_su_18_an_approval_of_one_action_opens_nothing_else() {
    let bound = token(json!({ "txn": "t1", "authorization_details": details("1234.00") })).await;
    assert_eq!(shortfall(bound.require(&phr(), UnixTime(NOW))), Some(Shortfall::Bound));
    assert!(bound.require_bound(&phr().bound(), &details("1234.00"), UnixTime(NOW)).is_ok());
    assert_eq!(shortfall(token(json!({})).await.require(&phr(), UnixTime(NOW))), None);
}

#[tokio::test]
async fn a_bound_action_takes_only_its_own_approval() {
    use Shortfall::{Level, OtherDetails, TooOld, Unbound};
    let bound = json!({ "txn": "t1", "authorization_details": details("1234.00") });
    let with = |name: &str, value: Value| {
        let mut changed = bound.clone();
        changed[name] = value;
        changed
    };
    let mut more = details("1234.00");
    more[0]["remittanceInformationUnstructured"] = json!("rent");
    let mut twice = details("1234.00");
    twice.as_array_mut().unwrap().push(details("1234.00")[0].clone());
    #[rustfmt::skip] // a table
    let rows = [
        ("approved", bound.clone(), None),
        ("an unbound token", json!({}), Some(Unbound)),
        ("details without txn", with("txn", json!(null)), Some(Unbound)),
        ("an empty txn", with("txn", json!("")), Some(Unbound)),
        ("txn without details", with("authorization_details", json!(null)), Some(Unbound)),
        ("another amount", with("authorization_details", details("1234.01")), Some(OtherDetails)),
        ("the same number", with("authorization_details", details("1234.0")), Some(OtherDetails)),
        ("a member more", with("authorization_details", more), Some(OtherDetails)),
        ("an entry more", with("authorization_details", twice), Some(OtherDetails)),
        ("no entry", with("authorization_details", json!([])), Some(OtherDetails)),
        ("not in an array", with("authorization_details", details("1234.00")[0].clone()), Some(OtherDetails)),
        ("too weak", with("acr_satisfied", json!(["aal1"])), Some(Level)),
        ("too old", with("auth_time", json!(NOW - 400)), Some(TooOld)),
    ];
    let requirement = fresh(300).bound();
    for (name, changes, expected) in rows {
        let outcome = token(changes).await.require_bound(&requirement, &details("1234.00"), UnixTime(NOW));
        assert_eq!(shortfall(outcome), expected, "{name}");
    }
    let elevation =
        token(bound).await.require_bound(&requirement, &details("1234.00"), UnixTime(NOW)).unwrap();
    assert_eq!(elevation.txn(), "t1");
    assert_eq!(elevation.token().subject(), "u1");
}

#[tokio::test]
async fn member_order_does_not_matter_but_every_character_does() {
    let approved = json!([{ "creditorName": "Zoë", "type": "x" }]);
    let token = token(json!({ "txn": "t1", "authorization_details": approved })).await;
    let requirement = phr().bound();
    let same: Value = serde_json::from_str(r#"[{"type":"x","creditorName":"Zo\u00eb"}]"#).unwrap();
    assert!(token.require_bound(&requirement, &same, UnixTime(NOW)).is_ok());
    // RFC 9396 §12: no normalisation. The same letter, decomposed, is another text.
    let decomposed = json!([{ "creditorName": "Zoe\u{308}", "type": "x" }]);
    assert!(token.require_bound(&requirement, &decomposed, UnixTime(NOW)).is_err());
}

#[tokio::test]
async fn rfc_9470_3_the_challenge_and_its_body_say_the_same() {
    let guard = guard(&Shelf::default(), &Hand::new());
    let requirement = fresh(300).bound();
    let Err(Unmet::StepUp(needed)) =
        token(json!({})).await.require_bound(&requirement, &details("1.00"), UnixTime(NOW))
    else {
        panic!()
    };
    assert_eq!(needed, StepUpNeeded { why: Shortfall::Unbound, ..requirement.step_up(details("1.00")) });

    let answer = guard.step_up(&needed);
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let header = answer.headers()["www-authenticate"].to_str().unwrap();
    let challenge = Challenge::parse(header).unwrap();
    assert_eq!(challenge, needed.challenge);
    assert_eq!(challenge.max_age, Some(Seconds(300)));

    let problem: Problem = serde_json::from_str(answer.body()).unwrap();
    assert_eq!(problem.kind, "https://id.example/problems/step_up_required");
    let step_up = problem.step_up.unwrap();
    assert_eq!(step_up.acr_values, "phr");
    assert_eq!(step_up.authorization_details, Some(details("1.00")));
    assert_eq!(step_up.www_authenticate, header);
}

#[test]
fn std_decision_10_a_requirement_is_checked_when_it_is_made() {
    assert_eq!(phr().max_age(Seconds(29)), Err(ConfigError::MaxAgeTooShort(29)));
    assert_eq!(phr().max_age(Seconds(0)), Err(ConfigError::MaxAgeTooShort(0)));
    assert!(phr().max_age(Seconds(30)).is_ok());
    assert_eq!(Requirement::fresh(Seconds(5)), Err(ConfigError::MaxAgeTooShort(5)));
    assert_eq!(Requirement::new("  "), Err(ConfigError::NoAcr));
    assert!(matches!(Requirement::new("a\"b"), Err(ConfigError::Acr(_))));
    for scope in ["", "a b", "a\"", "a\\", "ä"] {
        assert!(phr().scope(scope).is_err(), "{scope:?}");
    }
}
