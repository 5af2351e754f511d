use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use riser_store::Hashed;

use crate::app::Random;

/// The form in which a secret value is stored: its SHA-256. Enough for values of 256 random bits; passwords
/// never come here.
#[must_use]
pub fn hashed(value: &str) -> Hashed {
    hashed_bytes(value.as_bytes())
}

/// The same for bytes.
#[must_use]
pub(crate) fn hashed_bytes(value: &[u8]) -> Hashed {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, value).as_ref());
    Hashed(bytes)
}

/// A fresh value of 256 random bits, as text.
#[must_use]
pub fn secret_token(random: &dyn Random) -> String {
    URL_SAFE_NO_PAD.encode(random.bytes32())
}
