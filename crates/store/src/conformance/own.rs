use riser_core::audit::{Entry, Event};
use riser_core::{ClientId, SessionId, UserId};

use super::world::{
    LIFE, NOW, account, code_for, entry, hash, in_force, issued, later, opened, recorded, signed_in,
    somebody, told,
};
use crate::{BlockedApplication, Completion, Redeemed, SessionChange, Standing, Store, StoreError, Told};

pub async fn a_person_sees_the_sessions_that_stand<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let other = signed_in(&store, "other").await;
    let phone = anna.elsewhere("phone");
    let visit = crate::Interaction { expires_at: later(2000), ..super::world::visit("phone") };
    store.open_interaction(visit.clone()).await.unwrap();
    let begun = Completion {
        session: SessionChange::Begin {
            cookie: phone.cookie,
            replaces: None,
            browser: Some("Firefox on Android".to_owned()),
        },
        now: later(100),
        ..phone.beginning(visit, "phone")
    };
    store.complete(begun).await.unwrap();
    store.touch_session(anna.sid(), later(200)).await.unwrap();
    let of = |user: &UserId, now| {
        let user = user.clone();
        let store = &store;
        async move { store.sessions_of(&user, LIFE, now).await.unwrap() }
    };
    let seen = of(&anna.user, later(300)).await;
    let [newest, oldest] = seen.as_slice() else { panic!("two sessions: {seen:?}") };
    assert_eq!((&newest.id, newest.browser.as_deref()), (phone.sid(), Some("Firefox on Android")));
    assert_eq!((newest.created_at, newest.last_used_at), (later(100), later(100)));
    assert_eq!((&oldest.id, oldest.last_used_at, &oldest.browser), (anna.sid(), later(200), &None));

    let idle = of(&anna.user, later(1900)).await;
    assert_eq!(idle.iter().map(|session| &session.id).collect::<Vec<_>>(), [anna.sid()], "not the idle one");
    // Nobody ends another person's session, nor one that is not there.
    for (session, owner) in [(anna.sid(), &other.user), (&SessionId::new("none"), &anna.user)] {
        let ended = store.end_session(session, owner, later(300), told("no")).await;
        assert_eq!(ended, Err(StoreError::Conflict));
    }
    store.end_session(phone.sid(), &anna.user, later(300), told("end")).await.unwrap();
    assert_eq!(of(&anna.user, later(300)).await.len(), 1);
    assert!(store.presence(phone.cookie, LIFE, later(300)).await.unwrap().is_none());
    store.raise_generation(&anna.user, None, later(300), Told::nothing()).await.unwrap();
    assert_eq!(of(&anna.user, later(300)).await, []);
    store.disable_user(&other.user, later(300), Told::nothing()).await.unwrap();
    assert_eq!(of(&other.user, later(300)).await, []);
    assert_eq!((recorded(&store, "no").await, recorded(&store, "end").await), (0, 1));
}

