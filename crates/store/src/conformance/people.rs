use riser_core::assurance::Ceiling;
use riser_core::{Acr, CredentialId, UserId};

use super::deeds::enrolment;
use super::world::{
    LIFE, NOW, account, entry, hash, in_force, issued, later, opened, passkey, recorded, signed_in, told,
};
use crate::{Enrolment, NewUser, Redeemed, Secret, Standing, Store, StoreError, WebauthnId};

pub async fn an_account_is_found_by_its_name_and_its_identifier<S: Store>(store: S) {
    let id = account(&store, "berta").await;
    account(&store, "anna").await;
    let person = store.user_by_name("berta").await.unwrap().unwrap();
    assert_eq!(person.id, id);
    assert_eq!(person.email.as_deref(), Some("berta@example.com"));
    assert_eq!(person.created_at, NOW);
    assert!(!person.disabled);
    assert_eq!(store.user(&id).await.unwrap(), Some(person));
    assert_eq!(store.user_by_name("nobody").await.unwrap(), None);
    assert_eq!(store.user(&UserId::new("berta")).await.unwrap(), None);
    let names: Vec<String> = store.users().await.unwrap().into_iter().map(|person| person.name).collect();
    assert_eq!(names, ["anna", "berta"]);
    assert_eq!(recorded(&store, "create berta").await, 1);
}

pub async fn a_name_is_taken_once<S: Store>(store: S) {
    account(&store, "anna").await;
    let user =
        NewUser { id: UserId::new("other"), name: "anna".to_owned(), email: None, credentials: Vec::new() };
    let result = store.create_user(user, NOW, entry("second")).await;
    assert_eq!(result, Err(StoreError::Taken("name")));
    assert_eq!(store.user(&UserId::new("other")).await.unwrap(), None);
    assert_eq!(recorded(&store, "second").await, 0);
}

pub async fn a_credential_belongs_to_one_account<S: Store>(store: S) {
    account(&store, "anna").await;
    let mut same = passkey("anna");
    same.id = CredentialId::new("other");
    let user = NewUser {
        id: UserId::new("mallory"),
        name: "mallory".to_owned(),
        email: None,
        credentials: vec![same],
    };
    let result = store.create_user(user, NOW, entry("second")).await;
    assert_eq!(result, Err(StoreError::Taken("credential")));
    assert_eq!(store.user_by_name("mallory").await.unwrap(), None, "all of it, or nothing");
    assert_eq!(recorded(&store, "second").await, 0);
}

