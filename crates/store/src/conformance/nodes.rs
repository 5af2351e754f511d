//! Two handles on one database, as two processes have. A backend's own tests call these with its two.

use std::sync::Arc;

use riser_core::UserId;

use super::deeds::{budget, reserve};
use super::world::{
    LIFE, NOW, RACERS, account, ceremony, completion, entry, hash, in_force, issued, later, opened, raced,
    recorded, signed_in, told,
};
use crate::{Completion, Interaction, Redeemed, Reserved, Spendable, Standing, Store, StoreError};

/// Each of many codes, raced from both nodes, is redeemed once; both then see the same.
pub async fn atk_op_03_two_nodes_redeem_one_code_once<S: Store>(one: S, other: S) {
    let anna = signed_in(&one, "anna").await;
    let nodes = [Arc::new(one), Arc::new(other)];
    for round in 0..8 {
        let name = format!("round {round}");
        let (grant, txn) = anna.bound_grant(&name);
        let code = issued(&*nodes[0], &name, &grant).await;
        assert!(nodes[1].code(code).await.unwrap().is_some(), "what one node acknowledged, the other sees");
        let redeem = |racer: usize| {
            let (node, grant) = (nodes[racer % 2].clone(), grant.clone());
            async move { node.redeem_code(code, &grant, Redeemed::default(), NOW, entry("redeemed")).await }
        };
        let results = raced(redeem).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        assert_eq!(results.iter().filter(|result| **result == Err(StoreError::Conflict)).count(), RACERS - 1);
        let spend = |racer: usize| {
            let node = nodes[racer % 2].clone();
            async move { node.spend_elevation(txn, NOW, entry("spent")).await.unwrap() }
        };
        assert_eq!(raced(spend).await.iter().filter(|spent| **spent).count(), 1);
        for node in &nodes {
            assert_eq!(node.standing(grant.id(), LIFE, NOW).await.unwrap(), Standing::Stands);
            assert_eq!(recorded(&**node, "redeemed").await, round + 1);
            assert_eq!(recorded(&**node, "spent").await, round + 1);
        }
    }
}

/// What one node ends is ended on the other when the call returns.
pub async fn what_one_node_ends_the_other_does_not_honour<S: Store>(one: S, other: S) {
    let anna = signed_in(&one, "anna").await;
    let grant = anna.grant("one");
    in_force(&one, "one", &grant, Redeemed::default()).await;
    assert!(other.presence(anna.cookie, LIFE, NOW).await.unwrap().is_some());
    assert_eq!(other.standing(grant.id(), LIFE, NOW).await.unwrap(), Standing::Stands);
    one.disable_user(&anna.user, NOW, told("disable")).await.unwrap();
    assert!(other.presence(anna.cookie, LIFE, NOW).await.unwrap().is_none());
    assert_eq!(other.standing(grant.id(), LIFE, NOW).await.unwrap(), Standing::Revoked);
}

/// A node that has just written and read sees what another changes at its next question, whatever it may
/// remember of its own.
pub async fn what_one_node_changes_the_other_sees_at_once<S: Store>(one: S, other: S) {
    let anna = signed_in(&other, "anna").await;
    let sees = || other.presence(anna.cookie, LIFE, NOW);
    let writes_and_reads = async || {
        other.ready().await.unwrap();
        assert!(sees().await.unwrap().is_some());
    };
    writes_and_reads().await;
    one.touch_session(anna.sid(), later(60)).await.unwrap();
    assert_eq!(sees().await.unwrap().unwrap().last_used_at, later(60));

    let (redeemed, revoked) = (anna.grant("redeemed"), anna.grant("revoked"));
    let code = issued(&other, "redeemed", &redeemed).await;
    issued(&other, "revoked", &revoked).await;
    for grant in [&redeemed, &revoked] {
        assert_eq!(other.foundation(grant, LIFE, NOW).await.unwrap(), Standing::Stands);
    }
    assert_eq!(other.code(code).await.unwrap().unwrap().spent_at, None);
    one.redeem_code(code, &redeemed, Redeemed::default(), NOW, entry("redeemed")).await.unwrap();
    assert_eq!(other.code(code).await.unwrap().unwrap().spent_at, Some(NOW));
    one.revoke_grant(revoked.id(), NOW, entry("revoked")).await.unwrap();
    assert_eq!(other.foundation(&revoked, LIFE, NOW).await.unwrap(), Standing::Revoked);

    writes_and_reads().await;
    one.revoke_credential(&anna.credential, NOW, told("revoked")).await.unwrap();
    assert!(sees().await.unwrap().unwrap().credentials.is_empty());

    writes_and_reads().await;
    one.end_session(anna.sid(), &anna.user, NOW, told("ended")).await.unwrap();
    assert!(sees().await.unwrap().is_none());
}

/// A client that asks one node after the other is counted once.
pub async fn prompts_of_two_nodes_are_one_count<S: Store>(one: S, other: S) {
    for node in [&one as &dyn Store, &other, &one] {
        assert_ne!(
            node.count_prompt(hash("prompt"), budget(3), NOW).await.unwrap(),
            Reserved::Wait(later(900))
        );
    }
    for node in [&one as &dyn Store, &other] {
        assert_eq!(
            node.count_prompt(hash("prompt"), budget(3), NOW).await.unwrap(),
            Reserved::Wait(later(900))
        );
    }
}

/// What another program changes in the database, which knows nothing of nodes, is seen with the next write.
/// `shut` shuts an account so.
pub async fn what_another_program_changes_is_seen_with_the_next_write<S: Store>(
    store: S,
    shut: impl FnOnce(&UserId),
) {
    let anna = signed_in(&store, "anna").await;
    assert!(store.presence(anna.cookie, LIFE, NOW).await.unwrap().is_some());
    shut(&anna.user);
    store.ready().await.unwrap();
    assert!(store.presence(anna.cookie, LIFE, NOW).await.unwrap().is_none());
}

