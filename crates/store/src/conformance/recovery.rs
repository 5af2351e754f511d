use std::sync::Arc;

use riser_core::account::Enroller;
use riser_core::assurance::Ceiling;

use super::deeds::{edit, edited, enrolment, letter, letters, recovery_codes, rising};
use super::world::{
    LIFE, NOW, SignedIn, completion, hash, later, opened, passkey, raced, raced_by, recorded, signed_in, told,
};
use crate::{
    AccountChange, AccountEdit, CancelLink, Cancellation, Completion, Enrolment, Generation, NewRecovery,
    RecoveryId, SessionChange, Spendable, Store, StoreError,
};

const OPENS: u32 = 86_400;
const ENDS: u32 = 3 * 86_400;

/// A recovery of the passkey that an account is made with.
fn recovery(who: &SignedIn, name: &str) -> NewRecovery {
    NewRecovery {
        id: RecoveryId::new(name),
        lost: who.credential.clone(),
        ceiling: Ceiling::Unlimited,
        link: hash(&format!("link of {name}")),
        opens_at: later(OPENS),
        expires_at: later(ENDS),
        cancel: CancelLink { token: hash(&format!("cancel {name}")), expires_at: later(ENDS) },
    }
}

/// The end of a visit that begins it.
async fn request(store: &impl Store, who: &SignedIn, name: &str) -> Result<(), StoreError> {
    let read = store.user(&who.user).await.unwrap().unwrap().generation;
    let begun = AccountEdit {
        generation_read: read,
        recovery: Some(recovery(who, name)),
        ..edit(&who.user, Vec::new())
    };
    let visit = opened(store, &format!("asks for {name}")).await;
    let completion = Completion {
        session: SessionChange::None,
        edit: Some(begun),
        ..completion(visit, &format!("requested {name}"))
    };
    store.complete(completion).await
}

/// The end of a visit that uses its link, to register `new` in the place of the lost one.
async fn replace(
    store: &impl Store,
    who: &SignedIn,
    name: &str,
    new: &str,
    at: u32,
) -> Result<(), StoreError> {
    let change = AccountChange::Replace { lost: who.credential.clone(), new: passkey(new) };
    let visit = crate::Interaction { expires_at: later(at + 600), ..super::world::visit(new) };
    store.open_interaction(visit.clone()).await.unwrap();
    let completion = Completion {
        spends: vec![(Spendable::Enrolment, hash(&format!("link of {name}")))],
        edit: Some(AccountEdit { generation: Generation::Raised, ..edit(&who.user, vec![change]) }),
        now: later(at),
        ..completion(visit, &format!("replaced by {new}"))
    };
    store.complete(completion).await
}

fn cancel_of(name: &str) -> crate::Hashed {
    hash(&format!("cancel {name}"))
}

pub async fn a_recovery_waits_and_then_replaces_what_was_lost<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    request(&store, &anna, "one").await.unwrap();
    let found = store.open_recovery(&anna.user, NOW).await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), &found.lost), ("one", &anna.credential));
    assert_eq!((found.requested_at, found.opens_at, found.expires_at), (NOW, later(OPENS), later(ENDS)));
    let link = store.enrolment(hash("link of one")).await.unwrap().unwrap();
    let expected = Enrolment {
        opens_at: Some(later(OPENS)),
        replaces: Some(anna.credential.clone()),
        by: Enroller::Recovery,
        ..enrolment(&anna.user, Ceiling::Unlimited)
    };
    assert_eq!((link.value, link.spent_at), (expected, None));
    assert!(store.presence(anna.cookie, LIFE, NOW).await.unwrap().is_some(), "it disturbs nobody");

    let early = replace(&store, &anna, "one", "early", OPENS - 1).await;
    assert_eq!(early, Err(StoreError::Conflict));
    replace(&store, &anna, "one", "new", OPENS).await.unwrap();
    let live: Vec<_> = store.credentials(&anna.user).await.unwrap();
    let live: Vec<&str> = live.iter().filter(|c| c.revoked_at.is_none()).map(|c| c.id.as_str()).collect();
    assert_eq!(live, ["credential of new"]);
    assert_eq!(store.open_recovery(&anna.user, later(OPENS)).await.unwrap(), None);
    let late = store.cancel(cancel_of("one"), later(OPENS), told("no")).await;
    assert_eq!(late, Err(StoreError::Conflict), "it is done");
    assert_eq!(recorded(&store, "no").await, 0);
}

