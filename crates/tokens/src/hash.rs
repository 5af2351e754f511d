use aws_lc_rs::digest::{SHA256, digest};

use crate::{Algorithm, encoding::encode};

/// `at_hash` of OIDC Core §3.1.3.6: the left half of the hash of the access token's ASCII text, with the
/// hash of the ID token's algorithm.
#[must_use]
pub fn at_hash(access_token: &str, algorithm: Algorithm) -> String {
    let hash = match algorithm {
        Algorithm::Es256 | Algorithm::Rs256 => &SHA256,
    };
    let whole = digest(hash, access_token.as_bytes());
    let (left, _) = whole.as_ref().split_at(whole.as_ref().len() / 2);
    encode(left)
}

/// The PKCE code challenge of a verifier, method `S256` (RFC 7636 §4.2).
#[must_use]
pub fn s256(verifier: &str) -> String {
    encode(digest(&SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn std_oc_35_the_vector_of_at_hash() {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(at_hash(token, Algorithm::Rs256), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(at_hash(token, Algorithm::Es256), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn rfc_7636_appendix_b_the_vector_of_s256() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(s256(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
