//! Keys and their public form, and tokens that two implementations agree on.

#![allow(clippy::unwrap_used, reason = "a set-up that fails fails the test")]

use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use proptest::prelude::*;
use riser_tokens::{Algorithm, InvalidJwk, Jwk, Jwks, KeySet, KeySetError, SigningKey, TokenType, sign};
use serde_json::{Value, json};

const BOTH: [Algorithm; 2] = [Algorithm::Es256, Algorithm::Rs256];

fn theirs(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
    }
}

fn keys(key: &SigningKey) -> KeySet {
    KeySet::new(&Jwks { keys: vec![key.public_jwk().clone()] }).unwrap()
}

#[test]
fn an_independent_implementation_reads_our_tokens() {
    for algorithm in BOTH {
        let key = SigningKey::generate(algorithm).unwrap();
        let token =
            sign(&key, TokenType::IdToken, &json!({ "sub": "u1", "exp": 4_000_000_000_u32 })).unwrap();
        let jwk = serde_json::from_value(serde_json::to_value(key.public_jwk()).unwrap()).unwrap();
        let decoding = DecodingKey::from_jwk(&jwk).unwrap();
        let read =
            jsonwebtoken::decode::<Value>(&token, &decoding, &Validation::new(theirs(algorithm))).unwrap();
        assert_eq!(read.claims["sub"], "u1");
        assert_eq!(read.header.kid.as_deref(), Some(key.kid()));
        assert_eq!(read.header.typ.as_deref(), Some("JWT"));
    }
}

#[test]
fn we_read_tokens_of_an_independent_implementation() {
    for algorithm in BOTH {
        let key = SigningKey::generate(algorithm).unwrap();
        let pkcs8 = key.to_pkcs8().unwrap();
        let encoding = match algorithm {
            Algorithm::Es256 => EncodingKey::from_ec_der(&pkcs8),
            Algorithm::Rs256 => EncodingKey::from_rsa_pem(pem(&pkcs8).as_bytes()).unwrap(),
        };
        let header = Header {
            typ: Some("application/at+JWT".into()),
            kid: Some(key.kid().into()),
            ..Header::new(theirs(algorithm))
        };
        let token = jsonwebtoken::encode(&header, &json!({ "sub": "u1" }), &encoding).unwrap();
        let read = keys(&key).verify::<Value>(&token, TokenType::AccessToken).unwrap();
        assert_eq!(read.claims(), &json!({ "sub": "u1" }));
        assert_eq!(read.into_claims(), json!({ "sub": "u1" }));
    }
}

fn pem(pkcs8: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(pkcs8);
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}

#[test]
fn a_key_survives_its_pkcs8_form_and_prints_nothing_of_it() {
    for algorithm in BOTH {
        let key = SigningKey::generate(algorithm).unwrap();
        let pkcs8 = key.to_pkcs8().unwrap();
        let again = SigningKey::from_pkcs8(algorithm, &pkcs8).unwrap();
        assert_eq!(again.kid(), key.kid());
        assert_eq!(again.algorithm(), algorithm);
        let token = sign(&again, TokenType::AccessToken, &json!({})).unwrap();
        assert!(keys(&key).verify::<Value>(&token, TokenType::AccessToken).is_ok());
        let printed = format!("{key:?}");
        assert_eq!(printed, format!("SigningKey {{ kid: {:?}, algorithm: {algorithm:?}, .. }}", key.kid()));
        for other in BOTH.into_iter().filter(|other| *other != algorithm) {
            assert!(SigningKey::from_pkcs8(other, &pkcs8).is_err());
        }
        assert!(SigningKey::from_pkcs8(algorithm, &pkcs8[1..]).is_err());
    }
}

#[test]
fn rfc_7638_3_1_the_vector_of_the_thumbprint() {
    let jwk = Jwk::from_json(&json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
    }))
    .unwrap();
    assert_eq!(jwk.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(jwk.kid(), Some("2011-04-29"));
}

