//! Who vouches for the soft authenticator: nobody, itself, or the maker of the W3C's test vectors.

use ciborium::Value as Cbor;
use serde_json::Value;

use super::{ForgedSignature, SoftAuthenticatorError, SoftKey};

/// WebAuthn L3 §16: a test root, and a certificate under it whose key is public.
const VECTORS: &str = include_str!("../../../factors/tests/vectors/webauthn-l3.json");

/// Who vouches for new passkeys.
#[derive(Clone, Debug)]
pub enum Attester {
    /// Format `none`.
    Nobody,
    /// Format `packed`, signed by the passkey's own key.
    Itself,
    /// Format `packed`, signed by a maker's key with its certificates.
    Maker {
        /// The maker's key, P-256.
        key: SoftKey,
        /// Its certificates, the attesting one first.
        chain: Vec<Vec<u8>>,
    },
}

/// The root that [`Attester::w3c`] leads to, in DER.
///
/// # Errors
/// [`SoftAuthenticatorError`] if the vectors are not the ones that this was written for.
pub fn attestation_root() -> Result<Vec<u8>, SoftAuthenticatorError> {
    hex_at("attestation-root-cert", "/values/attestation_ca_cert")
}

impl Attester {
    /// The maker of the W3C's test vectors (the pair `packed-es256`), under [`attestation_root`].
    ///
    /// # Errors
    /// [`SoftAuthenticatorError`] if the vectors are not the ones that this was written for.
    pub fn w3c() -> Result<Self, SoftAuthenticatorError> {
        let unexpected = SoftAuthenticatorError("the vectors are not the expected ones");
        let scalar = hex_at("packed-es256", "/registration/attestation_private_key")?;
        let object = hex_at("packed-es256", "/registration/attestationObject")?;
        let object: Cbor = ciborium::from_reader(object.as_slice()).map_err(|_| unexpected)?;
        let certificate = member(&object, "attStmt")
            .and_then(|statement| member(statement, "x5c"))
            .and_then(Cbor::as_array)
            .and_then(|list| list.first())
            .and_then(Cbor::as_bytes)
            .ok_or(unexpected)?;
        // The certificate's key is its one uncompressed point: 66 bytes of BIT STRING, no unused bits, then 4.
        let start = certificate.windows(4).position(|w| w == [0x03, 0x42, 0x00, 0x04]).ok_or(unexpected)? + 3;
        let point = certificate.get(start..start + 65).ok_or(unexpected)?;
        let key = SoftKey::es256_from_parts(&scalar, point)?;
        Ok(Self::Maker { key, chain: vec![certificate.clone()] })
    }

    /// The attestation format and statement over `signed`.
    pub(super) fn statement(
        &self,
        own: &SoftKey,
        signed: &[u8],
        forged: ForgedSignature,
    ) -> Result<(&'static str, Cbor), SoftAuthenticatorError> {
        let (key, chain) = match self {
            Self::Nobody => return Ok(("none", Cbor::Map(Vec::new()))),
            Self::Itself => (own, None),
            Self::Maker { key, chain } => (key, Some(chain)),
        };
        let mut statement = vec![
            (Cbor::from("alg"), Cbor::from(key.kind().cose())),
            (Cbor::from("sig"), Cbor::Bytes(forged.apply(key.sign(signed)?))),
        ];
        if let Some(chain) = chain {
            let certificates = chain.iter().cloned().map(Cbor::Bytes).collect();
            statement.push((Cbor::from("x5c"), Cbor::Array(certificates)));
        }
        Ok(("packed", Cbor::Map(statement)))
    }
}

fn member<'a>(map: &'a Cbor, name: &str) -> Option<&'a Cbor> {
    map.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}

fn hex_at(name: &str, pointer: &str) -> Result<Vec<u8>, SoftAuthenticatorError> {
    let unexpected = SoftAuthenticatorError("the vectors are not the expected ones");
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).map_err(|_| unexpected)?;
    let vector = vectors.iter().find(|v| v.get("name").and_then(Value::as_str) == Some(name));
    let text = vector.and_then(|v| v.pointer(pointer)).and_then(Value::as_str).ok_or(unexpected)?;
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect::<Option<_>>().ok_or(unexpected)
}
