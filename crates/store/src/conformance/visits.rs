use std::sync::Arc;

use riser_core::assurance::Ceiling;
use riser_core::{InteractionId, UserId};

use super::deeds::{edit, enrolment};
use super::world::{
    LIFE, NOW, account, authentication, ceremony, code_for, completion, done, hash, later, opened, passkey,
    raced, recorded, signed_in, somebody, told, visit,
};
use crate::{
    AccountChange, Completion, Interaction, Purpose, Secret, SessionChange, Spendable, Store, StoreError,
    Told,
};

pub async fn a_visit_is_read_back_as_it_was_opened<S: Store>(store: S) {
    let mut asked = visit("asked");
    let fact = authentication(&asked.id, &passkey("anna").id, NOW);
    fact.proofs.iter().for_each(|proof| asked.progress.prove(proof));
    asked.progress.user = Some(UserId::new("anna"));
    asked.progress.failures = 3;
    asked.progress.consented = true;
    let enrolment = enrolment(&UserId::new("anna"), Ceiling::Unlimited);
    let enrols = Interaction {
        id: InteractionId::new("enrols"),
        purpose: Purpose::Enrol { link: [3; 32], enrolment, session: None, has: Vec::new() },
        ..visit("enrols")
    };
    for interaction in [asked, enrols] {
        store.open_interaction(interaction.clone()).await.unwrap();
        assert_eq!(store.interaction(&interaction.id).await.unwrap(), Some(interaction));
    }
    assert_eq!(store.interaction(&InteractionId::new("none")).await.unwrap(), None);
}

pub async fn a_visit_moves_only_from_the_version_that_was_read<S: Store>(store: S) {
    let mut one = opened(&store, "visit").await;
    let mut other = one.clone();
    one.progress.failures = 1;
    other.progress.consented = true;
    store.advance(&one, &[], None, NOW, told("one")).await.unwrap();
    assert_eq!(store.advance(&other, &[], None, NOW, told("other")).await, Err(StoreError::Conflict));
    one.version += 1;
    assert_eq!(store.interaction(&one.id).await.unwrap(), Some(one.clone()));
    store.advance(&one, &[], None, NOW, Told::nothing()).await.unwrap();
    assert_eq!((recorded(&store, "one").await, recorded(&store, "other").await), (1, 0));
}

pub async fn a_failed_try_spends_its_ceremony<S: Store>(store: S) {
    let mut interaction = opened(&store, "visit").await;
    let challenge = ceremony(&store, "visit").await;
    let found = store.ceremony(challenge).await.unwrap().unwrap();
    assert_eq!(found.value.interaction, interaction.id);
    assert_eq!((found.expires_at, found.spent_at), (later(300), None));

    interaction.progress.failures = 1;
    store
        .advance(&interaction, &[(Spendable::Ceremony, challenge)], None, later(9), Told::nothing())
        .await
        .unwrap();
    assert_eq!(store.ceremony(challenge).await.unwrap().unwrap().spent_at, Some(later(9)));

    interaction.version += 1;
    let again = store
        .advance(&interaction, &[(Spendable::Ceremony, challenge)], None, later(9), Told::nothing())
        .await;
    assert_eq!(again, Err(StoreError::Conflict));
    let late = ceremony(&store, "late").await;
    let ended =
        store.advance(&interaction, &[(Spendable::Ceremony, late)], None, later(300), Told::nothing()).await;
    assert_eq!(ended, Err(StoreError::Conflict), "a ceremony ends by itself");
    assert_eq!(store.interaction(&interaction.id).await.unwrap(), Some(interaction));
}

pub async fn an_ended_or_expired_visit_does_not_end_again<S: Store>(store: S) {
    let interaction = opened(&store, "visit").await;
    store.complete(completion(interaction.clone(), "first")).await.unwrap();
    let mut ended = done(interaction);
    ended.version += 1;
    assert_eq!(store.interaction(&ended.id).await.unwrap(), Some(ended.clone()));
    assert_eq!(store.complete(completion(ended.clone(), "second")).await, Err(StoreError::Conflict));
    assert_eq!(store.advance(&ended, &[], None, NOW, told("second")).await, Err(StoreError::Conflict));

    let late = opened(&store, "late").await;
    let now = late.expires_at;
    assert_eq!(store.advance(&late, &[], None, now, told("second")).await, Err(StoreError::Conflict));
    let completed = store.complete(Completion { now, ..completion(late, "second") }).await;
    assert_eq!(completed, Err(StoreError::Conflict));
    assert_eq!((recorded(&store, "first").await, recorded(&store, "second").await), (1, 0));
}

