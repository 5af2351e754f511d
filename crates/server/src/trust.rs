use std::sync::{Arc, PoisonError, RwLock};

use riser_core::UnixTime;
use riser_factors::webauthn::{AttestationRoots, AttestationTrust, Metadata, MetadataPolicy, Standing};
use riser_store::Passkey;

/// Whose word on an authenticator counts: the operator's own roots, and the FIDO metadata, which can be
/// replaced while the server runs. Without either, no passkey is bound to hardware.
#[derive(Debug)]
pub struct Trust {
    roots: AttestationRoots,
    policy: MetadataPolicy,
    metadata: RwLock<Option<Arc<Metadata>>>,
}

/// The trust of one moment.
pub(crate) struct TrustNow<'t> {
    trust: &'t Trust,
    metadata: Option<Arc<Metadata>>,
}

impl Trust {
    /// Trusts nobody.
    #[must_use]
    pub fn none() -> Self {
        Self::new(AttestationRoots::none(), MetadataPolicy::default(), None)
    }

    /// Trusts the operator's roots, and what the metadata says as far as the policy takes it.
    #[must_use]
    pub fn new(roots: AttestationRoots, policy: MetadataPolicy, metadata: Option<Metadata>) -> Self {
        Self { roots, policy, metadata: RwLock::new(metadata.map(Arc::new)) }
    }

    /// Puts newer metadata in the place of what is known. What a model lost by it, the sessions that stand on
    /// that model have lost with the next request.
    pub fn renew(&self, metadata: Metadata) {
        *self.metadata.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(metadata));
    }

    /// Whether anybody is trusted: without, nothing can be enrolled as hardware.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.now().attestation().is_empty()
    }

    pub(crate) fn now(&self) -> TrustNow<'_> {
        let metadata = self.metadata.read().unwrap_or_else(PoisonError::into_inner).clone();
        TrustNow { trust: self, metadata }
    }
}

impl TrustNow<'_> {
    /// In the verifier's form.
    pub(crate) fn attestation(&self) -> AttestationTrust<'_> {
        AttestationTrust {
            roots: &self.trust.roots,
            metadata: self.metadata.as_deref(),
            policy: &self.trust.policy,
        }
    }

    /// Whether a passkey counts as bound to its hardware at `now`: it was attested so, it cannot be synced, and
    /// its model is in good standing still. Of a model that nobody says anything about, the operator's own
    /// roots are the only word.
    pub(crate) fn is_hardware_bound(&self, passkey: &Passkey, now: UnixTime) -> bool {
        passkey.hardware_bound
            && !passkey.backup_eligible
            && match self.attestation().standing(&passkey.aaguid, now) {
                Standing::Accepted { .. } => true,
                Standing::Refused { .. } => false,
                Standing::Unknown => !self.trust.roots.is_empty(),
            }
    }
}
