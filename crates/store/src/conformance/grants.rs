use std::sync::Arc;

use riser_core::GrantId;

use super::deeds::{enrolment, recovery_codes, rising};
use super::world::{
    LIFE, NOW, ceremony, code_for, entry, hash, in_force, is_spendable, issued, later, opened, raced,
    recorded, signed_in, told,
};
use crate::{CodeIssue, Hashed, PushedRequest, Redeemed, Spendable, Standing, Store, StoreError, Told};

fn refresh(name: &str) -> Redeemed {
    Redeemed { refresh: Some((hash(name), later(3600))), jkt: None }
}

pub async fn atk_oa_03_one_code_raced_is_redeemed_once<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let (grant, txn) = anna.bound_grant("raced");
    let code = issued(&store, "raced", &grant).await;
    let store = Arc::new(store);
    let results = raced(|racer| {
        let (store, grant) = (store.clone(), grant.clone());
        async move {
            let next = refresh(&format!("refresh {racer}"));
            store.redeem_code(code, &grant, next, NOW, entry("redeemed")).await
        }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let losers = results.iter().filter_map(|result| result.as_ref().err());
    assert!(losers.into_iter().all(|error| *error == StoreError::Conflict));
    for (racer, result) in results.iter().enumerate() {
        let token = store.refresh_token(hash(&format!("refresh {racer}"))).await.unwrap();
        assert_eq!(token.is_some(), result.is_ok(), "a loser leaves no token");
    }
    assert_eq!(recorded(&*store, "redeemed").await, 1);
    assert_eq!(store.standing(grant.id(), LIFE, NOW).await.unwrap(), Standing::Stands);
    assert!(store.spend_elevation(txn, NOW, entry("spent")).await.unwrap());
}

pub async fn atk_oa_04_no_value_is_found_as_another_kind<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let (bound, elevation) = anna.bound_grant("bound");
    in_force(&store, "bound", &bound, refresh("refresh")).await;
    let enrolment = enrolment(&anna.user, riser_core::assurance::Ceiling::Unlimited);
    store.grant_enrolment(hash("link"), enrolment, later(900), NOW, told("link")).await.unwrap();
    let waiting = anna.grant("waiting");
    let values = [
        (Spendable::Ceremony, ceremony(&store, "any").await),
        (Spendable::Code, issued(&store, "waiting", &waiting).await),
        (Spendable::RefreshToken, hash("refresh")),
        (Spendable::Enrolment, hash("link")),
        (Spendable::Elevation, elevation),
        (Spendable::RecoveryCode, recovery_codes(&store, &anna, "codes", 1).await[0]),
        (Spendable::Cancel, rising(&store, &anna, "rising").await),
        (Spendable::PushedRequest, pushed(&store, "pushed").await),
    ];
    assert_eq!(values.map(|(kind, _)| kind), Spendable::ALL, "every kind");
    let interaction = opened(&store, "presents").await;
    for (kind, value) in values {
        for other in Spendable::ALL.into_iter().filter(|other| *other != kind) {
            assert!(!is_spendable(&store, other, value).await, "{kind:?} is found as {other:?}");
            let spent = store.advance(&interaction, &[(other, value)], None, NOW, Told::nothing()).await;
            assert_eq!(spent, Err(StoreError::Conflict), "{kind:?} is spent as {other:?}");
            if other != Spendable::Code {
                continue;
            }
            let redeemed = store.redeem_code(value, &waiting, Redeemed::default(), NOW, entry("no")).await;
            assert_eq!(redeemed, Err(StoreError::Conflict));
        }
        if kind != Spendable::RefreshToken {
            let rotated = store.rotate_refresh(value, bound.id(), refresh("next"), NOW, entry("no")).await;
            assert_eq!(rotated, Err(StoreError::Conflict));
        }
    }
    for (kind, value) in values {
        assert!(is_spendable(&store, kind, value).await, "{kind:?} is what it was");
    }
    assert_eq!(recorded(&store, "no").await, 0);
}

pub async fn a_code_is_found_spent_and_not_redeemed_after_its_end<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let (on_time, late) = (anna.grant("on time"), anna.grant("late"));
    let code = issued(&store, "on time", &on_time).await;
    let found = store.code(code).await.unwrap().unwrap();
    assert_eq!((&found.value, found.expires_at, found.spent_at), (&on_time, later(60), None));
    assert_eq!(store.standing(on_time.id(), LIFE, NOW).await.unwrap(), Standing::Revoked, "not in force yet");
    assert_eq!(store.foundation(&on_time, LIFE, NOW).await.unwrap(), Standing::Stands);
    store.redeem_code(code, &on_time, Redeemed::default(), later(59), entry("redeem")).await.unwrap();
    assert_eq!(store.code(code).await.unwrap().unwrap().spent_at, Some(later(59)), "reuse can be told");
    let again = store.redeem_code(code, &on_time, Redeemed::default(), later(59), entry("again")).await;
    assert_eq!(again, Err(StoreError::Conflict));

    let code = issued(&store, "late", &late).await;
    let redeemed = store.redeem_code(code, &late, Redeemed::default(), later(60), entry("again")).await;
    assert_eq!(redeemed, Err(StoreError::Conflict));
    assert_eq!(store.code(hash("code of nobody")).await.unwrap(), None);
    assert_eq!((recorded(&store, "redeem").await, recorded(&store, "again").await), (1, 0));
}

