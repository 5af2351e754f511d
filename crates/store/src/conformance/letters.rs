use std::sync::Arc;

use riser_core::account::Notice;

use super::deeds::{edit, edited, letter, letters};
use super::world::{NOW, account, entry, hash, later, opened, passkey, raced, recorded, signed_in, told};
use crate::{AccountChange, Completion, LetterLink, Store, StoreError, Told};

pub async fn a_letter_is_there_exactly_if_its_effect_is<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let tell = |what: &str| told(what).with(letter(&anna.user, what));

    // Nothing came of these.
    let stale = super::deeds::enrolment(&anna.user, riser_core::assurance::Ceiling::Unlimited);
    let stale = crate::Enrolment { generation: 7, ..stale };
    let refused = store.grant_enrolment(hash("link"), stale, later(9), NOW, tell("no")).await;
    assert_eq!(refused, Err(StoreError::Conflict));
    let none = riser_core::CredentialId::new("none");
    assert_eq!(store.revoke_credential(&none, NOW, tell("no")).await, Err(StoreError::Conflict));
    let remove = AccountChange::Remove { credential: none };
    let visit = opened(&store, "no").await;
    let completion = Completion {
        edit: Some(anna.edit(vec![remove])),
        letters: vec![letter(&anna.user, "no")],
        ..super::world::completion(visit.clone(), "no")
    };
    assert_eq!(store.complete(completion).await, Err(StoreError::Conflict));
    let behind = crate::Interaction { version: 9, ..visit.clone() };
    assert_eq!(store.advance(&behind, &[], None, NOW, tell("no")).await, Err(StoreError::Conflict));
    assert_eq!(letters(&store, NOW).await, []);
    assert_eq!(recorded(&store, "no").await, 0);

    // And something of these, each of which takes what it tells.
    store.advance(&visit, &[], None, NOW, tell("advance")).await.unwrap();
    let rename = AccountChange::Rename { credential: anna.credential.clone(), label: "Green".to_owned() };
    let completion = Completion {
        edit: Some(anna.edit(vec![rename])),
        letters: vec![letter(&anna.user, "complete")],
        ..super::world::completion(opened(&store, "complete").await, "complete")
    };
    store.complete(completion).await.unwrap();
    let link = super::deeds::enrolment(&anna.user, riser_core::assurance::Ceiling::Unlimited);
    store.grant_enrolment(hash("link"), link, later(9), NOW, tell("grant")).await.unwrap();
    store.end_session(anna.sid(), &anna.user, NOW, tell("end")).await.unwrap();
    store.raise_generation(&anna.user, None, NOW, tell("raise")).await.unwrap();
    store.set_password(&anna.user, super::deeds::password("one"), NOW, tell("password")).await.unwrap();
    store.revoke_credential(&anna.credential, NOW, tell("revoke")).await.unwrap();
    store.disable_user(&anna.user, NOW, tell("disable")).await.unwrap();
    store.enable_user(&anna.user, NOW, tell("enable")).await.unwrap();
    let all = ["advance", "complete", "grant", "end", "raise", "password", "revoke", "disable", "enable"];
    let sent = letters(&store, NOW).await;
    let expected = all.map(|what| ("anna@example.com".to_owned(), letter(&anna.user, what).notice));
    assert_eq!(sent, expected);
    for what in all {
        assert_eq!(recorded(&store, what).await, 1, "{what}");
    }
}

pub async fn a_letter_goes_to_the_address_of_its_moment<S: Store>(store: S) {
    let anna = account(&store, "anna").await;
    let (old, new) = ("anna@example.com".to_owned(), "thief@example.com".to_owned());
    let tell = |what: &str| told(what).with(letter(&anna, what));
    let notice = |what: &str| letter(&anna, what).notice;
    store.raise_generation(&anna, None, NOW, tell("before")).await.unwrap();

    // Whoever moves the address cannot do it unseen, nor catch what was on its way.
    store.set_email(&anna, Some(new.clone()), NOW, tell("moved")).await.unwrap();
    assert_eq!(store.user(&anna).await.unwrap().unwrap().email, Some(new.clone()));
    let expected =
        [(old.clone(), notice("before")), (new.clone(), notice("moved")), (old.clone(), notice("moved"))];
    assert_eq!(letters(&store, NOW).await, expected);

    let move_it = |email: Option<&str>, read| {
        let change = AccountChange::SetEmail(email.map(str::to_owned));
        crate::AccountEdit { generation_read: read, ..edit(&anna, vec![change]) }
    };
    // To none, and back, and to where it is already: who had it before is told all of it.
    for email in [None, Some(old.as_str()), Some(old.as_str())] {
        let name = format!("visit {}", recorded(&store, "moving").await);
        let completion = Completion {
            edit: Some(move_it(email, 2)),
            letters: vec![letter(&anna, "moving")],
            ..super::world::completion(opened(&store, &name).await, "moving")
        };
        store.complete(completion).await.unwrap();
        let sent: Vec<String> = letters(&store, NOW).await.into_iter().map(|(to, _)| to).collect();
        assert_eq!(sent, [old.clone(), new.clone()]);
    }

    let stale = edited(&store, move_it(None, 1), "stale").await;
    assert_eq!(stale, Err(StoreError::Conflict));
    let nobody = riser_core::UserId::new("nobody");
    assert_eq!(store.set_email(&nobody, None, NOW, tell("no")).await, Err(StoreError::Conflict));
    assert_eq!(letters(&store, NOW).await, []);
}