#[test]
fn rfc_7638_the_vector_of_an_elliptic_key() {
    // RFC 9449 §6.1: the key of its examples and `jkt`.
    let jwk = Jwk::from_json(&json!({
        "kty": "EC", "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    }))
    .unwrap();
    assert_eq!(jwk.thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

#[test]
fn a_published_key_is_public_and_for_signatures() {
    for algorithm in BOTH {
        let key = SigningKey::generate(algorithm).unwrap();
        let json = serde_json::to_value(key.public_jwk()).unwrap();
        assert_eq!(json["use"], "sig");
        assert_eq!(json["alg"], algorithm.as_str());
        assert_eq!(json["kid"], key.kid());
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert_eq!(json.get(private), None);
            let mut leaked = json.clone();
            leaked[private] = json!(null);
            let expected = if private == "k" { InvalidJwk::Symmetric } else { InvalidJwk::Private };
            assert_eq!(Jwk::from_json(&leaked), Err(expected), "{private}");
            // One leaked key spoils the set.
            assert!(serde_json::from_value::<Jwks>(json!({ "keys": [json, leaked] })).is_err());
        }
        assert_eq!(Jwk::from_json(&json).as_ref(), Ok(key.public_jwk()));
    }
}

#[test]
fn rfc_7517_5_keys_for_other_purposes_are_passed_over() {
    let key = serde_json::to_value(SigningKey::generate(Algorithm::Es256).unwrap().public_jwk()).unwrap();
    let with = |name: &str, value: Value| {
        let mut changed = key.clone();
        changed[name] = value;
        changed
    };
    let set = json!({ "keys": [
        { "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
        with("use", json!("enc")), with("key_ops", json!(["deriveBits"])), with("crv", json!("P-384")),
        with("alg", json!("ES512")), with("kid", json!("good")),
    ] });
    let jwks: Jwks = serde_json::from_value(set).unwrap();
    assert_eq!(jwks.keys.iter().map(Jwk::kid).collect::<Vec<_>>(), [Some("good")]);

    for malformed in
        [with("x", json!("AA")), with("y", json!(7)), with("crv", json!(null)), json!({}), json!(7)]
    {
        assert_eq!(Jwk::from_json(&malformed), Err(InvalidJwk::Malformed), "{malformed}");
    }
    assert_eq!(Jwk::from_json(&json!({ "kty": "oct" })), Err(InvalidJwk::Symmetric));
}

#[test]
fn rfc_7518_3_3_a_weak_rsa_key_is_no_key() {
    let key = serde_json::to_value(SigningKey::generate(Algorithm::Rs256).unwrap().public_jwk()).unwrap();
    let with = |name: &str, value: &str| {
        let mut changed = key.clone();
        changed[name] = json!(value);
        Jwk::from_json(&changed).map(|_| ())
    };
    let modulus = key["n"].as_str().unwrap();
    assert_eq!(with("n", modulus), Ok(()));
    assert_eq!(with("n", &modulus[..340]), Err(InvalidJwk::Unsupported));
    for (exponent, expected) in [
        ("AQAB", Ok(())),
        ("Aw", Ok(())),
        ("AQ", Err(InvalidJwk::Malformed)),
        ("AAE", Err(InvalidJwk::Malformed)),
        ("AQAA", Err(InvalidJwk::Malformed)),
        ("AA", Err(InvalidJwk::Malformed)),
        ("", Err(InvalidJwk::Malformed)),
    ] {
        assert_eq!(with("e", exponent), expected, "{exponent}");
    }
}

#[test]
fn a_set_with_one_name_twice_or_a_point_off_the_curve_is_refused() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap().public_jwk().clone();
    let twice = KeySet::new(&Jwks { keys: vec![key.clone(), key.clone()] });
    assert_eq!(twice.err(), Some(KeySetError::DuplicateKid(key.kid().unwrap().to_owned())));

    let mut json = serde_json::to_value(&key).unwrap();
    json["x"] = json["y"].clone();
    let off = Jwk::from_json(&json).unwrap();
    assert!(matches!(KeySet::new(&Jwks { keys: vec![off] }), Err(KeySetError::InvalidKey(Some(_)))));
}

proptest! {
    #[test]
    fn no_text_is_a_token_or_a_panic(text in "(\\PC|[A-Za-z0-9_.-]){0,200}") {
        let keys = KeySet::default();
        prop_assert!(keys.verify::<Value>(&text, TokenType::AccessToken).is_err());
    }

    #[test]
    fn no_parts_are_a_token_or_a_panic(header in ".{0,80}", payload in "[A-Za-z0-9_-]{0,80}", signature in "[A-Za-z0-9_-]{0,90}") {
        use base64::Engine as _;
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        for header in [header, format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{}"}}"#, key.kid())] {
            let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(header);
            let token = format!("{header}.{payload}.{signature}");
            prop_assert!(keys(&key).verify::<Value>(&token, TokenType::AccessToken).is_err());
        }
    }
}
