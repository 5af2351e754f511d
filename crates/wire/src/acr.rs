use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

/// The wire name of an assurance level: OIDC Core §2 `acr`, one entry of `acr_values` (§3.1.2.1).
///
/// One to 255 visible ASCII characters without a space, a quote or a backslash, so that it stands
/// unescaped in a space-separated list and in a quoted header parameter (RFC 9470 §3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Acr(Arc<str>);

/// A text that cannot be an `acr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an acr is 1 to 255 visible ASCII characters without spaces, quotes or backslashes")]
pub struct InvalidAcr;

impl Acr {
    /// Parses one value.
    ///
    /// # Errors
    /// [`InvalidAcr`] when the text is empty, too long, or has a character that a list cannot carry.
    pub fn parse(text: &str) -> Result<Self, InvalidAcr> {
        let fits = (1..=255).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if fits { Ok(Self(text.into())) } else { Err(InvalidAcr) }
    }

    /// Parses a space-separated list in order of preference (OIDC Core §3.1.2.1). Repetitions are dropped.
    ///
    /// # Errors
    /// [`InvalidAcr`] when an entry cannot be an `acr`.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, InvalidAcr> {
        let mut values = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let acr = Self::parse(word)?;
            if !values.contains(&acr) {
                values.push(acr);
            }
        }
        Ok(values)
    }

    /// The value as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Acr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Acr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl TryFrom<String> for Acr {
    type Error = InvalidAcr;
    fn try_from(text: String) -> Result<Self, InvalidAcr> {
        Self::parse(&text)
    }
}

impl From<Acr> for String {
    fn from(acr: Acr) -> Self {
        acr.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oidc_core_3_1_2_1_acr_values_keep_the_order_of_preference() {
        let values = Acr::parse_list("phrh  phr aal2 phr").unwrap();
        assert_eq!(values.iter().map(Acr::as_str).collect::<Vec<_>>(), ["phrh", "phr", "aal2"]);
    }

    #[test]
    fn an_acr_that_would_break_a_header_is_refused() {
        for text in ["", "a b", "a\"b", "a\\b", "ü", "a\n", &"x".repeat(256)] {
            assert_eq!(Acr::parse(text), Err(InvalidAcr), "{text:?}");
        }
    }
}
