//! A soft authenticator that can lie: passkeys in memory, fast enough to load a server with, and every field of
//! what it says and signs can be forged, one at a time.

mod attested;
mod client;
mod key;
mod lies;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use ciborium::Value as Cbor;
use serde_json::{Value, json};

pub use attested::{Attester, attestation_root};
use client::{ClientData, Options, base64url};
pub use key::{KeyKind, SoftKey};
pub use lies::{ForgedSignature, Lies};

/// Why the soft authenticator gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftAuthenticatorError(pub &'static str);

impl fmt::Display for SoftAuthenticatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for SoftAuthenticatorError {}

/// One passkey that the authenticator holds.
#[derive(Clone, Debug)]
pub struct SoftCredential {
    /// Its id.
    pub id: Vec<u8>,
    /// The name that it is bound to.
    pub rp_id: String,
    /// Whom it was made for.
    pub user_handle: Vec<u8>,
    key: SoftKey,
    /// Shared by clones: a clone of the authenticator is the same device at another thread. For a copied device,
    /// lie about the counter.
    counter: Arc<AtomicU32>,
}

/// An authenticator and the browser before it, in one.
#[derive(Clone, Debug)]
pub struct SoftAuthenticator {
    /// What it lies about; nothing to begin with.
    pub lies: Lies,
    /// What keys it makes.
    pub key_kind: KeyKind,
    /// Whether its passkeys are synced: backup-eligible and backed up.
    pub synced: bool,
    /// Whether it counts its signatures, as security keys do and synced passkeys do not.
    pub counts: bool,
    /// Its model.
    pub aaguid: [u8; 16],
    attester: Attester,
    /// The next key, if it is not to be made up.
    given_key: Option<SoftKey>,
    credentials: Vec<SoftCredential>,
}

impl SoftAuthenticator {
    /// A provider of synced passkeys (BE and BS set, no counter, no attestation).
    #[must_use]
    pub fn synced(key_kind: KeyKind) -> Self {
        Self {
            lies: Lies::default(),
            key_kind,
            synced: true,
            counts: false,
            aaguid: [0; 16],
            attester: Attester::Nobody,
            given_key: None,
            credentials: Vec::new(),
        }
    }

    /// A security key (no BE, a counter), which nobody vouches for.
    #[must_use]
    pub fn security_key(key_kind: KeyKind) -> Self {
        Self { synced: false, counts: true, aaguid: *b"riser-soft-token", ..Self::synced(key_kind) }
    }

    /// The same authenticator, with somebody who vouches for what it makes.
    #[must_use]
    pub fn attested_by(mut self, attester: Attester) -> Self {
        self.attester = attester;
        self
    }

    /// The same authenticator, whose next passkey uses this key. Its id follows from the key, so that a run can be
    /// repeated to the byte (but for ECDSA's signatures).
    #[must_use]
    pub fn with_key(mut self, key: SoftKey) -> Self {
        self.given_key = Some(key);
        self
    }

    /// The passkeys that it holds.
    #[must_use]
    pub fn credentials(&self) -> &[SoftCredential] {
        &self.credentials
    }

