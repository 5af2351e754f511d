//! Verifying an authentication assertion: WebAuthn L3 §7.2, one line for each step.

use aws_lc_rs::digest::{SHA256, digest};
use riser_core::CredentialId;
use riser_core::assurance::{Ceiling, Factor, Possession, Proof, ProofRecord, Properties};

use super::authenticator_data::AuthenticatorData;
use super::client_data::{Ceremony, verify_client_data};
use super::{
    AuthenticationResponse, AuthenticatorDataError, ClientDataError, PublicKey, RelyingParty,
    UserVerification,
};

/// A registered passkey: the credential record of WebAuthn L3 §4, as far as an assertion needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Riser's name of it.
    pub credential: CredentialId,
    /// The authenticator's name of it.
    pub webauthn_id: Vec<u8>,
    /// The key.
    pub public_key: PublicKey,
    /// The counter at its last use.
    pub sign_count: u32,
    /// Whether it can be backed up. It never changes.
    pub backup_eligible: bool,
    /// Whether it was backed up at its last use.
    pub backup_state: bool,
    /// Whether its holder was verified at registration. Says nothing about any later use.
    pub user_verified: bool,
    /// How far it may lift a session.
    pub ceiling: Ceiling,
    /// Attested by a model that the configuration accepts.
    pub hardware_bound: bool,
}

/// Why an assertion was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// Another credential answered than the one that was looked up.
    #[error("the response is by another passkey: use one that was asked for")]
    WrongCredential,
    /// The client data.
    #[error(transparent)]
    ClientData(#[from] ClientDataError),
    /// The authenticator data.
    #[error(transparent)]
    AuthenticatorData(#[from] AuthenticatorDataError),
    /// The holder was not verified.
    #[error("the authenticator did not verify its holder: use its PIN, fingerprint or face")]
    UserVerificationRequired,
    /// BE is not what it was at registration.
    #[error(
        "the passkey changed whether it can be backed up, which none ever does: remove it and register it again"
    )]
    BackupEligibilityChanged,
    /// Not made by the registered key.
    #[error("the signature is not by the registered key: try again, or use another passkey")]
    Signature,
}

/// What was signed, and the signature: enough for anybody to verify it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The authenticator data, raw.
    pub authenticator_data: Vec<u8>,
    /// The client data, raw.
    pub client_data_json: Vec<u8>,
    /// The signature over the first and the hash of the second.
    pub signature: Vec<u8>,
}

/// A verified assertion. Only [`verify_assertion`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asserted {
    proof: Proof,
    sign_count: u32,
    backup_state: bool,
    clone_suspected: bool,
    evidence: Evidence,
}

impl Asserted {
    /// The proof, with what this very assertion showed.
    #[must_use]
    pub fn proof(&self) -> Proof {
        self.proof.clone()
    }

    /// The counter to store.
    #[must_use]
    pub fn sign_count(&self) -> u32 {
        self.sign_count
    }

    /// The backup state to store.
    #[must_use]
    pub fn backup_state(&self) -> bool {
        self.backup_state
    }

    /// Whether the counter did not move forward: a signal about the risk, not proof of a copy (step 22).
    #[must_use]
    pub fn clone_suspected(&self) -> bool {
        self.clone_suspected
    }

    /// What was signed, for a receipt.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}

/// Verifies an assertion by `passkey` over `challenge` (WebAuthn L3 §7.2).
///
/// The caller has looked the passkey up by [`AuthenticationResponse::webauthn_id`] among those it asked for, and
/// compares [`AuthenticationResponse::user_handle`] with its owner (steps 5 and 6). It has spent the challenge,
/// so that an assertion counts once, and stores the counter and the backup state afterwards (step 24).
///
/// # Errors
/// [`AssertionError`] names the first step that failed.
pub fn verify_assertion(
    rp: &RelyingParty,
    challenge: &[u8],
    passkey: &Passkey,
    response: &AuthenticationResponse,
) -> Result<Asserted, AssertionError> {
    // Steps 5 to 7: the credential record is that of the response.
    if response.id != passkey.webauthn_id {
        return Err(AssertionError::WrongCredential);
    }

    // Steps 8 to 14: the client data, its type, challenge and origin, and that no other site framed us.
    verify_client_data(rp, Ceremony::Get, challenge, &response.client_data_json)?;

    // Step 15: the RP ID.
    let data = AuthenticatorData::parse(&response.authenticator_data)?;
    data.verify_rp_id(rp)?;

    // §6.1: an assertion carries no attested credential data.
    if data.attested.is_some() {
        return Err(AuthenticatorDataError::AttestedData.into());
    }

    // Step 16: user presence.
    data.verify_user_present()?;

    // Step 17: user verification, by the flag of this assertion.
    if rp.user_verification() == UserVerification::Required && !data.user_verified() {
        return Err(AssertionError::UserVerificationRequired);
    }

    // Step 18: not backed up unless it can be.
    data.verify_backup_state()?;

    // Step 19: whether it can be is as it was at registration, both ways.
    if data.backup_eligible() != passkey.backup_eligible {
        return Err(AssertionError::BackupEligibilityChanged);
    }

    // Step 20: the hash of the client data, over its raw bytes.
    let client_data_hash = digest(&SHA256, &response.client_data_json);

    // Step 21: the signature.
    let message = [&response.authenticator_data[..], client_data_hash.as_ref()].concat();
    passkey.public_key.verify(&message, &response.signature).map_err(|_| AssertionError::Signature)?;

    // Step 22: the counter. A copy is one explanation of a counter that stands still; two windows are another.
    let counts = data.sign_count != 0 || passkey.sign_count != 0;
    let clone_suspected = counts && data.sign_count <= passkey.sign_count;

    // Step 23: extensions. None was asked for; unsolicited ones are well-formed and ignored.
    // Step 25: success. A key that can leave its device is not bound to hardware, whoever attested it.
    let shown = Possession {
        user_verified: data.user_verified(),
        phishing_resistant: true,
        hardware_bound: passkey.hardware_bound && !data.backup_eligible(),
    };
    #[allow(clippy::disallowed_methods, reason = "every step of WebAuthn L3 §7.2 has just succeeded")]
    let proof = Proof::from_verified(ProofRecord {
        factor: Factor::Passkey,
        credential: passkey.credential.clone(),
        properties: Properties::Possession(shown),
        ceiling: passkey.ceiling.clone(),
    });
    Ok(Asserted {
        proof,
        sign_count: data.sign_count,
        backup_state: data.backup_state(),
        clone_suspected,
        evidence: Evidence {
            authenticator_data: response.authenticator_data.clone(),
            client_data_json: response.client_data_json.clone(),
            signature: response.signature.clone(),
        },
    })
}
