//! When the provider's keys are fetched, and what happens when they cannot be.

#![allow(clippy::unwrap_used, reason = "a set-up that fails fails the test")]

mod common;

use common::{Hand, Shelf, access_token, claims_with, guard, key};
use riser_guard::{FetchError, GuardError, VerifyError};
use serde_json::json;

const LONG: i64 = common::NOW + 100_000;

fn unknown_key() -> GuardError {
    GuardError::InvalidToken(VerifyError::UnknownKey.into())
}

#[tokio::test]
async fn keys_are_fetched_when_first_needed_and_kept() {
    let (key, hand) = (key(), Hand::new());
    let shelf = Shelf::with(&[&key]);
    let guard = guard(&shelf, &hand);
    assert_eq!(shelf.asked(), 0);
    let token = access_token(&key, &claims_with(&json!({ "exp": LONG })));
    for _ in 0..5 {
        assert!(guard.verify(&token).await.is_ok());
    }
    assert_eq!(shelf.asked(), 1);
    hand.advance(600);
    assert!(guard.verify(&token).await.is_ok());
    assert_eq!(shelf.asked(), 2);
}

#[tokio::test]
async fn many_first_requests_are_one_fetch() {
    let key = key();
    let shelf = Shelf::with(&[&key]);
    let guard = guard(&shelf, &Hand::new());
    let token = access_token(&key, &common::claims());
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            tokio::spawn({
                let (guard, token) = (guard.clone(), token.clone());
                async move { guard.verify(&token).await }
            })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap().is_ok());
    }
    assert_eq!(shelf.asked(), 1);
}

#[tokio::test]
async fn a_new_key_is_found_and_strangers_names_cause_few_fetches() {
    let (old, new, stranger, hand) = (key(), key(), key(), Hand::new());
    let shelf = Shelf::with(&[&old]);
    let guard = guard(&shelf, &hand);
    let token = |key| access_token(key, &claims_with(&json!({ "exp": LONG })));
    assert!(guard.verify(&token(&old)).await.is_ok());

    // Too early after the last fetch: the name stays unknown.
    shelf.put(&[&old, &new]);
    assert_eq!(guard.verify(&token(&new)).await, Err(unknown_key()));
    assert_eq!(shelf.asked(), 1);
    hand.advance(30);
    assert!(guard.verify(&token(&new)).await.is_ok());
    assert_eq!(shelf.asked(), 2);
    for _ in 0..50 {
        assert_eq!(guard.verify(&token(&stranger)).await, Err(unknown_key()));
    }
    assert_eq!(shelf.asked(), 2);
    hand.advance(30);
    for _ in 0..50 {
        assert_eq!(guard.verify(&token(&stranger)).await, Err(unknown_key()));
    }
    assert_eq!(shelf.asked(), 3);
}

#[tokio::test]
async fn a_provider_that_is_down_is_not_asked_more_often() {
    let (old, stranger, hand) = (key(), key(), Hand::new());
    let shelf = Shelf::with(&[&old]);
    let guard = guard(&shelf, &hand);
    let token = |key| access_token(key, &claims_with(&json!({ "exp": LONG })));
    assert!(guard.verify(&token(&old)).await.is_ok());
    shelf.empty();
    hand.advance(30);
    // The first stranger learns that it cannot be judged; the next ones within the interval cause nothing.
    assert!(matches!(guard.verify(&token(&stranger)).await, Err(GuardError::Unavailable(_))));
    hand.advance(29);
    assert_eq!(guard.verify(&token(&stranger)).await, Err(unknown_key()));
    assert_eq!(shelf.asked(), 2);
    assert!(guard.verify(&token(&old)).await.is_ok());
}

#[tokio::test]
async fn a_withdrawn_key_is_forgotten() {
    let (old, new, hand) = (key(), key(), Hand::new());
    let shelf = Shelf::with(&[&old]);
    let guard = guard(&shelf, &hand);
    let token = access_token(&old, &claims_with(&json!({ "exp": LONG })));
    assert!(guard.verify(&token).await.is_ok());
    shelf.put(&[&new]);
    hand.advance(600);
    assert_eq!(guard.verify(&token).await, Err(unknown_key()));
}

#[tokio::test]
async fn without_keys_everything_is_denied_but_nothing_is_called_invalid() {
    let (key, hand) = (key(), Hand::new());
    let shelf = Shelf::default();
    let guard = guard(&shelf, &hand);
    let token = access_token(&key, &claims_with(&json!({ "exp": LONG })));

    let refused = guard.verify(&token).await.unwrap_err();
    assert!(matches!(refused, GuardError::Unavailable(FetchError::Unreachable(_))));
    let answer = guard.refuse(&refused);
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers().get("www-authenticate"), None);
    assert!(answer.headers().contains_key("retry-after"));

    // A moment later it is not asked again, and then it is.
    assert_eq!(guard.verify(&token).await, Err(GuardError::Unavailable(FetchError::HeldOff)));
    assert_eq!(shelf.asked(), 1);
    shelf.put(&[&key]);
    hand.advance(2);
    assert!(guard.verify(&token).await.is_ok());

    // A short outage denies nothing; a long one everything.
    shelf.empty();
    hand.advance(600);
    assert!(guard.verify(&token).await.is_ok());
    hand.advance(3000);
    assert!(matches!(guard.verify(&token).await, Err(GuardError::Unavailable(_))));
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_stop_fetches() {
    let (old, new, hand) = (key(), key(), Hand::new());
    let shelf = Shelf::with(&[&old]);
    let guard = guard(&shelf, &hand);
    let token = |key| access_token(key, &claims_with(&json!({ "exp": LONG, "iat": 0 })));
    assert!(guard.verify(&token(&old)).await.is_ok());
    shelf.put(&[&old, &new]);
    hand.advance(-3600);
    assert!(guard.verify(&token(&new)).await.is_ok());
}
