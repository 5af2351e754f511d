use std::sync::Arc;

use riser_core::Seconds;
use riser_core::abuse::Budget;

use super::deeds::{budget, reserve};
use super::world::{NOW, completion, hash, later, opened, raced_by};
use crate::Reserved::{Go, GoLast, Wait};
use crate::{Completion, Reserved, Store, StoreError};

pub async fn atk_ab_03_parallel_guesses_are_reserved_one_by_one<S: Store>(store: S) {
    let store = Arc::new(store);
    let tries = raced_by(200, |_| {
        let store = store.clone();
        async move { reserve(&*store, hash("anna"), 10, NOW).await }
    })
    .await;
    let count = |wanted: Reserved| tries.iter().filter(|taken| **taken == wanted).count();
    assert_eq!(count(Go), 9);
    assert_eq!(count(GoLast { again_at: later(900) }), 1, "one of them is told that it was the last");
    assert_eq!(count(Wait(later(900))), 190);
    assert_eq!(reserve(&*store, hash("berta"), 10, NOW).await, Go, "each name has its own");
}

pub async fn tries_come_back_after_the_wait_or_a_success<S: Store>(store: S) {
    let name = hash("anna");
    let at = |now| reserve(&store, name, 2, now);
    assert_eq!(at(NOW).await, Go);
    assert_eq!(at(later(100)).await, GoLast { again_at: later(1000) });
    for refused in [101, 500, 999] {
        // A refused try does not move the wait: nobody can keep the owner out by going on.
        assert_eq!(at(later(refused)).await, Wait(later(1000)));
    }
    assert_eq!(at(later(1000)).await, Go);
    assert_eq!(at(later(1001)).await, GoLast { again_at: later(2801) }, "each wait is twice the one before");
    assert_eq!(at(later(1002)).await, Wait(later(2801)));
    store.clear_attempts(&[name, hash("never tried")], &[]).await.unwrap();
    assert_eq!(at(later(1003)).await, Go);
    // A clock that goes back gives nothing back.
    assert_eq!(at(later(1004)).await, GoLast { again_at: later(1904) });
    assert_eq!(at(NOW).await, Wait(later(1904)));
    assert!(matches!(reserve(&store, hash("none"), 0, NOW).await, Wait(_)));
}

pub async fn tries_of_several_names_are_taken_together_or_not_at_all<S: Store>(store: S) {
    let (person, network) = (hash("person"), hash("network"));
    let long = Budget { wait: Seconds(1800), ..budget(1) };
    assert_eq!(reserve(&store, person, 1, NOW).await, GoLast { again_at: later(900) });
    let both = [(network, budget(2)), (person, budget(1))];
    assert_eq!(store.reserve_attempts(&both, NOW).await.unwrap(), Wait(later(900)));
    assert_eq!(reserve(&store, network, 2, NOW).await, Go, "the other one was not counted");
    assert_eq!(reserve(&store, network, 2, NOW).await, GoLast { again_at: later(900) });

    // One of a network's comes back when it was the right one.
    let (anna, office) = (hash("anna"), hash("office"));
    for _ in 0..5 {
        let both = [(anna, budget(9)), (office, budget(2))];
        assert_eq!(
            store.reserve_attempts(&both, NOW).await.unwrap(),
            Go,
            "an office is not the owner of a name"
        );
        store.clear_attempts(&[anna], &[office]).await.unwrap();
    }

    // The latest moment of those that refuse.
    let slow = hash("slow");
    let both = [(slow, long), (hash("quick"), budget(1))];
    assert_eq!(store.reserve_attempts(&both, NOW).await.unwrap(), GoLast { again_at: later(1800) });
    assert_eq!(store.reserve_attempts(&both, NOW).await.unwrap(), Wait(later(1800)));

    let twice = hash("twice");
    let both = [(twice, budget(2)), (twice, budget(2))];
    assert_eq!(store.reserve_attempts(&both, NOW).await.unwrap(), GoLast { again_at: later(900) });
    assert_eq!(store.reserve_attempts(&[], NOW).await.unwrap(), Go);
}

pub async fn prompts_are_counted_until_one_is_answered<S: Store>(store: S) {
    let (prompt, other) = (hash("anna and the bank"), hash("anna and payroll"));
    let ask = |name, now| store.count_prompt(name, budget(2), now);
    assert_eq!(ask(prompt, NOW).await.unwrap(), Go);
    assert_eq!(ask(prompt, NOW).await.unwrap(), GoLast { again_at: later(900) });
    assert_eq!(ask(prompt, NOW).await.unwrap(), Wait(later(900)));
    assert_eq!(ask(other, NOW).await.unwrap(), Go);
    // A visit that does not end gives nothing back; one that ends does.
    let lost = Completion { answers: Some(prompt), ..completion(opened(&store, "lost").await, "no") };
    let mut moved = lost.interaction.clone();
    moved.version += 1;
    let lost = Completion { interaction: moved, ..lost };
    assert_eq!(store.complete(lost).await, Err(StoreError::Conflict));
    assert_eq!(ask(prompt, NOW).await.unwrap(), Wait(later(900)));
    let ended = Completion { answers: Some(prompt), ..completion(opened(&store, "ended").await, "yes") };
    store.complete(ended).await.unwrap();
    assert_eq!(ask(prompt, NOW).await.unwrap(), Go);
}
