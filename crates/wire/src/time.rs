use serde::{Deserialize, Serialize};

/// A moment: whole seconds since 1970-01-01T00:00:00Z, as JWT's NumericDate (RFC 7519 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(pub i64);

/// A length of time in whole seconds, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u32);

impl UnixTime {
    /// Reads a member that may be absent but never `null`: with `#[serde(default, deserialize_with = "...")]`. A
    /// limit that says nothing is not the absence of a limit.
    ///
    /// # Errors
    /// When the member is no whole number.
    pub fn if_present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::deserialize(deserializer).map(Some)
    }

    /// The moment `span` later.
    #[must_use]
    pub fn plus(self, span: Seconds) -> Self {
        Self(self.0.saturating_add(i64::from(span.0)))
    }

    /// The moment `span` earlier.
    #[must_use]
    pub fn minus(self, span: Seconds) -> Self {
        Self(self.0.saturating_sub(i64::from(span.0)))
    }

    /// Seconds from `earlier` to this moment; negative when `earlier` lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Seconds {
    /// Parses a non-negative decimal integer: `max_age` of OIDC Core §3.1.2.1 and RFC 9470 §3.
    /// Signs, spaces, fractions and values over 2³²-1 are not numbers here: the caller must answer an
    /// error and never treat them as absent.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().ok().map(Self) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atk_su_36_a_malformed_max_age_is_never_a_number() {
        for text in ["", "-1", "+1", " 1", "1e9", "0x1", "1.0", "4294967296", "18446744073709551616", "٣"] {
            assert_eq!(Seconds::parse(text), None, "{text:?}");
        }
        assert_eq!(Seconds::parse("0"), Some(Seconds(0)));
        assert_eq!(Seconds::parse("4294967295"), Some(Seconds(u32::MAX)));
    }
}
