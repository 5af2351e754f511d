//! Whom the operator trusts to vouch for authenticators: roots of its own, and the FIDO metadata.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use riser_core::UnixTime;

use super::certificate::read;
use super::{AttestationFormat, AttestationRoots};
use crate::webauthn::metadata::{Certification, Metadata, MetadataPolicy, ModelName, Refusal, Standing};

/// Whose word on an authenticator counts, at this moment: the metadata changes while the server runs.
///
/// A model that the metadata knows has the standing that the metadata gives it, whichever root vouched. The
/// operator's roots stand for themselves where the metadata says nothing.
#[derive(Clone, Copy, Debug)]
pub struct AttestationTrust<'a> {
    /// The operator's own.
    pub roots: &'a AttestationRoots,
    /// The metadata, once there is any.
    pub metadata: Option<&'a Metadata>,
    /// Which models count.
    pub policy: &'a MetadataPolicy,
}

/// The policy of roots alone.
static EVERY_MODEL: MetadataPolicy =
    MetadataPolicy { min_certification: None, allow: None, deny: std::collections::BTreeSet::new() };

impl<'a> From<&'a AttestationRoots> for AttestationTrust<'a> {
    fn from(roots: &'a AttestationRoots) -> Self {
        Self { roots, metadata: None, policy: &EVERY_MODEL }
    }
}

/// Where a chain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorSource {
    /// At one of the operator's roots.
    Configuration,
    /// At a root of the model, in the metadata of this number.
    Metadata {
        /// The metadata's.
        number: u64,
    },
}

/// Who vouched for a credential, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Where the chain ended.
    pub source: AnchorSource,
    /// What the maker calls the model, where the metadata says it.
    pub model: Option<String>,
    /// How the model was examined.
    pub certification: Option<Certification>,
    /// Why it does not count as hardware; `None`: it does, unless the credential can be backed up.
    pub shortfall: Option<Refusal>,
}

impl AttestationTrust<'_> {
    /// Whether anybody is trusted: without, it is of no use to ask for attestation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty() && self.metadata.is_none()
    }

    /// What is to be thought of a model, now. The caller asks again for credentials that it has: a model that was
    /// accepted once can be reported tomorrow.
    #[must_use]
    pub fn standing(&self, aaguid: &[u8; 16], now: UnixTime) -> Standing {
        self.policy.standing(ModelName::Aaguid(aaguid), self.metadata, now)
    }

    /// Refuses a model that is not to be used at all. The claim is enough: nobody claims such a model to gain by it.
    pub(crate) fn check_claim(&self, aaguid: &[u8; 16], now: UnixTime) -> Result<(), Refusal> {
        barred(&self.standing(aaguid, now))
    }

    /// Who vouches for a chain, attesting certificate first, and the SHA-256 of the root it leads to.
    pub(super) fn anchor(
        &self,
        format: AttestationFormat,
        aaguid: &[u8; 16],
        chain: &[&[u8]],
        now: UnixTime,
    ) -> Result<Option<([u8; 32], Anchor)>, Refusal> {
        let key = attesting_key(chain).unwrap_or_default();
        let name = match format {
            // WebAuthn L3 §8.6: it has no model in what it signs.
            AttestationFormat::FidoU2f => ModelName::AttestingKey(&key),
            _ => ModelName::Aaguid(aaguid),
        };
        let standing = self.policy.standing(name, self.metadata, now);
        barred(&standing)?;
        // The model's own roots vouch for this model only.
        let theirs = self.metadata.and_then(|metadata| {
            let root = metadata.roots(name)?.anchor_of(chain, now)?;
            Some((root, AnchorSource::Metadata { number: metadata.number() }))
        });
        let anchored = theirs
            .or_else(|| self.roots.anchor_of(chain, now).map(|root| (root, AnchorSource::Configuration)));
        Ok(anchored.map(|(root, source)| (root, Anchor::of(source, standing))))
    }
}

impl Anchor {
    fn of(source: AnchorSource, standing: Standing) -> Self {
        let named = |description: String| Some(description).filter(|text| !text.is_empty());
        match standing {
            Standing::Accepted { description, certification, .. } => {
                Self { source, model: named(description), certification, shortfall: None }
            }
            Standing::Refused { description, reason } => {
                Self { source, model: named(description), certification: None, shortfall: Some(reason) }
            }
            Standing::Unknown => Self { source, model: None, certification: None, shortfall: None },
        }
    }
}

fn barred(standing: &Standing) -> Result<(), Refusal> {
    match standing {
        Standing::Refused { reason, .. } if reason.bars_registration() => Err(*reason),
        _ => Ok(()),
    }
}

/// RFC 5280 §4.2.1.2, method 1: SHA-1 of the key, as a name and not as a proof.
fn attesting_key(chain: &[&[u8]]) -> Option<[u8; 20]> {
    let certificate = read(chain.first()?).ok()?;
    let key = &certificate.public_key().subject_public_key.data;
    digest(&SHA1_FOR_LEGACY_USE_ONLY, key).as_ref().try_into().ok()
}
