//! From an attesting certificate to a configured root.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use riser_core::UnixTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::oid_registry::{
    OID_PKCS1_SHA256WITHRSA, OID_PKCS1_SHA384WITHRSA, OID_PKCS1_SHA512WITHRSA, OID_SIG_ECDSA_WITH_SHA256,
    OID_SIG_ECDSA_WITH_SHA384, OID_SIG_ED25519,
};
use x509_parser::x509::SubjectPublicKeyInfo;

use super::certificate::{key_fits, read};
use crate::webauthn::Algorithm;

/// The certificates of the makers whose models count as hardware: configuration, empty to begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttestationRoots(Vec<Vec<u8>>);

/// A configured root that is not a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("attestation root {index} is not one X.509 certificate in DER")]
pub struct InvalidRoot {
    /// Which, counted from 0.
    pub index: usize,
}

impl AttestationRoots {
    /// No roots: nothing counts as bound to hardware.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Roots from their DER.
    ///
    /// # Errors
    /// [`InvalidRoot`] names the first that cannot be read.
    pub fn from_der(certificates: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, InvalidRoot> {
        let roots: Vec<Vec<u8>> = certificates.into_iter().collect();
        for (index, der) in roots.iter().enumerate() {
            read(der).map_err(|_| InvalidRoot { index })?;
        }
        Ok(Self(roots))
    }

    /// Those that are certificates, and how many were not: for lists that others keep.
    pub(crate) fn readable(certificates: impl IntoIterator<Item = Vec<u8>>) -> (Self, usize) {
        let (roots, others): (Vec<_>, Vec<_>) = certificates.into_iter().partition(|der| read(der).is_ok());
        (Self(roots), others.len())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The SHA-256 of the root that the chain, attesting certificate first, leads to. RFC 5280 §6.1, without
    /// policies and names, which no maker uses: what is critical and not understood leads nowhere.
    pub(crate) fn anchor_of(&self, chain: &[&[u8]], now: UnixTime) -> Option<[u8; 32]> {
        if self.0.is_empty() {
            return None;
        }
        let parsed: Vec<X509Certificate<'_>> =
            chain.iter().map(|der| read(der).ok()).collect::<Option<_>>()?;
        for (index, (certificate, der)) in parsed.iter().zip(chain).enumerate() {
            if !is_valid(certificate, now) || !is_understood(certificate) {
                return None;
            }
            // All but the first are authorities over those before them.
            if index > 0 && !may_issue(certificate, index - 1) {
                return None;
            }
            if let Some(root) =
                self.0.iter().find(|root| *root == der || is_issued_by_root(certificate, root, now))
            {
                let mut fingerprint = [0; 32];
                fingerprint.copy_from_slice(digest(&SHA256, root).as_ref());
                return Some(fingerprint);
            }
            if !is_issued_by(certificate, parsed.get(index + 1)?) {
                return None;
            }
        }
        None
    }
}

fn is_issued_by_root(certificate: &X509Certificate<'_>, root: &[u8], now: UnixTime) -> bool {
    read(root).is_ok_and(|root| is_valid(&root, now) && is_issued_by(certificate, &root))
}

fn is_valid(certificate: &X509Certificate<'_>, now: UnixTime) -> bool {
    let validity = certificate.validity();
    (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&now.0)
}

/// RFC 5280 §6.1.4 (o): an unknown critical extension ends the path.
fn is_understood(certificate: &X509Certificate<'_>) -> bool {
    certificate.extensions().iter().filter(|extension| extension.critical).all(|extension| {
        matches!(
            extension.parsed_extension(),
            ParsedExtension::BasicConstraints(_)
                | ParsedExtension::KeyUsage(_)
                | ParsedExtension::ExtendedKeyUsage(_)
                | ParsedExtension::SubjectAlternativeName(_)
                | ParsedExtension::CertificatePolicies(_)
        )
    })
}

/// RFC 5280 §6.1.4 (k) to (n): an authority, with room below it for so many others.
fn may_issue(certificate: &X509Certificate<'_>, authorities_below: usize) -> bool {
    let Ok(Some(constraints)) = certificate.basic_constraints() else { return false };
    let deep_enough = constraints
        .value
        .path_len_constraint
        .is_none_or(|most| usize::try_from(most).is_ok_and(|most| authorities_below <= most));
    let signs = match certificate.key_usage() {
        Ok(usage) => usage.is_none_or(|usage| usage.value.key_cert_sign()),
        Err(_) => false,
    };
    constraints.value.ca && deep_enough && signs
}

fn is_issued_by(certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> bool {
    certificate.issuer().as_raw() == issuer.subject().as_raw()
        // RFC 5280 §4.1.1.2: the algorithm stands inside the signature too.
        && certificate.tbs_certificate.signature == certificate.signature_algorithm
        && verification(certificate, issuer.public_key()).is_some_and(|algorithm| {
            UnparsedPublicKey::new(algorithm, &issuer.public_key().subject_public_key.data)
                .verify(certificate.tbs_certificate.as_ref(), &certificate.signature_value.data)
                .is_ok()
        })
}

/// What the certificate is signed with, if the issuer's key makes such signatures. No SHA-1: forged in 2020.
fn verification(
    certificate: &X509Certificate<'_>,
    issuer: &SubjectPublicKeyInfo<'_>,
) -> Option<&'static dyn VerificationAlgorithm> {
    let fits = |algorithm| key_fits(issuer, algorithm);
    let signed_with = &certificate.signature_algorithm.algorithm;
    if *signed_with == OID_SIG_ECDSA_WITH_SHA256 && fits(Algorithm::Es256) {
        Some(&ECDSA_P256_SHA256_ASN1)
    } else if *signed_with == OID_SIG_ECDSA_WITH_SHA384 && fits(Algorithm::Es256) {
        Some(&ECDSA_P256_SHA384_ASN1)
    } else if *signed_with == OID_SIG_ECDSA_WITH_SHA256 && fits(Algorithm::Es384) {
        Some(&ECDSA_P384_SHA256_ASN1)
    } else if *signed_with == OID_SIG_ECDSA_WITH_SHA384 && fits(Algorithm::Es384) {
        Some(&ECDSA_P384_SHA384_ASN1)
    } else if *signed_with == OID_SIG_ED25519 && fits(Algorithm::EdDsa) {
        Some(&ED25519)
    } else if *signed_with == OID_PKCS1_SHA256WITHRSA && fits(Algorithm::Rs256) {
        Some(&RSA_PKCS1_2048_8192_SHA256)
    } else if *signed_with == OID_PKCS1_SHA384WITHRSA && fits(Algorithm::Rs256) {
        Some(&RSA_PKCS1_2048_8192_SHA384)
    } else if *signed_with == OID_PKCS1_SHA512WITHRSA && fits(Algorithm::Rs256) {
        Some(&RSA_PKCS1_2048_8192_SHA512)
    } else {
        None
    }
}
