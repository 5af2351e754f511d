//! Recovery codes: what a person kept for the day a factor is lost.
//!
//! Owned here: what a code looks like, how it is read, and what is stored of it. Not owned: spending it, and what
//! it opens. A recovery code is no factor of the ladder (SP 800-63B-4 §4.2.1): nothing here makes a proof.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use riser_core::UserId;
use zeroize::Zeroizing;

/// How many codes a set has.
pub const CODES: usize = 10;

/// The random bytes of one code: 80 bits, where SP 800-63B-4 §4.2.1.1 wants 64.
pub const CODE_BYTES: usize = 10;

/// Five bits a letter.
const LETTERS: usize = CODE_BYTES * 8 / 5;

/// How the letters are shown: `ABCD-EFGH-JKMN-PQRS`.
const GROUP: usize = 4;

/// Crockford's: no I, L, O, which are read as digits, and no U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Keeps the hashes apart from those of anything else.
const DOMAIN: &[u8] = b"riser recovery code v1\0";

/// More than a code with a separator after each letter: not looked at.
const MAX_TYPED: usize = 128;

/// What is wrong with a text that should be a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryCodeError {
    /// It cannot be one, whoever's.
    #[error(
        "a recovery code has {LETTERS} letters and digits, such as ABCD-EFGH-JKMN-PQRS: check what you typed"
    )]
    Malformed,
}

/// A recovery code in its normal form. It is wiped when dropped and printed only by [`RecoveryCode::reveal`].
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<[u8; LETTERS]>);

impl RecoveryCode {
    /// A new set, from random bytes.
    #[must_use]
    pub fn set(random: &[[u8; CODE_BYTES]; CODES]) -> [Self; CODES] {
        random.each_ref().map(Self::from_random)
    }

    /// One code, from random bytes.
    #[must_use]
    pub fn from_random(bytes: &[u8; CODE_BYTES]) -> Self {
        let mut letters = Zeroizing::new([0; LETTERS]);
        let bits = bytes.iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
        for (place, letter) in letters.iter_mut().rev().enumerate() {
            let five = usize::try_from((bits >> (5 * place)) & 0x1f).unwrap_or_default();
            *letter = ALPHABET.get(five).copied().unwrap_or_default();
        }
        Self(letters)
    }

    /// Reads what a person typed, in any case, with any spaces and dashes, and with the letters that look like
    /// digits.
    ///
    /// # Errors
    /// [`RecoveryCodeError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, RecoveryCodeError> {
        let malformed = RecoveryCodeError::Malformed;
        if text.len() > MAX_TYPED {
            return Err(malformed);
        }
        let mut letters = Zeroizing::new([0; LETTERS]);
        let mut typed = text.chars().filter(|c| !is_separator(*c)).map(normal);
        for letter in letters.iter_mut() {
            let next = typed.next().and_then(|c| u8::try_from(c).ok()).ok_or(malformed)?;
            *letter = Some(next).filter(|byte| ALPHABET.contains(byte)).ok_or(malformed)?;
        }
        if typed.next().is_some() { Err(malformed) } else { Ok(Self(letters)) }
    }

    /// What is stored of it, and looked up by: SHA-256 over the owner and the code. 80 random bits need no slow
    /// hash, and with the owner in it one computation tries one person.
    #[must_use]
    pub fn hash(&self, owner: &UserId) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        context.update(DOMAIN);
        // The code has one length, so no owner and code run together in two ways.
        context.update(&*self.0);
        context.update(owner.as_str().as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }

    /// The code as it is shown, once, when it is made.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut shown = Zeroizing::new(String::with_capacity(LETTERS + LETTERS / GROUP));
        for (index, letter) in self.0.iter().enumerate() {
            if index > 0 && index % GROUP == 0 {
                shown.push('-');
            }
            shown.push(char::from(*letter));
        }
        shown
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

/// Word processors and telephones make other dashes of a hyphen.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn normal(c: char) -> char {
    match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    }
}
