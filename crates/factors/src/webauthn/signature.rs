//! Which aws-lc-rs verification stands for which signature algorithm.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};

use super::Algorithm;

/// A signature that does not verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadSignature;

fn verification(algorithm: Algorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        Algorithm::Es256 => &ECDSA_P256_SHA256_ASN1,
        Algorithm::EdDsa => &ED25519,
        Algorithm::Es384 => &ECDSA_P384_SHA384_ASN1,
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
    }
}

/// Verifies a signature by a key in the form that aws-lc-rs reads: a point, 32 bytes, or an `RSAPublicKey`.
pub(crate) fn verify(
    algorithm: Algorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    UnparsedPublicKey::new(verification(algorithm), key).verify(message, signature).map_err(|_| BadSignature)
}

/// Whether the key is one at all: on its curve, or a modulus of a usable size.
pub(crate) fn is_key(algorithm: Algorithm, key: &[u8]) -> bool {
    ParsedPublicKey::new(verification(algorithm), key).is_ok()
}
