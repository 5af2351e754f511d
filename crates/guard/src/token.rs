use std::fmt;

use riser_tokens::{KeySet, TokenType, VerifyError};
use riser_wire::{AccessTokenClaims, Seconds, UnixTime};
use serde::Deserialize;

/// How far the provider's clock and ours may be apart.
pub(crate) const LEEWAY: Seconds = Seconds(5);

/// An access token that the provider signed for us and that stands at this moment. Only
/// [`Guard::verify`](crate::Guard::verify) makes one.
///
/// That it is valid says nothing of how strong or fresh the authentication was: see
/// [`require`](Self::require).
#[derive(Clone, PartialEq)]
pub struct VerifiedToken {
    claims: AccessTokenClaims,
    compact: Box<str>,
}

/// Why a token is refused. For the log: whoever sent it learns only `invalid_token`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// Its form, type, key or signature.
    #[error(transparent)]
    Signed(#[from] VerifyError),
    /// Another issuer's.
    #[error("the token is another issuer's")]
    Issuer,
    /// For another API.
    #[error("the token is not for this audience")]
    Audience,
    /// Past its `exp`.
    #[error("the token has expired")]
    Expired,
    /// From the future: `iat` or `nbf` lies ahead.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Bound to a key of its holder (`cnf`): a mere bearer may not use it (RFC 9449 §7.1).
    #[error("the token is bound to its holder's key, which was not shown")]
    KeyBound,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(flatten)]
    access: AccessTokenClaims,
    #[serde(default)]
    nbf: Option<UnixTime>,
}

impl VerifiedToken {
    /// Checks `compact` as RFC 9068 §4 has it.
    pub(crate) fn check(
        compact: &str,
        keys: &KeySet,
        issuer: &str,
        audience: &str,
        now: UnixTime,
    ) -> Result<Self, InvalidToken> {
        let Claims { access, nbf } = keys.verify(compact, TokenType::AccessToken)?.into_claims();
        if access.iss != issuer {
            return Err(InvalidToken::Issuer);
        }
        if !access.aud.contains(audience) {
            return Err(InvalidToken::Audience);
        }
        if access.cnf.is_some() {
            return Err(InvalidToken::KeyBound);
        }
        if now >= access.exp.plus(LEEWAY) {
            return Err(InvalidToken::Expired);
        }
        let latest = now.plus(LEEWAY);
        if access.iat > latest || nbf.is_some_and(|nbf| nbf > latest) {
            return Err(InvalidToken::NotYetValid);
        }
        Ok(Self { claims: access, compact: compact.into() })
    }

    /// The claims. Do not compare `acr` yourself: [`require`](Self::require) knows how.
    #[must_use]
    pub fn claims(&self) -> &AccessTokenClaims {
        &self.claims
    }

    /// Who it speaks for: stable and never reassigned.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.claims.sub
    }

    /// The text of the token, which is a secret: whoever has it can use it. For asking the provider only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.compact
    }
}

impl fmt::Debug for VerifiedToken {
    /// Its name only: a token that can be read in a log can be used from there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken").field("jti", &self.claims.jti).finish_non_exhaustive()
    }
}
