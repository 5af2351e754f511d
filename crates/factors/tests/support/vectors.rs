//! The 15 pairs of WebAuthn Level 3 §16, and a way to change one field of one.

use ciborium::Value as Cbor;
use riser_factors::webauthn::{AuthenticationResponse, RegistrationResponse};
use serde_json::{Value, json};

use super::base64url;

const VECTORS: &str = include_str!("../vectors/webauthn-l3.json");

pub fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2));
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[derive(Clone)]
pub struct Pair {
    pub name: String,
    pub registration: Registration,
    pub authentication: Authentication,
}

#[derive(Clone)]
pub struct Registration {
    pub challenge: Vec<u8>,
    pub credential_id: Vec<u8>,
    pub client_data_json: Vec<u8>,
    pub attestation_object: Vec<u8>,
}

#[derive(Clone)]
pub struct Authentication {
    pub challenge: Vec<u8>,
    pub client_data_json: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
}

fn all() -> Vec<Value> {
    serde_json::from_str(VECTORS).unwrap()
}

pub fn root() -> Vec<u8> {
    unhex(all()[0]["values"]["attestation_ca_cert"].as_str().unwrap())
}

pub fn pairs() -> Vec<Pair> {
    let field = |vector: &Value, half: &str, name: &str| unhex(vector[half][name].as_str().unwrap());
    let pairs: Vec<Pair> = all()[1..]
        .iter()
        .map(|v| Pair {
            name: v["name"].as_str().unwrap().to_owned(),
            registration: Registration {
                challenge: field(v, "registration", "challenge"),
                credential_id: field(v, "registration", "credential_id"),
                client_data_json: field(v, "registration", "clientDataJSON"),
                attestation_object: field(v, "registration", "attestationObject"),
            },
            authentication: Authentication {
                challenge: field(v, "authentication", "challenge"),
                client_data_json: field(v, "authentication", "clientDataJSON"),
                authenticator_data: field(v, "authentication", "authenticatorData"),
                signature: field(v, "authentication", "signature"),
            },
        })
        .collect();
    assert_eq!(pairs.len(), 15);
    pairs
}

pub fn pair(name: &str) -> Pair {
    pairs().into_iter().find(|pair| pair.name == name).unwrap()
}

impl Registration {
    pub fn json(&self) -> Value {
        json!({
            "id": base64url(&self.credential_id),
            "rawId": base64url(&self.credential_id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&self.client_data_json),
                "attestationObject": base64url(&self.attestation_object),
                "transports": ["internal"],
            },
        })
    }

    pub fn response(&self) -> RegistrationResponse {
        RegistrationResponse::parse(self.json().to_string().as_bytes()).unwrap()
    }
}

impl Authentication {
    pub fn json(&self, credential_id: &[u8]) -> Value {
        json!({
            "id": base64url(credential_id),
            "rawId": base64url(credential_id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&self.client_data_json),
                "authenticatorData": base64url(&self.authenticator_data),
                "signature": base64url(&self.signature),
                "userHandle": null,
            },
        })
    }

    pub fn response(&self, credential_id: &[u8]) -> AuthenticationResponse {
        AuthenticationResponse::parse(self.json(credential_id).to_string().as_bytes()).unwrap()
    }
}

/// Replaces the only occurrence of `old`.
pub fn replace_once(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = bytes.windows(old.len()).position(|window| window == old).expect("the bytes are there");
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}

pub fn unbase64url(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// The parts of an attestation object, to be changed and put together again.
pub struct Object {
    pub format: String,
    pub statement: Vec<(Cbor, Cbor)>,
    pub auth_data: Vec<u8>,
}

impl Object {
    pub fn read(bytes: &[u8]) -> Self {
        let map: Cbor = ciborium::from_reader(bytes).unwrap();
        let get = |name: &str| {
            map.as_map().unwrap().iter().find(|(key, _)| key.as_text() == Some(name)).unwrap().1.clone()
        };
        Self {
            format: get("fmt").into_text().unwrap(),
            statement: get("attStmt").into_map().unwrap(),
            auth_data: get("authData").into_bytes().unwrap(),
        }
    }

    pub fn write(&self) -> Vec<u8> {
        let map = Cbor::Map(vec![
            (Cbor::from("fmt"), Cbor::from(self.format.as_str())),
            (Cbor::from("attStmt"), Cbor::Map(self.statement.clone())),
            (Cbor::from("authData"), Cbor::Bytes(self.auth_data.clone())),
        ]);
        let mut bytes = Vec::new();
        ciborium::into_writer(&map, &mut bytes).unwrap();
        bytes
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Cbor> {
        self.statement.iter_mut().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
    }

    pub fn bytes_mut(&mut self, name: &str) -> &mut Vec<u8> {
        self.get_mut(name).unwrap().as_bytes_mut().unwrap()
    }

    pub fn set(&mut self, name: &str, value: impl Into<Cbor>) {
        let value = value.into();
        match self.get_mut(name) {
            Some(slot) => *slot = value,
            None => self.statement.push((Cbor::from(name), value)),
        }
    }

    pub fn remove(&mut self, name: &str) {
        self.statement.retain(|(key, _)| key.as_text() != Some(name));
    }
}
