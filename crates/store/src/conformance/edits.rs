use std::sync::Arc;

use riser_core::{CredentialId, UserId};

use super::deeds::{edit, edited, enrolment, password, recovery_codes};
use super::world::{
    LIFE, NOW, SignedIn, account, code_for, completion, hash, in_force, issued, later, opened, passkey,
    raced, recorded, signed_in, told,
};
use crate::{
    AccountChange, AccountEdit, Completion, Generation, NewCredential, Redeemed, Secret, Spendable, Standing,
    Store, StoreError, StoredCredential, Told,
};

async fn live(store: &impl Store, user: &UserId) -> Vec<StoredCredential> {
    let mut all = store.credentials(user).await.unwrap();
    all.retain(|credential| credential.revoked_at.is_none());
    all
}

fn rename(credential: &CredentialId, label: &str) -> AccountChange {
    AccountChange::Rename { credential: credential.clone(), label: label.to_owned() }
}

fn raising(edit: AccountEdit) -> AccountEdit {
    AccountEdit { generation: Generation::Raised, ..edit }
}

pub async fn an_edit_changes_what_it_names<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let lost = passkey("lost");
    let changes = vec![
        AccountChange::Register(password("first")),
        AccountChange::Register(lost.clone()),
        rename(&anna.credential, "Green key"),
    ];
    edited(&store, anna.edit(changes), "one").await.unwrap();
    let changes = vec![
        AccountChange::SetPassword { credential: password("first").id, hash: "hash of second".to_owned() },
        AccountChange::Replace { lost: lost.id.clone(), new: passkey("found") },
    ];
    edited(&store, anna.edit(changes), "two").await.unwrap();
    let left = live(&store, &anna.user).await;
    let names: Vec<&str> = left.iter().map(|credential| credential.id.as_str()).collect();
    assert_eq!(names, ["credential of anna", "credential of first", "credential of found"]);
    assert_eq!(left[0].label, "Green key");
    assert!(left[1].secret == Secret::Password("hash of second".to_owned()), "and it is the same credential");
    edited(&store, anna.edit(vec![AccountChange::Remove { credential: password("first").id }]), "three")
        .await
        .unwrap();
    assert_eq!(live(&store, &anna.user).await.len(), 2);
    assert_eq!(store.credentials(&anna.user).await.unwrap().len(), 4, "what is gone is remembered");
}

pub async fn an_edit_touches_only_live_credentials_of_its_person<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let mallory = signed_in(&store, "mallory").await;
    edited(&store, anna.edit(vec![AccountChange::Register(password("annas"))]), "password").await.unwrap();
    edited(&store, anna.edit(vec![AccountChange::Register(passkey("gone"))]), "gone").await.unwrap();
    store.revoke_credential(&passkey("gone").id, NOW, told("revoke")).await.unwrap();
    let before = store.credentials(&anna.user).await.unwrap();
    let named = |credential: &CredentialId| {
        [
            rename(credential, "mine"),
            AccountChange::Remove { credential: credential.clone() },
            AccountChange::Replace { lost: credential.clone(), new: passkey("new") },
            AccountChange::SetPassword { credential: credential.clone(), hash: "hash".to_owned() },
        ]
    };
    let (gone, none) = (passkey("gone").id, CredentialId::new("none"));
    let attempts =
        [(&mallory, named(&password("annas").id)), (&mallory, named(&none)), (&anna, named(&gone))];
    for (who, changes) in attempts {
        for change in changes {
            // In the company of a change that would do: all of it, or nothing.
            let changes = vec![AccountChange::Register(passkey("beside")), change];
            let done = edited(&store, who.edit(changes), "no").await;
            assert_eq!(done, Err(StoreError::Conflict));
        }
    }
    let a_passkey =
        AccountChange::SetPassword { credential: anna.credential.clone(), hash: "hash".to_owned() };
    assert_eq!(edited(&store, anna.edit(vec![a_passkey]), "no").await, Err(StoreError::Conflict));
    assert_eq!(store.credentials(&anna.user).await.unwrap(), before);
    assert_eq!(live(&store, &mallory.user).await.len(), 1);
    assert_eq!(recorded(&store, "no").await, 0);
}