pub async fn a_redemption_is_of_what_was_issued<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let issued_grant = anna.grant("issued");
    let code = issued(&store, "issued", &issued_grant).await;
    let (other, _) = anna.bound_grant("issued");
    let redeemed = store.redeem_code(code, &other, Redeemed::default(), NOW, entry("other")).await;
    assert_eq!(redeemed, Err(StoreError::Conflict));
    store.redeem_code(code, &issued_grant, Redeemed::default(), NOW, entry("issued")).await.unwrap();
    assert_eq!(recorded(&store, "other").await, 0);
}

pub async fn a_grant_revoked_before_its_code_is_redeemed_never_stands<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let grant = anna.grant("revoked");
    let code = issued(&store, "revoked", &grant).await;
    store.revoke_grant(grant.id(), NOW, entry("revoke")).await.unwrap();
    assert_eq!(store.foundation(&grant, LIFE, NOW).await.unwrap(), Standing::Revoked);
    let redeemed = store.redeem_code(code, &grant, refresh("refresh"), NOW, entry("late")).await;
    assert_eq!(redeemed, Err(StoreError::Conflict));
    assert_eq!(store.standing(grant.id(), LIFE, NOW).await.unwrap(), Standing::Revoked);
    assert_eq!(store.refresh_token(hash("refresh")).await.unwrap(), None);
    assert_eq!((recorded(&store, "revoke").await, recorded(&store, "late").await), (1, 0));
}

pub async fn a_revoked_grant_does_not_stand<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let (grant, other) = (anna.grant("one"), anna.grant("other"));
    in_force(&store, "one", &grant, refresh("refresh")).await;
    in_force(&store, "other", &other, Redeemed::default()).await;
    assert_eq!(store.standing(grant.id(), LIFE, NOW).await.unwrap(), Standing::Stands);
    store.revoke_grant(grant.id(), NOW, entry("revoke")).await.unwrap();
    store.revoke_grant(grant.id(), NOW, entry("revoke")).await.unwrap();
    assert_eq!(store.standing(grant.id(), LIFE, NOW).await.unwrap(), Standing::Revoked);
    assert_eq!(store.standing(other.id(), LIFE, NOW).await.unwrap(), Standing::Stands);
    let rotated =
        store.rotate_refresh(hash("refresh"), grant.id(), refresh("next"), NOW, entry("late")).await;
    assert_eq!(rotated, Err(StoreError::Conflict));
    let unknown = store.standing(&GrantId::new("unknown"), LIFE, NOW).await.unwrap();
    assert_eq!(unknown, Standing::Revoked, "what is not known does not stand");
    assert_eq!(recorded(&store, "late").await, 0);
}

pub async fn a_grant_ends_with_its_session_and_not_with_idleness<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let grant = anna.grant("one");
    in_force(&store, "one", &grant, refresh("refresh")).await;
    assert_eq!(store.standing(grant.id(), LIFE, later(43_199)).await.unwrap(), Standing::Stands);
    assert_eq!(store.foundation(&grant, LIFE, later(43_199)).await.unwrap(), Standing::Stands);
    assert_eq!(store.standing(grant.id(), LIFE, later(43_200)).await.unwrap(), Standing::SessionEnded);
    assert_eq!(store.foundation(&grant, LIFE, later(43_200)).await.unwrap(), Standing::SessionEnded);
    store.end_session(anna.sid(), &anna.user, later(5), told("end")).await.unwrap();
    assert_eq!(store.standing(grant.id(), LIFE, later(5)).await.unwrap(), Standing::SessionEnded);
    assert_eq!(store.foundation(&grant, LIFE, later(5)).await.unwrap(), Standing::SessionEnded);
    let rotated =
        store.rotate_refresh(hash("refresh"), grant.id(), refresh("next"), later(5), entry("late")).await;
    assert_eq!(rotated, Err(StoreError::Conflict));
}

pub async fn a_code_is_issued_only_on_what_stands<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let nowhere = anna.elsewhere("never begun");
    let issue = code_for("nowhere", &nowhere.grant("nowhere"));
    assert_eq!(store.issue(issue, entry("late")).await, Err(StoreError::Conflict));
    let waiting = anna.grant("waiting");
    let code = issued(&store, "waiting", &waiting).await;
    store.end_session(anna.sid(), &anna.user, NOW, told("end")).await.unwrap();
    let issue = code_for("ended", &anna.grant("ended"));
    assert_eq!(store.issue(issue, entry("late")).await, Err(StoreError::Conflict));
    let redeemed = store.redeem_code(code, &waiting, Redeemed::default(), NOW, entry("late")).await;
    assert_eq!(redeemed, Err(StoreError::Conflict));
    assert_eq!(recorded(&store, "late").await, 0);
}

