//! One certificate: reading it, its key, and what the formats require of it.

use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::oid;
use x509_parser::der_parser::oid::Oid;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_PKCS1_RSAENCRYPTION, OID_SIG_ED25519,
};
use x509_parser::prelude::FromDer;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Version};

use super::AttestationError;
use crate::webauthn::signature;
use crate::webauthn::{Algorithm, PublicKey};

/// id-fido-gen-ce-aaguid.
const FIDO_AAGUID: Oid<'static> = oid!(1.3.6.1.4.1.45724.1.1.4);

/// Reads a certificate; nothing may follow it.
pub(crate) fn read(der: &[u8]) -> Result<X509Certificate<'_>, AttestationError> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(AttestationError::Certificate),
    }
}

/// The value of an extension, if it is there; twice is an error.
pub(super) fn extension<'c>(
    certificate: &'c X509Certificate<'_>,
    oid: &Oid<'_>,
) -> Result<Option<&'c [u8]>, AttestationError> {
    let found = certificate.get_extension_unique(oid).map_err(|_| AttestationError::Certificate)?;
    Ok(found.map(|extension| extension.value))
}

/// The signature algorithms that a certificate's key makes, in the form that they are verified in.
pub(crate) fn key_fits(spki: &SubjectPublicKeyInfo<'_>, algorithm: Algorithm) -> bool {
    let on_curve = |curve: &Oid<'_>| {
        spki.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY
            && spki.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok()).as_ref() == Some(curve)
    };
    match algorithm {
        Algorithm::Es256 => on_curve(&OID_EC_P256),
        Algorithm::Es384 => on_curve(&OID_NIST_EC_P384),
        Algorithm::EdDsa => spki.algorithm.algorithm == OID_SIG_ED25519,
        Algorithm::Rs256 => spki.algorithm.algorithm == OID_PKCS1_RSAENCRYPTION,
    }
}

/// Verifies that the certificate's key signed `message`.
pub(super) fn verify_signature(
    certificate: &X509Certificate<'_>,
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), AttestationError> {
    let spki = certificate.public_key();
    if !key_fits(spki, algorithm) {
        return Err(AttestationError::AlgorithmMismatch);
    }
    signature::verify(algorithm, &spki.subject_public_key.data, message, signature)
        .map_err(|_| AttestationError::Signature)
}

/// Verifies that the certificate is about the credential's very key.
pub(super) fn verify_same_key(
    certificate: &X509Certificate<'_>,
    key: &PublicKey,
) -> Result<(), AttestationError> {
    let spki = certificate.public_key();
    // Both are in the one uncompressed form, so equal keys are equal bytes.
    if key_fits(spki, key.algorithm()) && *spki.subject_public_key.data == *key.raw() {
        Ok(())
    } else {
        Err(AttestationError::KeyMismatch)
    }
}

/// WebAuthn L3 §8.2.1, §8.3.1: the certificate of an authenticator is version 3 and no authority.
pub(super) fn verify_end_entity(certificate: &X509Certificate<'_>) -> Result<(), AttestationError> {
    if certificate.version() != X509Version::V3 {
        return Err(AttestationError::Requirement("version 3"));
    }
    match certificate.basic_constraints() {
        Ok(Some(constraints)) if !constraints.value.ca => Ok(()),
        _ => Err(AttestationError::Requirement("basic constraints with CA false")),
    }
}

/// WebAuthn L3 §8.2 and §8.3: a certificate that names a model names that of the authenticator data.
pub(super) fn verify_aaguid(
    certificate: &X509Certificate<'_>,
    aaguid: &[u8; 16],
) -> Result<(), AttestationError> {
    let extension =
        certificate.get_extension_unique(&FIDO_AAGUID).map_err(|_| AttestationError::Certificate)?;
    let Some(extension) = extension else { return Ok(()) };
    // §8.2.1: it must not be critical.
    if extension.critical {
        return Err(AttestationError::Requirement("a model extension that is not critical"));
    }
    // An OCTET STRING of 16 bytes within the extension's own.
    match extension.value.split_first_chunk::<2>() {
        Some(([0x04, 0x10], value)) if value == aaguid => Ok(()),
        _ => Err(AttestationError::Aaguid),
    }
}
