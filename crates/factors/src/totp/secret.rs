use std::fmt;

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use super::TotpError;

/// How many bytes a secret has: those of the hash (RFC 4226 §4, R6).
pub const SECRET_LEN: usize = 20;

/// What an application and the server share. The server alone makes it, from random bytes; nothing reads one from
/// a client. It is wiped when dropped and never printed.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; SECRET_LEN]>);

impl TotpSecret {
    /// A new secret, of random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; SECRET_LEN]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads back what [`TotpSecret::as_bytes`] gave.
    ///
    /// # Errors
    /// [`TotpError::UnreadableSecret`] unless it has [`SECRET_LEN`] bytes.
    pub fn from_stored(bytes: &[u8]) -> Result<Self, TotpError> {
        bytes.try_into().map(Self::from_random).map_err(|_| TotpError::UnreadableSecret)
    }

    /// What the same work is done with when there is nobody. Its codes are refused.
    pub(super) fn of_nobody() -> Self {
        Self(Zeroizing::new([0; SECRET_LEN]))
    }

    /// The bytes, for storage.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &*self.0
    }

    /// Base32 in groups of four, for a person who types it into the application.
    #[must_use]
    pub fn manual_entry(&self) -> Zeroizing<String> {
        let text = self.base32();
        let mut groups = Zeroizing::new(String::with_capacity(text.len() + text.len() / 4));
        for (index, letter) in text.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                groups.push(' ');
            }
            groups.push(letter);
        }
        groups
    }

    /// RFC 4648 §6 without padding, as the applications want it.
    pub(super) fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&*self.0))
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(..)")
    }
}