pub async fn atk_su_30_an_edit_is_of_the_account_and_session_that_were_read<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let mallory = signed_in(&store, "mallory").await;
    let register = || vec![AccountChange::Register(passkey("thief"))];
    // In another person's session, and in none that was ever begun.
    let in_session =
        |who: &SignedIn| AccountEdit { session: Some(who.sid().clone()), ..edit(&anna.user, register()) };
    for refused in [in_session(&mallory), in_session(&anna.elsewhere("nowhere"))] {
        assert_eq!(edited(&store, refused, "no").await, Err(StoreError::Conflict));
    }
    // Proved before the owner ended everything, finished after.
    let visit = opened(&store, "slow").await;
    store.raise_generation(&anna.user, None, NOW, told("everywhere")).await.unwrap();
    let slow = |edit| Completion { edit: Some(edit), ..completion(visit.clone(), "no") };
    assert_eq!(store.complete(slow(anna.edit(register()))).await, Err(StoreError::Conflict));
    let reread = AccountEdit { generation_read: 2, ..anna.edit(register()) };
    assert_eq!(store.complete(slow(reread)).await, Err(StoreError::Conflict), "its session has ended");
    // Nor does a proof that waits on a visit outlive it, in a session or without one.
    let mut waits = visit.clone();
    waits.progress.user = Some(anna.user.clone());
    waits.progress.generation = Some(1);
    let advanced = store.advance(&waits, &[], None, NOW, told("no")).await;
    assert_eq!(advanced, Err(StoreError::Conflict));
    waits.progress.generation = Some(2);
    store.advance(&waits, &[], None, NOW, Told::nothing()).await.unwrap();
    let shut = signed_in(&store, "shut").await;
    store.disable_user(&shut.user, NOW, told("disable")).await.unwrap();
    let read = AccountEdit { generation_read: 2, ..edit(&shut.user, register()) };
    assert_eq!(edited(&store, read, "no").await, Err(StoreError::Conflict), "it is shut");
    assert_eq!(recorded(&store, "no").await, 0);
}

pub async fn a_raised_generation_ends_everything_but_its_own_session<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let other = anna.elsewhere("other");
    store.complete(other.beginning(opened(&store, "other").await, "other")).await.unwrap();
    let (here, there) = (anna.grant("here"), other.grant("there"));
    let refresh = Redeemed { refresh: Some((hash("refresh"), later(3600))), jkt: None };
    in_force(&store, "here", &here, refresh).await;
    in_force(&store, "there", &there, Redeemed::default()).await;
    let waiting = anna.grant("waiting");
    let code = issued(&store, "waiting", &waiting).await;
    let link = enrolment(&anna.user, riser_core::assurance::Ceiling::Unlimited);
    store.grant_enrolment(hash("link"), link, later(900), NOW, told("link")).await.unwrap();

    let changes = vec![AccountChange::Register(password("new"))];
    edited(&store, raising(anna.edit(changes)), "raised").await.unwrap();

    let presence = store.presence(anna.cookie, LIFE, NOW).await.unwrap().unwrap();
    assert_eq!(
        (presence.session, presence.person.generation),
        (anna.session.clone().into(), 2),
        "it goes on, as it was"
    );
    assert!(store.presence(other.cookie, LIFE, NOW).await.unwrap().is_none());
    for grant in [&here, &there] {
        assert_eq!(store.standing(grant.id(), LIFE, NOW).await.unwrap(), Standing::Revoked);
    }
    let late = store.redeem_code(code, &waiting, Redeemed::default(), NOW, super::world::entry("no")).await;
    assert_eq!(late, Err(StoreError::Conflict));
    let next = Redeemed { refresh: Some((hash("next"), later(3600))), jkt: None };
    let late = store.rotate_refresh(hash("refresh"), here.id(), next, NOW, super::world::entry("no")).await;
    assert_eq!(late, Err(StoreError::Conflict));
    let enrols = Completion {
        spends: vec![(Spendable::Enrolment, hash("link"))],
        edit: Some(AccountEdit {
            generation_read: 2,
            ..edit(&anna.user, vec![AccountChange::Register(passkey("new"))])
        }),
        ..completion(opened(&store, "link").await, "no")
    };
    assert_eq!(store.complete(enrols).await, Err(StoreError::Conflict));
    assert_eq!(recorded(&store, "no").await, 0);
    // The session can be lifted and edited in, under the new generation.
    let mut rising = anna.rising(opened(&store, "rise").await, hash("risen"), "risen");
    rising.authentication.as_mut().unwrap().2 = 2;
    store.complete(rising).await.unwrap();
}

