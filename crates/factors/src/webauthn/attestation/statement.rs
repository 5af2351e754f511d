use aws_lc_rs::digest::{Context, SHA256};
use ciborium::Value;

use super::AttestationError;
use crate::webauthn::authenticator_data::AttestedCredential;
use crate::webauthn::{Algorithm, PublicKey};

/// The most certificates of a chain; deeper ones do not exist among authenticators.
const MAX_CERTIFICATES: usize = 4;

/// A statement, and what it is about.
pub(crate) struct Statement<'a> {
    pub(crate) format: &'a str,
    pub(crate) entries: &'a [(Value, Value)],
    pub(crate) auth_data: &'a [u8],
    pub(crate) rp_id_hash: &'a [u8],
    pub(crate) client_data_hash: &'a [u8],
    pub(crate) attested: AttestedCredential<'a>,
    pub(crate) public_key: &'a PublicKey,
}

impl<'a> Statement<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.entries.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
    }

    pub(super) fn bytes(&self, name: &'static str) -> Result<&'a [u8], AttestationError> {
        Ok(self.get(name).and_then(Value::as_bytes).ok_or(AttestationError::Member(name))?)
    }

    pub(super) fn text(&self, name: &'static str) -> Result<&'a str, AttestationError> {
        self.get(name).and_then(Value::as_text).ok_or(AttestationError::Member(name))
    }

    /// `alg`: what the statement is signed with.
    pub(super) fn algorithm(&self) -> Result<Algorithm, AttestationError> {
        let number = self.get("alg").and_then(Value::as_integer).ok_or(AttestationError::Member("alg"))?;
        let number = number.try_into().map_err(|_| AttestationError::Member("alg"))?;
        Algorithm::from_cose(number).map_err(AttestationError::Algorithm)
    }

    /// `x5c`: the certificates, the attesting one first.
    pub(super) fn certificates(&self) -> Result<Vec<&'a [u8]>, AttestationError> {
        let wrong = AttestationError::Member("x5c");
        let list = self.get("x5c").and_then(Value::as_array).ok_or(wrong.clone())?;
        if list.is_empty() || list.len() > MAX_CERTIFICATES {
            return Err(wrong);
        }
        list.iter().map(|der| der.as_bytes().map(Vec::as_slice).ok_or(wrong.clone())).collect()
    }

    /// `authenticatorData || clientDataHash`: what most formats sign.
    pub(super) fn signed(&self) -> Vec<u8> {
        [self.auth_data, self.client_data_hash].concat()
    }

    /// The SHA-256 of [`Self::signed`].
    pub(super) fn nonce(&self) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        context.update(self.auth_data);
        context.update(self.client_data_hash);
        let mut nonce = [0; 32];
        nonce.copy_from_slice(context.finish().as_ref());
        nonce
    }
}