pub async fn a_person_sees_what_happened_to_their_account_newest_first<S: Store>(store: S) {
    let anna = account(&store, "anna").await;
    let berta = account(&store, "berta").await;
    let event = |user: &UserId, number: u32| Entry {
        at: later(number),
        event: Event::SessionEnded { user: user.clone(), session: SessionId::new(number.to_string()) },
    };
    let visit = opened(&store, "visit").await;
    let mut told = Told::from(entry("nobody's"));
    for number in 0..20 {
        told.audit.push(event(if number % 2 == 0 { &anna } else { &berta }, number));
    }
    store.advance(&visit, &[], None, NOW, told).await.unwrap();
    let all = store.activity_of(&anna, None, 100).await.unwrap();
    let expected: Vec<Entry> =
        (0..20).rev().step_by(2).map(|number| event(&anna, number - number % 2)).collect();
    assert_eq!(all.iter().map(|(_, entry)| entry.clone()).collect::<Vec<_>>(), expected);
    // In pages, nothing twice and nothing left out.
    let (mut paged, mut before) = (Vec::new(), None);
    loop {
        let page = store.activity_of(&anna, before, 3).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        before = Some(*last);
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert_eq!(store.activity_of(&UserId::new("nobody"), None, 9).await.unwrap(), []);
}

pub async fn a_person_sees_the_applications_that_hold_grants_and_takes_them_back<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let berta = signed_in(&store, "berta").await;
    let (one, two, waiting) = (anna.grant("one"), anna.grant("two"), anna.grant("waiting"));
    let bertas = berta.grant("berta's");
    in_force(&store, "one", &one, Redeemed::default()).await;
    let code = issued(&store, "two", &two).await;
    store.redeem_code(code, &two, Redeemed::default(), later(30), entry("two")).await.unwrap();
    issued(&store, "waiting", &waiting).await;
    in_force(&store, "berta's", &bertas, Redeemed::default()).await;
    let of = |user: &UserId, now| {
        let user = user.clone();
        let store = &store;
        async move { store.applications_of(&user, LIFE, now).await.unwrap() }
    };
    let bank = ClientId::new("bank");
    let seen = of(&anna.user, later(60)).await;
    let [seen] = seen.as_slice() else { panic!("one application") };
    assert_eq!((&seen.client, seen.first_at, seen.last_at, seen.grants), (&bank, NOW, later(30), 2));
    assert_eq!(of(&anna.user, later(43_200)).await, [], "its session has ended");
    store.revoke_grant(one.id(), later(60), entry("revoke")).await.unwrap();
    assert_eq!(of(&anna.user, later(60)).await[0].grants, 1);

    let unknown = ClientId::new("payroll");
    let none = store.revoke_application(&anna.user, &unknown, later(60), told("no")).await;
    assert_eq!(none, Err(StoreError::Conflict));
    store.revoke_application(&anna.user, &bank, later(60), told("taken back")).await.unwrap();
    assert_eq!(store.standing(two.id(), LIFE, later(60)).await.unwrap(), Standing::Revoked);
    assert_eq!(store.standing(bertas.id(), LIFE, later(60)).await.unwrap(), Standing::Stands);
    assert_eq!(of(&anna.user, later(60)).await, []);
    let again = store.revoke_application(&anna.user, &bank, later(60), told("no")).await;
    assert_eq!(again, Err(StoreError::Conflict));
    assert_eq!((recorded(&store, "no").await, recorded(&store, "taken back").await), (0, 1));
    store.end_session(berta.sid(), &berta.user, later(60), told("end")).await.unwrap();
    assert_eq!(of(&berta.user, later(60)).await, [], "what stands on nothing is not connected");
    assert_eq!(of(&somebody("carla").user, NOW).await, []);
}

/// What waits is taken back with what is in force: a code outlives the page that it was taken back on.
pub async fn a_code_that_waits_is_taken_back_with_its_application<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let berta = signed_in(&store, "berta").await;
    let (waiting, bertas) = (anna.grant("waiting"), berta.grant("berta's"));
    let code = issued(&store, "waiting", &waiting).await;
    let hers = issued(&store, "berta's", &bertas).await;
    assert_eq!(store.foundation(&waiting, LIFE, NOW).await.unwrap(), Standing::Stands);
    let bank = ClientId::new("bank");
    store.revoke_application(&anna.user, &bank, NOW, told("taken back")).await.unwrap();
    assert_eq!(store.foundation(&waiting, LIFE, NOW).await.unwrap(), Standing::Revoked);
    let redeemed = store.redeem_code(code, &waiting, Redeemed::default(), NOW, entry("no")).await;
    assert_eq!(redeemed, Err(StoreError::Conflict));
    store.redeem_code(hers, &bertas, Redeemed::default(), NOW, entry("hers")).await.unwrap();
    // Who comes back gets a new one.
    in_force(&store, "again", &anna.grant("again"), Redeemed::default()).await;
    // A code that was spent, or has ended, is none that waits.
    store.revoke_application(&anna.user, &bank, later(1), told("taken back")).await.unwrap();
    let none = store.revoke_application(&anna.user, &bank, later(2), told("no")).await;
    assert_eq!((none, recorded(&store, "no").await), (Err(StoreError::Conflict), 0));
}

