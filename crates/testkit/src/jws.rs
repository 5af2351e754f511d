//! What a client signs: whatever header and claims a test wants, honest or not.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use riser_core::protocol::TokenEndpointAuthMethod;
use riser_server::RegisteredClient;
use riser_tokens::{Jwks, KeySet};
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::server::client;

/// A client's P-256 key.
pub struct ClientKey(EcdsaKeyPair);

impl ClientKey {
    /// A new key.
    #[must_use]
    pub fn generate() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }

    /// Its public half (RFC 7517), without a name.
    #[must_use]
    pub fn public(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let (x, y) = (&point[1..33], &point[33..]);
        json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) })
    }

    /// Its name by RFC 7638.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        riser_tokens::Jwk::from_json(&self.public()).expect("a key").thumbprint()
    }

    /// The set that a client registers.
    #[must_use]
    pub fn set(&self) -> KeySet {
        let set = Jwks::deserialize(json!({ "keys": [self.public()] })).expect("a set");
        KeySet::new(&set).expect("a set")
    }

    /// A compact JWS over exactly these.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

/// A client that proves itself by a key, and the key.
#[must_use]
pub fn keyed(id: &str) -> (RegisteredClient, ClientKey) {
    let key = ClientKey::generate();
    let mut registered = client(id, TokenEndpointAuthMethod::PrivateKeyJwt);
    registered.keys = Some(key.set());
    (registered, key)
}
