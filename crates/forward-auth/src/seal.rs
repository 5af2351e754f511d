//! What a browser carries for us between two requests: sealed, so that it is neither read nor made, and for that
//! browser only. The key is made at the start and kept by nobody: a restart ends the sign-ins that are under way.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, RandomizedNonceKey},
    digest::{SHA256, digest},
    rand,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::secret::Secret;

/// The key to all that is sealed.
pub(crate) struct Sealer(RandomizedNonceKey);

/// The cryptographic library has no randomness or no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no randomness is available")]
pub struct NoRandomness;

/// The length of the nonce that stands before what is sealed, in bytes.
const NONCE: usize = 12;

impl Sealer {
    pub(crate) fn generate() -> Result<Self, NoRandomness> {
        let mut key = [0; 32];
        rand::fill(&mut key).map_err(|_| NoRandomness)?;
        RandomizedNonceKey::new(&AES_256_GCM, &key).map(Self).map_err(|_| NoRandomness)
    }

    /// Seals `value` for the browser that holds `browser`, for one `purpose`.
    pub(crate) fn seal(
        &self,
        purpose: &str,
        browser: &Secret,
        value: &impl Serialize,
    ) -> Result<String, NoRandomness> {
        let mut bytes = serde_json::to_vec(value).map_err(|_| NoRandomness)?;
        let nonce =
            self.0.seal_in_place_append_tag(bound(purpose, browser), &mut bytes).map_err(|_| NoRandomness)?;
        let all = [nonce.as_ref().as_slice(), &bytes].concat();
        Ok(URL_SAFE_NO_PAD.encode(all))
    }

    /// Opens what was sealed for this purpose and this browser; nothing of anything else.
    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        purpose: &str,
        browser: &Secret,
        sealed: &str,
    ) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, rest) = bytes.split_at_checked(NONCE)?;
        let nonce = aws_lc_rs::aead::Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = rest.to_vec();
        let plain = self.0.open_in_place(nonce, bound(purpose, browser), &mut rest).ok()?;
        serde_json::from_slice(plain).ok()
    }
}

fn bound(purpose: &str, browser: &Secret) -> Aad<Vec<u8>> {
    let browser = digest(&SHA256, browser.expose().as_bytes());
    Aad::from([purpose.as_bytes(), b"\0", browser.as_ref()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_purpose_and_browser_only() {
        let (sealer, other) = (Sealer::generate().unwrap(), Sealer::generate().unwrap());
        let (ours, theirs) = (Secret::generate().unwrap(), Secret::generate().unwrap());
        let sealed = sealer.seal("visit", &ours, &"/tenants/7").unwrap();
        let open =
            |sealer: &Sealer, purpose, browser, text: &str| sealer.open::<String>(purpose, browser, text);
        assert_eq!(open(&sealer, "visit", &ours, &sealed).as_deref(), Some("/tenants/7"));
        assert_eq!(open(&sealer, "need", &ours, &sealed), None);
        assert_eq!(open(&sealer, "visit", &theirs, &sealed), None);
        assert_eq!(open(&other, "visit", &ours, &sealed), None);
        for index in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(changed == sealed || open(&sealer, "visit", &ours, &changed).is_none(), "{index}");
        }
        for text in ["", "AAAA", "=", &sealed[..20]] {
            assert_eq!(open(&sealer, "visit", &ours, text), None, "{text}");
        }
    }
}
