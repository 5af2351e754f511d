use std::sync::Arc;

use riser_core::assurance::{Ceiling, Factor};
use riser_core::{Acr, CredentialId, UserId};

use super::deeds::{edit, edited, password, rising};
use super::world::{
    LIFE, NOW, account, completion, entry, hash, later, opened, passkey, raced_by, recorded, signed_in, told,
};
use crate::{
    AccountChange, Completion, CredentialUse, Left, NewCredential, NewRising, NewUser, Rising, Secret, Store,
    StoreError, StoredCredential, Told, Totp,
};

fn totp(name: &str) -> NewCredential {
    let secret = Secret::Totp(Totp { secret: vec![1, 0, 255], last_step: Some(100) });
    NewCredential { secret, ..passkey(name) }
}

fn step(credential: &CredentialId, step: i64) -> CredentialUse {
    CredentialUse { credential: credential.clone(), at: later(30), left: Left::TotpStep(step) }
}

async fn credential(store: &impl Store, user: &UserId, id: &CredentialId) -> StoredCredential {
    let all = store.credentials(user).await.unwrap();
    all.into_iter().find(|credential| credential.id == *id).unwrap()
}

async fn person_with(store: &impl Store, credentials: Vec<NewCredential>) -> UserId {
    let id = UserId::new("anna");
    let user = NewUser { id: id.clone(), name: "anna".to_owned(), email: None, credentials };
    store.create_user(user, NOW, entry("create")).await.unwrap();
    id
}

pub async fn every_kind_of_credential_is_read_back_as_it_was_registered<S: Store>(store: S) {
    let cancel = crate::CancelLink { token: hash("cancel"), expires_at: later(2 * 86_400) };
    let at = Rising { to: Acr::parse("phr").unwrap(), at: later(86_400) };
    let waiting = NewCredential {
        ceiling: Ceiling::UpTo([Acr::parse("aal1").unwrap()].into()),
        rising: Some(NewRising { rising: at, cancel }),
        ..totp("app")
    };
    let codes = NewCredential { secret: Secret::RecoveryCodes, ..passkey("codes") };
    let registered = [waiting, codes, password("password"), passkey("key")];
    let anna = person_with(&store, registered.to_vec()).await;
    let found = store.credentials(&anna).await.unwrap();
    assert_eq!(found.len(), 4);
    for (found, registered) in found.iter().zip(&registered) {
        assert!(found.secret == registered.secret);
        assert_eq!(found.rising.as_ref(), registered.rising.as_ref().map(|new| &new.rising));
    }
    let factors: Vec<Factor> = found.iter().map(|credential| credential.secret.factor()).collect();
    assert_eq!(factors, [Factor::Totp, Factor::RecoveryCode, Factor::Password, Factor::Passkey]);
    let shown = format!("{:?}", &found[..3]);
    assert!(!shown.contains("255") && !shown.contains("hash of"), "no secret is logged: {shown}");
}

pub async fn a_ceiling_rises_at_its_moment_and_not_before<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    rising(&store, &anna, "waiting").await;
    let presence = store.presence(anna.cookie, LIFE, NOW).await.unwrap().unwrap();
    let waiting = presence.credentials.iter().find(|found| found.rising.is_some()).unwrap();
    let up_to =
        |levels: &[&str]| Ceiling::UpTo(levels.iter().map(|level| Acr::parse(level).unwrap()).collect());
    assert_eq!(waiting.ceiling_at(later(86_399)), up_to(&["aal1"]));
    assert_eq!(waiting.ceiling_at(later(86_400)), up_to(&["aal1", "phr"]));
    let whole = StoredCredential { ceiling: Ceiling::Unlimited, ..waiting.clone() };
    assert_eq!(whole.ceiling_at(later(86_400)), Ceiling::Unlimited);
}

