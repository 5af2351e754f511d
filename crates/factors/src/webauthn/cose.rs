//! Public keys: from COSE (RFC 9053, RFC 8230) at registration, in a form of our own ever after.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::RsaPublicKeyComponents;
use ciborium::Value;
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::cbor_limits::{CborError, decode};
use super::signature::{self, BadSignature};

/// The signature algorithms that are offered. Their order is the order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256: what every authenticator has.
    Es256,
    /// Ed25519.
    EdDsa,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256: TPMs of Windows.
    Rs256,
}

impl Algorithm {
    /// All that are offered, best first.
    pub const OFFERED: [Self; 4] = [Self::Es256, Self::EdDsa, Self::Es384, Self::Rs256];

    /// Its number in the COSE registry.
    #[must_use]
    pub fn cose(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Es384 => -35,
            Self::Rs256 => -257,
        }
    }

    pub(crate) fn from_cose(number: i64) -> Result<Self, KeyError> {
        Self::OFFERED
            .into_iter()
            .find(|offered| offered.cose() == number)
            .ok_or_else(|| KeyError::NotOffered { algorithm: name_of(number) })
    }

    /// The first byte of a stored key: the version of its form, one for each algorithm.
    fn stored_tag(self) -> u8 {
        match self {
            Self::Es256 => 1,
            Self::EdDsa => 2,
            Self::Es384 => 3,
            Self::Rs256 => 4,
        }
    }
}

/// The names of what authenticators have and Riser does not offer, for the error's reader.
fn name_of(number: i64) -> String {
    match number {
        -36 => "ES512".to_owned(),
        -37 => "PS256".to_owned(),
        -47 => "ES256K".to_owned(),
        -53 => "Ed448".to_owned(),
        -258 => "RS384".to_owned(),
        -259 => "RS512".to_owned(),
        -65535 => "RS1 (RSA with SHA-1)".to_owned(),
        other => format!("COSE algorithm {other}"),
    }
}

/// Why a public key is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A real algorithm, but not one of ours.
    #[error(
        "the key's algorithm is {algorithm}, which was not offered: use an authenticator with ES256, EdDSA (Ed25519), ES384 or RS256"
    )]
    NotOffered {
        /// Its name.
        algorithm: String,
    },
    /// Not a COSE key.
    #[error("the public key is not a COSE key")]
    Encoding(#[from] CborError),
    /// A parameter is missing, superfluous or wrong.
    #[error("the COSE key's `{0}` is missing, superfluous or does not fit its algorithm")]
    Parameter(&'static str),
    /// Not a point on the curve, or a modulus that is too small.
    #[error("the public key is not a valid key of its algorithm")]
    Invalid,
    /// Not what [`PublicKey::to_bytes`] wrote.
    #[error("the stored public key is not one that this version wrote")]
    Stored,
}

/// A credential's public key, in the form that verifies without any decoding of ours.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey {
    algorithm: Algorithm,
    /// An uncompressed point, the 32 bytes of Ed25519, or a DER `RSAPublicKey`.
    key: Box<[u8]>,
}

impl PublicKey {
    /// What its signatures are made with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// For storage: a byte for the algorithm, then the key.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + self.key.len());
        bytes.push(self.algorithm.stored_tag());
        bytes.extend_from_slice(&self.key);
        bytes
    }

    /// Reads back what [`PublicKey::to_bytes`] wrote. Whether it is a valid key was checked at registration and
    /// is checked by every verification.
    ///
    /// # Errors
    /// [`KeyError::Stored`] for another form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let (tag, key) = bytes.split_first().ok_or(KeyError::Stored)?;
        let algorithm =
            Algorithm::OFFERED.into_iter().find(|a| a.stored_tag() == *tag).ok_or(KeyError::Stored)?;
        let fits = match algorithm {
            Algorithm::Es256 => key.len() == 65,
            Algorithm::EdDsa => key.len() == 32,
            Algorithm::Es384 => key.len() == 97,
            Algorithm::Rs256 => (256..=MAX_RSA_KEY).contains(&key.len()),
        };
        if fits { Ok(Self { algorithm, key: key.into() }) } else { Err(KeyError::Stored) }
    }

    /// The key in aws-lc-rs's form.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.key
    }

    /// Verifies a signature over `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        signature::verify(self.algorithm, &self.key, message, signature)
    }

    /// Reads a COSE key. WebAuthn L3 §6.5.1.1 wants `alg` and the required parameters, and nothing else.
    pub(crate) fn from_cose(bytes: &[u8]) -> Result<Self, KeyError> {
        let Value::Map(entries) = decode(bytes)? else { return Err(CborError::Type.into()) };
        let key = CoseKey(entries);
        let algorithm = Algorithm::from_cose(key.integer(ALG, "alg")?)?;
        let raw = match algorithm {
            Algorithm::Es256 => key.point(1, 32)?,
            Algorithm::Es384 => key.point(2, 48)?,
            Algorithm::EdDsa => key.ed25519()?,
            Algorithm::Rs256 => key.rsa()?,
        };
        if !signature::is_key(algorithm, &raw) {
            return Err(KeyError::Invalid);
        }
        Ok(Self { algorithm, key: raw.into() })
    }
}

