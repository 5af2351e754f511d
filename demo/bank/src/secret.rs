use std::fmt;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::BankError;

/// 256 random bits that a browser holds. The database keeps only its [`Hash`], so that who reads the
/// database cannot take anybody's place.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

/// The hash of a secret, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash(pub(crate) [u8; 32]);

impl Secret {
    /// A new one.
    pub(crate) fn generate() -> Result<Self, BankError> {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).map_err(|_| BankError::NoRandomness)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// One that a browser shows; nothing when it cannot be one of ours.
    pub(crate) fn from_browser(text: &str) -> Option<Self> {
        let fits = URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
        fits.then(|| Self(text.to_owned()))
    }

    /// The text, for the browser that it belongs to.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored.
    pub(crate) fn hash(&self) -> Hash {
        self.derive(b"bank/stored/1\0")
    }

    /// What pages send back with each change: bound to the session, and no way back to it.
    pub(crate) fn csrf_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive(b"bank/csrf/1\0").0)
    }

    fn derive(&self, purpose: &[u8]) -> Hash {
        let input = [purpose, self.0.as_bytes()].concat();
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, &input).as_ref());
        Hash(hash)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_one_form_and_tells_nothing() {
        let secret = Secret::generate().unwrap();
        assert_eq!(Secret::from_browser(secret.expose()), Some(secret.clone()));
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_ne!(secret, Secret::generate().unwrap());
        assert_ne!(secret.csrf_token(), URL_SAFE_NO_PAD.encode(secret.hash().0));
        for text in ["", "x", &secret.expose()[1..], &format!("{}=", secret.expose()), "../../etc/passwd"] {
            assert_eq!(Secret::from_browser(text), None, "{text}");
        }
    }
}
