//! Whether what a link to an account's page claims to have happened did: a page of ours says nothing that is not so,
//! whoever made the link.

use riser_core::assurance::Factor;
use riser_core::audit::{Entry, Event};
use riser_core::{CredentialId, Seconds, UnixTime};
use riser_pages::AccountNews;
use riser_store::{Presence, Secret, StoredCredential};

/// How long something has just happened.
const JUST_NOW: Seconds = Seconds(60);

/// Whether `news` is in the account's activity, newest first, of the last moment.
pub(super) fn is_true(news: AccountNews, owner: &Presence, activity: &[(i64, Entry)], now: UnixTime) -> bool {
    let just_now = activity
        .iter()
        .map(|(_, entry)| entry)
        .take_while(|entry| (0..i64::from(JUST_NOW.0)).contains(&now.since(entry.at)));
    just_now.into_iter().any(|entry| tells(&entry.event, news, owner))
}

fn tells(event: &Event, news: AccountNews, owner: &Presence) -> bool {
    let stored = |id: &CredentialId| owner.credentials.iter().find(|stored| stored.id == *id);
    let is_hardware = |stored: &StoredCredential| match &stored.secret {
        Secret::Passkey(passkey) => passkey.hardware_bound,
        _ => false,
    };
    match (event, news) {
        (
            Event::CredentialRegistered { credential, .. } | Event::CredentialReplaced { credential, .. },
            AccountNews::PasskeyAdded
            | AccountNews::HardwareKeyAdded
            | AccountNews::TotpAdded
            | AccountNews::RecoveryCodesMade,
        ) => stored(credential).is_some_and(|stored| match news {
            AccountNews::PasskeyAdded => stored.secret.factor() == Factor::Passkey,
            AccountNews::HardwareKeyAdded => is_hardware(stored),
            AccountNews::TotpAdded => stored.secret.factor() == Factor::Totp,
            _ => stored.secret.factor() == Factor::RecoveryCode,
        }),
        (Event::EmailChanged { .. }, AccountNews::EmailChanged) => owner.person.email.is_some(),
        (Event::EmailChanged { .. }, AccountNews::EmailRemoved) => owner.person.email.is_none(),
        (Event::PasswordSet { .. }, AccountNews::PasswordChanged)
        | (Event::CredentialRenamed { .. }, AccountNews::Renamed)
        | (Event::CredentialRevoked { .. }, AccountNews::Removed)
        | (Event::SessionEnded { .. }, AccountNews::SessionEnded)
        | (Event::ApplicationRevoked { .. }, AccountNews::ApplicationRevoked)
        | (Event::ApplicationBlocked { .. }, AccountNews::ApplicationBlocked)
        | (Event::ApplicationUnblocked { .. }, AccountNews::ApplicationUnblocked)
        | (Event::RecoveryCancelled { .. }, AccountNews::RecoveryCancelled)
        | (Event::RiseCancelled { .. }, AccountNews::RiseCancelled) => true,
        _ => false,
    }
}
