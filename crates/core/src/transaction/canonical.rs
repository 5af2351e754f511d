use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::{ClientId, SessionId};

/// The SHA-256 of the canonical form (RFC 8785) of a whole `authorization_details` array: the one binding
/// between a request, a proof, a token and an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// A JSON value without a canonical form (RFC 8785 §3.2.2.3: numbers beyond IEEE 754).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value has no canonical form")]
pub struct NotCanonical;

impl Digest {
    /// The digest of `details`.
    ///
    /// # Errors
    /// [`NotCanonical`] when RFC 8785 cannot write it.
    pub fn of(details: &serde_json::Value) -> Result<Self, NotCanonical> {
        let canonical = serde_json_canonicalizer::to_vec(details).map_err(|_| NotCanonical)?;
        Ok(Self(sha256(&[&canonical])))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        URL_SAFE_NO_PAD.encode(digest.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| "a digest is base64url")?;
        bytes.try_into().map(Self).map_err(|_| "a digest has 32 bytes")
    }
}

/// The WebAuthn challenge of a transaction: `SHA-256("riser/tx/1" || nonce || SHA-256(sid) ||
/// SHA-256(client_id) || digest)`. Whoever signs it signs this transaction, for this client, in this session.
#[must_use]
pub fn challenge(nonce: &[u8; 32], session: &SessionId, client: &ClientId, digest: &Digest) -> [u8; 32] {
    let session = sha256(&[session.as_str().as_bytes()]);
    let client = sha256(&[client.as_str().as_bytes()]);
    sha256(&[b"riser/tx/1", nonce, &session, &client, &digest.0])
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}
