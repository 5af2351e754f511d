use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use serde::de::DeserializeOwned;

use crate::{Algorithm, Jwk, Jwks, TokenType, encoding::decode, header::Header, jwk::Material};

/// The longest token that is looked at, in bytes: more than any of ours, and little to read.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The keys of one issuer whose signatures are trusted. Each is parsed once.
#[derive(Default)]
pub struct KeySet {
    keys: Vec<TrustedKey>,
}

struct TrustedKey {
    kid: Option<String>,
    algorithm: Algorithm,
    public: ParsedPublicKey,
}

/// Claims whose signature, kind and shape were checked. Only [`KeySet::verify`] makes one.
///
/// It does not say that the token is meant for you or still stands: `iss`, `aud` and `exp` are yours to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T>(T);

/// A set of keys that cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Two keys have one name, so that `kid` chooses neither.
    #[error("two keys are named `{0}`")]
    DuplicateKid(String),
    /// The members are well-formed but are no key: a point off the curve, for one.
    #[error("the key `{}` is not valid", .0.as_deref().unwrap_or("without a kid"))]
    InvalidKey(Option<String>),
}

/// Why a token was refused. For logs: the answer to whoever sent it is the same for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Longer than [`MAX_TOKEN_BYTES`].
    #[error("the token is longer than any valid one")]
    TooLarge,
    /// Not three parts of base64url with a JSON header.
    #[error("not a compact JWS")]
    Malformed,
    /// The header names an extension that must be understood.
    #[error("the header has critical extensions")]
    Critical,
    /// Another kind of token than is wanted here.
    #[error("the token is of another type")]
    WrongType,
    /// Not ES256 or RS256, or not the algorithm of the key that is named.
    #[error("the algorithm is not the key's own")]
    WrongAlgorithm,
    /// No trusted key has the name, or without a name more than one could be meant. Keys may have been
    /// rotated: fetch them again, not too often.
    #[error("no trusted key fits the token")]
    UnknownKey,
    /// The signature is not the key's over this text.
    #[error("the signature does not fit")]
    BadSignature,
    /// The claims lack a member or have one of another JSON type.
    #[error("the claims are malformed")]
    BadClaims,
}

impl KeySet {
    /// Parses the keys of `jwks`.
    ///
    /// # Errors
    /// [`KeySetError`] when two keys share a `kid` (RFC 7517 §4.5), or one is not a valid key.
    pub fn new(jwks: &Jwks) -> Result<Self, KeySetError> {
        let mut keys: Vec<TrustedKey> = Vec::with_capacity(jwks.keys.len());
        for jwk in &jwks.keys {
            let key = TrustedKey::parse(jwk)?;
            if let Some(kid) = &key.kid
                && keys.iter().any(|other| other.kid.as_ref() == Some(kid))
            {
                return Err(KeySetError::DuplicateKid(kid.clone()));
            }
            keys.push(key);
        }
        Ok(Self { keys })
    }

    /// Whether there is no key, so that nothing can be verified.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Checks `compact` as a token of kind `typ` and reads its claims, after everything else.
    ///
    /// # Errors
    /// [`VerifyError`], the first check that failed.
    pub fn verify<T: DeserializeOwned>(
        &self,
        compact: &str,
        typ: TokenType,
    ) -> Result<Verified<T>, VerifyError> {
        let payload = self.open(compact, |header| typ.accepts(header.typ.as_deref()))?;
        serde_json::from_slice(&payload).map(Verified).map_err(|_| VerifyError::BadClaims)
    }

    /// Whom a token says that it is from, before anything of it is verified: to choose the keys that it is then
    /// verified with, and for nothing else.
    #[must_use]
    pub fn claimed_issuer(compact: &str) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct From {
            iss: String,
        }
        let payload = compact.split('.').nth(1).filter(|_| compact.len() <= MAX_TOKEN_BYTES)?;
        serde_json::from_slice::<From>(&decode(payload)?).ok().map(|from| from.iss)
    }

    /// The payload of `compact`, once its header pleases `is_wanted` and its signature is right.
    pub(crate) fn open(
        &self,
        compact: &str,
        is_wanted: impl FnOnce(&Header) -> bool,
    ) -> Result<Vec<u8>, VerifyError> {
        if compact.len() > MAX_TOKEN_BYTES {
            return Err(VerifyError::TooLarge);
        }
        let (signed, signature) = compact.rsplit_once('.').ok_or(VerifyError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(VerifyError::Malformed)?;
        // A fourth part would stand in the payload, whose alphabet has no dot.
        let header = decode(header).ok_or(VerifyError::Malformed)?;
        let payload = decode(payload).ok_or(VerifyError::Malformed)?;
        let signature = decode(signature).ok_or(VerifyError::Malformed)?;

        let header: Header = serde_json::from_slice(&header).map_err(|_| VerifyError::Malformed)?;
        if header.crit.0 {
            return Err(VerifyError::Critical);
        }
        let algorithm: Algorithm = header.alg.parse().map_err(|_| VerifyError::WrongAlgorithm)?;
        if !is_wanted(&header) {
            return Err(VerifyError::WrongType);
        }
        let key = self.select(header.kid.as_deref(), algorithm).ok_or(VerifyError::UnknownKey)?;
        if key.algorithm != algorithm {
            return Err(VerifyError::WrongAlgorithm);
        }
        key.public.verify_sig(signed.as_bytes(), &signature).map_err(|_| VerifyError::BadSignature)?;
        Ok(payload)
    }

    /// The key that a header means: by name, or without one the only key of that algorithm.
    fn select(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&TrustedKey> {
        let Some(kid) = kid else {
            let mut fitting = self.keys.iter().filter(|key| key.algorithm == algorithm);
            return fitting.next().filter(|_| fitting.next().is_none());
        };
        self.keys.iter().find(|key| key.kid.as_deref() == Some(kid))
    }
}

impl TrustedKey {
    fn parse(jwk: &Jwk) -> Result<Self, KeySetError> {
        let public = match jwk.material() {
            Material::P256 { x, y } => {
                let point = [&[4][..], x, y].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            }
            Material::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            }
        };
        let kid = jwk.kid().map(str::to_owned);
        match public {
            Ok(public) => Ok(Self { kid, algorithm: jwk.algorithm(), public }),
            Err(_) => Err(KeySetError::InvalidKey(kid)),
        }
    }
}

impl<T> Verified<T> {
    /// The claims.
    pub fn claims(&self) -> &T {
        &self.0
    }

    /// The claims, by value.
    pub fn into_claims(self) -> T {
        self.0
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| (key.algorithm, key.kid.as_deref()))).finish()
    }
}
