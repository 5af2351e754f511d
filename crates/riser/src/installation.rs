//! An installation: a checked configuration and its database, as commands and the server use it.

use std::path::Path;
use std::sync::Arc;

use riser_core::account::Enroller;
use riser_core::assurance::Ceiling;
use riser_core::audit::{Entry, Event};
use riser_core::{Seconds, UnixTime};
use riser_factors::password::{Blocklist, Passwords};
use riser_server::{App, Clock, Provider, Random, SystemRandom, hashed, secret_token};
use riser_server::{Keys, Trust};
use riser_store::{Enrolment, Store};
use riser_store_sqlite::SqliteStore;

use crate::clock::SystemClock;
use crate::config::Parts;
use crate::failure::Failure;

/// Passwords that may wait for a core before the next is told to come back.
const WAITING_PASSWORDS: usize = 256;

/// A configuration with its open database.
pub struct Installation {
    /// The checked parts.
    pub parts: Parts,
    /// The open store.
    pub store: Arc<SqliteStore>,
}

impl Installation {
    /// Opens what a configuration names.
    pub fn open(config: &Path) -> Result<Self, Failure> {
        let parts = Parts::load(config)?;
        let store = Arc::new(open_store(&parts.database)?);
        Ok(Self { parts, store })
    }

    /// The server's state.
    pub async fn app(self) -> Result<Arc<App>, Failure> {
        app(self.parts.provider, self.store).await
    }
}

/// Opens a database file.
pub fn open_store(path: &Path) -> Result<SqliteStore, Failure> {
    SqliteStore::open(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// The server's state on a store. The RS256 key is made beside serving: it takes too long to wait for.
pub async fn app(provider: Provider, store: Arc<SqliteStore>) -> Result<Arc<App>, Failure> {
    let clock = Arc::new(SystemClock);
    let store: Arc<dyn Store> = store;
    let keys = Keys::load(&*store, clock.now()).await?;
    let app = Arc::new(App {
        provider,
        store,
        passwords: passwords(),
        clock,
        random: Arc::new(SystemRandom),
        keys,
        trust: Trust::none(),
        blocklist: Blocklist::new(std::iter::empty()),
    });
    let beside = app.clone();
    tokio::spawn(async move {
        if let Err(error) = beside.keys.ensure_rs256(&*beside.store, beside.clock.now()).await {
            tracing::warn!(%error, "The RS256 key could not be made; clients that need it will be refused");
        }
    });
    let sweeping = app.clone();
    tokio::spawn(sweep(sweeping));
    Ok(app)
}

/// One Argon2id per core at once: each holds 19 MiB.
pub fn passwords() -> Passwords {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Passwords::new(cores, WAITING_PASSWORDS)
}

/// Rows of a kind that are removed in one transaction: few enough that nobody waits for it.
const SWEEP_BATCH: u32 = 500;

/// Removes what has ended, a little at a time.
async fn sweep(app: Arc<App>) {
    let mut every = tokio::time::interval(std::time::Duration::from_secs(60));
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        // In batches until nothing is left that has ended: faster than traffic can fill (AB-10).
        loop {
            match app.store.sweep(app.clock.now(), SWEEP_BATCH).await {
                Ok(rows) if rows >= u64::from(SWEEP_BATCH) => {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "Sweeping failed; it is tried again in a minute");
                    break;
                }
            }
        }
    }
}

/// Now.
pub fn now() -> UnixTime {
    SystemClock.now()
}

/// A fresh identifier.
pub fn fresh_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Makes an enrolment link for a person and returns its path-free token.
pub async fn grant_enrolment(
    store: &dyn Store,
    person: &riser_store::Person,
    ceiling: Ceiling,
    lifetime: Seconds,
) -> Result<(String, UnixTime), Failure> {
    let token = secret_token(&SystemRandom as &dyn Random);
    let at = now();
    let expires_at = at.plus(lifetime);
    let by = Enroller::Administrator;
    let enrolment = Enrolment {
        user: person.id.clone(),
        ceiling,
        generation: person.generation,
        opens_at: None,
        replaces: None,
        by,
    };
    let event = Event::EnrolmentGranted { user: person.id.clone(), by: Some(by) };
    store.grant_enrolment(hashed(&token), enrolment, expires_at, at, Entry { at, event }.into()).await?;
    Ok((token, expires_at))
}
