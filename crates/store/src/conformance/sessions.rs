use std::sync::Arc;

use super::world::{
    LIFE, NOW, authentication, completion, hash, later, opened, raced, recorded, signed_in, told,
};
use crate::{Completion, SessionChange, Store, StoreError};

pub async fn a_session_ends_by_either_limit<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let at = |seconds| store.presence(anna.cookie, LIFE, later(seconds));
    let presence = at(1799).await.unwrap().unwrap();
    assert_eq!(presence.last_used_at, NOW);
    assert!(at(1800).await.unwrap().is_none(), "idle");
    for seconds in (1500..43_000).step_by(1500) {
        store.touch_session(anna.sid(), later(seconds)).await.unwrap();
    }
    store.touch_session(anna.sid(), later(10)).await.unwrap();
    assert_eq!(at(43_199).await.unwrap().unwrap().last_used_at, later(42_000), "use is never re-dated back");
    assert!(at(43_200).await.unwrap().is_none(), "absolute");
    assert!(store.presence(hash("another cookie"), LIFE, NOW).await.unwrap().is_none());
}

pub async fn a_new_session_ends_the_one_it_replaces<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let next = anna.elsewhere("next");
    let interaction = opened(&store, "again").await;
    let session =
        SessionChange::Begin { cookie: next.cookie, replaces: Some(anna.sid().clone()), browser: None };
    store.complete(Completion { session, ..next.beginning(interaction, "again") }).await.unwrap();
    assert!(store.presence(anna.cookie, LIFE, NOW).await.unwrap().is_none());
    let presence = store.presence(next.cookie, LIFE, NOW).await.unwrap().unwrap();
    assert_eq!(presence.session.id, *next.sid());
    assert_eq!(presence.session.authentications.len(), 1, "facts do not move between sessions");
}

pub async fn a_rise_with_an_old_cookie_loses<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let first = opened(&store, "first").await;
    let second = opened(&store, "second").await;
    store.complete(anna.rising(first.clone(), hash("risen"), "first")).await.unwrap();
    let late = store.complete(anna.rising(second.clone(), hash("stolen"), "second")).await;
    assert_eq!(late, Err(StoreError::Conflict));

    assert!(store.presence(anna.cookie, LIFE, NOW).await.unwrap().is_none(), "the old cookie is dead");
    assert!(store.presence(hash("stolen"), LIFE, NOW).await.unwrap().is_none());
    let presence = store.presence(hash("risen"), LIFE, NOW).await.unwrap().unwrap();
    assert_eq!(presence.session.id, *anna.sid(), "the session survives its rise");
    let expected = anna.session.with(authentication(&first.id, &anna.credential, NOW));
    assert_eq!(*presence.session, expected, "oldest first");
    assert_eq!(store.interaction(&second.id).await.unwrap(), Some(second), "the loser's visit goes on");
    assert_eq!(recorded(&store, "second").await, 0);
}

pub async fn atk_su_12_parallel_rises_of_one_session_rise_once<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let store = Arc::new(store);
    let risen = raced(|racer| {
        let (store, anna) = (store.clone(), anna.clone());
        async move {
            let interaction = opened(&*store, &format!("rise {racer}")).await;
            store.complete(anna.rising(interaction, hash(&format!("risen {racer}")), "rise")).await
        }
    })
    .await;
    assert_eq!(risen.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(
        risen.iter().filter_map(|result| result.as_ref().err()).all(|error| *error == StoreError::Conflict)
    );
    let winner = risen.iter().position(Result::is_ok).unwrap();
    let presence = store.presence(hash(&format!("risen {winner}")), LIFE, NOW).await.unwrap().unwrap();
    assert_eq!(presence.session.authentications.len(), 2);
    assert_eq!(recorded(&*store, "rise").await, 1);
}

pub async fn a_rise_forgets_what_is_superseded<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let second = opened(&store, "second").await;
    store.complete(anna.rising(second.clone(), hash("second"), "second")).await.unwrap();
    let third = opened(&store, "third").await;
    // The first of the two that are there, and one that is not.
    let session = SessionChange::Rise { from: hash("second"), to: hash("third"), superseded: vec![0, 9] };
    let third_rise = anna.rising(third.clone(), hash("third"), "third");
    store.complete(Completion { session, ..third_rise }).await.unwrap();
    let presence = store.presence(hash("third"), LIFE, NOW).await.unwrap().unwrap();
    let left: Vec<_> = presence.session.authentications.iter().map(|fact| fact.interaction.clone()).collect();
    assert_eq!(left, [second.id, third.id]);
}

pub async fn an_ended_session_does_not_rise<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    store.end_session(anna.sid(), &anna.user, later(1), told("end")).await.unwrap();
    let again = store.end_session(anna.sid(), &anna.user, later(2), told("end")).await;
    assert_eq!(again, Err(StoreError::Conflict), "an end is not re-dated");
    assert!(store.presence(anna.cookie, LIFE, later(1)).await.unwrap().is_none());
    let interaction = opened(&store, "late").await;
    let late = store.complete(anna.rising(interaction, hash("risen"), "late")).await;
    assert_eq!(late, Err(StoreError::Conflict));
    assert!(store.presence(hash("risen"), LIFE, later(1)).await.unwrap().is_none());
    let session = SessionChange::Rise { from: anna.cookie, to: hash("risen"), superseded: Vec::new() };
    let bare = Completion { session, ..completion(opened(&store, "bare").await, "late") };
    assert_eq!(store.complete(bare).await, Err(StoreError::Conflict), "nor with nothing to add");
    assert_eq!(recorded(&store, "late").await, 0);
    // A use that is noted late revives nothing.
    store.touch_session(anna.sid(), later(3)).await.unwrap();
    assert!(store.presence(anna.cookie, LIFE, later(3)).await.unwrap().is_none());
}