/// The longest RSA key: 4096 bits. Verifying with longer ones only costs.
const MAX_RSA_MODULUS: usize = 512;
/// Its modulus, exponent and the DER around them.
const MAX_RSA_KEY: usize = MAX_RSA_MODULUS + 32;

// COSE key labels: RFC 9052 §7.1, RFC 9053 §7, RFC 8230 §4.
const KTY: i64 = 1;
const ALG: i64 = 3;
const CRV_OR_N: i64 = -1;
const X_OR_E: i64 = -2;
const Y: i64 = -3;

/// A decoded COSE key: each label once.
struct CoseKey(Vec<(Value, Value)>);

impl CoseKey {
    fn get(&self, label: i64) -> Option<&Value> {
        self.0.iter().find(|(key, _)| *key == Value::from(label)).map(|(_, value)| value)
    }

    fn integer(&self, label: i64, name: &'static str) -> Result<i64, KeyError> {
        let value = self.get(label).and_then(Value::as_integer).ok_or(KeyError::Parameter(name))?;
        value.try_into().map_err(|_| KeyError::Parameter(name))
    }

    fn bytes(&self, label: i64, name: &'static str) -> Result<&[u8], KeyError> {
        Ok(self.get(label).and_then(Value::as_bytes).ok_or(KeyError::Parameter(name))?)
    }

    /// `kty` is the one that belongs to the algorithm, and there are exactly so many parameters.
    fn expect(&self, kty: i64, parameters: usize) -> Result<(), KeyError> {
        if self.integer(KTY, "kty")? != kty {
            return Err(KeyError::Parameter("kty"));
        }
        if self.0.len() == parameters { Ok(()) } else { Err(KeyError::Parameter("other parameters")) }
    }

    /// WebAuthn L3 §5.8.5: the curve follows from the algorithm, and points are not compressed.
    fn point(&self, crv: i64, width: usize) -> Result<Vec<u8>, KeyError> {
        self.expect(2, 5)?;
        if self.integer(CRV_OR_N, "crv")? != crv {
            return Err(KeyError::Parameter("crv"));
        }
        let mut point = vec![4];
        for (label, name) in [(X_OR_E, "x"), (Y, "y")] {
            let coordinate = self.bytes(label, name)?;
            if coordinate.len() != width {
                return Err(KeyError::Parameter(name));
            }
            point.extend_from_slice(coordinate);
        }
        Ok(point)
    }

    fn ed25519(&self) -> Result<Vec<u8>, KeyError> {
        match self.integer(CRV_OR_N, "crv")? {
            6 => {}
            7 => return Err(KeyError::NotOffered { algorithm: "Ed448".to_owned() }),
            _ => return Err(KeyError::Parameter("crv")),
        }
        self.expect(1, 4)?;
        let x = self.bytes(X_OR_E, "x")?;
        if x.len() == 32 { Ok(x.to_vec()) } else { Err(KeyError::Parameter("x")) }
    }

    fn rsa(&self) -> Result<Vec<u8>, KeyError> {
        self.expect(3, 4)?;
        let (n, e) = (self.bytes(CRV_OR_N, "n")?, self.bytes(X_OR_E, "e")?);
        // RFC 8230 §4: no leading zero octets. 2048 bits at least.
        if !(256..=MAX_RSA_MODULUS).contains(&n.len()) || n.first().is_none_or(|first| *first == 0) {
            return Err(KeyError::Parameter("n"));
        }
        if !(1..=4).contains(&e.len()) || e.first().is_none_or(|first| *first == 0) {
            return Err(KeyError::Parameter("e"));
        }
        rsa_public_key(n, e).ok_or(KeyError::Invalid)
    }
}

/// A DER `RSAPublicKey`. aws-lc-rs writes a SubjectPublicKeyInfo; its bit string is the key.
pub(crate) fn rsa_public_key(n: &[u8], e: &[u8]) -> Option<Vec<u8>> {
    let spki = RsaPublicKeyComponents { n, e }.as_der().ok()?;
    let (_, spki) = SubjectPublicKeyInfo::from_der(spki.as_ref()).ok()?;
    Some(spki.subject_public_key.data.into_owned())
}
