//! Verifying a registration: WebAuthn L3 §7.1, one line for each step.

use aws_lc_rs::digest::{SHA256, digest};
use ciborium::Value;
use riser_core::UnixTime;

use super::attestation::{self, Statement};
use super::authenticator_data::AuthenticatorData;
use super::cbor_limits::{CborError, decode};
use super::client_data::{Ceremony, verify_client_data};
use super::{
    Anchor, Attestation, AttestationError, AttestationFormat, AttestationTrust, AuthenticatorDataError,
    ClientDataError, KeyError, PublicKey, Refusal, RegistrationResponse, RelyingParty, UserVerification,
};

/// Why a registration was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// The client data.
    #[error(transparent)]
    ClientData(#[from] ClientDataError),
    /// The attestation object is not a map of `fmt`, `attStmt` and `authData`.
    #[error("the attestation object is not CBOR of the WebAuthn form: the client is not a browser we know")]
    AttestationObject(#[source] CborError),
    /// The authenticator data.
    #[error(transparent)]
    AuthenticatorData(#[from] AuthenticatorDataError),
    /// The credential in the signed part is not the one that the response names.
    #[error(
        "the response names another credential than the authenticator made: the client is not a browser we know"
    )]
    WrongCredential,
    /// The holder was not verified.
    #[error("the authenticator did not verify its holder: set its PIN, fingerprint or face and try again")]
    UserVerificationRequired,
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A format that is not verified here.
    #[error("the attestation format `{format}` is not supported: register the passkey without attestation")]
    UnsupportedFormat {
        /// Its name.
        format: String,
    },
    /// The statement does not hold.
    #[error("the {format} attestation does not verify: {why}")]
    Attestation {
        /// The format.
        format: AttestationFormat,
        /// Which requirement failed.
        #[source]
        why: AttestationError,
    },
    /// A model that is not to be used.
    #[error("this model of authenticator is not accepted: {0}; use another one")]
    Model(#[source] Refusal),
}

/// A verified new credential (WebAuthn L3 §7.1 step 27). The caller refuses an id that it has already (step 26).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The authenticator's name of it.
    pub webauthn_id: Vec<u8>,
    /// The key.
    pub public_key: PublicKey,
    /// The counter.
    pub sign_count: u32,
    /// Whether the holder was verified.
    pub user_verified: bool,
    /// Whether it can be backed up.
    pub backup_eligible: bool,
    /// Whether it is.
    pub backup_state: bool,
    /// The model: evidence only when the attestation is chained, by another format than `fido-u2f`, which does not
    /// sign it.
    pub aaguid: [u8; 16],
    /// How it can be reached, as the client says.
    pub transports: Vec<String>,
    /// Who vouches for it.
    pub attestation: Attestation,
    /// Where a chained attestation ended, and what is known of the model.
    pub anchor: Option<Anchor>,
    /// The attestation object, raw, for the receipts.
    pub attestation_object: Vec<u8>,
    /// The client data, raw, for the receipts.
    pub client_data_json: Vec<u8>,
}

impl Registered {
    /// Attested by a model that the configuration accepts, and not able to leave it.
    #[must_use]
    pub fn hardware_bound(&self) -> bool {
        let hardware = self.anchor.as_ref().is_some_and(|anchor| anchor.shortfall.is_none());
        hardware && !self.backup_eligible
    }
}

