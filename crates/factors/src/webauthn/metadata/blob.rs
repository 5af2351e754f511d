//! The BLOB's envelope: a compact JWS (RFC 7515 §7.1) whose certificates lead to a configured root.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use riser_core::UnixTime;
use serde::Deserialize;
use serde::de::IgnoredAny;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::webauthn::attestation::{key_fits, read_certificate};
use crate::webauthn::{Algorithm, AttestationRoots};

/// The service's name, in the certificate that signs for it.
const FIDO: &str = "mds.fidoalliance.org";

/// The largest header: some certificates.
const MAX_HEADER: usize = 64 * 1024;
/// The most certificates of a chain.
const MAX_CERTIFICATES: usize = 8;

/// Who signs metadata: roots that the operator names, and the signer's own name. The name is needed because the
/// service's root belongs to an authority that sells certificates to everybody. Whether a certificate was revoked is not
/// looked at: nothing here reaches the network, and the roots are the operator's to take away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataSigner {
    roots: AttestationRoots,
    name: String,
}

impl MetadataSigner {
    /// The FIDO Alliance's service, below one of `roots`.
    #[must_use]
    pub fn fido(roots: AttestationRoots) -> Self {
        Self::named(FIDO, roots)
    }

    /// Somebody else, by the DNS name of the signing certificate.
    #[must_use]
    pub fn named(name: impl Into<String>, roots: AttestationRoots) -> Self {
        Self { roots, name: name.into() }
    }
}

/// Why nobody that is trusted vouches for a BLOB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// Not three parts of base64url, or its header is not one.
    #[error("the metadata is not a compact JWS with its certificates (x5c): fetch the BLOB as it is served")]
    NotJws,
    /// Signed with something that is not verified here, or that the certificate's key does not make.
    #[error("the metadata's `alg` is not RS256, PS256 or ES256, or not that of the certificate's key")]
    Algorithm,
    /// Its certificates lead elsewhere, or not at this time.
    #[error(
        "the metadata's certificates lead to no configured root: configure the root that the service uses now"
    )]
    Unanchored,
    /// Somebody else's certificate below the same root.
    #[error("the metadata's certificate is not that of the configured signer")]
    WrongSigner,
    /// It was changed.
    #[error("the metadata's signature does not verify: fetch it again")]
    Signature,
}

/// What of the header counts. `jku`, `x5u` and `jwk` are never looked at: the key is that of the chain.
#[derive(Deserialize)]
struct Header {
    alg: String,
    x5c: Vec<String>,
    /// RFC 7515 §4.1.11: what must be understood, and is not.
    crit: Option<IgnoredAny>,
}

/// Verifies the envelope and gives the payload (FIDO MDS v3 §3.2 steps 3 to 7).
pub(super) fn verify(blob: &[u8], signer: &MetadataSigner, now: UnixTime) -> Result<Vec<u8>, BlobError> {
    let blob = blob.trim_ascii();
    let mut parts = blob.split(|byte| *byte == b'.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(BlobError::NotJws);
    };
    if header.len() > MAX_HEADER {
        return Err(BlobError::NotJws);
    }
    let signed = blob.get(..header.len() + 1 + payload.len()).ok_or(BlobError::NotJws)?;
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| BlobError::NotJws)?;
    if header.crit.is_some() || header.x5c.len() > MAX_CERTIFICATES {
        return Err(BlobError::NotJws);
    }
    // RFC 7515 §4.1.6: base64, not base64url.
    let chain: Vec<Vec<u8>> = header
        .x5c
        .iter()
        .map(|text| STANDARD.decode(text))
        .collect::<Result<_, _>>()
        .map_err(|_| BlobError::NotJws)?;
    let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    let leaf = chain.first().and_then(|der| read_certificate(der).ok()).ok_or(BlobError::NotJws)?;
    signer.roots.anchor_of(&chain, now).ok_or(BlobError::Unanchored)?;
    if !is_named(&leaf, &signer.name) || !may_sign(&leaf) {
        return Err(BlobError::WrongSigner);
    }
    let key = leaf.public_key();
    let algorithm = verification(&header.alg, key).ok_or(BlobError::Algorithm)?;
    UnparsedPublicKey::new(algorithm, &key.subject_public_key.data)
        .verify(signed, &decode(signature)?)
        .map_err(|_| BlobError::Signature)?;
    decode(payload)
}

fn decode(part: &[u8]) -> Result<Vec<u8>, BlobError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| BlobError::NotJws)
}

/// The key says what it signs with; the header only chooses between RSA's two paddings (RFC 8725 §3.1).
fn verification(alg: &str, key: &SubjectPublicKeyInfo<'_>) -> Option<&'static dyn VerificationAlgorithm> {
    match alg {
        "ES256" if key_fits(key, Algorithm::Es256) => Some(&ECDSA_P256_SHA256_FIXED),
        "RS256" if key_fits(key, Algorithm::Rs256) => Some(&RSA_PKCS1_2048_8192_SHA256),
        "PS256" if key_fits(key, Algorithm::Rs256) => Some(&RSA_PSS_2048_8192_SHA256),
        _ => None,
    }
}

/// RFC 6125 §6.4.4: the common name counts only where there is no alternative name.
fn is_named(leaf: &X509Certificate<'_>, name: &str) -> bool {
    match leaf.subject_alternative_name() {
        Ok(Some(names)) => names
            .value
            .general_names
            .iter()
            .any(|general| matches!(general, GeneralName::DNSName(dns) if dns.eq_ignore_ascii_case(name))),
        Ok(None) => leaf
            .subject()
            .iter_common_name()
            .any(|common| common.as_str().is_ok_and(|common| common.eq_ignore_ascii_case(name))),
        Err(_) => false,
    }
}

fn may_sign(leaf: &X509Certificate<'_>) -> bool {
    leaf.key_usage().is_ok_and(|usage| usage.is_none_or(|usage| usage.value.digital_signature()))
}