pub async fn a_completion_credits_everything_at_once<S: Store>(store: S) {
    account(&store, "anna").await;
    let anna = somebody("anna");
    let interaction = opened(&store, "visit").await;
    let challenge = ceremony(&store, "visit").await;
    let grant = anna.grant("visit");
    let completion = Completion {
        spends: vec![(Spendable::Ceremony, challenge)],
        code: Some(code_for("visit", &grant)),
        ..anna.beginning(interaction.clone(), "completed")
    };
    store.complete(completion).await.unwrap();

    let presence = store.presence(anna.cookie, LIFE, NOW).await.unwrap().unwrap();
    let expected = anna.session.clone().with(authentication(&interaction.id, &anna.credential, NOW));
    assert_eq!(presence.session, expected);
    assert_eq!(Some(&presence.person), store.user(&anna.user).await.unwrap().as_ref());
    assert_eq!(presence.last_used_at, NOW);
    let credential = presence.credentials.first().unwrap();
    assert_eq!(credential.last_used_at, Some(NOW));
    let Secret::Passkey(key) = &credential.secret else { panic!("a passkey") };
    assert_eq!((key.sign_count, key.backup_state), (8, true));
    assert_eq!(store.code(hash("code visit")).await.unwrap().unwrap().value, grant);
    assert_eq!(store.ceremony(challenge).await.unwrap().unwrap().spent_at, Some(NOW));
    assert_eq!(recorded(&store, "completed").await, 1);
}

