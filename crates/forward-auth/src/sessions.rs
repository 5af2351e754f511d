//! Who is signed in at the gate. In memory: a restart asks the provider again, where a person who is signed in is not
//! prompted.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use riser_guard::{Seconds, UnixTime, VerifiedToken};
use tokio::sync::Mutex;

use crate::{provider::RefreshSecret, secret::Secret};

/// So many people are signed in at once. Only a person whom the provider vouched for takes a place.
const MOST: usize = 100_000;

/// Everybody who is signed in, by the hash of what their browser holds.
pub(crate) struct Sessions {
    life: Seconds,
    held: RwLock<HashMap<[u8; 32], Arc<Session>>>,
}

/// One sign-in.
pub(crate) struct Session {
    pub(crate) subject: String,
    pub(crate) name: String,
    /// Names the person to the provider at a step-up; not a secret that opens anything.
    pub(crate) id_token: String,
    began: UnixTime,
    token: RwLock<Arc<VerifiedToken>>,
    /// Held across a refresh, so that there is one at a time: a refresh token used twice would end the sign-in.
    pub(crate) refresh: Mutex<Option<RefreshSecret>>,
}

impl Session {
    pub(crate) fn new(
        name: String,
        id_token: String,
        token: VerifiedToken,
        refresh: Option<RefreshSecret>,
        now: UnixTime,
    ) -> Self {
        let subject = token.subject().to_owned();
        Self {
            subject,
            name,
            id_token,
            began: now,
            token: RwLock::new(Arc::new(token)),
            refresh: Mutex::new(refresh),
        }
    }

    /// The token that speaks for the person, perhaps one that has run out.
    pub(crate) fn token(&self) -> Arc<VerifiedToken> {
        Arc::clone(&self.token.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Another token for the same sign-in.
    pub(crate) fn renew(&self, token: Arc<VerifiedToken>) {
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = token;
    }
}

impl Sessions {
    pub(crate) fn new(life: Seconds) -> Self {
        Self { life, held: RwLock::default() }
    }

    /// The sign-in that a browser shows, unless it is over.
    pub(crate) fn find(&self, secret: &Secret, now: UnixTime) -> Option<Arc<Session>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.get(&secret.hash()).filter(|session| self.lasts(session, now)).cloned()
    }

    /// Keeps a sign-in under a new name; the one under `old` ends with it (WB-02).
    pub(crate) fn begin(&self, secret: &Secret, session: Session, old: Option<&Secret>, now: UnixTime) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = old {
            held.remove(&old.hash());
        }
        if held.len() >= MOST {
            held.retain(|_, session| self.lasts(session, now));
        }
        if held.len() >= MOST
            && let Some(oldest) = held.iter().min_by_key(|(_, session)| session.began).map(|(hash, _)| *hash)
        {
            held.remove(&oldest);
        }
        held.insert(secret.hash(), Arc::new(session));
    }

    pub(crate) fn end(&self, secret: &Secret) {
        self.held.write().unwrap_or_else(PoisonError::into_inner).remove(&secret.hash());
    }

    fn lasts(&self, session: &Session, now: UnixTime) -> bool {
        (0..i64::from(self.life.0)).contains(&now.since(session.began))
    }
}
