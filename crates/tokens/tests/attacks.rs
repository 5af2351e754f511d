//! Tokens as attackers make them. Each is refused, and for the reason that is meant.

#![allow(clippy::unwrap_used, reason = "a set-up that fails fails the test")]

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use riser_tokens::{Algorithm, Jwks, KeySet, MAX_TOKEN_BYTES, SigningKey, TokenType, VerifyError, sign};
use riser_wire::AccessTokenClaims;
use serde_json::{Value, json};

fn part(value: &Value) -> String {
    part_of(value.to_string().as_bytes())
}

fn part_of(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example", "sub": "u1", "aud": "https://api.example", "exp": 2_000_000_000,
        "iat": 1_999_999_700, "jti": "j1", "client_id": "bank", "grant_id": "g1",
        "acr": "phr", "auth_time": 1_999_999_690, "acr_satisfied": ["phr", "aal2"], "txn": "t1",
    })
}

fn keys(of: &[&SigningKey]) -> KeySet {
    KeySet::new(&Jwks { keys: of.iter().map(|key| key.public_jwk().clone()).collect() }).unwrap()
}

fn refusal(keys: &KeySet, token: &str) -> Option<VerifyError> {
    keys.verify::<AccessTokenClaims>(token, TokenType::AccessToken).err()
}

#[test]
fn atk_oa_16_no_byte_of_a_token_can_be_changed() {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        let key = SigningKey::generate(algorithm).unwrap();
        let keys = keys(&[&key]);
        let token = sign(&key, TokenType::AccessToken, &claims()).unwrap();
        assert_eq!(refusal(&keys, &token), None);
        for index in 0..token.len() {
            for flip in [1, 2, 0x20] {
                let mut bytes = token.clone().into_bytes();
                bytes[index] ^= flip;
                if let Ok(changed) = String::from_utf8(bytes) {
                    assert!(refusal(&keys, &changed).is_some(), "{algorithm} byte {index} ^ {flip}");
                }
            }
        }
    }
}

#[test]
fn atk_oa_16_a_token_cannot_be_shortened_or_extended() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let keys = keys(&[&key]);
    let token = sign(&key, TokenType::AccessToken, &claims()).unwrap();
    for end in 0..token.len() {
        assert!(refusal(&keys, &token[..end]).is_some(), "{end}");
    }
    for changed in [
        format!("{token}="),
        format!("{token}A"),
        format!("{token}."),
        format!(".{token}"),
        format!(" {token}"),
        format!("{token}\n"),
    ] {
        assert!(refusal(&keys, &changed).is_some(), "{changed}");
    }
    assert_eq!(refusal(&keys, &"a".repeat(MAX_TOKEN_BYTES + 1)), Some(VerifyError::TooLarge));
}

#[test]
fn atk_oa_14_unsigned_tokens_are_refused() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let keys = keys(&[&key]);
    for alg in ["none", "None", "NONE", "", "nOnE"] {
        let header = part(&json!({ "alg": alg, "typ": "at+jwt", "kid": key.kid() }));
        for signature in ["", "AA"] {
            let token = format!("{header}.{}.{signature}", part(&claims()));
            assert_eq!(refusal(&keys, &token), Some(VerifyError::WrongAlgorithm), "{alg}");
        }
    }
}

#[test]
fn atk_oa_15_a_public_key_is_never_a_secret() {
    use jsonwebtoken::{EncodingKey, Header};
    let key = SigningKey::generate(Algorithm::Rs256).unwrap();
    let public = serde_json::to_vec(key.public_jwk()).unwrap();
    for alg in
        [jsonwebtoken::Algorithm::HS256, jsonwebtoken::Algorithm::HS384, jsonwebtoken::Algorithm::HS512]
    {
        let header = Header { typ: Some("at+jwt".into()), kid: Some(key.kid().into()), ..Header::new(alg) };
        let token = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(&public)).unwrap();
        assert_eq!(refusal(&keys(&[&key]), &token), Some(VerifyError::WrongAlgorithm));
    }
}

#[test]
fn atk_oa_15_the_algorithm_is_the_keys_own() {
    let ec = SigningKey::generate(Algorithm::Es256).unwrap();
    let rsa = SigningKey::generate(Algorithm::Rs256).unwrap();
    let header = part(&json!({ "alg": "RS256", "typ": "at+jwt", "kid": ec.kid() }));
    let token = format!("{header}.{}.AAAA", part(&claims()));
    assert_eq!(refusal(&keys(&[&ec, &rsa]), &token), Some(VerifyError::WrongAlgorithm));
}

