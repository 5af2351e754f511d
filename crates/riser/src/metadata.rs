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
            if let Some(metadata) = self.look(&*app.store, app.clock.now()).await {
                app.trust.renew(metadata);
            }
        }
    }

    /// Looks at the file once, and gives what is to be used from now on if it is another. A change that cannot be
    /// used leaves what is in use, and is said once.
    async fn look(&mut self, store: &dyn Store, now: UnixTime) -> Option<Metadata> {
        self.complain(now);
        let stamp = stamp(&self.file.blob);
        if stamp == self.seen {
            return None;
        }
        let in_use = self.number;
        let renewed = match take(&self.file, store, now).await {
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
                Some(metadata)
            }
            Err(NotTaken::Bad(error)) => {
                tracing::warn!(%error, in_use, "The FIDO metadata changed and cannot be used; the one in use stays");
                None
            }
            Err(NotTaken::Store(error)) => {
                tracing::warn!(%error, in_use, "The FIDO metadata changed and is read again later");
                return None;
            }
        };
        self.seen = stamp;
        renewed
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

#[cfg(test)]
#[path = "../tests/common/fido.rs"]
#[allow(clippy::unwrap_used, reason = "tests")]
mod fido;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use riser_factors::webauthn::{AttestationRoots, MetadataSigner};
    use riser_store_sqlite::SqliteStore;

    use super::fido::Fido;
    use super::*;

    const NOW: UnixTime = UnixTime(1_800_000_000);

    /// Writes the file with a time of its own, as a clock of this machine may be too coarse to tell.
    fn write(path: &Path, text: &str, second: u64) {
        std::fs::write(path, text).unwrap();
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(second)).unwrap();
    }

    #[tokio::test]
    async fn std_mds_3_1_7_a_newer_blob_is_taken_while_the_server_runs_and_an_older_one_never_again() {
        let folder = tempfile::tempdir().unwrap();
        let blob = folder.path().join("blob.jwt");
        let fido = Fido::new();
        let root = x509_parser::pem::parse_x509_pem(fido.root_pem.as_bytes()).unwrap().1.contents;
        let signer = MetadataSigner::fido(AttestationRoots::from_der([root]).unwrap());
        let file = MetadataFile { blob: blob.clone(), signer };
        let store = SqliteStore::open(&folder.path().join("riser.db")).unwrap();
        let begin = async || {
            Watch::begin(file.clone(), &store, NOW).await.map(|(watch, first)| (watch, first.number()))
        };

        assert!(begin().await.is_err(), "no file, no start");
        write(&blob, "not.a.blob", 1);
        assert!(begin().await.is_err(), "no start on what nobody signed");
        write(&blob, &fido.blob(7, "2027-02-01"), 2);
        let (mut watch, number) = begin().await.unwrap();
        assert_eq!(number, 7);
        assert!(watch.look(&store, NOW).await.is_none(), "it is as it was");

        write(&blob, &fido.blob(8, "2027-02-01"), 3);
        assert_eq!(watch.look(&store, NOW).await.map(|renewed| renewed.number()), Some(8));
        assert!(watch.look(&store, NOW).await.is_none());
        for (second, worse) in
            [(4, fido.blob(7, "2027-02-01")), (5, Fido::new().blob(9, "2027-02-01")), (6, String::new())]
        {
            write(&blob, &worse, second);
            assert!(watch.look(&store, NOW).await.is_none(), "{worse}");
            assert_eq!(watch.number, 8);
        }
        std::fs::remove_file(&blob).unwrap();
        assert!(watch.look(&store, NOW).await.is_none());
        // The number outlives the process.
        write(&blob, &fido.blob(7, "2027-02-01"), 7);
        assert!(begin().await.is_err_and(|failure| failure.to_string().contains("before 8")));
        write(&blob, &fido.blob(8, "2027-02-01"), 8);
        assert!(begin().await.is_ok(), "the same one is no older one");
    }

    #[tokio::test]
    async fn an_overdue_blob_stays_in_use_and_is_complained_about_once_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let blob = folder.path().join("blob.jwt");
        let fido = Fido::new();
        write(&blob, &fido.blob(7, "2027-01-01"), 1);
        let root = x509_parser::pem::parse_x509_pem(fido.root_pem.as_bytes()).unwrap().1.contents;
        let signer = MetadataSigner::fido(AttestationRoots::from_der([root]).unwrap());
        let store = SqliteStore::open(&folder.path().join("riser.db")).unwrap();
        let (mut watch, _) = Watch::begin(MetadataFile { blob, signer }, &store, NOW).await.unwrap();
        assert_eq!(watch.complained_at, Some(NOW));
        watch.look(&store, UnixTime(NOW.0 + DAY - 1)).await;
        assert_eq!(watch.complained_at, Some(NOW));
        watch.look(&store, UnixTime(NOW.0 + DAY)).await;
        assert_eq!(watch.complained_at, Some(UnixTime(NOW.0 + DAY)));
    }
}
