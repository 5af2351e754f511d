//! Is the token valid here and now? RFC 9068 §4, RFC 6750.

#![allow(clippy::unwrap_used, reason = "a set-up that fails fails the test")]

mod common;

use common::{AUDIENCE, Hand, ISSUER, NOW, Shelf, access_token, claims, claims_with, guard, key};
use riser_guard::{GuardError, InvalidToken, VerifyError, http};
use riser_tokens::{TokenType, sign};
use serde_json::{Value, json};

async fn verdict(changes: Value) -> Option<GuardError> {
    let key = key();
    let guard = guard(&Shelf::with(&[&key]), &Hand::new());
    guard.verify(&access_token(&key, &claims_with(&changes))).await.err()
}

#[tokio::test]
async fn std_at_05_issuer_audience_and_times() {
    use InvalidToken::{Audience, Expired, Issuer, KeyBound, NotYetValid};
    #[rustfmt::skip] // a table
    let rows = [
        ("as issued", json!({}), None),
        ("another issuer", json!({ "iss": "https://evil.example" }), Some(Issuer)),
        ("a slash more", json!({ "iss": format!("{ISSUER}/") }), Some(Issuer)),
        ("another audience", json!({ "aud": "https://other.example" }), Some(Audience)),
        ("a prefix of us", json!({ "aud": "https://api.example.evil" }), Some(Audience)),
        ("one of several", json!({ "aud": ["https://other.example", AUDIENCE] }), None),
        ("nobody", json!({ "aud": [] }), Some(Audience)),
        ("just expired", json!({ "exp": NOW - 5 }), Some(Expired)),
        ("within leeway", json!({ "exp": NOW - 4 }), None),
        ("from the future", json!({ "iat": NOW + 6 }), Some(NotYetValid)),
        ("a clock ahead", json!({ "iat": NOW + 5 }), None),
        ("not before", json!({ "nbf": NOW + 6 }), Some(NotYetValid)),
        ("bound to a key", json!({ "cnf": { "jkt": "x" } }), Some(KeyBound)),
    ];
    for (name, changes, expected) in rows {
        assert_eq!(verdict(changes).await, expected.map(GuardError::InvalidToken), "{name}");
    }
}

#[tokio::test]
async fn atk_oa_17_a_date_that_is_no_number_is_refused() {
    for changes in [
        json!({ "exp": "never" }),
        json!({ "auth_time": "2000000000" }),
        json!({ "exp": null }),
        json!({ "nbf": "9999" }),
    ] {
        let refused = verdict(changes.clone()).await;
        assert_eq!(refused, Some(GuardError::InvalidToken(VerifyError::BadClaims.into())), "{changes}");
    }
}

#[tokio::test]
async fn atk_oa_21_an_id_token_opens_nothing() {
    let key = key();
    let guard = guard(&Shelf::with(&[&key]), &Hand::new());
    let token = sign(&key, TokenType::IdToken, &claims()).unwrap();
    assert_eq!(guard.verify(&token).await, Err(GuardError::InvalidToken(VerifyError::WrongType.into())));
}

#[tokio::test]
async fn rfc_6750_2_1_one_authorization_header() {
    let key = key();
    let guard = guard(&Shelf::with(&[&key]), &Hand::new());
    let token = access_token(&key, &claims());
    let with = |values: &[String]| {
        let mut headers = http::HeaderMap::new();
        for value in values {
            headers.append("authorization", value.parse().unwrap());
        }
        headers
    };
    assert!(guard.verify_request(&with(&[format!("Bearer {token}")])).await.is_ok());
    assert!(guard.verify_request(&with(&[format!("bEARER {token}")])).await.is_ok());
    for (values, expected) in [
        (vec![], GuardError::NoToken),
        (vec![format!("DPoP {token}")], GuardError::NoToken),
        (vec!["Basic YTpi".to_owned()], GuardError::NoToken),
        (vec![token.clone()], GuardError::NoToken),
        (vec![format!("Bearer {token}"), format!("Bearer {token}")], GuardError::Ambiguous),
        (vec!["Bearer ".to_owned()], GuardError::InvalidToken(VerifyError::Malformed.into())),
    ] {
        assert_eq!(guard.verify_request(&with(&values)).await, Err(expected), "{values:?}");
    }
}

#[tokio::test]
async fn atk_su_43_every_refusal_of_a_token_is_one_and_the_same_answer() {
    let key = key();
    let guard = guard(&Shelf::with(&[&key]), &Hand::new());
    let mut answers = Vec::new();
    for token in [
        "x".to_owned(),
        access_token(&key, &claims_with(&json!({ "exp": 1 }))),
        sign(&key, TokenType::IdToken, &claims()).unwrap(),
    ] {
        let refused = guard.refuse(&guard.verify(&token).await.unwrap_err());
        assert_eq!(refused.status(), 401);
        assert_eq!(refused.headers()["www-authenticate"], "Bearer error=\"invalid_token\"");
        assert_eq!(refused.headers()["cache-control"], "no-store");
        answers.push(refused.into_body());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let none = guard.refuse(&GuardError::NoToken);
    assert_eq!(
        (none.status().as_u16(), &none.headers()["www-authenticate"]),
        (401, &"Bearer".parse().unwrap())
    );
    assert!(!none.body().contains("step_up"));
}

#[tokio::test]
async fn atk_op_10_no_token_in_debug() {
    let key = key();
    let guard = guard(&Shelf::with(&[&key]), &Hand::new());
    let token = access_token(&key, &claims());
    let printed = format!("{:?} {guard:?}", guard.verify(&token).await.unwrap());
    assert_eq!(
        printed,
        format!(
            "VerifiedToken {{ jti: \"j1\", .. }} Guard {{ issuer: {ISSUER:?}, audience: {AUDIENCE:?}, .. }}"
        )
    );
}