pub async fn a_recovery_link_replaces_the_lost_credential_and_does_nothing_else<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    edited(&store, anna.edit(vec![AccountChange::Register(passkey("kept"))]), "kept").await.unwrap();
    request(&store, &anna, "one").await.unwrap();
    let lost = || AccountChange::Replace { lost: anna.credential.clone(), new: passkey("new") };
    let other = AccountChange::Replace { lost: passkey("kept").id, new: passkey("new") };
    let attempts = [
        Some(vec![AccountChange::Register(passkey("new"))]),
        Some(vec![other]),
        Some(vec![lost(), AccountChange::Register(passkey("second"))]),
        Some(Vec::new()),
        None,
    ];
    for (number, changes) in attempts.into_iter().enumerate() {
        let visit = crate::Interaction {
            expires_at: later(ENDS),
            ..super::world::visit(&format!("attempt {number}"))
        };
        store.open_interaction(visit.clone()).await.unwrap();
        let attempt = Completion {
            spends: vec![(Spendable::Enrolment, hash("link of one"))],
            edit: changes.map(|changes| edit(&anna.user, changes)),
            now: later(OPENS),
            ..completion(visit, "no")
        };
        assert_eq!(store.complete(attempt).await, Err(StoreError::Conflict));
    }
    assert_eq!(recorded(&store, "no").await, 0);
    // Nor is it ever a session.
    let visit = opened(&store, "begins").await;
    let begins = Completion {
        edit: Some(AccountEdit { recovery: Some(recovery(&anna, "two")), ..edit(&anna.user, Vec::new()) }),
        ..anna.elsewhere("begun").beginning(visit, "no")
    };
    assert!(matches!(store.complete(begins).await, Err(StoreError::Inconsistent { .. })));
    let proves = Completion {
        session: SessionChange::None,
        ..anna.elsewhere("proved").beginning(opened(&store, "proves").await, "no")
    };
    assert!(matches!(store.complete(proves).await, Err(StoreError::Inconsistent { .. })));
    assert!(store.presence(anna.elsewhere("proved").cookie, LIFE, NOW).await.unwrap().is_none());
}