/// Verifies a registration over `challenge` (WebAuthn L3 §7.1). `trust` says whose word on the authenticator counts:
/// the certificates of accepted makers, or those and the FIDO metadata. `now` dates their chains.
///
/// # Errors
/// [`RegistrationError`] names the first step that failed.
pub fn verify_registration<'t>(
    rp: &RelyingParty,
    challenge: &[u8],
    response: &RegistrationResponse,
    trust: impl Into<AttestationTrust<'t>>,
    now: UnixTime,
) -> Result<Registered, RegistrationError> {
    let trust = trust.into();
    // Steps 5 to 11: the client data, its type, challenge and origin, and that no other site framed us.
    verify_client_data(rp, Ceremony::Create, challenge, &response.client_data_json)?;

    // Step 12: the hash of the client data, over its raw bytes.
    let client_data_hash = digest(&SHA256, &response.client_data_json);

    // Step 13: the attestation object.
    let object = AttestationObject::parse(&response.attestation_object)?;
    let data = AuthenticatorData::parse(&object.auth_data)?;

    // Step 14: the RP ID.
    data.verify_rp_id(rp)?;

    // Step 15: user presence. We never ask for conditional mediation, which could go without.
    data.verify_user_present()?;

    // Step 16: user verification.
    if rp.user_verification() == UserVerification::Required && !data.user_verified() {
        return Err(RegistrationError::UserVerificationRequired);
    }

    // Step 17: not backed up unless it can be. Steps 18 and 19: the levels judge backups, not the registration.
    data.verify_backup_state()?;

    // Step 25, done by the parser: the id has at most 1023 bytes. It is the id that the response is about.
    let attested = data.attested.ok_or(AuthenticatorDataError::AttestedData)?;
    if attested.id != response.id {
        return Err(RegistrationError::WrongCredential);
    }

    // Step 20: the algorithm is one that was offered, and the key is one.
    let public_key = PublicKey::from_cose(attested.cose_key)?;

    // Step 28, as far as it goes: extensions are tolerated, but they must be CBOR without doubled keys.
    if let Some(extensions) = data.extensions {
        decode(extensions).map_err(AuthenticatorDataError::Extensions)?;
    }

    // Before anybody vouches: a model that is not to be used at all.
    trust.check_claim(&attested.aaguid, now).map_err(RegistrationError::Model)?;

    // Steps 21 to 24: the format, its statement, and whose certificate is behind it.
    let (attestation, anchor) = attestation::verify(
        &Statement {
            format: &object.format,
            entries: &object.statement,
            auth_data: &object.auth_data,
            rp_id_hash: rp.rp_id_hash(),
            client_data_hash: client_data_hash.as_ref(),
            attested,
            public_key: &public_key,
        },
        &trust,
        now,
    )?;

    Ok(Registered {
        webauthn_id: response.id.clone(),
        public_key,
        sign_count: data.sign_count,
        user_verified: data.user_verified(),
        backup_eligible: data.backup_eligible(),
        backup_state: data.backup_state(),
        aaguid: attested.aaguid,
        transports: response.transports.clone(),
        attestation,
        anchor,
        attestation_object: response.attestation_object.clone(),
        client_data_json: response.client_data_json.clone(),
    })
}

/// WebAuthn L3 §6.5.4.
struct AttestationObject {
    format: String,
    statement: Vec<(Value, Value)>,
    auth_data: Vec<u8>,
}

impl AttestationObject {
    fn parse(bytes: &[u8]) -> Result<Self, RegistrationError> {
        let wrong = || RegistrationError::AttestationObject(CborError::Type);
        let Value::Map(entries) = decode(bytes).map_err(RegistrationError::AttestationObject)? else {
            return Err(wrong());
        };
        let (mut format, mut statement, mut auth_data) = (None, None, None);
        for (name, value) in entries {
            match (name.as_text(), value) {
                (Some("fmt"), Value::Text(text)) => format = Some(text),
                (Some("attStmt"), Value::Map(entries)) => statement = Some(entries),
                (Some("authData"), Value::Bytes(bytes)) => auth_data = Some(bytes),
                // CTAP2.1 authenticators may add members (`epAtt`); the three above may have no other type.
                (Some("fmt" | "attStmt" | "authData"), _) => return Err(wrong()),
                _ => {}
            }
        }
        match (format, statement, auth_data) {
            (Some(format), Some(statement), Some(auth_data)) => Ok(Self { format, statement, auth_data }),
            _ => Err(wrong()),
        }
    }
}
