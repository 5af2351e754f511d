//! Passwords that nobody may have, because everybody tries them first (SP 800-63B-4 §3.1.1.2).
//!
//! Compared in one spelling: normal form KC, lower case. A password is also refused when half of it or more is one of
//! these things, since what people put around them is tried next. Beyond that, there are no rules of composition.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use zeroize::Zeroizing;

use super::patterns::{in_runs, period};
use super::{Password, PasswordError, folded};

/// From published breaches; `data/README.md` says which. Sorted by bytes, one a line.
const COMMON: &str = include_str!("../../data/common-passwords.txt");

/// Shorter words of the context are in too many honest passwords.
const MIN_CONTEXT: usize = 3;

/// Shorter cores of the operator's entries would refuse too much; the list's own are as long.
const MIN_CORE: usize = 6;

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blocked {
    /// Many people have it.
    Common,
    /// It is mostly the person's own name, or the service's.
    Context,
    /// It is mostly repetition, alphabet or keyboard.
    Pattern,
    /// The operator does not want it.
    Listed,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Common => "it is one that many people use, or nearly; several words that do not belong together are better",
            Self::Context => "it is mostly your user name or the name of this service; use words that have nothing to do with either",
            Self::Pattern => "it is mostly one thing repeated, or keys in a row; use several words instead",
            Self::Listed => "it is on the list of passwords that are not accepted here; use several words instead",
        })
    }
}

/// The passwords that nobody may have: the common ones, and the operator's own.
#[derive(Clone, Debug, Default)]
pub struct Blocklist {
    extra: BTreeSet<String>,
}

impl Blocklist {
    /// The common ones, and `extra`: one entry each, in any spelling. Empty ones are skipped.
    #[must_use]
    pub fn new(extra: impl Iterator<Item = String>) -> Self {
        let mut entries = BTreeSet::new();
        for entry in extra {
            let entry = folded(entry.trim());
            // What the entry is without its digits and marks stands for all that it is with others.
            entries.extend(Some(core(&entry).to_owned()).filter(|core| core.chars().count() >= MIN_CORE));
            entries.insert(entry.to_string());
        }
        entries.remove("");
        Self { extra: entries }
    }

    /// Refuses a new password that is easy to guess. `context` has what a guesser knows: the user name, the issuer's
    /// host, the product's name.
    ///
    /// # Errors
    /// [`PasswordError::Blocked`] says why.
    pub fn check(&self, password: &Password, context: &[&str]) -> Result<(), PasswordError> {
        let text = password.folded();
        match self.blocked(&text, context) {
            Some(why) => Err(PasswordError::Blocked { why }),
            None => Ok(()),
        }
    }

    fn blocked(&self, text: &str, context: &[&str]) -> Option<Blocked> {
        let characters = Zeroizing::new(text.chars().collect::<Vec<char>>());
        let length = characters.len();
        let mostly = |part: usize| 2 * part >= length;
        // `hunter2hunter2` is no better than `hunter2`.
        let unit = period(&characters);
        let once = text.char_indices().nth(unit).and_then(|(end, _)| text.get(..end)).unwrap_or(text);
        let core = core(text);
        for part in [text, once] {
            if let Some(why) = self.listed(part) {
                return Some(why);
            }
        }
        if let Some(why) = self.listed(core).filter(|_| mostly(core.chars().count())) {
            return Some(why);
        }
        if mostly(without(text, context)) {
            return Some(Blocked::Context);
        }
        (unit <= 4 && unit < length || mostly(in_runs(&characters))).then_some(Blocked::Pattern)
    }

    fn listed(&self, text: &str) -> Option<Blocked> {
        if self.extra.contains(text) {
            Some(Blocked::Listed)
        } else if is_common(text) {
            Some(Blocked::Common)
        } else {
            None
        }
    }
}

/// Without the digits and marks at both ends.
fn core(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_alphabetic())
}

/// How many characters of the text are words of the context.
fn without(text: &str, context: &[&str]) -> usize {
    let mut words = BTreeSet::new();
    for given in context {
        let given = folded(given);
        words.extend(given.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        words.insert(given.to_string());
    }
    // Longest first: `example.org` before `example`.
    let mut words: Vec<String> =
        words.into_iter().filter(|word| word.chars().count() >= MIN_CONTEXT).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut rest = Zeroizing::new(text.to_owned());
    for word in words {
        // What stood on both sides of a word does not become a word.
        rest = Zeroizing::new(rest.replace(&word, "\0"));
    }
    let left = rest.chars().filter(|c| *c != '\0').count();
    text.chars().count().saturating_sub(left)
}

/// Whether a line of the list is `text`: a binary search of its bytes.
fn is_common(text: &str) -> bool {
    let bytes = COMMON.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let before = bytes.get(low..middle).unwrap_or_default();
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(low, |at| low + at + 1);
        let after = bytes.get(start..high).unwrap_or_default();
        let line = after.split(|byte| *byte == b'\n').next().unwrap_or_default();
        match line.cmp(text.as_bytes()) {
            Ordering::Equal => return true,
            Ordering::Less => low = start + line.len() + 1,
            Ordering::Greater => high = start,
        }
    }
    false
}
