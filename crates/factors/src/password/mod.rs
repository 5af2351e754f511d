//! Passwords: Argon2id with bounded parallelism, and one answer for every way of being wrong.
//!
//! Owned here: the rules for a new one (SP 800-63B-4 §3.1.1.2), hashing and comparing. Not owned: how many somebody
//! may try. The verifier counts nothing: a try that is given up half-way, because its client went away, is no try.

mod blocklist;
mod hash;
mod patterns;
mod verifier;

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub use blocklist::{Blocked, Blocklist};
pub use hash::{EnrolledPassword, HashCost, PasswordHash};
pub use verifier::Passwords;

/// The fewest characters of a password that is a person's only factor (SP 800-63B-4 §3.1.1.2).
pub const SOLE_FACTOR_MIN: usize = 15;

/// The most characters of a password: four times what SP 800-63B-4 §3.1.1.2 wants to be permitted.
pub const MAX_CHARACTERS: usize = 256;

/// Looked at before the text is: 256 characters of at most four bytes, with room for composition.
const MAX_BYTES: usize = 4 * 1024;

/// Why a password was not accepted, or not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too few characters to enrol.
    #[error("the password has too few characters: use at least {min}; a sentence is easy to remember")]
    TooShort {
        /// How many it takes.
        min: usize,
    },
    /// Too many characters.
    #[error("the password has too many characters: use at most {max}")]
    TooLong {
        /// How many there may be.
        max: usize,
    },
    /// One of those that are tried first.
    #[error("this password is too easy to guess: {why}")]
    Blocked {
        /// Why.
        why: Blocked,
    },
    /// Not the password; or nobody's, which is the same answer.
    #[error("the user name or the password is wrong: check both and try again")]
    Wrong,
    /// Too many passwords are being checked at this moment.
    #[error("too many passwords are being checked: try again in a few seconds")]
    Busy,
    /// The stored hash is not one that this version wrote.
    #[error("the stored password hash cannot be read: let the person set a new password")]
    UnreadableHash,
    /// The computation did not finish: no memory, or the process is ending.
    #[error("the password could not be checked: look at the memory of the machine and try again")]
    Unavailable,
}

/// What a person typed, in normal form C. It is wiped when dropped and never printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// A new password, which must have at least `min_characters`: [`SOLE_FACTOR_MIN`] where nothing else is asked for.
    ///
    /// # Errors
    /// [`PasswordError::TooShort`] and [`PasswordError::TooLong`] say how many characters it takes.
    pub fn for_enrolment(text: &str, min_characters: usize) -> Result<Self, PasswordError> {
        let password = Self::attempt(text)?;
        // SP 800-63B-4 §3.1.1.2: each Unicode code point counts as one character.
        if password.0.chars().count() < min_characters {
            return Err(PasswordError::TooShort { min: min_characters });
        }
        Ok(password)
    }

    /// A password to try. Only its size is bounded, so that a failed sign-in never explains the rules.
    ///
    /// # Errors
    /// [`PasswordError::TooLong`].
    pub fn attempt(text: &str) -> Result<Self, PasswordError> {
        let too_long = PasswordError::TooLong { max: MAX_CHARACTERS };
        if text.len() > MAX_BYTES {
            return Err(too_long);
        }
        // NFC grows UTF-8 threefold at most; a buffer that never moves leaves no copy behind.
        let mut normal = Zeroizing::new(String::with_capacity(text.len() * 3));
        normal.extend(text.nfc());
        if normal.chars().count() > MAX_CHARACTERS {
            return Err(too_long);
        }
        Ok(Self(normal))
    }
}

impl Password {
    /// What two spellings of one idea have in common, for comparison with what others think of.
    fn folded(&self) -> Zeroizing<String> {
        folded(&self.0)
    }
}

/// Normal form KC and lower case. Lower case may leave the normal form, so it is made twice. The buffers are large
/// enough for the worst ligature, and never move.
fn folded(text: &str) -> Zeroizing<String> {
    let mut lower = Zeroizing::new(String::with_capacity(text.len() * 12));
    lower.extend(text.nfkc().flat_map(char::to_lowercase));
    let mut normal = Zeroizing::new(String::with_capacity(lower.len() * 2));
    normal.extend(lower.nfkc());
    normal
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}
