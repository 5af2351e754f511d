//! The FIDO Metadata Service, version 3: which models of authenticators there are, who made them, and what is known
//! against them.
//!
//! Owned here: reading a BLOB that somebody else fetched, and what it says of a model. Not owned: fetching it,
//! keeping its number, and when to fetch again. The reader is lenient, because the form grows: what it does not know
//! it skips, and one bad entry leaves the others as they are.

mod blob;
mod model;
mod payload;
mod policy;

use std::collections::BTreeMap;

use riser_core::UnixTime;

pub use blob::{BlobError, MetadataSigner};
pub use model::{Certification, Issue, Verification};
use model::{KeyId, Model};
pub use payload::parse_aaguid;
use payload::{Payload, read_entries};
pub use policy::{MetadataPolicy, Refusal, Standing};

use super::AttestationRoots;

/// The largest BLOB that is looked at: three times what the service gives in 2026.
const MAX_BLOB: usize = 32 * 1024 * 1024;

/// Why a BLOB is not used. The one before it stays in use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Larger than any honest one.
    #[error("the metadata has more than {MAX_BLOB} bytes: fetch the BLOB of the FIDO Metadata Service")]
    TooLarge,
    /// Not signed by whom it should be.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// Signed, but not of the form.
    #[error("the signed metadata is not of version 3's form: {0}")]
    Payload(&'static str),
    /// An earlier one than was used before.
    #[error(
        "the metadata has number {number}, which is before {least}: somebody serves an old one, fetch it again"
    )]
    OutOfDate {
        /// Its own.
        number: u64,
        /// The least that is accepted.
        least: u64,
    },
}

/// A BLOB that was verified and read.
#[derive(Clone, Debug)]
pub struct Metadata {
    number: u64,
    /// The first moment after the day of `nextUpdate`.
    overdue: UnixTime,
    by_aaguid: BTreeMap<[u8; 16], Model>,
    /// Authenticators of U2F have no name of their model: their attesting keys stand for it.
    by_key: BTreeMap<KeyId, Model>,
    skipped: usize,
}

/// How a statement names the model that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ModelName<'a> {
    /// By the name in the authenticator data.
    Aaguid(&'a [u8; 16]),
    /// By the attesting key (RFC 5280 §4.2.1.2, method 1).
    AttestingKey(&'a KeyId),
}

impl Metadata {
    /// Verifies and reads a BLOB (FIDO MDS v3 §3.2). `least` is the number of the one that was used before.
    ///
    /// # Errors
    /// [`MetadataError`]. Nothing of such a BLOB is used.
    pub fn load(
        blob: &[u8],
        signer: &MetadataSigner,
        least: Option<u64>,
        now: UnixTime,
    ) -> Result<Self, MetadataError> {
        if blob.len() > MAX_BLOB {
            return Err(MetadataError::TooLarge);
        }
        // The signature comes first: what nobody vouches for is not parsed.
        let payload = Payload::parse(&blob::verify(blob, signer, now)?)?;
        if let Some(least) = least.filter(|least| payload.number < *least) {
            return Err(MetadataError::OutOfDate { number: payload.number, least });
        }
        let entries = read_entries(payload.entries);
        Ok(Self {
            number: payload.number,
            overdue: payload.overdue,
            by_aaguid: entries.by_aaguid,
            by_key: entries.by_key,
            skipped: entries.skipped,
        })
    }

    /// Its number. The next has a higher one; the caller keeps it and gives it to [`Metadata::load`].
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether the day is over on which the next one was due. What is known stays in use: it is old, not wrong.
    #[must_use]
    pub fn is_overdue(&self, now: UnixTime) -> bool {
        now >= self.overdue
    }

    /// The first moment at which it is overdue.
    #[must_use]
    pub fn overdue_from(&self) -> UnixTime {
        self.overdue
    }

    /// How many models it has.
    #[must_use]
    pub fn models(&self) -> usize {
        self.by_aaguid.len() + self.by_key.len()
    }

    /// How many entries and roots could not be read. A model whose entry is one of them is refused.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// What is to be thought of a model. `aaguid` is evidence only where an attestation vouches for it.
    #[must_use]
    pub fn standing(&self, policy: &MetadataPolicy, aaguid: &[u8; 16], now: UnixTime) -> Standing {
        policy.standing(ModelName::Aaguid(aaguid), Some(self), now)
    }

    /// The model's own roots: no other maker's vouch for it.
    pub(crate) fn roots(&self, name: ModelName<'_>) -> Option<&AttestationRoots> {
        self.model(name).map(|model| &model.roots)
    }

    fn model(&self, name: ModelName<'_>) -> Option<&Model> {
        match name {
            ModelName::Aaguid(aaguid) => self.by_aaguid.get(aaguid),
            ModelName::AttestingKey(key) => self.by_key.get(key),
        }
    }
}
