use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeStruct};
use serde_json::Value;

use crate::{
    Algorithm,
    encoding::{decode, encode},
    present::Present,
};

/// A public signature key: RFC 7517 §4. It knows its one algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    kid: Option<String>,
    material: Material,
}

/// The public members (RFC 7518 §6.2.1, §6.3.1), as big-endian bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Material {
    P256 { x: [u8; 32], y: [u8; 32] },
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

/// A set of public signature keys: RFC 7517 §5.
///
/// Keys of other kinds, uses and sizes are passed over, as that section advises. A set that holds private
/// or symmetric material is refused whole: whoever published that has no secret left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Jwks {
    /// The keys that can verify an ES256 or RS256 signature.
    pub keys: Vec<Jwk>,
}

/// A key that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJwk {
    /// It has private members.
    #[error("the key has private members: only public keys may be published")]
    Private,
    /// `kty` is `oct`, or there is a `k`.
    #[error("the key is symmetric: only public keys may be published")]
    Symmetric,
    /// Another kind, curve, algorithm, use or size than Riser verifies with.
    #[error("the key is not for ES256 or RS256 signatures")]
    Unsupported,
    /// A member is missing or is not what its name says.
    #[error("the key is malformed")]
    Malformed,
}

/// A key as it stands in JSON, before any judgement.
#[derive(Deserialize)]
struct RawJwk {
    kty: String,
    #[serde(rename = "use", default)]
    usage: Option<String>,
    #[serde(default)]
    key_ops: Option<Vec<String>>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    k: Present,
    #[serde(default)]
    d: Present,
    #[serde(default)]
    p: Present,
    #[serde(default)]
    q: Present,
    #[serde(default)]
    dp: Present,
    #[serde(default)]
    dq: Present,
    #[serde(default)]
    qi: Present,
    #[serde(default)]
    oth: Present,
}

/// The smallest RSA modulus (SP 800-131A, RFC 7518 §3.3), in bytes.
const MIN_RSA_BYTES: usize = 256;

impl Jwk {
    /// Reads one key.
    ///
    /// # Errors
    /// [`InvalidJwk`]; [`InvalidJwk::Unsupported`] is the harmless one.
    pub fn from_json(value: &Value) -> Result<Self, InvalidJwk> {
        let raw = RawJwk::deserialize(value).map_err(|_| InvalidJwk::Malformed)?;
        if raw.kty == "oct" || raw.k.0 {
            return Err(InvalidJwk::Symmetric);
        }
        if [raw.d, raw.p, raw.q, raw.dp, raw.dq, raw.qi, raw.oth].contains(&Present(true)) {
            return Err(InvalidJwk::Private);
        }
        // RFC 7517 §4.2, §4.3: a key says what it may be used for, and that binds.
        let for_signatures = raw.usage.as_deref().is_none_or(|usage| usage == "sig");
        let may_verify = raw.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !for_signatures || !may_verify {
            return Err(InvalidJwk::Unsupported);
        }
        let material = match raw.kty.as_str() {
            "EC" => ec(&raw)?,
            "RSA" => rsa(&raw)?,
            _ => return Err(InvalidJwk::Unsupported),
        };
        let jwk = Self { kid: raw.kid, material };
        match raw.alg {
            Some(alg) if alg != jwk.algorithm().as_str() => Err(InvalidJwk::Unsupported),
            _ => Ok(jwk),
        }
    }

    /// A key whose `kid` is its thumbprint.
    pub(crate) fn named_by_thumbprint(material: Material) -> Self {
        let mut jwk = Self { kid: None, material };
        jwk.kid = Some(jwk.thumbprint());
        jwk
    }

    /// The key's name in its set, if it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The one algorithm that this key verifies.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::P256 { .. } => Algorithm::Es256,
            Material::Rsa { .. } => Algorithm::Rs256,
        }
    }

    pub(crate) fn material(&self) -> &Material {
        &self.material
    }

    /// The thumbprint with SHA-256, base64url (RFC 7638 §3).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        // RFC 7638 §3.2: the required members only, in lexical order, without white space.
        let canonical = match &self.material {
            Material::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, encode(x), encode(y))
            }
            Material::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n)),
        };
        encode(digest(&SHA256, canonical.as_bytes()))
    }
}

fn ec(raw: &RawJwk) -> Result<Material, InvalidJwk> {
    if raw.crv.as_deref().ok_or(InvalidJwk::Malformed)? != "P-256" {
        return Err(InvalidJwk::Unsupported);
    }
    let coordinate = |text: &Option<String>| -> Result<[u8; 32], InvalidJwk> {
        // RFC 7518 §6.2.1.2: the full length of the field, leading zeros included.
        let bytes = text.as_deref().and_then(decode).ok_or(InvalidJwk::Malformed)?;
        bytes.try_into().map_err(|_| InvalidJwk::Malformed)
    };
    Ok(Material::P256 { x: coordinate(&raw.x)?, y: coordinate(&raw.y)? })
}

fn rsa(raw: &RawJwk) -> Result<Material, InvalidJwk> {
    let integer = |text: &Option<String>| -> Result<Vec<u8>, InvalidJwk> {
        let bytes = text.as_deref().and_then(decode).ok_or(InvalidJwk::Malformed)?;
        // RFC 7518 §2 forbids leading zeros; some publish one all the same, and it changes nothing.
        let start = bytes.iter().position(|byte| *byte != 0).ok_or(InvalidJwk::Malformed)?;
        Ok(bytes[start..].to_vec())
    };
    let (n, e) = (integer(&raw.n)?, integer(&raw.e)?);
    // An exponent of one makes every message its own signature; an even one is no RSA key.
    if e == [1] || e.last().is_none_or(|last| last % 2 == 0) {
        return Err(InvalidJwk::Malformed);
    }
    if n.len() < MIN_RSA_BYTES { Err(InvalidJwk::Unsupported) } else { Ok(Material::Rsa { n, e }) }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Jwk", 7)?;
        match &self.material {
            Material::P256 { x, y } => {
                object.serialize_field("kty", "EC")?;
                object.serialize_field("crv", "P-256")?;
                object.serialize_field("x", &encode(x))?;
                object.serialize_field("y", &encode(y))?;
            }
            Material::Rsa { n, e } => {
                object.serialize_field("kty", "RSA")?;
                object.serialize_field("n", &encode(n))?;
                object.serialize_field("e", &encode(e))?;
            }
        }
        object.serialize_field("use", "sig")?;
        object.serialize_field("alg", self.algorithm().as_str())?;
        if let Some(kid) = &self.kid {
            object.serialize_field("kid", kid)?;
        }
        object.end()
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Jwks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct RawSet {
            keys: Vec<Value>,
        }
        let mut keys = Vec::new();
        for value in &RawSet::deserialize(deserializer)?.keys {
            match Jwk::from_json(value) {
                Ok(jwk) => keys.push(jwk),
                Err(InvalidJwk::Unsupported) => {}
                Err(refused) => return Err(D::Error::custom(refused)),
            }
        }
        Ok(Self { keys })
    }
}