#[test]
fn atk_oa_20_a_header_brings_no_key() {
    let ours = SigningKey::generate(Algorithm::Es256).unwrap();
    let theirs = SigningKey::generate(Algorithm::Es256).unwrap();
    let keys = keys(&[&ours]);
    let signed = sign(&theirs, TokenType::AccessToken, &claims()).unwrap();
    assert_eq!(refusal(&keys, &signed), Some(VerifyError::UnknownKey));
    for kid in [ours.kid(), "../../dev/null", "' or 1=1 --", ""] {
        for member in ["jwk", "jku", "x5u", "x5c"] {
            let header = json!({
                "alg": "ES256", "typ": "at+jwt", "kid": kid, member: serde_json::to_value(theirs.public_jwk()).unwrap(),
            });
            let expected =
                if kid == ours.kid() { VerifyError::BadSignature } else { VerifyError::UnknownKey };
            let forged = resign(&theirs, &header);
            assert_eq!(refusal(&keys, &forged), Some(expected), "{member} {kid}");
        }
    }
}

/// A token with any header, signed by a key in ES256 through the oracle.
fn resign(key: &SigningKey, header: &Value) -> String {
    let input = format!("{}.{}", part(header), part(&claims()));
    let private = jsonwebtoken::EncodingKey::from_ec_der(&key.to_pkcs8().unwrap());
    let signature =
        jsonwebtoken::crypto::sign(input.as_bytes(), &private, jsonwebtoken::Algorithm::ES256).unwrap();
    format!("{input}.{signature}")
}

#[test]
fn atk_oa_20_without_a_name_there_must_be_no_choice() {
    let one = SigningKey::generate(Algorithm::Es256).unwrap();
    let two = SigningKey::generate(Algorithm::Es256).unwrap();
    let rsa = SigningKey::generate(Algorithm::Rs256).unwrap();
    let token = resign(&one, &json!({ "alg": "ES256", "typ": "at+jwt" }));
    assert_eq!(refusal(&keys(&[&one, &rsa]), &token), None);
    assert_eq!(refusal(&keys(&[&one, &two]), &token), Some(VerifyError::UnknownKey));
    assert_eq!(refusal(&keys(&[&rsa]), &token), Some(VerifyError::UnknownKey));
}

#[test]
fn rfc_7515_4_1_11_critical_extensions_are_refused() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    for crit in [json!(["b64"]), json!(["exp"]), json!([]), json!(null), json!("x")] {
        let token = resign(
            &key,
            &json!({ "alg": "ES256", "typ": "at+jwt", "kid": key.kid(), "crit": crit, "b64": false }),
        );
        assert_eq!(refusal(&keys(&[&key]), &token), Some(VerifyError::Critical), "{crit}");
    }
}

#[test]
fn atk_oa_21_one_kind_of_token_is_not_another() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let keys = keys(&[&key]);
    let id_token = sign(&key, TokenType::IdToken, &claims()).unwrap();
    let access_token = sign(&key, TokenType::AccessToken, &claims()).unwrap();
    assert_eq!(refusal(&keys, &id_token), Some(VerifyError::WrongType));
    assert_eq!(keys.verify::<Value>(&access_token, TokenType::IdToken).err(), Some(VerifyError::WrongType));
    for typ in [json!("logout+jwt"), json!(""), json!("JWT"), json!("dpop+jwt"), json!(null)] {
        let token = resign(&key, &json!({ "alg": "ES256", "typ": typ, "kid": key.kid() }));
        assert_eq!(refusal(&keys, &token), Some(VerifyError::WrongType), "{typ}");
    }
    let untyped = resign(&key, &json!({ "alg": "ES256", "kid": key.kid() }));
    assert_eq!(refusal(&keys, &untyped), Some(VerifyError::WrongType));
    let twice =
        format!("{}.{}.AAAA", part_of(br#"{"alg":"ES256","typ":"JWT","typ":"at+jwt"}"#), part(&claims()));
    assert_eq!(refusal(&keys, &twice), Some(VerifyError::Malformed));
}

#[test]
fn atk_oa_17_claims_of_another_json_type_are_refused() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let keys = keys(&[&key]);
    let wrong = |name: &str| match name {
        "exp" | "iat" | "auth_time" => {
            vec![json!("never"), json!("2000000000"), json!(2e9), json!([2]), json!(true), json!({})]
        }
        "aud" => vec![
            json!(7),
            json!({ "https://api.example": true }),
            json!([["https://api.example"]]),
            json!(null),
        ],
        "acr_satisfied" => vec![json!("phr"), json!([1]), json!({ "phr": true }), json!(["a b"])],
        _ => vec![json!(7), json!(["x"]), json!(true), json!({})],
    };
    for (name, _) in claims().as_object().unwrap() {
        for value in wrong(name) {
            let mut mutated = claims();
            mutated[name] = value.clone();
            let token = sign(&key, TokenType::AccessToken, &mutated).unwrap();
            assert_eq!(refusal(&keys, &token), Some(VerifyError::BadClaims), "{name} = {value}");
        }
    }
    for name in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"] {
        let mut lacking = claims();
        lacking.as_object_mut().unwrap().remove(name);
        let token = sign(&key, TokenType::AccessToken, &lacking).unwrap();
        assert_eq!(refusal(&keys, &token), Some(VerifyError::BadClaims), "without {name}");
    }
}
