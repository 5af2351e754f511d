//! Proofs of possession: RFC 9449.

use riser_wire::UnixTime;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{Jwk, Jwks, KeySet, TokenType, VerifyError, encoding::decode, s256};

/// A proof whose signature is by the key that it brings along. What it is for is the caller's to check: method and
/// address, time, that it did not come before, the token that it goes with, and whose key that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DpopProof {
    thumbprint: String,
    claims: Claims,
}

/// RFC 9449 §4.2. A member of another JSON type is an error, and never as if it were absent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: UnixTime,
    #[serde(default, deserialize_with = "text")]
    ath: Option<String>,
}

fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
struct Header {
    jwk: Value,
}

/// The longest `jti` that is looked at.
const LONGEST_JTI: usize = 256;

impl DpopProof {
    /// Reads a proof: RFC 9449 §4.3, checks 2 to 7.
    ///
    /// # Errors
    /// [`VerifyError`], the first check that failed. A private or symmetric key is [`VerifyError::UnknownKey`].
    pub fn verify(compact: &str) -> Result<Self, VerifyError> {
        let header = compact.split('.').next().filter(|_| compact.len() <= crate::MAX_TOKEN_BYTES);
        let header = header.and_then(decode).ok_or(VerifyError::Malformed)?;
        let Header { jwk } = serde_json::from_slice(&header).map_err(|_| VerifyError::Malformed)?;
        let jwk = Jwk::from_json(&jwk).map_err(|_| VerifyError::UnknownKey)?;
        let thumbprint = jwk.thumbprint();
        let keys = KeySet::new(&Jwks { keys: vec![jwk] }).map_err(|_| VerifyError::UnknownKey)?;
        let claims: Claims = keys.verify(compact, TokenType::DpopProof)?.into_claims();
        if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
            return Err(VerifyError::BadClaims);
        }
        Ok(Self { thumbprint, claims })
    }

    /// The thumbprint of its key (RFC 7638).
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Its own name.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.claims.jti
    }

    /// When it was made, by its maker's clock.
    #[must_use]
    pub fn made_at(&self) -> UnixTime {
        self.claims.iat
    }

    /// Whether it is for a request of `method` to `address`, whatever the query of either (checks 8 and 9).
    #[must_use]
    pub fn is_for(&self, method: &str, address: &str) -> bool {
        let bare = |text: &str| {
            let mut url = Url::parse(text).ok()?;
            url.set_query(None);
            url.set_fragment(None);
            Some(url)
        };
        self.claims.htm == method
            && bare(address).is_some_and(|wanted| bare(&self.claims.htu) == Some(wanted))
    }

    /// Whether it goes with this access token (check 12).
    #[must_use]
    pub fn goes_with(&self, access_token: &str) -> bool {
        self.claims.ath.as_deref() == Some(s256(access_token).as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn std_dp_the_vectors_of_rfc_9449() {
        let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
        let proof = DpopProof::verify(proof).unwrap();
        assert_eq!(proof.thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        assert_eq!((proof.jti(), proof.made_at()), ("-BwC3ESc6acc2lTc", UnixTime(1_562_262_616)));
        assert!(proof.is_for("POST", "https://server.example.com/token"));
        assert!(!proof.goes_with("anything"), "it names no token");
        assert_eq!(
            s256("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"),
            "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
        );
    }

    #[test]
    #[rustfmt::skip] // a table
    fn std_dp_01_an_address_is_compared_as_one_and_not_as_text() {
        let proof = |htm: &str, htu: &str| DpopProof {
            thumbprint: String::new(),
            claims: Claims { jti: String::new(), htm: htm.to_owned(), htu: htu.to_owned(), iat: UnixTime(0), ath: None },
        };
        for (htm, htu, fits) in [
            ("POST", "https://id.example/token", true),
            ("POST", "HTTPS://ID.example:443/token", true),
            ("POST", "https://id.example/token?x=y#z", true),
            ("POST", "https://id.example/x/../token", true),
            ("post", "https://id.example/token", false),
            ("GET", "https://id.example/token", false),
            ("POST", "https://id.example/token/", false),
            ("POST", "http://id.example/token", false),
            ("POST", "https://id.example:444/token", false),
            ("POST", "/token", false),
            ("POST", "", false),
        ] {
            assert_eq!(proof(htm, htu).is_for("POST", "https://id.example/token"), fits, "{htm} {htu}");
        }
    }
}
