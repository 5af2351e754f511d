use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use ciborium::Value as Cbor;

use super::SoftAuthenticatorError;

/// The kinds of key that a soft authenticator makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// P-256.
    Es256,
    /// Ed25519.
    Ed25519,
}

impl KeyKind {
    pub(super) fn cose(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::Ed25519 => -8,
        }
    }
}

/// A private key, parsed once.
#[derive(Clone, Debug)]
pub struct SoftKey(Inner);

#[derive(Clone, Debug)]
enum Inner {
    Es256(Arc<EcdsaKeyPair>),
    Ed25519(Arc<Ed25519KeyPair>),
}

impl SoftKey {
    /// A new key, from the system's randomness.
    ///
    /// # Errors
    /// [`SoftAuthenticatorError`] if the system has none.
    pub fn generate(kind: KeyKind) -> Result<Self, SoftAuthenticatorError> {
        let failed = SoftAuthenticatorError("no key could be made");
        Ok(Self(match kind {
            KeyKind::Es256 => Inner::Es256(Arc::new(
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(|_| failed)?,
            )),
            KeyKind::Ed25519 => Inner::Ed25519(Arc::new(Ed25519KeyPair::generate().map_err(|_| failed)?)),
        }))
    }

    /// A key from its PKCS#8.
    ///
    /// # Errors
    /// [`SoftAuthenticatorError`] if it is not one of that kind.
    pub fn from_pkcs8(kind: KeyKind, pkcs8: &[u8]) -> Result<Self, SoftAuthenticatorError> {
        let failed = SoftAuthenticatorError("not a PKCS#8 key of that kind");
        Ok(Self(match kind {
            KeyKind::Es256 => Inner::Es256(Arc::new(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).map_err(|_| failed)?,
            )),
            KeyKind::Ed25519 => {
                Inner::Ed25519(Arc::new(Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| failed)?))
            }
        }))
    }

    /// An Ed25519 key from its 32-byte seed: the same key in every run.
    ///
    /// # Errors
    /// [`SoftAuthenticatorError`], which no seed of that size causes.
    pub fn ed25519_from_seed(seed: &[u8; 32]) -> Result<Self, SoftAuthenticatorError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)
            .map_err(|_| SoftAuthenticatorError("not a seed of Ed25519"))?;
        Ok(Self(Inner::Ed25519(Arc::new(pair))))
    }

    /// A P-256 key from its scalar and its uncompressed point.
    ///
    /// # Errors
    /// [`SoftAuthenticatorError`] if they do not belong together.
    pub fn es256_from_parts(scalar: &[u8], point: &[u8]) -> Result<Self, SoftAuthenticatorError> {
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_ASN1_SIGNING, scalar, point)
                .map_err(|_| SoftAuthenticatorError("not a P-256 key"))?;
        Ok(Self(Inner::Es256(Arc::new(pair))))
    }

    pub(super) fn kind(&self) -> KeyKind {
        match self.0 {
            Inner::Es256(_) => KeyKind::Es256,
            Inner::Ed25519(_) => KeyKind::Ed25519,
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SoftAuthenticatorError> {
        match &self.0 {
            Inner::Es256(pair) => pair
                .sign(&SystemRandom::new(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SoftAuthenticatorError("the signature was not made")),
            Inner::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }

    /// The public key, as a COSE key in CTAP2's order.
    pub(super) fn cose_key(&self) -> Result<Vec<u8>, SoftAuthenticatorError> {
        let int = |label: i64| Cbor::from(label);
        let entries = match &self.0 {
            Inner::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = point
                    .get(1..)
                    .and_then(|xy| xy.split_at_checked(32))
                    .ok_or(SoftAuthenticatorError("not an uncompressed point"))?;
                vec![
                    (int(1), int(2)),
                    (int(3), int(-7)),
                    (int(-1), int(1)),
                    (int(-2), Cbor::Bytes(x.to_vec())),
                    (int(-3), Cbor::Bytes(y.to_vec())),
                ]
            }
            Inner::Ed25519(pair) => vec![
                (int(1), int(1)),
                (int(3), int(-8)),
                (int(-1), int(6)),
                (int(-2), Cbor::Bytes(pair.public_key().as_ref().to_vec())),
            ],
        };
        let mut bytes = Vec::new();
        ciborium::into_writer(&Cbor::Map(entries), &mut bytes)
            .map_err(|_| SoftAuthenticatorError("the key does not encode"))?;
        Ok(bytes)
    }
}