pub async fn an_account_without_an_address_gets_no_letter<S: Store>(store: S) {
    const MONTH: u32 = 30 * 24 * 3600;
    let anna = account(&store, "anna").await;
    store.set_email(&anna, None, NOW, Told::nothing()).await.unwrap();
    // Not before the one that it had has been told for a month.
    let told = |what: &str| told(what).with(letter(&anna, what));
    store.raise_generation(&anna, None, later(MONTH - 1), told("soon")).await.unwrap();
    assert_eq!(letters(&store, later(MONTH - 1)).await.len(), 1);
    store.raise_generation(&anna, None, later(MONTH), told("raised")).await.unwrap();
    assert_eq!(letters(&store, later(MONTH)).await, []);
    assert_eq!(recorded(&store, "raised").await, 1, "what it tells of happened");
}

pub async fn atk_su_19_no_number_of_moves_hides_an_account_from_its_owner<S: Store>(store: S) {
    let anna = account(&store, "anna").await;
    for number in 0..20 {
        let email = Some(format!("thief-{number}@example.com"));
        store.set_email(&anna, email, NOW, Told::nothing()).await.unwrap();
    }
    store.raise_generation(&anna, None, NOW, told("raised").with(letter(&anna, "raised"))).await.unwrap();
    let sent: Vec<String> = letters(&store, NOW).await.into_iter().map(|(to, _)| to).collect();
    assert!(sent.contains(&"anna@example.com".to_owned()), "{sent:?}");
    assert!(sent.len() <= 4, "one letter does not become many: {sent:?}");
}

pub async fn a_letter_is_one_takers_at_a_time<S: Store>(store: S) {
    let anna = account(&store, "anna").await;
    for number in 0..8 {
        let told = told("raised").with(letter(&anna, &format!("letter {number}")));
        store.raise_generation(&anna, None, NOW, told).await.unwrap();
    }
    let store = Arc::new(store);
    let taken = raced(|racer| {
        let store = store.clone();
        async move { store.due_letters(NOW, 1 + racer as u32 % 3).await.unwrap() }
    })
    .await;
    let mut ids: Vec<_> = taken.iter().flatten().map(|letter| letter.id).collect();
    assert_eq!(ids.len(), 8, "all of them");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 8, "none twice");

    assert_eq!(store.due_letters(later(59), 100).await.unwrap(), []);
    let again = store.due_letters(later(60), 100).await.unwrap();
    assert_eq!(again.len(), 8, "a taker who is not heard of does not keep them");
    assert!(again.iter().all(|letter| letter.attempt == 2 && letter.at == NOW && letter.name == "anna"));
}

pub async fn a_letter_ends_sent_or_given_up<S: Store>(store: S) {
    let anna = account(&store, "anna").await;
    let mut told = told("raised");
    for name in ["sent", "later", "given up"] {
        told = told.with(crate::Letter {
            link: Some(LetterLink(format!("token of {name}"))),
            ..letter(&anna, name)
        });
    }
    assert!(!format!("{told:?}").contains("token of"), "a link is not logged");
    store.raise_generation(&anna, None, NOW, told).await.unwrap();
    let taken = store.due_letters(NOW, 100).await.unwrap();
    let [sent, failed, given_up] = taken.as_slice() else { panic!("three letters") };
    assert_eq!(sent.link, Some(LetterLink("token of sent".to_owned())));
    assert_eq!(sent.to, "anna@example.com");
    store.letter_sent(sent.id, later(1)).await.unwrap();
    store.letter_failed(given_up.id, None, "no such mailbox", later(1)).await.unwrap();
    store.letter_failed(failed.id, Some(later(10)), "greylisted", later(1)).await.unwrap();
    assert_eq!(store.due_letters(later(59), 100).await.unwrap(), [], "not before its minute is over");
    let again = store.due_letters(later(60), 100).await.unwrap();
    let [again] = again.as_slice() else { panic!("one letter") };
    assert_eq!((again.id, again.attempt, &again.notice), (failed.id, 2, &failed.notice));
    store.letter_failed(again.id, Some(later(600)), "greylisted", later(61)).await.unwrap();
    assert_eq!(store.due_letters(later(599), 100).await.unwrap(), []);
    let last = store.due_letters(later(600), 100).await.unwrap();
    store.letter_sent(last[0].id, later(601)).await.unwrap();
    // Told late what has been said already.
    store.letter_sent(last[0].id, later(602)).await.unwrap();
    store.letter_failed(last[0].id, Some(later(603)), "late", later(602)).await.unwrap();
    assert_eq!(store.due_letters(later(1_000_000), 100).await.unwrap(), []);
}

/// What `world` builds letters of is a real notice, told apart by its text.
pub async fn a_letter_says_what_it_was_given<S: Store>(store: S) {
    let anna = account(&store, "anna").await;
    let notices = [
        Notice::RecoveryCodesMade,
        Notice::EmailChanged { to: Some("\"quoted\"@example.com".to_owned()) },
        Notice::CredentialAdded {
            factor: riser_core::assurance::Factor::Totp,
            label: passkey("anna").label,
            by: riser_core::account::Enroller::Application,
        },
    ];
    for notice in notices.clone() {
        let letter = crate::Letter { user: anna.clone(), notice, link: None };
        let told = Told::from(entry("told")).with(letter);
        store.raise_generation(&anna, None, NOW, told).await.unwrap();
    }
    let said: Vec<Notice> = letters(&store, NOW).await.into_iter().map(|(_, notice)| notice).collect();
    assert_eq!(said, notices);
}