pub async fn a_generation_is_raised_in_a_session_that_stands_and_never_with_a_code<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let with_code = Completion {
        edit: Some(raising(anna.edit(Vec::new()))),
        code: Some(code_for("code", &anna.grant("code"))),
        ..completion(opened(&store, "code").await, "no")
    };
    assert!(matches!(store.complete(with_code).await, Err(StoreError::Inconsistent { .. })));
    assert_eq!(store.user(&anna.user).await.unwrap().unwrap().generation, 1);

    let other = anna.elsewhere("never begun");
    let kept = store.raise_generation(&anna.user, Some(other.sid().clone()), NOW, told("no")).await;
    assert_eq!(kept, Err(StoreError::Conflict));
    let mallory = signed_in(&store, "mallory").await;
    let kept = store.raise_generation(&anna.user, Some(mallory.sid().clone()), NOW, told("no")).await;
    assert_eq!(kept, Err(StoreError::Conflict));
    assert!(store.presence(anna.cookie, LIFE, NOW).await.unwrap().is_some());

    store.raise_generation(&anna.user, Some(anna.sid().clone()), NOW, told("kept")).await.unwrap();
    assert!(store.presence(anna.cookie, LIFE, NOW).await.unwrap().is_some());
    store.raise_generation(&anna.user, None, NOW, told("all")).await.unwrap();
    assert!(store.presence(anna.cookie, LIFE, NOW).await.unwrap().is_none());
    let again = store.raise_generation(&anna.user, Some(anna.sid().clone()), NOW, told("no")).await;
    assert_eq!(again, Err(StoreError::Conflict), "what has ended is not kept");
    // Without a session, as by a link: nothing goes on.
    let read = AccountEdit { generation_read: 3, ..edit(&anna.user, Vec::new()) };
    edited(&store, raising(read), "no session").await.unwrap();
    assert_eq!(store.user(&anna.user).await.unwrap().unwrap().generation, 4);
    assert_eq!(recorded(&store, "no").await, 0);
}

