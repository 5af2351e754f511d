//! An installation: a checked configuration and its database, as commands and the server use it.

use std::path::Path;
use std::sync::Arc;

use riser_core::account::{Enroller, Notice};
use riser_core::assurance::Ceiling;
use riser_core::audit::{Entry, Event};
use riser_core::{Seconds, UnixTime, UserId};
use riser_factors::password::Passwords;
use riser_server::{
    App, Clock, Keys, Mailer, Metrics, Random, Rehearsal, Rehearsing, Rules, Shutdown, SystemRandom, Trust,
    hashed, secret_token,
};
use riser_store::{Enrolment, Letter, Store, Told};
use riser_store_sqlite::SqliteStore;
use tokio::net::TcpListener;

use crate::clock::SystemClock;
use crate::config::{Parts, TrustParts};
use crate::failure::Failure;
use crate::mail::mailer;
use crate::metadata::Watch;
use crate::policies;

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
    pub async fn app(self) -> Result<Running, Failure> {
        app(self.parts, self.store).await
    }
}

/// Opens a database file.
pub fn open_store(path: &Path) -> Result<SqliteStore, Failure> {
    SqliteStore::open(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// What a start and a check say where no key is configured.
pub const UNSEALED: &str = "no [secrets] key: the secrets of authenticator apps and the signing keys stand in the \
     database as they are; write a file by `openssl rand -base64 32` and `[secrets] key = { file = \"...\" }`";

/// The server's state on a store. The RS256 key is made beside serving: it takes too long to wait for.
pub async fn app(parts: Parts, store: Arc<SqliteStore>) -> Result<Running, Failure> {
    let clock = Arc::new(SystemClock);
    let store: Arc<dyn Store> = store;
    let metrics = match &parts.metrics {
        Some(address) => Some(TcpListener::bind(address).await.map_err(|error| {
            Failure::new(format!("{address}: cannot listen for metrics: {error}; see [server] metrics"))
        })?),
        None => None,
    };
    let keys = Keys::load(&*store, &parts.sealing, clock.now()).await?;
    if parts.sealing.is_none() {
        tracing::warn!("{UNSEALED}");
    }
    let mailer = match &parts.mail {
        Some(mail) => Some(mailer(mail, parts.provider.host())?),
        None => None,
    };
    let TrustParts { roots, policy, metadata, .. } = parts.trust;
    let (watch, metadata) = match metadata {
        Some(file) => {
            let (watch, metadata) = Watch::begin(file, &*store, clock.now()).await?;
            (Some(watch), Some(metadata))
        }
        None => (None, None),
    };
    let (rehearsal, rehearsing, kept) = match parts.rehearsal {
        Some(parts) if parts.record.is_some() || parts.shadow.is_some() => {
            let (rehearsal, rehearsing) = Rehearsal::new(parts.record.is_some());
            (rehearsal, Some(rehearsing), Some(parts))
        }
        _ => (Rehearsal::default(), None, None),
    };
    let (rules, folder) = match parts.policy {
        Some((folder, policies)) => (Some(Rules::new(policies)), Some(folder)),
        None => (None, None),
    };
    let app = Arc::new(App {
        provider: parts.provider,
        store,
        passwords: passwords(),
        clock,
        random: Arc::new(SystemRandom),
        keys,
        sealing: parts.sealing,
        trust: Trust::new(roots, policy, metadata),
        blocklist: parts.blocklist,
        openings: riser_server::Openings::default(),
        rules,
        rehearsal,
        metrics: Metrics::default(),
    });
    if let Some(watch) = watch {
        tokio::spawn(watch.run(app.clone()));
    }
    if let Some(folder) = folder {
        tokio::spawn(policies::Watch::of(folder).run(app.clone()));
    }
    if let Some(shadow) = kept.as_ref().and_then(|kept| kept.shadow.clone()) {
        tokio::spawn(policies::Watch::of_shadow(shadow).run(app.clone()));
    }
    let beside = app.clone();
    tokio::spawn(async move {
        // The generator takes forty milliseconds to begin: better now than in somebody's first request.
        let chance = beside.random.clone();
        let _begun = tokio::task::spawn_blocking(move || chance.bytes32()).await;
        if let Err(error) =
            beside.keys.ensure_rs256(&*beside.store, &beside.sealing, beside.clock.now()).await
        {
            tracing::warn!(%error, "The RS256 key could not be made; clients that need it will be refused");
        }
    });
    let sweeping = app.clone();
    let recorded = kept.and_then(|kept| kept.record.map(|record| (record, kept.most)));
    tokio::spawn(sweep(sweeping, recorded));
    Ok(Running { app, mailer, metrics, rehearsing })
}

/// A server's state, and how its letters travel.
pub struct Running {
    /// The state.
    pub app: Arc<App>,
    mailer: Option<Arc<dyn Mailer>>,
    metrics: Option<TcpListener>,
    rehearsing: Option<Rehearsing>,
}

impl Running {
    /// Where the metrics are read, if anywhere.
    pub fn metrics_url(&self) -> Option<String> {
        let address = self.metrics.as_ref()?.local_addr().ok()?;
        Some(format!("http://{address}/metrics"))
    }

    /// Serves until told to stop, and sends letters beside it. Both finish what they have in hand.
    pub async fn serve(self, listeners: Vec<TcpListener>, stop: Shutdown) -> Result<(), Failure> {
        let letters = tokio::spawn(riser_server::deliver(self.app.clone(), self.mailer, stop.clone()));
        let rehearsing =
            self.rehearsing.map(|rehearsing| tokio::spawn(rehearsing.run(self.app.clone(), stop.clone())));
        if let Some(listener) = self.metrics {
            tokio::spawn(riser_server::serve_metrics(self.app.clone(), vec![listener], stop.clone()));
        }
        riser_server::serve(self.app, listeners, stop).await;
        if let Some(rehearsing) = rehearsing {
            rehearsing.await.map_err(|error| Failure::new(format!("the rehearsal stopped: {error}")))?;
        }
        letters.await.map_err(|error| Failure::new(format!("the sender of letters stopped: {error}")))
    }
}

/// One Argon2id per core at once: each holds 19 MiB.
pub fn passwords() -> Passwords {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Passwords::new(cores, WAITING_PASSWORDS)
}

/// Rows of a kind that are removed in one transaction: few enough that nobody waits for it.
const SWEEP_BATCH: u32 = 500;

/// Removes what has ended, a little at a time.
async fn sweep(app: Arc<App>, recorded: Option<(Seconds, u32)>) {
    let mut every = tokio::time::interval(std::time::Duration::from_secs(60));
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if let Err(error) = riser_server::settle_prompts(&app).await {
            tracing::warn!(%error, "Unanswered prompts were not accounted for; it is tried again in a minute");
        }
        if let Some((record, most)) = recorded {
            let until = app.clock.now().minus(record);
            if let Err(error) = riser_server::trim_decisions(&*app.store, until, most).await {
                tracing::warn!(%error, "Recorded decisions were not trimmed; it is tried again in a minute");
            }
        }
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

/// What an administrator's act leaves behind: its entry, and the letter to whose account it is about.
pub fn told(user: &UserId, at: UnixTime, event: Event, notice: Notice) -> Told {
    Told::from(Entry { at, event }).with(Letter { user: user.clone(), notice, link: None })
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
    let levels = match &ceiling {
        Ceiling::UpTo(levels) => levels.iter().cloned().collect(),
        Ceiling::Unlimited => Vec::new(),
    };
    let notice = Notice::EnrolmentGranted { ceiling: levels, by, expires_at };
    let enrolment = Enrolment {
        user: person.id.clone(),
        ceiling,
        generation: person.generation,
        opens_at: None,
        replaces: None,
        by,
    };
    let event = Event::EnrolmentGranted { user: person.id.clone(), by: Some(by) };
    let told = told(&person.id, at, event, notice);
    store.grant_enrolment(hashed(&token), enrolment, expires_at, at, told).await?;
    Ok((token, expires_at))
}
