//! What is done to accounts in the rows: links, edits, codes, rises, tries and letters.

use std::sync::atomic::{AtomicUsize, Ordering};

use riser_core::abuse::Budget;
use riser_core::account::{Enroller, Notice};
use riser_core::assurance::Ceiling;
use riser_core::{Acr, Seconds, UnixTime, UserId};

use super::world::{SignedIn, completion, hash, later, opened, passkey};
use crate::{
    AccountChange, AccountEdit, CancelLink, Completion, Enrolment, Generation, Hashed, Letter, NewCredential,
    NewRising, Reserved, Rising, Secret, Store, StoreError,
};

/// A link for `user`, as an administrator makes it.
pub(super) fn enrolment(user: &UserId, ceiling: Ceiling) -> Enrolment {
    Enrolment {
        user: user.clone(),
        ceiling,
        generation: 1,
        opens_at: None,
        replaces: None,
        by: Enroller::Administrator,
    }
}

/// An edit of an account that is as it was made, without a session.
pub(super) fn edit(user: &UserId, changes: Vec<AccountChange>) -> AccountEdit {
    AccountEdit {
        user: user.clone(),
        generation_read: 1,
        session: None,
        changes,
        generation: Generation::Stays,
        recovery: None,
    }
}

/// So many tries, and then a wait of a quarter of an hour.
pub(super) fn budget(tries: u32) -> Budget {
    Budget { tries, wait: Seconds(900), longest: Seconds(86_400) }
}

/// Takes one of so many tries of a name.
pub(super) async fn reserve(store: &impl Store, name: Hashed, tries: u32, now: UnixTime) -> Reserved {
    store.reserve_attempts(&[(name, budget(tries))], now).await.unwrap()
}

impl SignedIn {
    /// An edit in this session.
    pub(super) fn edit(&self, changes: Vec<AccountChange>) -> AccountEdit {
        AccountEdit { session: Some(self.sid().clone()), ..edit(&self.user, changes) }
    }
}

/// The end of a visit of its own that changes an account, and records `what`.
pub(super) async fn edited(store: &impl Store, edit: AccountEdit, what: &str) -> Result<(), StoreError> {
    static VISITS: AtomicUsize = AtomicUsize::new(0);
    let visit = opened(store, &format!("edit {}", VISITS.fetch_add(1, Ordering::Relaxed))).await;
    store.complete(Completion { edit: Some(edit), ..completion(visit, what) }).await
}

/// A set of so many recovery codes called `name`.
pub(super) async fn recovery_codes(
    store: &impl Store,
    who: &SignedIn,
    name: &str,
    count: usize,
) -> Vec<Hashed> {
    let credential = NewCredential { secret: Secret::RecoveryCodes, ..passkey(name) };
    let codes: Vec<Hashed> = (0..count).map(|number| hash(&format!("{name} {number}"))).collect();
    let change = AccountChange::SetRecoveryCodes { credential, codes: codes.clone() };
    edited(store, who.edit(vec![change]), &format!("made {name}")).await.unwrap();
    codes
}

/// A passkey called `name` that waits a day before it counts for `phr`; the token that cancels it.
pub(super) async fn rising(store: &impl Store, who: &SignedIn, name: &str) -> Hashed {
    let cancel = CancelLink { token: hash(&format!("cancel {name}")), expires_at: later(2 * 86_400) };
    let rising = Rising { to: Acr::parse("phr").unwrap(), at: later(86_400) };
    let new = NewCredential {
        ceiling: Ceiling::UpTo([Acr::parse("aal1").unwrap()].into()),
        rising: Some(NewRising { rising, cancel }),
        ..passkey(name)
    };
    edited(store, who.edit(vec![AccountChange::Register(new)]), &format!("registered {name}")).await.unwrap();
    cancel.token
}

/// A password called `name`, with a hash that tells it apart.
pub(super) fn password(name: &str) -> NewCredential {
    NewCredential { secret: Secret::Password(format!("hash of {name}")), ..passkey(name) }
}

/// A letter to `user` that can be told apart by `what`.
pub(super) fn letter(user: &UserId, what: &str) -> Letter {
    let notice = Notice::RiseCancelled { label: what.to_owned() };
    Letter { user: user.clone(), notice, link: None }
}

/// Takes and sends every letter that is due: to whom, and what it says; the oldest first.
pub(super) async fn letters(store: &impl Store, now: UnixTime) -> Vec<(String, Notice)> {
    let due = store.due_letters(now, 1000).await.unwrap();
    for letter in &due {
        store.letter_sent(letter.id, now).await.unwrap();
    }
    due.into_iter().map(|letter| (letter.to, letter.notice)).collect()
}
