use std::sync::Arc;

use riser_core::Seconds;

use super::deeds::reserve;
use super::world::{
    LIFE, NOW, RACERS, ceremony, completion, entry, hash, in_force, issued, later, opened, raced, recorded,
    signed_in,
};
use crate::{Redeemed, Reserved, Spendable, Standing, Store, StoreError};

pub async fn failing_neighbours_leave_the_others_whole<S: Store>(store: S) {
    let store = Arc::new(store);
    // All at once, so that they share what a store shares between transactions. Every second one has done
    // most of its work when it fails: its visit has changed, its entry is written, its ceremony is spent.
    let results = raced(|racer| {
        let store = store.clone();
        async move {
            let name = format!("racer {racer}");
            let interaction = opened(&*store, &name).await;
            let challenge = ceremony(&*store, &name).await;
            let mut completion = completion(interaction, &name);
            completion.spends = vec![(Spendable::Ceremony, challenge)];
            if racer % 2 == 1 {
                completion.credential_use = Some(super::world::somebody("nobody").noted_use(NOW));
            }
            store.complete(completion).await
        }
    })
    .await;
    for (racer, result) in results.into_iter().enumerate() {
        let name = format!("racer {racer}");
        let whole = racer % 2 == 0;
        assert_eq!(result, if whole { Ok(()) } else { Err(StoreError::Conflict) });
        let visit = store.interaction(&super::world::visit(&name).id).await.unwrap().unwrap();
        let spent = store.ceremony(hash(&format!("challenge {name}"))).await.unwrap().unwrap().spent_at;
        assert_eq!(visit.progress.outcome.is_some(), whole);
        assert_eq!(visit.version, i64::from(whole));
        assert_eq!(spent.is_some(), whole);
        assert_eq!(recorded(&*store, &name).await, usize::from(whole));
    }
}

pub async fn an_effect_is_recorded_with_it_or_not_at_all<S: Store>(store: S) {
    let store = Arc::new(store);
    raced(|racer| {
        let store = store.clone();
        async move {
            let visit = opened(&*store, &format!("racer {racer}")).await;
            store.advance(&visit, &[], None, NOW, vec![entry("one"), entry("two")].into()).await.unwrap();
        }
    })
    .await;
    let all = store.audit(0, 10_000).await.unwrap();
    assert_eq!(all.len(), 2 * RACERS);
    assert!(all.windows(2).all(|pair| matches!(pair, [(one, _), (two, _)] if one < two)), "in one order");
    // In pages, nothing twice and nothing left out.
    let (mut paged, mut after) = (Vec::new(), 0);
    loop {
        let page = store.audit(after, 7).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        after = *last;
        assert!(page.len() <= 7);
        paged.extend(page);
    }
    assert_eq!(paged, all);
}

pub async fn signing_keys_come_back_newest_first<S: Store>(store: S) {
    assert_eq!(store.signing_keys().await.unwrap(), []);
    store.add_signing_key("ES256", &[1, 0, 255], NOW).await.unwrap();
    store.add_signing_key("RS256", &[2], NOW).await.unwrap();
    let expected = [("RS256".to_owned(), vec![2]), ("ES256".to_owned(), vec![1, 0, 255])];
    assert_eq!(store.signing_keys().await.unwrap(), expected);
}