pub async fn a_credential_is_read_back_as_it_was_registered<S: Store>(store: S) {
    let mut key = passkey("anna");
    key.ceiling = Ceiling::UpTo([Acr::parse("aal1").unwrap()].into());
    let mut password = passkey("password");
    password.secret = Secret::Password("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned());
    let user = NewUser {
        id: UserId::new("anna"),
        name: "anna".to_owned(),
        email: None,
        credentials: vec![key.clone(), password.clone()],
    };
    store.create_user(user, NOW, entry("create")).await.unwrap();
    let found = store.credentials(&UserId::new("anna")).await.unwrap();
    assert_eq!(found.len(), 2);
    for (found, registered) in found.iter().zip([&key, &password]) {
        assert_eq!(found.id, registered.id);
        assert_eq!(found.user, UserId::new("anna"));
        assert_eq!(found.label, registered.label);
        assert_eq!(found.ceiling, registered.ceiling);
        assert!(found.secret == registered.secret);
        assert_eq!((found.created_at, found.last_used_at, found.revoked_at), (NOW, None, None));
    }
    let by_name = store.passkey(&WebauthnId(b"webauthn of anna".to_vec())).await.unwrap();
    assert_eq!(by_name.as_ref(), found.first());
    assert_eq!(store.passkey(&WebauthnId(b"webauthn of nobody".to_vec())).await.unwrap(), None);
}

pub async fn a_disabled_account_ends_all_that_stood_on_it<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let other = signed_in(&store, "other").await;
    let (standing, waiting, silent) = (anna.grant("standing"), anna.grant("waiting"), anna.grant("silent"));
    let refresh = Redeemed { refresh: Some((hash("refresh"), later(3600))), jkt: None };
    in_force(&store, "standing", &standing, refresh).await;
    let code = issued(&store, "waiting", &waiting).await;

    store.disable_user(&anna.user, later(1), told("disable")).await.unwrap();

    let person = store.user(&anna.user).await.unwrap().unwrap();
    assert!(person.disabled);
    assert_eq!(person.generation, 2);
    assert!(store.presence(anna.cookie, LIFE, later(1)).await.unwrap().is_none());
    assert_eq!(store.standing(standing.id(), LIFE, later(1)).await.unwrap(), Standing::Revoked);
    assert_eq!(store.foundation(&waiting, LIFE, later(1)).await.unwrap(), Standing::Revoked);
    let redeemed = store.redeem_code(code, &waiting, Redeemed::default(), later(1), entry("late")).await;
    assert_eq!(redeemed, Err(StoreError::Conflict));
    let next = Redeemed { refresh: Some((hash("next"), later(3600))), jkt: None };
    let rotated = store.rotate_refresh(hash("refresh"), standing.id(), next, later(1), entry("late")).await;
    assert_eq!(rotated, Err(StoreError::Conflict));
    let issue = super::world::code_for("silent", &silent);
    assert_eq!(store.issue(issue, entry("late")).await, Err(StoreError::Conflict));
    let interaction = opened(&store, "late").await;
    let begun = store.complete(anna.elsewhere("late").beginning(interaction, "late")).await;
    assert_eq!(begun, Err(StoreError::Conflict));
    assert_eq!(recorded(&store, "late").await, 0);
    assert_eq!(recorded(&store, "disable").await, 1);

    assert!(store.presence(other.cookie, LIFE, later(1)).await.unwrap().is_some(), "and nobody else's");
}

pub async fn an_unknown_account_or_credential_is_not_changed<S: Store>(store: S) {
    let disabled = store.disable_user(&UserId::new("nobody"), NOW, told("nothing")).await;
    assert_eq!(disabled, Err(StoreError::Conflict));
    let revoked = store.revoke_credential(&CredentialId::new("none"), NOW, told("nothing")).await;
    assert_eq!(revoked, Err(StoreError::Conflict));
    assert_eq!(recorded(&store, "nothing").await, 0);
}

pub async fn a_revoked_credential_is_not_live<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let before = store.presence(anna.cookie, LIFE, NOW).await.unwrap().unwrap();
    assert_eq!(before.credentials.len(), 1);
    store.revoke_credential(&anna.credential, later(5), told("revoke")).await.unwrap();
    let after = store.presence(anna.cookie, LIFE, later(5)).await.unwrap().unwrap();
    assert!(after.credentials.is_empty());
    let kept = store.credentials(&anna.user).await.unwrap();
    assert_eq!(kept.first().and_then(|credential| credential.revoked_at), Some(later(5)));
    assert_eq!(recorded(&store, "revoke").await, 1);
    let again = store.revoke_credential(&anna.credential, later(9), told("again")).await;
    assert_eq!(again, Err(StoreError::Conflict), "the first revocation is not re-dated");
}

pub async fn an_enrolment_link_is_found_until_it_is_spent<S: Store>(store: S) {
    let user = account(&store, "anna").await;
    let enrolment = enrolment(&user, Ceiling::UpTo([].into()));
    store.grant_enrolment(hash("link"), enrolment.clone(), later(900), NOW, told("link")).await.unwrap();
    let found = store.enrolment(hash("link")).await.unwrap().unwrap();
    assert_eq!((found.value, found.expires_at, found.spent_at), (enrolment.clone(), later(900), None));
    assert_eq!(store.enrolment(hash("other")).await.unwrap(), None);
    assert_eq!(recorded(&store, "link").await, 1);
    let stale = Enrolment { generation: 0, ..enrolment };
    let stale = store.grant_enrolment(hash("stale"), stale, later(900), NOW, told("stale")).await;
    assert_eq!(stale, Err(StoreError::Conflict));
}
