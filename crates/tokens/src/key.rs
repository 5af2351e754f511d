use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{Algorithm, Jwk, TokenType, encoding::encode_onto, header, jwk::Material};

/// A private key that signs tokens with one algorithm. It is parsed once and never printed.
pub struct SigningKey {
    pair: Pair,
    public: Jwk,
    kid: String,
    /// The encoded header for each kind of token: the same bytes for each token of that kind.
    headers: [String; TokenType::ALL.len()],
}

enum Pair {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

/// A private key that could not be made, read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The cryptographic library could not make a key.
    #[error("no key could be generated")]
    Generate,
    /// The bytes are not a PKCS#8 key for this algorithm, or the key is too weak for it.
    #[error("not a PKCS#8 private key for {0}")]
    Pkcs8(Algorithm),
    /// The key could not be encoded.
    #[error("the key cannot be encoded")]
    Encode,
}

/// A token that could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The claims have no JSON form.
    #[error("the claims cannot be written as JSON")]
    Claims(#[source] serde_json::Error),
    /// The cryptographic library refused.
    #[error("the token cannot be signed")]
    Signature,
}

impl SigningKey {
    /// A new key: P-256, or RSA of 2048 bits, which takes tens to hundreds of milliseconds.
    ///
    /// # Errors
    /// [`KeyError::Generate`] when the library cannot make one.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let pair = match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Pair::Es256),
            Algorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048).map(Pair::Rs256),
        };
        Self::new(pair.map_err(|_| KeyError::Generate)?)
    }

    /// Reads the PKCS#8 form (RFC 5958) that [`Self::to_pkcs8`] gave.
    ///
    /// # Errors
    /// [`KeyError::Pkcs8`] when the bytes are not a key for `algorithm`, or the key is under 2048 bits.
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let pair = match algorithm {
            Algorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Pair::Es256)
            }
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(pkcs8).map(Pair::Rs256),
        };
        Self::new(pair.map_err(|_| KeyError::Pkcs8(algorithm))?)
    }

    fn new(pair: Pair) -> Result<Self, KeyError> {
        let public = Jwk::named_by_thumbprint(pair.material()?);
        let kid = public.thumbprint();
        let headers = TokenType::ALL.map(|typ| header::encoded(public.algorithm(), typ, &kid));
        Ok(Self { pair, public, kid, headers })
    }

    /// The PKCS#8 form (RFC 5958), which is the whole secret; wiped when dropped.
    ///
    /// # Errors
    /// [`KeyError::Encode`] when the library cannot write it.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let der = match &self.pair {
            Pair::Es256(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            Pair::Rs256(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map(|der| der.as_ref().to_vec()),
        };
        der.map(Zeroizing::new).map_err(|_| KeyError::Encode)
    }

    /// The key's name in headers and in the published set: its thumbprint (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// The public half, with `use`, `alg` and `kid`.
    #[must_use]
    pub fn public_jwk(&self) -> &Jwk {
        &self.public
    }
}

impl Pair {
    /// The public half.
    fn material(&self) -> Result<Material, KeyError> {
        match self {
            Self::Es256(pair) => {
                // SEC 1 §2.3.3: 0x04, then both coordinates.
                let point = pair.public_key().as_ref();
                let (x, y) = point
                    .strip_prefix(&[4])
                    .and_then(|xy| xy.split_at_checked(32))
                    .ok_or(KeyError::Encode)?;
                Ok(Material::P256 {
                    x: x.try_into().map_err(|_| KeyError::Encode)?,
                    y: y.try_into().map_err(|_| KeyError::Encode)?,
                })
            }
            Self::Rs256(pair) => {
                let RsaPublicKeyComponents::<Vec<u8>> { n, e } = pair.public_key().into();
                Ok(Material::Rsa { n, e })
            }
        }
    }

    /// The length of a signature.
    fn signature_bytes(&self) -> usize {
        match self {
            Self::Es256(_) => 64,
            Self::Rs256(pair) => pair.public_modulus_len(),
        }
    }

    /// Signs `input`.
    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, SignError> {
        // The library takes its nonces from its own generator; the argument is for its older interface.
        let random = SystemRandom::new();
        match self {
            Self::Es256(pair) => {
                let signature = pair.sign(&random, input).map_err(|_| SignError::Signature)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature)
                    .map_err(|_| SignError::Signature)?;
                Ok(signature)
            }
        }
    }
}

/// Makes a compact JWS (RFC 7515 §3.1) over `claims`, of kind `typ`.
///
/// # Errors
/// [`SignError`] when the claims have no JSON form, or the library refuses.
pub fn sign(key: &SigningKey, typ: TokenType, claims: &impl Serialize) -> Result<String, SignError> {
    let payload = serde_json::to_vec(claims).map_err(SignError::Claims)?;
    let header = &key.headers[typ.index()];
    let signature_room = 4 * key.pair.signature_bytes().div_ceil(3);
    let mut token = String::with_capacity(header.len() + 4 * payload.len().div_ceil(3) + signature_room + 2);
    token.push_str(header);
    token.push('.');
    encode_onto(payload, &mut token);
    let signature = key.pair.sign(token.as_bytes())?;
    token.push('.');
    encode_onto(signature, &mut token);
    Ok(token)
}

impl fmt::Debug for SigningKey {
    /// The name and the algorithm: nothing of the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}
