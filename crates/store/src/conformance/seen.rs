use std::sync::Arc;

use super::world::{NOW, entry, hash, later, raced, recorded};
use crate::{Seen, Store};

pub async fn atk_oa_19_one_name_raced_is_new_once<S: Store>(store: S) {
    let store = Arc::new(store);
    let results = raced(|_| {
        let store = store.clone();
        async move { store.see(Seen::ClientAssertion, hash("jti"), later(60)).await.unwrap() }
    })
    .await;
    assert_eq!(results.iter().filter(|new| **new).count(), 1);
}

pub async fn a_name_is_of_its_kind_and_is_swept_after_its_end<S: Store>(store: S) {
    assert!(store.see(Seen::ClientAssertion, hash("jti"), later(60)).await.unwrap());
    assert!(store.see(Seen::DpopProof, hash("jti"), later(60)).await.unwrap());
    assert!(!store.is_revoked(hash("jti")).await.unwrap());
    store.sweep(later(59), 100).await.unwrap();
    assert!(!store.see(Seen::ClientAssertion, hash("jti"), later(60)).await.unwrap());
    assert_eq!(store.sweep(later(60), 1).await.unwrap(), 1, "a few at a time");
    assert_eq!(store.sweep(later(60), 100).await.unwrap(), 1);
    assert!(store.see(Seen::DpopProof, hash("jti"), later(60)).await.unwrap());
}

pub async fn a_revoked_access_token_is_known_at_once_and_recorded_once<S: Store>(store: S) {
    assert!(!store.is_revoked(hash("jti")).await.unwrap());
    for _ in 0..2 {
        store.revoke_access_token(hash("jti"), later(300), entry("revoked")).await.unwrap();
    }
    assert!(store.is_revoked(hash("jti")).await.unwrap());
    assert!(!store.is_revoked(hash("another")).await.unwrap());
    assert!(store.see(Seen::ClientAssertion, hash("jti"), NOW).await.unwrap());
    assert_eq!(recorded(&store, "revoked").await, 1);
    store.sweep(later(300), 100).await.unwrap();
    assert!(!store.is_revoked(hash("jti")).await.unwrap(), "it has expired too");
}