pub async fn a_sweep_removes_only_what_has_ended<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let grant = anna.grant("one");
    let refresh = Redeemed { refresh: Some((hash("refresh"), later(30 * 86_400))), jkt: None };
    in_force(&store, "one", &grant, refresh).await;
    let (early, _) = anna.bound_grant("early");
    let unredeemed = issued(&store, "early", &early).await;
    store.revoke_grant(early.id(), NOW, entry("revoke")).await.unwrap();
    let challenge = ceremony(&store, "visit").await;
    let visit = opened(&store, "visit").await;
    assert_ne!(reserve(&store, hash("anna"), 1, NOW).await, Reserved::Wait(later(900)));

    assert_eq!(store.sweep(NOW, 100).await.unwrap(), 0);
    let sweep_all = async |now| while store.sweep(now, 2).await.unwrap() > 0 {};
    sweep_all(later(59)).await;
    assert!(store.presence(anna.cookie, LIFE, later(59)).await.unwrap().is_some());
    assert_eq!(store.interaction(&visit.id).await.unwrap(), Some(visit.clone()));
    assert!(store.ceremony(challenge).await.unwrap().is_some());
    assert!(store.code(unredeemed).await.unwrap().is_some());
    assert_eq!(reserve(&store, hash("anna"), 1, later(59)).await, Reserved::Wait(later(900)));

    // For longer than its token lives, a spent code is recognised when it comes again.
    sweep_all(later(1000)).await;
    assert!(store.ceremony(challenge).await.unwrap().is_none());
    assert!(store.code(hash("code one")).await.unwrap().is_some());
    assert!(store.refresh_token(hash("refresh")).await.unwrap().is_some());
    let early_redeemed = store.redeem_code(unredeemed, &early, Redeemed::default(), NOW, entry("no")).await;
    assert_eq!(early_redeemed, Err(StoreError::Conflict), "a revocation outlives the code");

    sweep_all(later(20_000)).await;
    assert!(store.interaction(&visit.id).await.unwrap().is_none());
    assert!(store.code(hash("code one")).await.unwrap().is_none());
    assert!(store.code(unredeemed).await.unwrap().is_none());
    assert_eq!(store.standing(grant.id(), LIFE, later(20_000)).await.unwrap(), Standing::Stands);

    // Where an operator allows sessions of a week, one that is in use is not swept from under its grants.
    let week = crate::SessionLife { absolute: Seconds(7 * 86_400), idle: Seconds(86_400) };
    store.touch_session(anna.sid(), later(90_000)).await.unwrap();
    sweep_all(later(100_000)).await;
    assert!(store.presence(anna.cookie, week, later(100_000)).await.unwrap().is_some());
    assert_eq!(store.standing(grant.id(), week, later(100_000)).await.unwrap(), Standing::Stands);

    let recorded_before = store.audit(0, 10_000).await.unwrap();
    sweep_all(NOW.plus(Seconds(3 * 86_400))).await;
    assert!(store.presence(anna.cookie, LIFE, NOW).await.unwrap().is_none());
    assert_ne!(store.standing(grant.id(), LIFE, NOW).await.unwrap(), Standing::Stands);
    assert_eq!(store.refresh_token(hash("refresh")).await.unwrap(), None);
    assert!(store.user(&anna.user).await.unwrap().is_some());
    assert_eq!(store.credentials(&anna.user).await.unwrap().len(), 1);
    assert_eq!(store.audit(0, 10_000).await.unwrap(), recorded_before, "the log stays");
    assert_eq!(recorded(&store, "no").await, 0);
}

pub async fn a_sweep_leaves_what_is_still_of_use_to_a_persons_account<S: Store>(store: S) {
    const DAY: u32 = 86_400;
    let anna = signed_in(&store, "anna").await;
    let codes = super::deeds::recovery_codes(&store, &anna, "codes", 2).await;
    let old = super::deeds::recovery_codes(&store, &anna, "old", 1).await;
    let cancel = super::deeds::rising(&store, &anna, "rising").await;
    let codes = [codes, super::deeds::recovery_codes(&store, &anna, "new", 2).await].concat();
    let new_set = super::world::passkey("new").id;
    let tell = |what: &str| super::world::told(what).with(super::deeds::letter(&anna.user, what));
    store.raise_generation(&anna.user, None, NOW, tell("left lying")).await.unwrap();
    assert_ne!(reserve(&store, hash("name"), 1, NOW).await, Reserved::Wait(later(900)));
    let sweep_all = async |now| while store.sweep(now, 2).await.unwrap() > 0 {};

    sweep_all(later(DAY - 1)).await;
    assert!(store.cancellation(cancel).await.unwrap().is_some());
    // Earlier waits count until a day is over: the name waits twice as long the second time.
    assert_ne!(reserve(&store, hash("name"), 1, later(DAY - 2)).await, Reserved::Wait(later(900)));
    let waits = reserve(&store, hash("name"), 1, later(DAY - 1)).await;
    assert_eq!(waits, Reserved::Wait(later(DAY - 2 + 1800)));

    sweep_all(later(10 * DAY)).await;
    assert!(store.cancellation(cancel).await.unwrap().is_none());
    assert_eq!(store.recovery_codes_left(&new_set).await.unwrap(), 2, "a set has no end of its own");
    assert!(store.recovery_code(codes[3]).await.unwrap().is_some());
    assert!(store.recovery_code(old[0]).await.unwrap().is_none());
    assert_eq!(store.due_letters(later(10 * DAY), 9).await.unwrap().len(), 1);
    sweep_all(later(41 * DAY)).await;
    assert_eq!(store.due_letters(later(41 * DAY), 9).await.unwrap(), [], "too old to be sent");
    assert_eq!(store.recovery_codes_left(&new_set).await.unwrap(), 2);
}

pub async fn a_mark_is_the_highest_number_ever_given<S: Store>(store: S) {
    for (given, highest) in [(7, 7), (9, 9), (8, 9), (i64::MIN, 9), (10, 10)] {
        assert_eq!(store.mark("list", given).await.unwrap(), highest);
    }
    assert_eq!(store.mark("another", -3).await.unwrap(), -3);
}

pub async fn a_store_that_can_write_is_ready<S: Store>(store: S) {
    store.ready().await.unwrap();
    store.ready().await.unwrap();
}
