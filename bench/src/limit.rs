//! What nothing can be faster than: the cryptography that a round trip cannot do without, in this process and
//! with the same library.

use std::time::Instant;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair,
    KeyPair as _, ParsedPublicKey,
};

use crate::Outcome;

/// The size of an assertion's signed bytes: authenticator data and a hash.
const ASSERTION: [u8; 69] = [7; 69];
/// About that of a token.
const TOKEN: [u8; 600] = [7; 600];
/// Small, so that most batches run undisturbed on a busy machine.
const BATCH: u32 = 8;
const BATCHES: u32 = 400;

/// Microseconds of one core.
pub struct Limit {
    /// One ES256 signature verified.
    pub verify_us: f64,
    /// One ES256 signature made.
    pub sign_us: f64,
}

/// Measures both.
pub fn measure() -> Outcome<Limit> {
    let failed = |_| "the cryptographic library failed";
    let random = SystemRandom::new();
    let device = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(failed)?;
    let signature = device.sign(&random, &ASSERTION).map_err(failed)?;
    let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, device.public_key().as_ref());
    let public = public.map_err(|_| "the public key cannot be read")?;
    let verify_us = median_us(|| public.verify_sig(&ASSERTION, signature.as_ref()).is_ok());

    let signer = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
    let sign_us = median_us(|| signer.sign(&random, &TOKEN).is_ok());
    match (verify_us, sign_us) {
        (Some(verify_us), Some(sign_us)) => Ok(Limit { verify_us, sign_us }),
        _ => Err("the cryptographic library failed".into()),
    }
}

/// The median over batches; `None` if it ever fails.
fn median_us(mut once: impl FnMut() -> bool) -> Option<f64> {
    let mut batches = Vec::new();
    for _ in 0..BATCHES {
        let started = Instant::now();
        for _ in 0..BATCH {
            if !once() {
                return None;
            }
        }
        batches.push(started.elapsed().as_secs_f64() * 1e6 / f64::from(BATCH));
    }
    batches.sort_by(f64::total_cmp);
    batches.get(batches.len() / 2).copied()
}
