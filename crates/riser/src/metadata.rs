//! The FIDO metadata as a file that something else fetches: read at the start, looked at again while the server
//! runs, and never replaced by an older one.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use riser_core::UnixTime;
use riser_factors::webauthn::Metadata;
use riser_server::App;
use riser_store::{Store, StoreError};

use crate::config::MetadataFile;
use crate::failure::Failure;

/// Under this name the store keeps the highest number that was used.
const NUMBER: &str = "fido metadata number";
/// How often the file is looked at.
const EVERY: Duration = Duration::from_secs(30);
/// How often an overdue BLOB is complained about.
const DAY: i64 = 24 * 3600;

/// Reads and verifies the file alone, without the number that was used before.
pub async fn read(file: &MetadataFile, least: Option<u64>, now: UnixTime) -> Result<Metadata, Failure> {
    let file = file.clone();
    let loading = tokio::task::spawn_blocking(move || {
        let name = file.blob.display();
        let blob = std::fs::read(&file.blob)
            .map_err(|error| Failure::new(format!("the FIDO metadata {name}: cannot be read: {error}")))?;
        Metadata::load(&blob, &file.signer, least, now)
            .map_err(|error| Failure::new(format!("the FIDO metadata {name}: {error}")))
    });
    loading.await?
}

/// Reads the file, and keeps its number before anything of it is used.
async fn take(file: &MetadataFile, store: &dyn Store, now: UnixTime) -> Result<Metadata, NotTaken> {
    let least = store.mark(NUMBER, 0).await?;
    let metadata = read(file, u64::try_from(least).ok(), now).await.map_err(NotTaken::Bad)?;
    let number = i64::try_from(metadata.number())
        .map_err(|_| NotTaken::Bad(Failure::new("the FIDO metadata's number is too large to be kept")))?;
    store.mark(NUMBER, number).await?;
    Ok(metadata)
}

enum NotTaken {
    /// The file is not to be used; it will be no better until it changes.
    Bad(Failure),
    /// The store did not answer; the file may be good.
    Store(StoreError),
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What tells one state of a file from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
}

fn stamp(path: &Path) -> Option<Stamp> {
    let file = std::fs::metadata(path).ok()?;
    Some(Stamp { modified: file.modified().ok()?, length: file.len() })
}

/// Looks after the file of a running server.
pub struct Watch {
    file: MetadataFile,
    seen: Option<Stamp>,
    number: u64,
    overdue_from: UnixTime,
    complained_at: Option<UnixTime>,
}

impl Watch {
    /// Reads the file for the first time. A server whose metadata cannot be used does not start: nobody would
    /// notice that hardware counts for less, or a reported model for more.
    pub async fn begin(
        file: MetadataFile,
        store: &dyn Store,
        now: UnixTime,
    ) -> Result<(Self, Metadata), Failure> {
        let seen = stamp(&file.blob);
        let metadata = take(&file, store, now).await.map_err(|failed| match failed {
            NotTaken::Bad(failure) => failure,
            NotTaken::Store(error) => Failure::new(error),
        })?;
        let (number, overdue_from) = (metadata.number(), metadata.overdue_from());
        tracing::info!(
            number,
            models = metadata.models(),
            skipped = metadata.skipped(),
            "FIDO metadata is in use"
        );
        let mut watch = Self { file, seen, number, overdue_from, complained_at: None };
        watch.complain(now);
        Ok((watch, metadata))
    }

    /// Looks at the file again and again.
    pub async fn run(mut self, app: Arc<App>) {
        loop {
            tokio::time::sleep(EVERY).await;
            self.look(&app, app.clock.now()).await;
        }
    }

    /// Looks at the file once. A change that cannot be used leaves what is in use, and is said once.
    pub async fn look(&mut self, app: &App, now: UnixTime) {
        self.complain(now);
        let stamp = stamp(&self.file.blob);
        if stamp == self.seen {
            return;
        }
        let in_use = self.number;
        match take(&self.file, &*app.store, now).await {
            Ok(metadata) => {
                self.number = metadata.number();
                self.overdue_from = metadata.overdue_from();
                self.complained_at = None;
                let (number, models) = (metadata.number(), metadata.models());
                tracing::info!(
                    number,
                    models,
                    skipped = metadata.skipped(),
                    was = in_use,
                    "FIDO metadata is renewed"
                );
                app.trust.renew(metadata);
            }
            Err(NotTaken::Bad(error)) => {
                tracing::warn!(%error, in_use, "The FIDO metadata changed and cannot be used; the one in use stays");
            }
            Err(NotTaken::Store(error)) => {
                tracing::warn!(%error, in_use, "The FIDO metadata changed and is read again later");
                return;
            }
        }
        self.seen = stamp;
    }

    /// Says once a day that the next one is late.
    fn complain(&mut self, now: UnixTime) {
        let lately = self.complained_at.is_some_and(|at| now.since(at) < DAY);
        if now >= self.overdue_from && !lately {
            let number = self.number;
            tracing::warn!(number, "The FIDO metadata is overdue: fetch the next BLOB; the one in use stays");
            self.complained_at = Some(now);
        }
    }
}
