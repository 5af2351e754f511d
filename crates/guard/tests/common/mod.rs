//! A provider in miniature: one key, a clock that the test moves, and claims to change.

#![allow(clippy::unwrap_used, reason = "a set-up that fails fails the test")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

use riser_guard::{Clock, FetchError, Fetching, Guard, Jwks, JwksSource, UnixTime};
use riser_tokens::{Algorithm, SigningKey, TokenType, sign};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://id.example";
pub const AUDIENCE: &str = "https://api.example";
pub const NOW: i64 = 2_000_000_000;

#[derive(Clone)]
pub struct Hand(pub Arc<AtomicI64>);

impl Hand {
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(NOW)))
    }
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> UnixTime {
        UnixTime(self.0.load(Ordering::SeqCst))
    }
}

/// Keys from memory; counts how often it is asked, and fails while it holds none.
#[derive(Clone, Default)]
pub struct Shelf {
    pub keys: Arc<std::sync::Mutex<Option<Jwks>>>,
    pub asked: Arc<AtomicUsize>,
}

impl Shelf {
    pub fn with(keys: &[&SigningKey]) -> Self {
        let shelf = Self::default();
        shelf.put(keys);
        shelf
    }
    pub fn put(&self, keys: &[&SigningKey]) {
        let keys = keys.iter().map(|key| key.public_jwk().clone()).collect();
        *self.keys.lock().unwrap() = Some(Jwks { keys });
    }
    pub fn empty(&self) {
        *self.keys.lock().unwrap() = None;
    }
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl JwksSource for Shelf {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(async {
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.keys.lock().unwrap().clone().ok_or(FetchError::Unreachable("the shelf".into()))
        })
    }
}

pub fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256).unwrap()
}

pub fn guard(shelf: &Shelf, hand: &Hand) -> Guard {
    Guard::builder(ISSUER, AUDIENCE).source(shelf.clone()).clock(hand.clone()).build().unwrap()
}

pub fn details(amount: &str) -> Value {
    json!([{
        "type": "payment_initiation",
        "instructedAmount": { "currency": "EUR", "amount": amount },
        "creditorName": "ACME GmbH",
        "creditorAccount": { "iban": "DE89370400440532013000" },
    }])
}

/// The claims of a token that a passkey raised ten seconds ago.
pub fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "u1", "aud": AUDIENCE, "exp": NOW + 300, "iat": NOW - 5, "jti": "j1",
        "client_id": "bank", "grant_id": "g1", "acr": "urn:example:strong", "amr": ["swk", "user"],
        "auth_time": NOW - 10, "acr_satisfied": ["aal1", "aal2", "phr", "urn:example:strong"],
    })
}

/// The claims with some changed; null takes a member away.
pub fn claims_with(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    claims
}

pub fn access_token(key: &SigningKey, claims: &Value) -> String {
    sign(key, TokenType::AccessToken, claims).unwrap()
}