pub async fn of_parallel_recoveries_of_one_person_one_begins<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let store = Arc::new(store);
    let results = raced(|racer| {
        let (store, anna) = (store.clone(), anna.clone());
        async move { request(&*store, &anna, &format!("racer {racer}")).await }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for (racer, result) in results.iter().enumerate() {
        let link = store.enrolment(hash(&format!("link of racer {racer}"))).await.unwrap();
        let cancels = store.cancellation(cancel_of(&format!("racer {racer}"))).await.unwrap();
        assert_eq!((link.is_some(), cancels.is_some()), (result.is_ok(), result.is_ok()));
    }
    // Somebody else's is not in its way, and one that ended by itself is in nobody's.
    let berta = signed_in(&*store, "berta").await;
    request(&*store, &berta, "berta's").await.unwrap();
    assert_eq!(store.open_recovery(&anna.user, later(ENDS)).await.unwrap(), None);
    let visit = crate::Interaction { expires_at: later(ENDS + 600), ..super::world::visit("again") };
    store.open_interaction(visit.clone()).await.unwrap();
    let again = Completion {
        session: SessionChange::None,
        edit: Some(AccountEdit { recovery: Some(recovery(&anna, "again")), ..edit(&anna.user, Vec::new()) }),
        now: later(ENDS),
        ..completion(visit, "again")
    };
    store.complete(again).await.unwrap();
}

pub async fn a_cancelled_recovery_ends_with_its_link_and_all_sessions<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    request(&store, &anna, "one").await.unwrap();
    let found = store.cancellation(cancel_of("one")).await.unwrap().unwrap();
    let expected = Cancellation::Recovery { user: anna.user.clone(), recovery: RecoveryId::new("one") };
    assert_eq!((&found.value, found.spent_at), (&expected, None));
    let tell = told("cancelled").with(letter(&anna.user, "cancelled"));
    assert_eq!(store.cancel(cancel_of("one"), later(5), tell).await, Ok(expected));
    assert_eq!(letters(&store, later(5)).await.len(), 1);
    assert_eq!(store.open_recovery(&anna.user, later(5)).await.unwrap(), None);
    assert!(store.presence(anna.cookie, LIFE, later(5)).await.unwrap().is_none());
    assert_eq!(store.enrolment(hash("link of one")).await.unwrap().unwrap().spent_at, Some(later(5)));
    assert_eq!(replace(&store, &anna, "one", "late", OPENS).await, Err(StoreError::Conflict));
    let again = store.cancel(cancel_of("one"), later(6), told("no")).await;
    assert_eq!(again, Err(StoreError::Conflict));

    // From the account's page, in a session that goes on.
    let berta = signed_in(&store, "berta").await;
    let other = berta.elsewhere("other");
    store.complete(other.beginning(opened(&store, "other").await, "other")).await.unwrap();
    request(&store, &berta, "two").await.unwrap();
    let (two, keep) = (RecoveryId::new("two"), Some(berta.sid().clone()));
    let foreign = store.cancel_recovery(&anna.user, &two, None, NOW, told("no")).await;
    assert_eq!(foreign, Err(StoreError::Conflict));
    store.cancel_recovery(&berta.user, &two, keep.clone(), NOW, told("own")).await.unwrap();
    assert!(store.presence(berta.cookie, LIFE, NOW).await.unwrap().is_some());
    assert!(store.presence(other.cookie, LIFE, NOW).await.unwrap().is_none());
    let again = store.cancel_recovery(&berta.user, &two, keep, NOW, told("no")).await;
    assert_eq!(again, Err(StoreError::Conflict));
    assert_eq!((recorded(&store, "no").await, recorded(&store, "own").await), (0, 1));
}