/// A blocked application has nothing and gets nothing, of this person.
pub async fn a_blocked_application_gets_no_code<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let berta = signed_in(&store, "berta").await;
    let bank = ClientId::new("bank");
    let (granted, waiting) = (anna.grant("granted"), anna.grant("waiting"));
    in_force(&store, "granted", &granted, Redeemed::default()).await;
    let code = issued(&store, "waiting", &waiting).await;
    store.block_application(&anna.user, &bank, NOW, told("blocked")).await.unwrap();
    assert_eq!(store.standing(granted.id(), LIFE, NOW).await.unwrap(), Standing::Revoked);
    let redeemed = store.redeem_code(code, &waiting, Redeemed::default(), NOW, entry("no")).await;
    assert_eq!(redeemed, Err(StoreError::Conflict));
    let issue = code_for("new", &anna.grant("new"));
    assert_eq!(store.issue(issue, entry("no")).await, Err(StoreError::Conflict));
    let visit = opened(&store, "asks").await;
    let next = hash("next cookie");
    let code = Some(code_for("visit", &anna.grant("visit")));
    let ends = Completion { code, ..anna.rising(visit.clone(), next, "no") };
    assert_eq!(store.complete(ends).await, Err(StoreError::Conflict));
    assert_eq!(store.interaction(&visit.id).await.unwrap(), Some(visit), "and the visit is as it was");
    assert!(store.is_blocked(&anna.user, &bank).await.unwrap());
    assert!(!store.is_blocked(&anna.user, &ClientId::new("payroll")).await.unwrap());
    assert!(!store.is_blocked(&berta.user, &bank).await.unwrap());
    let blocked = store.blocked_applications(&anna.user).await.unwrap();
    assert_eq!(blocked, [BlockedApplication { client: bank.clone(), blocked_at: NOW }]);
    issued(&store, "berta's", &berta.grant("berta's")).await;
    let again = store.block_application(&anna.user, &bank, NOW, told("no")).await;
    assert_eq!(again, Err(StoreError::Conflict));
    store.unblock_application(&anna.user, &bank, NOW, told("let in")).await.unwrap();
    let again = store.unblock_application(&anna.user, &bank, NOW, told("no")).await;
    assert_eq!(again, Err(StoreError::Conflict));
    assert_eq!(store.standing(granted.id(), LIFE, NOW).await.unwrap(), Standing::Revoked, "it stays so");
    issued(&store, "later", &anna.grant("later")).await;
    let counted = (recorded(&store, "blocked").await, recorded(&store, "let in").await);
    assert_eq!((counted, recorded(&store, "no").await), ((1, 1), 0));
}

pub async fn a_client_names_only_sessions_that_it_was_given<S: Store>(store: S) {
    let anna = signed_in(&store, "anna").await;
    let grant = anna.grant("one");
    let (bank, payroll) = (ClientId::new("bank"), ClientId::new("payroll"));
    let named = |session: &SessionId, client: &ClientId, now| {
        let (session, client, store) = (session.clone(), client.clone(), &store);
        async move { store.presence_for(&session, &client, LIFE, now).await.unwrap() }
    };
    issued(&store, "waiting", &anna.grant("waiting")).await;
    assert!(named(anna.sid(), &bank, NOW).await.is_none(), "a code that nobody redeemed gives nothing");
    in_force(&store, "one", &grant, Redeemed::default()).await;
    let found = named(anna.sid(), &bank, later(43_199)).await.unwrap();
    assert_eq!((found.session, found.person.id), (anna.session.clone(), anna.user.clone()));
    assert_eq!(found.credentials.len(), 1);
    assert!(named(anna.sid(), &bank, later(43_200)).await.is_none(), "absolute");
    assert!(named(anna.sid(), &payroll, NOW).await.is_none(), "another client");
    assert!(named(&SessionId::new("none"), &bank, NOW).await.is_none());
    // Anna's other session was not given to it.
    let phone = anna.elsewhere("phone");
    store.complete(phone.beginning(opened(&store, "phone").await, "phone")).await.unwrap();
    assert!(named(phone.sid(), &bank, NOW).await.is_none());

    store.revoke_grant(grant.id(), NOW, entry("revoke")).await.unwrap();
    assert!(named(anna.sid(), &bank, NOW).await.is_none(), "taken back");
    in_force(&store, "two", &anna.grant("two"), Redeemed::default()).await;
    assert!(named(anna.sid(), &bank, NOW).await.is_some());
    store.end_session(anna.sid(), &anna.user, NOW, told("end")).await.unwrap();
    assert!(named(anna.sid(), &bank, NOW).await.is_none(), "ended");
    in_force(&store, "three", &phone.grant("three"), Redeemed::default()).await;
    assert!(named(phone.sid(), &bank, NOW).await.is_some());
    store.disable_user(&anna.user, NOW, Told::nothing()).await.unwrap();
    assert!(named(phone.sid(), &bank, NOW).await.is_none(), "shut");
}