pub async fn of_parallel_edits_that_raise_the_generation_one_happens<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let store = Arc::new(store);
    // Twenty pages that each set the first password.
    let results = raced(|racer| {
        let (store, anna) = (store.clone(), anna.clone());
        async move {
            let change = AccountChange::Register(password(&format!("of racer {racer}")));
            edited(&*store, raising(anna.edit(vec![change])), &format!("racer {racer}")).await
        }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(live(&*store, &anna.user).await.len(), 2);
    assert_eq!(store.user(&anna.user).await.unwrap().unwrap().generation, 2);
}

pub async fn a_new_set_of_recovery_codes_ends_the_one_before<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let first = recovery_codes(&store, &anna, "first", 3).await;
    let (first_set, second_set) = (passkey("first").id, passkey("second").id);
    let found = store.recovery_code(first[0]).await.unwrap().unwrap();
    assert_eq!((found.value.user, found.value.credential), (anna.user.clone(), first_set.clone()));
    assert_eq!(store.recovery_codes_left(&first_set).await.unwrap(), 3);
    let visit = opened(&store, "first code").await;
    store.advance(&visit, &[(Spendable::RecoveryCode, first[0])], None, NOW, Told::nothing()).await.unwrap();
    assert_eq!(store.recovery_codes_left(&first_set).await.unwrap(), 2);
    let again = opened(&store, "again").await;
    let again =
        store.advance(&again, &[(Spendable::RecoveryCode, first[0])], None, NOW, Told::nothing()).await;
    assert_eq!(again, Err(StoreError::Conflict));

    let second = recovery_codes(&store, &anna, "second", 3).await;
    assert_eq!(store.recovery_code(first[1]).await.unwrap(), None);
    assert_eq!(store.recovery_codes_left(&first_set).await.unwrap(), 0);
    let visit = opened(&store, "old code").await;
    let old = store.advance(&visit, &[(Spendable::RecoveryCode, first[1])], None, NOW, Told::nothing()).await;
    assert_eq!(old, Err(StoreError::Conflict));
    assert_eq!(live(&store, &anna.user).await.len(), 2, "the passkey, and one set");

    // Another person's code is not taken for theirs.
    let mallory = signed_in(&store, "mallory").await;
    let stolen = Completion {
        spends: vec![(Spendable::RecoveryCode, second[0])],
        edit: Some(edit(&mallory.user, vec![AccountChange::Register(passkey("new"))])),
        ..completion(visit.clone(), "no")
    };
    assert_eq!(store.complete(stolen).await, Err(StoreError::Conflict));
    store.revoke_credential(&second_set, NOW, told("revoke")).await.unwrap();
    assert_eq!(store.recovery_codes_left(&second_set).await.unwrap(), 0);
    let dead =
        store.advance(&visit, &[(Spendable::RecoveryCode, second[0])], None, NOW, Told::nothing()).await;
    assert_eq!(dead, Err(StoreError::Conflict), "nor is one whose set is revoked");
    let not_a_set = AccountChange::SetRecoveryCodes { credential: passkey("no set"), codes: vec![hash("x")] };
    assert!(edited(&store, anna.edit(vec![not_a_set]), "no").await.is_err());
}

pub async fn an_administrator_sets_a_password_and_opens_an_account<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    store.set_password(&anna.user, password("first"), NOW, told("first")).await.unwrap();
    assert!(store.presence(anna.cookie, LIFE, NOW).await.unwrap().is_none(), "what stood on it has ended");
    let second = NewCredential { id: CredentialId::new("not taken"), ..password("second") };
    store.set_password(&anna.user, second, NOW, told("second")).await.unwrap();
    let passwords: Vec<StoredCredential> = live(&store, &anna.user)
        .await
        .into_iter()
        .filter(|credential| matches!(credential.secret, Secret::Password(_)))
        .collect();
    let [one] = passwords.as_slice() else { panic!("one password") };
    assert_eq!(one.id, password("first").id, "it stays the credential that it is");
    assert!(one.secret == Secret::Password("hash of second".to_owned()));
    assert!(store.set_password(&anna.user, passkey("no"), NOW, told("no")).await.is_err());
    let nobody = store.set_password(&UserId::new("nobody"), password("no"), NOW, told("no")).await;
    assert_eq!(nobody, Err(StoreError::Conflict));
    assert_eq!(store.user(&anna.user).await.unwrap().unwrap().generation, 3);

    assert_eq!(store.enable_user(&anna.user, NOW, told("no")).await, Err(StoreError::Conflict), "it is open");
    let berta = signed_in(&store, "berta").await;
    store.disable_user(&berta.user, NOW, told("shut")).await.unwrap();
    store.enable_user(&berta.user, NOW, told("open")).await.unwrap();
    let person = store.user(&berta.user).await.unwrap().unwrap();
    assert_eq!((person.disabled, person.generation), (false, 2));
    assert!(
        store.presence(berta.cookie, LIFE, NOW).await.unwrap().is_none(),
        "what ended does not come back"
    );
    assert_eq!(recorded(&store, "no").await, 0);
    let _ = account(&store, "carla").await;
}