/// A letter goes to one of two nodes that ask at once.
pub async fn two_nodes_never_take_one_letter_at_once<S: Store>(one: S, other: S) {
    let anna = account(&one, "anna").await;
    for number in 0..20 {
        let told = told("raise").with(super::deeds::letter(&anna, &format!("letter {number}")));
        one.raise_generation(&anna, None, NOW, told).await.unwrap();
    }
    let nodes = [Arc::new(one), Arc::new(other)];
    let take = |racer: usize| {
        let node = nodes[racer % 2].clone();
        async move { node.due_letters(NOW, 2).await.unwrap() }
    };
    let mut taken: Vec<_> = raced(take).await.into_iter().flatten().map(|letter| letter.id).collect();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), 20);
    assert!(nodes[0].due_letters(later(59), 100).await.unwrap().is_empty());
}

/// What was acknowledged before a restart is there after it. `open` opens the same database anew.
pub async fn a_restart_loses_nothing<S: Store>(open: impl Fn() -> S) {
    let (anna, waiting, spent);
    {
        let store = open();
        anna = signed_in(&store, "anna").await;
        waiting = anna.grant("waiting");
        issued(&store, "waiting", &waiting).await;
        spent = anna.grant("spent");
        in_force(&store, "spent", &spent, Redeemed::default()).await;
        assert_ne!(reserve(&store, hash("anna"), 1, NOW).await, Reserved::Wait(later(900)));
        store.add_signing_key("ES256", &[1], NOW).await.unwrap();
        account(&store, "berta").await;
        store.revoke_credential(&super::world::passkey("berta").id, NOW, told("revoke")).await.unwrap();
    }
    let store = open();
    let presence = store.presence(anna.cookie, LIFE, NOW).await.unwrap().unwrap();
    assert_eq!(presence.session, anna.session);
    assert_eq!(store.standing(spent.id(), LIFE, NOW).await.unwrap(), Standing::Stands);
    assert_eq!(store.code(hash("code waiting")).await.unwrap().unwrap().value, waiting);
    let again = store.redeem_code(hash("code spent"), &spent, Redeemed::default(), NOW, entry("again")).await;
    assert_eq!(again, Err(StoreError::Conflict));
    assert_eq!(reserve(&store, hash("anna"), 1, NOW).await, Reserved::Wait(later(900)));
    assert_eq!(store.signing_keys().await.unwrap().len(), 1);
    let berta = store.user_by_name("berta").await.unwrap().unwrap();
    assert_eq!(store.credentials(&berta.id).await.unwrap()[0].revoked_at, Some(NOW));
    assert_eq!((recorded(&store, "redeem spent").await, recorded(&store, "again").await), (1, 0));
}

/// A visit that was only opened goes on when the store was closed and is opened again; one that ended does
/// not, and what was spent stays spent.
pub async fn a_visit_goes_on_after_a_restart<S: Store>(open: impl Fn() -> S) {
    let spending = |visit: Interaction, challenge, what| Completion {
        spends: vec![(Spendable::Ceremony, challenge)],
        ..completion(visit, what)
    };
    let (waits, mut ended, challenge, spent);
    {
        let store = open();
        waits = opened(&store, "waits").await;
        challenge = ceremony(&store, "waits").await;
        ended = opened(&store, "ended").await;
        spent = ceremony(&store, "ended").await;
        store.complete(spending(ended.clone(), spent, "ended")).await.unwrap();
    }
    let store = open();
    assert_eq!(store.interaction(&waits.id).await.unwrap(), Some(waits.clone()));
    assert_eq!(store.complete(spending(waits.clone(), spent, "again")).await, Err(StoreError::Conflict));
    for version in [ended.version, ended.version + 1] {
        ended.version = version;
        let again = store.complete(completion(ended.clone(), "again")).await;
        assert_eq!(again, Err(StoreError::Conflict));
    }
    store.complete(spending(waits, challenge, "waited")).await.unwrap();
    let counted = (recorded(&store, "ended").await, recorded(&store, "waited").await);
    assert_eq!((counted, recorded(&store, "again").await), ((1, 1), 0));
}

/// Writes something durable and then calls `cut`, which returns the database as a power cut at that
/// moment would have left it; a few dozen times.
pub async fn what_is_acknowledged_survives_a_power_cut<S: Store>(store: S, cut: impl Fn() -> S) {
    let anna = signed_in(&store, "anna").await;
    let store = Arc::new(store);
    for round in 0..24 {
        let name = format!("round {round}");
        let grant = anna.grant(&name);
        in_force(&*store, &name, &grant, Redeemed::default()).await;
        if round % 2 == 0 {
            store.revoke_grant(grant.id(), NOW, entry(&format!("revoke {name}"))).await.unwrap();
        }
        let after = cut();
        let expected = if round % 2 == 0 { Standing::Revoked } else { Standing::Stands };
        assert_eq!(after.standing(grant.id(), LIFE, NOW).await.unwrap(), expected);
        assert!(after.code(hash(&format!("code {name}"))).await.unwrap().unwrap().spent_at.is_some());
        assert_eq!(recorded(&after, &format!("redeem {name}")).await, 1);
        assert_eq!(recorded(&after, &format!("revoke {name}")).await, (round + 1) % 2);
        assert_eq!(after.audit(0, 1000).await.unwrap(), store.audit(0, 1000).await.unwrap());
    }
}