pub async fn atk_su_12_parallel_completions_of_one_ceremony_credit_once<S: Store>(store: S) {
    account(&store, "anna").await;
    let anna = somebody("anna");
    let challenge = ceremony(&store, "visit").await;
    let store = Arc::new(store);
    // Each in a visit, with a session and a code of its own: only the ceremony is shared.
    let results = raced(|racer| {
        let (store, anna) = (store.clone(), anna.elsewhere(&format!("of racer {racer}")));
        async move {
            let name = format!("racer {racer}");
            let interaction = opened(&*store, &name).await;
            let completion = Completion {
                spends: vec![(Spendable::Ceremony, challenge)],
                code: Some(code_for(&name, &anna.grant(&name))),
                ..anna.beginning(interaction, &name)
            };
            store.complete(completion).await
        }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for (racer, result) in results.iter().enumerate() {
        let name = format!("racer {racer}");
        let cookie = anna.elsewhere(&format!("of racer {racer}")).cookie;
        let ended = store.interaction(&visit(&name).id).await.unwrap().unwrap().progress.outcome.is_some();
        let seen = (
            store.presence(cookie, LIFE, NOW).await.unwrap().is_some(),
            store.code(hash(&format!("code {name}"))).await.unwrap().is_some(),
            recorded(&*store, &name).await == 1,
            ended,
        );
        match result {
            Ok(()) => assert_eq!(seen, (true, true, true, true)),
            Err(error) => {
                assert_eq!(*error, StoreError::Conflict);
                assert_eq!(seen, (false, false, false, false), "nothing of a loser is visible");
            }
        }
    }
}

pub async fn atk_su_02_a_proof_enters_only_the_session_whose_cookie_came<S: Store>(store: S) {
    // One person, two browsers: what is proved in one lifts nothing in the other.
    let here = signed_in(&store, "anna").await;
    let there = here.elsewhere("there");
    store.complete(there.beginning(opened(&store, "there").await, "there")).await.unwrap();
    let before = store.presence(there.cookie, LIFE, NOW).await.unwrap().unwrap();
    let crossed = Completion {
        session: SessionChange::Rise { from: here.cookie, to: hash("risen"), superseded: Vec::new() },
        ..there.beginning(opened(&store, "crossed").await, "crossed")
    };
    assert_eq!(store.complete(crossed).await, Err(StoreError::Conflict));
    let after = store.presence(there.cookie, LIFE, NOW).await.unwrap().unwrap();
    assert_eq!(after.session, before.session);
    assert_eq!(store.presence(here.cookie, LIFE, NOW).await.unwrap().unwrap().session, here.session);
    assert_eq!(recorded(&store, "crossed").await, 0);
}

pub async fn atk_su_03_nobodys_proof_enters_another_session<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let mallory = signed_in(&store, "mallory").await;
    let attempts = [
        // Mallory's proof, with Anna's cookie.
        Completion {
            session: SessionChange::Rise { from: anna.cookie, to: hash("risen"), superseded: Vec::new() },
            ..mallory.beginning(opened(&store, "one").await, "attack")
        },
        // Mallory's credential, said to be Anna's.
        Completion {
            authentication: Some((
                anna.sid().clone(),
                anna.user.clone(),
                1,
                authentication(&visit("two").id, &mallory.credential, NOW),
            )),
            ..anna.rising(opened(&store, "two").await, hash("risen"), "attack")
        },
        // A code on Anna's session, from a visit of Mallory's.
        Completion {
            code: Some(code_for("attack", &anna.claimed_by(&mallory).grant("attack"))),
            ..completion(opened(&store, "three").await, "attack")
        },
    ];
    for attempt in attempts {
        assert_eq!(store.complete(attempt).await, Err(StoreError::Conflict));
    }
    let presence = store.presence(anna.cookie, LIFE, NOW).await.unwrap().unwrap();
    assert_eq!(presence.session, anna.session);
    assert_eq!(store.presence(mallory.cookie, LIFE, NOW).await.unwrap().unwrap().session, mallory.session);
    assert_eq!(recorded(&store, "attack").await, 0);
}

pub async fn atk_su_30_what_changed_meanwhile_refuses_the_completion<S: Store>(store: S) {
    // The credential that proved it was revoked.
    let anna = signed_in(&store, "anna").await;
    let interaction = opened(&store, "revoked").await;
    store.revoke_credential(&anna.credential, NOW, told("revoke")).await.unwrap();
    let rising = anna.rising(interaction.clone(), hash("risen"), "late");
    assert_eq!(store.complete(rising).await, Err(StoreError::Conflict));
    let without_use = Completion { credential_use: None, ..anna.rising(interaction, hash("risen"), "late") };
    assert_eq!(store.complete(without_use).await, Err(StoreError::Conflict));

    let use_alone = Completion {
        credential_use: Some(anna.noted_use(NOW)),
        ..completion(opened(&store, "use").await, "late")
    };
    assert_eq!(store.complete(use_alone).await, Err(StoreError::Conflict));

    // The account was shut.
    let berta = signed_in(&store, "berta").await;
    let interaction = opened(&store, "shut").await;
    let silent = Completion {
        code: Some(code_for("silent", &berta.grant("silent"))),
        ..completion(opened(&store, "silent").await, "late")
    };
    store.disable_user(&berta.user, NOW, told("disable")).await.unwrap();
    assert_eq!(
        store.complete(berta.rising(interaction, hash("risen"), "late")).await,
        Err(StoreError::Conflict)
    );
    assert_eq!(store.complete(silent).await, Err(StoreError::Conflict));

    // The session was ended.
    let carla = signed_in(&store, "carla").await;
    let silent = Completion {
        code: Some(code_for("carla", &carla.grant("carla"))),
        ..completion(opened(&store, "ended").await, "late")
    };
    store.end_session(carla.sid(), &carla.user, NOW, told("end")).await.unwrap();
    assert_eq!(store.complete(silent).await, Err(StoreError::Conflict));
    assert_eq!(recorded(&store, "late").await, 0);
}

pub async fn a_registration_spends_its_link_with_its_effect<S: Store>(store: S) {
    let anna = account(&store, "anna").await;
    let enrolment = enrolment(&anna, Ceiling::Unlimited);
    store.grant_enrolment(hash("link"), enrolment, later(900), NOW, told("link")).await.unwrap();
    let registering = |interaction, credential| Completion {
        spends: vec![(Spendable::Enrolment, hash("link"))],
        edit: Some(edit(&anna, vec![AccountChange::Register(credential)])),
        ..completion(interaction, "registered")
    };

    // The authenticator's name is taken: the link is not spent on that.
    let visit = opened(&store, "taken").await;
    let mut same = passkey("anna");
    same.id = riser_core::CredentialId::new("second");
    let taken = store.complete(registering(visit, same)).await;
    assert_eq!(taken, Err(StoreError::Taken("credential")));
    assert_eq!(store.enrolment(hash("link")).await.unwrap().unwrap().spent_at, None);

    // Another person's link enrols nobody else.
    let mallory = account(&store, "mallory").await;
    let visit = opened(&store, "stolen").await;
    let stolen = Completion {
        edit: Some(edit(&mallory, vec![AccountChange::Register(passkey("new"))])),
        ..registering(visit, passkey("new"))
    };
    assert_eq!(store.complete(stolen).await, Err(StoreError::Conflict));
    assert_eq!(store.credentials(&mallory).await.unwrap().len(), 1);

    let visit = opened(&store, "first").await;
    store.complete(registering(visit, passkey("new"))).await.unwrap();
    assert_eq!(store.credentials(&anna).await.unwrap().len(), 2);
    assert_eq!(store.enrolment(hash("link")).await.unwrap().unwrap().spent_at, Some(NOW));

    let visit = opened(&store, "second").await;
    let again = store.complete(registering(visit, passkey("third"))).await;
    assert_eq!(again, Err(StoreError::Conflict), "a link is used once");
    assert_eq!(store.credentials(&anna).await.unwrap().len(), 2);
    assert_eq!(recorded(&store, "registered").await, 1);
}

pub async fn atk_su_24_a_reset_voids_an_enrolment_link<S: Store>(store: S) {
    let anna = account(&store, "anna").await;
    let enrolment = enrolment(&anna, Ceiling::Unlimited);
    store.grant_enrolment(hash("link"), enrolment, later(900), NOW, told("link")).await.unwrap();
    let visit = opened(&store, "visit").await;
    store.disable_user(&anna, NOW, told("reset")).await.unwrap();
    let late = store.complete(Completion {
        spends: vec![(Spendable::Enrolment, hash("link"))],
        ..completion(visit, "late")
    });
    assert_eq!(late.await, Err(StoreError::Conflict));
    let visit = opened(&store, "no link").await;
    let late = store.complete(Completion {
        edit: Some(edit(&anna, vec![AccountChange::Register(passkey("new"))])),
        ..completion(visit, "late")
    });
    assert_eq!(late.await, Err(StoreError::Conflict));
    assert_eq!(store.credentials(&anna).await.unwrap().len(), 1);
    assert_eq!(recorded(&store, "late").await, 0);
}

pub async fn a_visit_that_nobody_answers_is_told_of_with_its_session<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let mut left = visit("left");
    if let Purpose::Authorize(stored) = &mut left.purpose {
        stored.session = Some(anna.sid().clone());
    }
    store.open_interaction(left.clone()).await.unwrap();
    opened(&store, "another").await;
    let within = async |from, until| {
        let found = store.unanswered_visits(later(from), later(until)).await.unwrap();
        let mine = found.into_iter().filter(|(found, _)| found.id == left.id);
        mine.map(|(_, session)| session.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(within(0, 599).await, [], "it can still be answered");
    assert_eq!(within(600, 601).await, [], "it was told of before");
    let from_memory = within(599, 601).await;
    store.advance(&left, &[], None, NOW, told("a step")).await.unwrap();
    let from_the_file = within(599, 601).await;
    assert_eq!((from_memory.len(), &from_memory), (1, &from_the_file));
    assert_eq!((&from_memory[0].id, &from_memory[0].user), (anna.sid(), &anna.user));
    assert_eq!(from_memory[0].authentications.len(), 1);
    let answered = done(Interaction { version: 1, ..left.clone() });
    store.advance(&answered, &[], None, NOW, told("its end")).await.unwrap();
    assert_eq!(within(599, 601).await, [], "it was answered");
}
