use std::{fmt, str::FromStr};

/// A signature algorithm of RFC 7518 §3.1. There is no symmetric one, and no `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256, the signature as 64 bytes (RFC 7518 §3.4). The default.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, which every OpenID client understands (OIDC Core §15.1).
    Rs256,
}

/// A name of `alg` that Riser neither signs nor verifies with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature algorithms are ES256 and RS256")]
pub struct UnknownAlgorithm;

impl Algorithm {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;
    /// Exact: `alg` is case-sensitive (RFC 7515 §4.1.1).
    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        match name {
            "ES256" => Ok(Self::Es256),
            "RS256" => Ok(Self::Rs256),
            _ => Err(UnknownAlgorithm),
        }
    }
}

/// What a token is for. The kind stands in its header, so that no kind can be taken for another
/// (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenType {
    /// `JWT`: an ID token (OIDC Core §2).
    IdToken,
    /// `at+jwt`: an access token (RFC 9068 §2.1).
    AccessToken,
    /// `client-authentication+jwt`: what a client proves itself with (RFC 7523 §2.2). Most clients write `JWT`, or
    /// nothing.
    ClientAssertion,
    /// `oauth-authz-req+jwt`: a request object (RFC 9101 §10.8). Some clients write `JWT`, or nothing.
    RequestObject,
    /// `dpop+jwt`: the proof that its sender holds a key (RFC 9449 §4.2).
    DpopProof,
    /// `logout+jwt`: tells an application that a session has ended (OIDC Back-Channel Logout §2.4).
    LogoutToken,
}

impl TokenType {
    /// Every kind, in the order of [`Self::index`].
    pub(crate) const ALL: [Self; 6] = [
        Self::IdToken,
        Self::AccessToken,
        Self::ClientAssertion,
        Self::RequestObject,
        Self::DpopProof,
        Self::LogoutToken,
    ];

    /// The value of `typ`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdToken => "JWT",
            Self::AccessToken => "at+jwt",
            Self::ClientAssertion => "client-authentication+jwt",
            Self::RequestObject => "oauth-authz-req+jwt",
            Self::DpopProof => "dpop+jwt",
            Self::LogoutToken => "logout+jwt",
        }
    }

    pub(crate) const fn index(self) -> usize {
        match self {
            Self::IdToken => 0,
            Self::AccessToken => 1,
            Self::ClientAssertion => 2,
            Self::RequestObject => 3,
            Self::DpopProof => 4,
            Self::LogoutToken => 5,
        }
    }

    /// Whether a header is of this kind. Two kinds are older than their names and may go without, or as a mere
    /// `JWT`: they are verified with the keys of the client that they must come from, which sign nothing of ours.
    pub(crate) fn accepts(self, typ: Option<&str>) -> bool {
        let may_be_unnamed = matches!(self, Self::ClientAssertion | Self::RequestObject);
        match typ {
            Some(typ) => self.matches(typ) || (may_be_unnamed && Self::IdToken.matches(typ)),
            None => may_be_unnamed,
        }
    }

    /// Whether a header's `typ` names this kind: a media type, so case does not matter and a leading
    /// `application/` may stand (RFC 7515 §4.1.9).
    pub(crate) fn matches(self, typ: &str) -> bool {
        const PREFIX: &str = "application/";
        let short = match typ.get(..PREFIX.len()) {
            Some(head) if head.eq_ignore_ascii_case(PREFIX) => &typ[PREFIX.len()..],
            _ => typ,
        };
        short.eq_ignore_ascii_case(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7515_4_1_9_typ_is_a_media_type() {
        for (typ, matches) in [
            ("at+jwt", true),
            ("AT+JWT", true),
            ("application/at+jwt", true),
            ("Application/At+Jwt", true),
            ("JWT", false),
            ("at+jwt ", false),
            ("application/application/at+jwt", false),
            ("text/at+jwt", false),
            ("", false),
            ("äpplication/at+jwt", false),
        ] {
            assert_eq!(TokenType::AccessToken.matches(typ), matches, "{typ:?}");
        }
    }

    #[test]
    fn rfc_8725_3_11_only_what_is_older_than_its_name_may_go_without() {
        for kind in TokenType::ALL {
            let client_made = matches!(kind, TokenType::ClientAssertion | TokenType::RequestObject);
            assert_eq!(kind.accepts(None), client_made, "{kind:?}");
            for other in TokenType::ALL {
                let accepted = kind == other || (client_made && other == TokenType::IdToken);
                assert_eq!(kind.accepts(Some(other.as_str())), accepted, "{kind:?} as {other:?}");
            }
        }
    }

    #[test]
    fn alg_names_are_exact() {
        for name in ["none", "es256", "HS256", "ES384", "PS256", "", "ES256 "] {
            assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name:?}");
        }
        for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
        }
    }
}