/// A request of the bank's, pushed; its name.
async fn pushed(store: &impl Store, name: &str) -> Hashed {
    let request = PushedRequest {
        client: riser_core::ClientId::new("bank"),
        parameters: vec![("scope".to_owned(), "openid".to_owned()), ("state".to_owned(), name.to_owned())],
        until: later(90),
    };
    store.push_request(hash(name), request.clone(), later(690)).await.unwrap();
    let found = store.pushed_request(hash(name)).await.unwrap().unwrap();
    assert_eq!((found.value, found.expires_at, found.spent_at), (request, later(690), None));
    hash(name)
}

pub async fn atk_oa_09_of_codes_for_one_pushed_request_one_is_issued<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let request = pushed(&store, "pushed").await;
    let store = Arc::new(store);
    let results = raced(|racer| {
        let (store, anna) = (store.clone(), anna.clone());
        async move {
            let name = format!("racer {racer}");
            let issue = CodeIssue { pushed: Some((request, NOW)), ..code_for(&name, &anna.grant(&name)) };
            store.issue(issue, entry("issued")).await
        }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for (racer, result) in results.iter().enumerate() {
        let code = store.code(hash(&format!("code racer {racer}"))).await.unwrap();
        assert_eq!(code.is_some(), result.is_ok(), "a loser leaves no code");
    }
    assert_eq!(recorded(&*store, "issued").await, 1);
    let late = pushed(&*store, "late").await;
    let issue = CodeIssue { pushed: Some((late, later(690))), ..code_for("late", &anna.grant("late")) };
    assert_eq!(store.issue(issue, entry("late")).await, Err(StoreError::Conflict), "it has ended");
}

pub async fn one_refresh_token_raced_is_rotated_once<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let grant = anna.grant("one");
    in_force(&store, "one", &grant, refresh("first")).await;
    let store = Arc::new(store);
    let results = raced(|racer| {
        let (store, id) = (store.clone(), grant.id().clone());
        async move {
            let next = refresh(&format!("next {racer}"));
            store.rotate_refresh(hash("first"), &id, next, NOW, entry("rotated")).await
        }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for (racer, result) in results.iter().enumerate() {
        let token = store.refresh_token(hash(&format!("next {racer}"))).await.unwrap();
        assert_eq!(token.is_some(), result.is_ok(), "a loser leaves no token");
    }
    assert_eq!(recorded(&*store, "rotated").await, 1);
    let first = store.refresh_token(hash("first")).await.unwrap().unwrap();
    assert_eq!(first.spent_at, Some(NOW), "reuse can be told, and whose grant it was");
    assert_eq!(first.value.1, grant);
}

pub async fn a_refresh_token_rotates_only_its_own_grant_while_that_stands<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let (one, other) = (anna.grant("one"), anna.grant("other"));
    in_force(&store, "one", &one, refresh("of one")).await;
    in_force(&store, "other", &other, Redeemed::default()).await;
    let crossed = store.rotate_refresh(hash("of one"), other.id(), refresh("next"), NOW, entry("no")).await;
    assert_eq!(crossed, Err(StoreError::Conflict));
    let late =
        store.rotate_refresh(hash("of one"), one.id(), refresh("next"), later(3600), entry("no")).await;
    assert_eq!(late, Err(StoreError::Conflict));
    let found = store.refresh_token(hash("of one")).await.unwrap().unwrap();
    assert_eq!((found.value.0.grant, found.value.1), (one.id().clone(), one.clone()));
    assert_eq!((found.expires_at, found.spent_at), (later(3600), None));
    store.rotate_refresh(hash("of one"), one.id(), Redeemed::default(), NOW, entry("yes")).await.unwrap();
    assert_eq!((recorded(&store, "no").await, recorded(&store, "yes").await), (0, 1));
}

pub async fn one_elevation_raced_is_spent_once<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let (grant, txn) = anna.bound_grant("bound");
    in_force(&store, "bound", &grant, Redeemed::default()).await;
    let store = Arc::new(store);
    let results = raced(|_| {
        let store = store.clone();
        async move { store.spend_elevation(txn, later(30), entry("spent")).await.unwrap() }
    })
    .await;
    assert_eq!(results.iter().filter(|spent| **spent).count(), 1);
    assert_eq!(recorded(&*store, "spent").await, 1);
}

pub async fn an_elevation_is_worth_nothing_without_its_grant<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let (revoked, txn) = anna.bound_grant("revoked");
    assert!(!store.spend_elevation(txn, NOW, entry("no")).await.unwrap(), "not in force yet");
    in_force(&store, "revoked", &revoked, Redeemed::default()).await;
    store.revoke_grant(revoked.id(), NOW, entry("revoke")).await.unwrap();
    assert_eq!(store.spend_elevation(txn, NOW, entry("no")).await, Err(StoreError::Conflict));
    let (late, txn) = anna.bound_grant("late");
    in_force(&store, "late", &late, Redeemed::default()).await;
    assert!(!store.spend_elevation(txn, later(600), entry("no")).await.unwrap());
    assert!(!store.spend_elevation(hash("unknown"), NOW, entry("no")).await.unwrap());
    assert_eq!(recorded(&store, "no").await, 0);
}
