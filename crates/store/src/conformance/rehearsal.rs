use riser_core::signals::Sightings;
use riser_core::{Seconds, UserId};

use super::world::{NOW, hash, later, signed_in};
use crate::{RecordedDecision, RecordedFacts, Sighting, Store, Told};

pub async fn what_was_asked_is_read_back_and_kept_within_its_bounds<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let presence = store.presence(anna.cookie, super::world::LIFE, NOW).await.unwrap().unwrap();
    let facts = RecordedFacts::of(&presence.session, &[]);
    assert_eq!(facts.session().authentications.len(), 1);
    assert_eq!(facts.session().user, anna.user);
    let asked = |second: u32| RecordedDecision {
        at: later(second),
        question: format!("{{\"n\":{second}}}"),
        facts: facts.clone(),
    };
    store.record_decisions((0..10).map(asked).collect()).await.unwrap();
    let kept = async || store.decisions(0, 100).await.unwrap();
    assert_eq!(
        kept().await.into_iter().map(|(_, one)| one).collect::<Vec<_>>(),
        (0..10).map(asked).collect::<Vec<_>>()
    );
    let third = kept().await[2].0;
    assert_eq!(store.decisions(third, 2).await.unwrap().len(), 2);
    // Too old, and then too many: the oldest go.
    assert_eq!(store.trim_decisions(later(2), 100, 100).await.unwrap(), 3);
    assert_eq!(store.trim_decisions(NOW, 4, 100).await.unwrap(), 3);
    let left: Vec<_> = kept().await.into_iter().map(|(_, one)| one.at).collect();
    assert_eq!(left, [later(6), later(7), later(8), later(9)]);
    assert_eq!(store.trim_decisions(NOW, 4, 100).await.unwrap(), 0);
}

pub async fn a_session_sees_where_its_person_was_and_what_was_refused<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let seen = async |at| store.sightings(&anna.user, anna.sid(), at).await.unwrap();
    assert_eq!(seen(NOW).await, Sightings::default());
    let sight = async |device: &str, network: &str, at| {
        let sighting = Sighting {
            user: anna.user.clone(),
            session: anna.sid().clone(),
            device: hash(device),
            network: hash(network),
            at: later(at),
        };
        store.sight(sighting).await.unwrap();
    };
    sight("phone", "cafe", 5).await;
    sight("laptop", "home", 10).await;
    sight("laptop", "office", 20).await;
    sight("laptop", "home", 30).await;
    assert_eq!(
        seen(later(30)).await,
        Sightings {
            device_since: Some(later(10)),
            network_since: Some(later(10)),
            here_at: Some(later(30)),
            elsewhere_at: Some(later(5)),
            failures: 0,
        }
    );
    for (who, second) in [(&anna.user, 40), (&anna.user, 41), (&UserId::new("somebody else"), 42)] {
        let event = riser_core::audit::Event::ProofRefused {
            interaction: riser_core::InteractionId::new("i"),
            user: Some(who.clone()),
            factor: riser_core::assurance::Factor::Password,
            reason: "invalid_credentials".to_owned(),
        };
        store.record(Told::from(riser_core::audit::Entry { at: later(second), event }), NOW).await.unwrap();
    }
    assert_eq!(seen(later(50)).await.failures, 2);
    assert_eq!(seen(later(40 + 15 * 60)).await.failures, 1, "they count for a quarter of an hour");
    while store.sweep(later(3600), 9).await.unwrap() > 0 {}
    assert_eq!((seen(later(50)).await.failures, seen(later(50)).await.here_at), (0, Some(later(30))));
    while store.sweep(NOW.plus(Seconds(91 * 86_400)), 9).await.unwrap() > 0 {}
    assert_eq!(seen(later(50)).await, Sightings::default());
}
