//! Two handles on one database, as two processes have. A backend's own tests call these with its two.

use std::sync::Arc;

use super::deeds::reserve;
use super::world::{
    LIFE, NOW, RACERS, account, entry, hash, in_force, issued, later, raced, recorded, signed_in, told,
};
use crate::{Redeemed, Reserved, Standing, Store, StoreError};

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
