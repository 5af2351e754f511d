use std::sync::Arc;

use riser_core::UnixTime;
use riser_factors::password::{Blocklist, Passwords};
use riser_store::{Hashed, Presence, Store, StoreError};

use crate::config::Provider;
use crate::identity::Keys;
use crate::metrics::Metrics;
use crate::openings::Openings;
use crate::rehearsal::Rehearsal;
use crate::rules::Rules;
use crate::sealing::Sealing;
use crate::trust::Trust;

/// Where time comes from: the binary's clock, or a test's.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> UnixTime;
}

/// Where chance comes from.
pub trait Random: Send + Sync + 'static {
    /// 32 unpredictable bytes.
    fn bytes32(&self) -> [u8; 32];
}

/// `N` unpredictable bytes, at most 32.
#[must_use]
pub fn random_bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    const { assert!(N <= 32) };
    let bytes = random.bytes32();
    std::array::from_fn(|index| bytes[index])
}

/// The operating system's randomness, through the cryptographic library.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn bytes32(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // aws-lc's generator reseeds from the system and aborts the process rather than answer weakly; its
        // `fill` cannot fail.
        while aws_lc_rs::rand::fill(&mut bytes).is_err() {
            std::thread::yield_now();
        }
        bytes
    }
}

/// What every request needs.
pub struct App {
    /// What the operator configured.
    pub provider: Provider,
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// The password verifier with its bounded memory.
    pub passwords: Passwords,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// The signing keys and what verifies them.
    pub keys: Keys,
    /// What secrets are kept under.
    pub sealing: Sealing,
    /// Whose word on an authenticator counts.
    pub trust: Trust,
    /// Passwords that are too well known.
    pub blocklist: Blocklist,
    /// What is open, and for whom.
    pub openings: Openings,
    /// What actions need, where the operator wrote it down.
    pub rules: Option<Rules>,
    /// What follows the decisions.
    pub rehearsal: Rehearsal,
    /// What is counted.
    pub metrics: Metrics,
}

impl App {
    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// Who stands behind a session cookie at `now`; nobody behind none.
    pub(crate) async fn presence(
        &self,
        cookie: Option<Hashed>,
        now: UnixTime,
    ) -> Result<Option<Presence>, StoreError> {
        match cookie {
            Some(cookie) => self.store.presence(cookie, self.provider.session_life, now).await,
            None => Ok(None),
        }
    }
}