    /// `navigator.credentials.create()` at a page of `origin`, with the options in their JSON form (bare, or under
    /// `publicKey`): a `RegistrationResponseJSON`.
    ///
    /// # Errors
    /// [`SoftAuthenticatorError`] where a browser would throw, and for options that it cannot read.
    pub fn create(&mut self, origin: &str, options: &Value) -> Result<Value, SoftAuthenticatorError> {
        let options = Options::read(options)?;
        let rp_id = options.rp_id_of_creation(origin)?;
        if !self.lies.any_algorithm && !options.offers(self.key_kind.cose()) {
            return Err(SoftAuthenticatorError("NotSupportedError: none of the algorithms"));
        }
        let held = |id: &Vec<u8>| self.credentials.iter().any(|c| c.id == *id);
        if !self.lies.ignore_exclude && options.ids("excludeCredentials")?.iter().any(held) {
            return Err(SoftAuthenticatorError(
                "InvalidStateError: this authenticator is registered already",
            ));
        }
        let key = match self.given_key.take() {
            Some(key) => key,
            None => SoftKey::generate(self.key_kind)?,
        };
        let user_handle = options.user_handle()?;
        let mut seed = key.cose_key()?;
        seed.extend_from_slice(rp_id.as_bytes());
        seed.extend_from_slice(&user_handle);
        let id = digest(&SHA256, &seed).as_ref().to_vec();
        let credential = SoftCredential { id, rp_id, user_handle, key, counter: Arc::new(AtomicU32::new(0)) };

        let client_data = ClientData::new("webauthn.create", origin, &options).to_json(&self.lies);
        let shown_id = self.lies.credential_id.clone().unwrap_or_else(|| credential.id.clone());
        let mut auth_data = self.header(&credential, 1 << 6);
        auth_data.extend_from_slice(&self.aaguid);
        // The length field has two bytes: longer ids are cut, which is a lie too.
        auth_data.extend_from_slice(&u16::try_from(shown_id.len()).unwrap_or(u16::MAX).to_be_bytes());
        auth_data.extend_from_slice(&shown_id);
        auth_data.extend_from_slice(&credential.key.cose_key()?);
        auth_data.extend_from_slice(&self.lies.trailing_bytes);

        let mut signed = auth_data.clone();
        signed.extend_from_slice(digest(&SHA256, client_data.as_bytes()).as_ref());
        let (format, statement) = self.attester.statement(&credential.key, &signed, self.lies.signature)?;
        let object = Cbor::Map(vec![
            (Cbor::from("fmt"), Cbor::from(format)),
            (Cbor::from("attStmt"), statement),
            (Cbor::from("authData"), Cbor::Bytes(auth_data)),
        ]);
        let mut attestation_object = Vec::new();
        ciborium::into_writer(&object, &mut attestation_object)
            .map_err(|_| SoftAuthenticatorError("the attestation object does not encode"))?;

        self.credentials.push(credential);
        Ok(json!({
            "id": base64url(&shown_id),
            "rawId": base64url(&shown_id),
            "type": "public-key",
            "authenticatorAttachment": if self.synced { "platform" } else { "cross-platform" },
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(client_data.as_bytes()),
                "attestationObject": base64url(&attestation_object),
                "transports": if self.synced { ["internal", "hybrid"] } else { ["usb", "nfc"] },
            },
        }))
    }

    /// `navigator.credentials.get()` at a page of `origin`, with the options in their JSON form (bare, or under
    /// `publicKey`): an `AuthenticationResponseJSON` by the first passkey that fits.
    ///
    /// # Errors
    /// [`SoftAuthenticatorError`] where a browser would throw, and for options that it cannot read.
    pub fn get(&self, origin: &str, options: &Value) -> Result<Value, SoftAuthenticatorError> {
        let options = Options::read(options)?;
        let rp_id = options.rp_id_of_request(origin)?;
        let allowed = options.ids("allowCredentials")?;
        let credential = self
            .credentials
            .iter()
            .find(|c| {
                self.lies.ignore_allow || c.rp_id == rp_id && (allowed.is_empty() || allowed.contains(&c.id))
            })
            .ok_or(SoftAuthenticatorError("NotAllowedError: no passkey here fits"))?;

        let client_data = ClientData::new("webauthn.get", origin, &options).to_json(&self.lies);
        let mut auth_data = self.header(credential, 0);
        auth_data.extend_from_slice(&self.lies.trailing_bytes);
        let mut signed = Vec::with_capacity(auth_data.len() + 32);
        signed.extend_from_slice(&auth_data);
        signed.extend_from_slice(digest(&SHA256, client_data.as_bytes()).as_ref());
        let signature = self.lies.signature.apply(credential.key.sign(&signed)?);

        let id = self.lies.credential_id.as_ref().unwrap_or(&credential.id);
        let user_handle = self.lies.user_handle.as_ref().unwrap_or(&credential.user_handle);
        let mut response = json!({
            "clientDataJSON": base64url(client_data.as_bytes()),
            "authenticatorData": base64url(&auth_data),
            "signature": base64url(&signature),
        });
        if let (Some(response), false) = (response.as_object_mut(), self.lies.no_user_handle) {
            response.insert("userHandle".to_owned(), Value::String(base64url(user_handle)));
        }
        Ok(json!({
            "id": base64url(id),
            "rawId": base64url(id),
            "type": "public-key",
            "authenticatorAttachment": if self.synced { "platform" } else { "cross-platform" },
            "clientExtensionResults": {},
            "response": response,
        }))
    }

    /// The RP ID's hash, the flags and the counter (WebAuthn L3 §6.1).
    fn header(&self, credential: &SoftCredential, more_flags: u8) -> Vec<u8> {
        let lies = &self.lies;
        let rp_id = lies.rp_id.as_deref().unwrap_or(&credential.rp_id);
        let flag = |set: bool, bit: u8| u8::from(set) << bit;
        let flags = flag(!lies.no_user_presence, 0)
            | flag(!lies.no_user_verification, 2)
            | flag(self.synced != lies.flip_backup_eligible, 3)
            | flag(lies.backup_state.unwrap_or(self.synced && !lies.flip_backup_eligible), 4)
            | more_flags;
        let counted = if self.counts { credential.counter.fetch_add(1, Ordering::Relaxed) + 1 } else { 0 };
        let mut bytes = Vec::with_capacity(37);
        bytes.extend_from_slice(digest(&SHA256, rp_id.as_bytes()).as_ref());
        bytes.push(flags | lies.extra_flags);
        bytes.extend_from_slice(&lies.sign_count.unwrap_or(counted).to_be_bytes());
        bytes
    }
}