pub async fn atk_ab_04_parallel_uses_of_one_time_step_count_once<S: Store>(store: S) {
    let anna = person_with(&store, vec![totp("app")]).await;
    let app = totp("app").id;
    let store = Arc::new(store);
    let results = raced_by(50, |racer| {
        let (store, used) = (store.clone(), step(&app, 101));
        async move {
            let mut visit = opened(&*store, &format!("racer {racer}")).await;
            visit.progress.failures = 1;
            store.advance(&visit, &[], Some(used), NOW, told("used")).await
        }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(
        results.iter().flat_map(|result| result.as_ref().err()).all(|error| *error == StoreError::Conflict)
    );
    for (racer, result) in results.iter().enumerate() {
        let visit =
            store.interaction(&super::world::visit(&format!("racer {racer}")).id).await.unwrap().unwrap();
        assert_eq!(visit.version, i64::from(result.is_ok()), "a loser's visit is as it was");
    }
    assert_eq!(recorded(&*store, "used").await, 1);
    let kept = credential(&*store, &anna, &app).await;
    assert!(matches!(kept.secret, Secret::Totp(Totp { last_step: Some(101), .. })));
    assert_eq!(kept.last_used_at, Some(later(30)));
}

pub async fn a_secret_is_kept_in_another_form_with_the_step_that_is_used<S: Store>(store: S) {
    let anna = account(&store, "anna").await;
    let kept = vec![1; 20];
    let app = NewCredential {
        secret: Secret::Totp(Totp { secret: kept.clone(), last_step: Some(100) }),
        ..passkey("app")
    };
    let id = app.id.clone();
    edited(&store, edit(&anna, vec![AccountChange::Register(app)]), "registered").await.unwrap();
    let sealed = vec![2; 56];
    let uses = |step, from: &[u8]| CredentialUse {
        credential: id.clone(),
        at: later(1),
        left: Left::TotpSealed { step, from: from.to_vec(), to: sealed.clone() },
    };
    for (name, left, good) in [
        ("a step of before", uses(100, &kept), false),
        ("another form", uses(101, &[3; 20]), false),
        ("the form that was read", uses(101, &kept), true),
        ("that form once more", uses(102, &kept), false),
    ] {
        let visit = opened(&store, name).await;
        let done = store.advance(&visit, &[], Some(left), NOW, told(name)).await;
        assert_eq!(done.is_ok(), good, "{name}");
    }
    let stored = store.credentials(&anna).await.unwrap();
    let app = stored.iter().find(|stored| stored.id == id).unwrap();
    assert_eq!(app.secret, Secret::Totp(Totp { secret: sealed, last_step: Some(101) }));
    store.add_signing_key("ES256", &[1], NOW).await.unwrap();
    store.replace_signing_key(&[1], &[2]).await.unwrap();
    store.replace_signing_key(&[1], &[3]).await.unwrap();
    assert_eq!(store.signing_keys().await.unwrap(), [("ES256".to_owned(), vec![2])]);
}

pub async fn atk_ab_04_a_time_step_that_was_used_or_passed_is_not_used<S: Store>(store: S) {
    let anna = person_with(&store, vec![totp("app"), passkey("key")]).await;
    let visit = opened(&store, "visit").await;
    let app = totp("app").id;
    // The confirming code's step is spent by the registration.
    for refused in [step(&app, 100), step(&app, 99), step(&passkey("key").id, 101)] {
        let advanced = store.advance(&visit, &[], Some(refused.clone()), NOW, told("no")).await;
        assert_eq!(advanced, Err(StoreError::Conflict));
        let completed = Completion { credential_use: Some(refused), ..completion(visit.clone(), "no") };
        assert_eq!(store.complete(completed).await, Err(StoreError::Conflict));
    }
    store.advance(&visit, &[], Some(step(&app, 103)), NOW, Told::nothing()).await.unwrap();
    let visit = crate::Interaction { version: 1, ..visit };
    let between = store.advance(&visit, &[], Some(step(&app, 102)), NOW, told("no")).await;
    assert_eq!(between, Err(StoreError::Conflict), "what was passed over is gone too");
    store.revoke_credential(&app, NOW, told("revoke")).await.unwrap();
    let revoked = store.advance(&visit, &[], Some(step(&app, 104)), NOW, told("no")).await;
    assert_eq!(revoked, Err(StoreError::Conflict));
    let kept = credential(&store, &anna, &app).await;
    assert!(matches!(kept.secret, Secret::Totp(Totp { last_step: Some(103), .. })));
    assert_eq!(recorded(&store, "no").await, 0);
}

pub async fn a_proof_that_is_not_the_last_leaves_its_counter<S: Store>(store: S) {
    account(&store, "anna").await;
    let anna = super::world::somebody("anna");
    let visit = opened(&store, "visit").await;
    store.advance(&visit, &[], Some(anna.noted_use(later(5))), NOW, Told::nothing()).await.unwrap();
    let kept = credential(&store, &anna.user, &anna.credential).await;
    let Secret::Passkey(key) = &kept.secret else { panic!("a passkey") };
    assert_eq!((key.sign_count, key.backup_state, kept.last_used_at), (8, true, Some(later(5))));
}

pub async fn a_new_hash_takes_only_the_place_of_the_one_that_was_verified<S: Store>(store: S) {
    let anna = person_with(&store, vec![password("old")]).await;
    let id = password("old").id;
    let rehashed = |from: &str, to: &str| CredentialUse {
        credential: id.clone(),
        at: NOW,
        left: Left::Rehashed { from: from.to_owned(), to: to.to_owned() },
    };
    let visit = opened(&store, "visit").await;
    let better = rehashed("hash of old", "better hash of old");
    store.advance(&visit, &[], Some(better), NOW, Told::nothing()).await.unwrap();
    let changes = vec![AccountChange::SetPassword { credential: id.clone(), hash: "hash of new".to_owned() }];
    edited(&store, edit(&anna, changes), "changed").await.unwrap();
    // Verified before the change, and saved after it.
    let visit = crate::Interaction { version: 1, ..visit };
    let late = rehashed("better hash of old", "best hash of old");
    let late = store.advance(&visit, &[], Some(late), NOW, told("no")).await;
    assert_eq!(late, Err(StoreError::Conflict), "the old password does not come back");
    let kept = credential(&store, &anna, &id).await;
    assert!(kept.secret == Secret::Password("hash of new".to_owned()));
}
