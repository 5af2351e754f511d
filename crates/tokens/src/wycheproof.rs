//! Project Wycheproof's JWS and JWK vectors. A case is accepted exactly if it is valid *and* its key is one
//! that Riser verifies with: a valid HS256 or PS256 case must be refused.

use serde::Deserialize;
use serde_json::Value;

use crate::{Jwks, KeySet};

#[derive(Deserialize)]
struct Vectors {
    #[serde(rename = "testGroups")]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    comment: String,
    public: Option<Value>,
    private: Value,
    tests: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "tcId")]
    id: u32,
    comment: String,
    jws: Value,
    result: String,
}

fn keys_of(group: &Group) -> Option<KeySet> {
    let key = group.public.as_ref().unwrap_or(&group.private);
    let set = if key.get("keys").is_some() { key.clone() } else { serde_json::json!({ "keys": [key] }) };
    KeySet::new(&Jwks::deserialize(set).ok()?).ok()
}

fn accepts(keys: Option<&KeySet>, jws: &Value) -> bool {
    match (keys, jws.as_str()) {
        (Some(keys), Some(compact)) => keys.open(compact, |_| true).is_ok(),
        // The JSON serialization, or a set that is refused whole.
        _ => false,
    }
}

/// Runs a file without the cases in `except` and says how many were accepted.
fn run(file: &str, except: &[u32]) -> usize {
    let vectors: Vectors = serde_json::from_str(file).unwrap();
    let mut accepted = 0;
    for group in &vectors.groups {
        let keys = keys_of(group);
        let ours = keys.as_ref().is_some_and(|keys| !keys.is_empty());
        for case in group.tests.iter().filter(|case| !except.contains(&case.id)) {
            let accepts = accepts(keys.as_ref(), &case.jws);
            accepted += usize::from(accepts);
            let expected = ours && case.result == "valid";
            assert_eq!(accepts, expected, "{} {} {}", case.id, group.comment, case.comment);
        }
    }
    accepted
}

#[test]
fn wycheproof_signatures() {
    let file = include_str!("../tests/vectors/json_web_signature_test.json");
    // One ES256, the special cases' control, five RS256 payloads, one RS256, RFC 7520's figure twice.
    assert_eq!(run(file, &[]), 10);
}

#[test]
fn wycheproof_keys() {
    let file = include_str!("../tests/vectors/json_web_key_test.json");
    // Case 7 is a key that an issuer made with a faulty generator (ROCA). We trust an issuer's published
    // keys as they are: whoever can plant one there needs no weak one.
    assert_eq!(run(file, &[7]), 1);
}