pub async fn of_a_cancellation_and_a_replacement_one_happens<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    request(&store, &anna, "one").await.unwrap();
    let store = Arc::new(store);
    let results = raced_by(20, |racer| {
        let (store, anna) = (store.clone(), anna.clone());
        async move {
            if racer % 2 == 0 {
                store.cancel(cancel_of("one"), later(OPENS), told("cancelled")).await.map(drop)
            } else {
                replace(&*store, &anna, "one", &format!("racer {racer}"), OPENS).await
            }
        }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let cancelled = results.iter().step_by(2).any(Result::is_ok);
    let credentials = store.credentials(&anna.user).await.unwrap();
    assert_eq!(credentials.len(), if cancelled { 1 } else { 2 });
    assert_eq!(credentials[0].revoked_at.is_some(), !cancelled);
    assert_eq!(recorded(&*store, "cancelled").await, usize::from(cancelled));
    assert_eq!(store.user(&anna.user).await.unwrap().unwrap().generation, 2);
}

pub async fn a_cancelled_rise_ends_its_credential_and_all_sessions<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let token = rising(&store, &anna, "thief").await;
    let kept = rising(&store, &anna, "second thief").await;
    let expected = Cancellation::Rise { user: anna.user.clone(), credential: passkey("thief").id };
    assert_eq!(store.cancellation(token).await.unwrap().unwrap().value, expected);
    let store = Arc::new(store);
    let results = raced_by(20, |_| {
        let store = store.clone();
        async move { store.cancel(token, later(100), told("cancelled")).await }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.contains(&Ok(expected)));
    assert_eq!(recorded(&*store, "cancelled").await, 1);
    let all = store.credentials(&anna.user).await.unwrap();
    let gone: Vec<_> = all.iter().map(|credential| credential.revoked_at).collect();
    assert_eq!(gone, [None, Some(later(100)), None]);
    assert!(
        store.presence(anna.cookie, LIFE, later(100)).await.unwrap().is_none(),
        "the thief's session too"
    );

    // What is gone needs no cancellation, and a token ends by itself.
    store.revoke_credential(&passkey("second thief").id, later(101), told("revoke")).await.unwrap();
    assert_eq!(store.cancel(kept, later(102), told("no")).await, Err(StoreError::Conflict));
    let read = AccountEdit { generation_read: 2, session: None, ..anna.edit(Vec::new()) };
    let mut late = anna.clone();
    late.session.id = riser_core::SessionId::new("none");
    let cancel = CancelLink { token: hash("late"), expires_at: later(200) };
    let at = crate::Rising { to: riser_core::Acr::parse("phr").unwrap(), at: later(100) };
    let new =
        crate::NewCredential { rising: Some(crate::NewRising { rising: at, cancel }), ..passkey("late") };
    edited(&*store, AccountEdit { changes: vec![AccountChange::Register(new)], ..read }, "late")
        .await
        .unwrap();
    assert_eq!(store.cancel(hash("late"), later(200), told("no")).await, Err(StoreError::Conflict));
    assert_eq!(store.cancel(hash("nothing"), later(150), told("no")).await, Err(StoreError::Conflict));
    store.cancel(hash("late"), later(199), told("in time")).await.unwrap();
    assert_eq!(recorded(&*store, "no").await, 0);
}

pub async fn what_ends_an_account_ends_its_recovery<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    request(&store, &anna, "raised").await.unwrap();
    store.raise_generation(&anna.user, None, NOW, told("raise")).await.unwrap();
    assert_eq!(
        store.open_recovery(&anna.user, NOW).await.unwrap(),
        None,
        "its link is void: so is the recovery"
    );
    request(&store, &anna, "revoked").await.unwrap();
    store.revoke_credential(&anna.credential, NOW, told("revoke")).await.unwrap();
    assert_eq!(store.open_recovery(&anna.user, NOW).await.unwrap(), None, "there is nothing to replace");
    let lost = request(&store, &anna, "gone").await;
    assert_eq!(lost, Err(StoreError::Conflict), "a credential that is revoked is not recovered");

    // A recovery code begins one and is spent with it, or with nothing.
    let berta = signed_in(&store, "berta").await;
    let codes = recovery_codes(&store, &berta, "codes", 2).await;
    let begins = |name: &str, visit| Completion {
        spends: vec![(Spendable::RecoveryCode, codes[0])],
        session: SessionChange::None,
        edit: Some(AccountEdit { recovery: Some(recovery(&berta, name)), ..edit(&berta.user, Vec::new()) }),
        ..completion(visit, name)
    };
    request(&store, &berta, "first").await.unwrap();
    let second = store.complete(begins("second", opened(&store, "second").await)).await;
    assert_eq!(second, Err(StoreError::Conflict));
    assert_eq!(store.recovery_codes_left(&passkey("codes").id).await.unwrap(), 2);
    store.cancel_recovery(&berta.user, &RecoveryId::new("first"), None, NOW, told("own")).await.unwrap();
    let mut third = begins("third", opened(&store, "third").await);
    third.edit.as_mut().unwrap().generation_read = 2;
    store.complete(third).await.unwrap();
    assert_eq!(store.recovery_codes_left(&passkey("codes").id).await.unwrap(), 1);
}
