//! What the operator makes of what the metadata says.

use std::collections::BTreeSet;

use riser_core::UnixTime;

use super::model::{Certification, Issue, Legibility, Protection, Verification};
use super::{Metadata, ModelName};

/// Which models count as hardware. Empty, it takes all that keep their keys in hardware and that nothing is known
/// against.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataPolicy {
    /// The least certification.
    pub min_certification: Option<Certification>,
    /// These models only.
    pub allow: Option<BTreeSet<[u8; 16]>>,
    /// None of these, for anything.
    pub deny: BTreeSet<[u8; 16]>,
}

/// What is to be thought of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It counts as hardware, when an attestation vouches that it is this model.
    Accepted {
        /// What its maker calls it.
        description: String,
        /// How it was examined.
        certification: Option<Certification>,
        /// Whether it verifies its holder each time.
        verification: Verification,
    },
    /// It does not.
    Refused {
        /// What its maker calls it, where that is known.
        description: String,
        /// Why not.
        reason: Refusal,
    },
    /// Nobody says anything about it.
    Unknown,
}

/// Why a model does not count as hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The operator does not want it.
    #[error("the configuration denies this model")]
    Denied,
    /// Something is known against it.
    #[error("the FIDO metadata reports {0} for this model")]
    Reported(Issue),
    /// The operator wants others.
    #[error("the configuration allows other models only")]
    NotAllowed,
    /// Its keys may leave it.
    #[error("the FIDO metadata does not say that this model keeps its keys in hardware")]
    NotHardware,
    /// Examined too little.
    #[error("the configuration asks for certification {0} at least, which this model does not have")]
    Certification(Certification),
    /// Its entry is not of the form that it should have.
    #[error("the FIDO metadata has an entry for this model that cannot be read")]
    Unreadable,
}

impl Refusal {
    /// Whether such a model is not registered at all, even as a passkey like any other. The rest only fall short of
    /// hardware.
    #[must_use]
    pub fn bars_registration(self) -> bool {
        matches!(self, Self::Denied | Self::Reported(_))
    }
}

impl MetadataPolicy {
    pub(crate) fn standing(
        &self,
        name: ModelName<'_>,
        metadata: Option<&Metadata>,
        now: UnixTime,
    ) -> Standing {
        let model = metadata.and_then(|metadata| metadata.model(name));
        let description = || model.map(|model| model.description.clone()).unwrap_or_default();
        let refused = |reason| Standing::Refused { description: description(), reason };
        let listed = |list: &BTreeSet<[u8; 16]>| match name {
            ModelName::Aaguid(aaguid) => list.contains(aaguid),
            // The lists are of names, which such a model does not have.
            ModelName::AttestingKey(_) => false,
        };
        if listed(&self.deny) {
            return refused(Refusal::Denied);
        }
        if let Some(issue) = model.and_then(|model| model.issue()) {
            return refused(Refusal::Reported(issue));
        }
        if self.allow.as_ref().is_some_and(|allow| !listed(allow)) {
            return refused(Refusal::NotAllowed);
        }
        let Some(model) = model else { return Standing::Unknown };
        if model.legibility == Legibility::Unreadable {
            return refused(Refusal::Unreadable);
        }
        if model.protection != Protection::Hardware {
            return refused(Refusal::NotHardware);
        }
        let certification = model.certification(now);
        if let Some(least) = self.min_certification.filter(|least| certification < Some(*least)) {
            return refused(Refusal::Certification(least));
        }
        Standing::Accepted { description: description(), certification, verification: model.verification }
    }
}
