//! WA-10 and WA-11: what no honest client sends. Refused, by name, before anything is allocated for it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

mod support;

use proptest::prelude::*;
use riser_factors::webauthn::{
    AssertionError, AttestationRoots, AuthenticationResponse, AuthenticatorDataError, CborError,
    ClientDataError, PublicKey, RegistrationError, RegistrationResponse, ResponseError, UserVerification,
    verify_assertion, verify_registration,
};
use serde_json::{Value, json};
use support::authenticator::{KeyKind, SoftAuthenticator};
use support::vectors::{Object, pair, pairs};
use support::{NOW, ORIGIN, base64url, passkey, rp};

/// CBOR that must not be decoded, and why.
fn hostile_cbor() -> Vec<(&'static str, Vec<u8>, CborError)> {
    let deep = |head: u8, times: usize| vec![head; times];
    let items = |head: &[u8], count: usize| [head, &vec![0; count]].concat();
    vec![
        ("nothing", vec![], CborError::Truncated),
        ("arrays in arrays", deep(0x81, 40_000), CborError::TooDeep),
        ("nine arrays", [deep(0x81, 9), vec![0]].concat(), CborError::TooDeep),
        ("maps in keys", deep(0xa1, 40_000), CborError::TooDeep),
        ("maps in values", [0xa1, 0x00].repeat(20_000), CborError::TooDeep),
        ("tags in tags", deep(0xc1, 40_000), CborError::NotCanonical),
        ("an array of 2^64 - 1", vec![0x9b, 255, 255, 255, 255, 255, 255, 255, 255], CborError::Truncated),
        ("a map of 2^64 - 1", vec![0xbb, 255, 255, 255, 255, 255, 255, 255, 255], CborError::Truncated),
        ("a map of 2^63", vec![0xbb, 128, 0, 0, 0, 0, 0, 0, 0], CborError::Truncated),
        ("bytes of 2^64 - 1", vec![0x5b, 255, 255, 255, 255, 255, 255, 255, 255, 0], CborError::Truncated),
        ("text of 2^64 - 1", vec![0x7b, 255, 255, 255, 255, 255, 255, 255, 255, 0], CborError::Truncated),
        ("bytes of 4 GiB", vec![0x5a, 255, 255, 255, 255, 0], CborError::Truncated),
        ("a head cut short", vec![0x5b, 0, 0], CborError::Truncated),
        ("an array of 40,000", items(&[0x99, 0x9c, 0x40], 40_000), CborError::TooManyItems),
        ("a map of 20,000", items(&[0xb9, 0x4e, 0x20], 40_000), CborError::TooManyItems),
        ("an array with one missing", items(&[0x99, 0x00, 0x05], 4), CborError::Truncated),
        ("indefinite array", vec![0x9f, 0xff], CborError::NotCanonical),
        ("indefinite map", vec![0xbf, 0xff], CborError::NotCanonical),
        ("indefinite bytes", vec![0x5f, 0x41, 0, 0xff], CborError::NotCanonical),
        ("indefinite text", vec![0x7f, 0x61, b'a', 0xff], CborError::NotCanonical),
        ("a break alone", vec![0xff], CborError::NotCanonical),
        ("reserved length", vec![0x1c], CborError::NotCanonical),
        ("reserved map length", vec![0xbe, 0, 0], CborError::NotCanonical),
    ]
}

/// What is refused only as the map that belongs there.
fn hostile_maps() -> Vec<(&'static str, Vec<u8>, CborError)> {
    let mut rows = hostile_cbor();
    rows.extend([
        ("a key twice", vec![0xa2, 0x01, 0x02, 0x01, 0x03], CborError::DuplicateKey),
        ("a key twice, longer", vec![0xa2, 0x01, 0x02, 0x18, 0x01, 0x03], CborError::DuplicateKey),
        (
            "a key twice, within",
            vec![0xa1, 0x00, 0xa2, 0x61, b'a', 0, 0x61, b'a', 0],
            CborError::DuplicateKey,
        ),
        ("text that is not UTF-8", vec![0xa1, 0x00, 0x61, 0xff], CborError::NotCanonical),
    ]);
    rows
}

#[test]
fn atk_wa_10_hostile_attestation_objects() {
    let rp = rp(UserVerification::Preferred);
    let mut rows = hostile_maps();
    rows.push(("bytes follow", vec![0xa0, 0x00], CborError::TrailingBytes));
    rows.push(("not a map", vec![0x80], CborError::Type));
    rows.push(("an empty map", vec![0xa0], CborError::Type));
    rows.push(("fmt of another type", [&[0xa1, 0x63][..], b"fmt", &[0x01]].concat(), CborError::Type));
    for (name, bytes, expected) in rows {
        let mut registration = pair("none-es256").registration;
        registration.attestation_object = bytes;
        let response = registration.response();
        let result =
            verify_registration(&rp, &registration.challenge, &response, &AttestationRoots::none(), NOW);
        assert_eq!(result, Err(RegistrationError::AttestationObject(expected)), "{name}");
    }
}

#[test]
fn atk_wa_10_hostile_keys_and_extensions_at_registration() {
    let rp = rp(UserVerification::Preferred);
    let register = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut registration = pair("none-es256").registration;
        let mut object = Object::read(&registration.attestation_object);
        change(&mut object.auth_data);
        registration.attestation_object = object.write();
        let response = registration.response();
        verify_registration(&rp, &registration.challenge, &response, &AttestationRoots::none(), NOW)
    };
    for (name, bytes, expected) in hostile_cbor() {
        let result = register(&|data: &mut Vec<u8>| {
            data.truncate(data.len() - 77);
            data.extend_from_slice(&bytes);
        });
        let expected = RegistrationError::AuthenticatorData(AuthenticatorDataError::KeyEncoding(expected));
        assert_eq!(result, Err(expected), "key: {name}");
    }
    for (name, bytes, expected) in hostile_maps() {
        let result = register(&|data: &mut Vec<u8>| {
            data[32] |= 0x80;
            data.extend_from_slice(&bytes);
        });
        // What is no map is not looked at any further.
        let expected =
            if bytes.first().is_some_and(|head| head >> 5 != 5) { CborError::Type } else { expected };
        let expected = RegistrationError::AuthenticatorData(AuthenticatorDataError::Extensions(expected));
        assert_eq!(result, Err(expected), "extensions: {name}");
    }
    let with = |bytes: &'static [u8]| {
        register(&move |data: &mut Vec<u8>| {
            data[32] |= 0x80;
            data.extend_from_slice(bytes);
        })
    };
    assert!(with(&[0xa0]).is_ok(), "no extensions");
    assert!(with(&[0xa1, 0x61, b'x', 0xf5]).is_ok(), "an unsolicited one");
}

#[test]
fn atk_wa_10_hostile_extensions_in_an_assertion() {
    let rp = rp(UserVerification::Preferred);
    let mut device = SoftAuthenticator::synced(KeyKind::Ed25519);
    let passkey = registered(&mut device);
    device.lies.extra_flags = 0x80;
    let get = |device: &SoftAuthenticator| {
        let json = device
            .get(ORIGIN, &json!({ "challenge": base64url(b"challenge"), "rpId": "example.org" }))
            .unwrap();
        let response = AuthenticationResponse::parse(json.to_string().as_bytes())?;
        Ok::<_, ResponseError>(verify_assertion(&rp, b"challenge", &passkey, &response))
    };
    for (name, bytes, expected) in hostile_cbor() {
        device.lies.trailing_bytes = bytes;
        let first = device.lies.trailing_bytes.first();
        let expected = if first.is_some_and(|head| head >> 5 != 5) { CborError::Type } else { expected };
        match get(&device) {
            Ok(result) => assert_eq!(
                result.map(|_| ()),
                Err(AssertionError::AuthenticatorData(AuthenticatorDataError::Extensions(expected))),
                "{name}"
            ),
            Err(error) => assert_eq!(error, ResponseError::MemberTooLong("authenticatorData"), "{name}"),
        }
    }
    for (name, bytes, accepted) in [
        ("an empty map", vec![0xa0], true),
        ("an unsolicited one", vec![0xa1, 0x61, b'x', 0xf5], true),
        ("bytes follow", vec![0xa0, 0xa0], false),
    ] {
        device.lies.trailing_bytes = bytes;
        assert_eq!(get(&device).unwrap().is_ok(), accepted, "{name}");
    }
}

fn registered(device: &mut SoftAuthenticator) -> riser_factors::webauthn::Passkey {
    let rp = rp(UserVerification::Preferred);
    let user = riser_factors::webauthn::User { handle: b"u", name: "a", display_name: "A" };
    let options = riser_factors::webauthn::creation_options(
        &rp,
        b"challenge",
        &user,
        &[],
        1,
        &riser_factors::webauthn::Wishes::default(),
    );
    let json = device.create(ORIGIN, &options).unwrap();
    let response = RegistrationResponse::parse(json.to_string().as_bytes()).unwrap();
    passkey(&verify_registration(&rp, b"challenge", &response, &AttestationRoots::none(), NOW).unwrap())
}

#[test]
fn atk_wa_11_odd_client_data() {
    use ClientDataError as E;
    let good = r#""type":"webauthn.get","challenge":"Y2hhbGxlbmdl","origin":"https://example.org""#;
    let rp = rp(UserVerification::Preferred);
    let mut device = SoftAuthenticator::synced(KeyKind::Ed25519);
    let passkey = registered(&mut device);
    let nested = |depth: usize| format!("{{{good},\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let members = |count: usize| {
        let more: String = (0..count).map(|index| format!(",\"m{index}\":0")).collect();
        format!("{{{good}{more}}}")
    };
    for (name, text, expected) in [
        ("as it is", format!("{{{good}}}"), Ok(())),
        ("a byte order mark", format!("\u{feff}{{{good}}}"), Ok(())),
        ("two byte order marks", format!("\u{feff}\u{feff}{{{good}}}"), Err(E::Malformed)),
        ("white space", format!("  {{ {good} }}\n"), Ok(())),
        (
            "other members",
            format!("{{{good},\"other_keys_can_be_added_here\":\"...\",\"n\":[1,{{\"a\":null}},1.5e300]}}"),
            Ok(()),
        ),
        ("token binding", format!("{{{good},\"tokenBinding\":{{\"status\":\"supported\"}}}}"), Ok(())),
        ("crossOrigin false", format!("{{{good},\"crossOrigin\":false}}"), Ok(())),
        (
            "an escaped name",
            format!(
                "{{{},\"o\\u0072igin\":\"https://example.org\"}}",
                good.replace(",\"origin\":\"https://example.org\"", "")
            ),
            Ok(()),
        ),
        ("sixty members more", members(60), Ok(())),
        ("too many members", members(62), Err(E::Malformed)),
        ("type twice", format!("{{{good},\"type\":\"webauthn.get\"}}"), Err(E::Malformed)),
        (
            "origin twice, once escaped",
            format!("{{{good},\"o\\u0072igin\":\"https://evil.example\"}}"),
            Err(E::Malformed),
        ),
        ("an unknown member twice", format!("{{{good},\"x\":1,\"x\":1}}"), Err(E::Malformed)),
        ("a nested member twice", format!("{{{good},\"x\":{{\"y\":1,\"y\":1}}}}"), Err(E::Malformed)),
        ("nested within bounds", nested(50), Ok(())),
        ("nested too deeply", nested(1_000), Err(E::Malformed)),
        ("text after it", format!("{{{good}}}x"), Err(E::Malformed)),
        ("two objects", format!("{{{good}}}{{}}"), Err(E::Malformed)),
        ("NUL after it", format!("{{{good}}}\0"), Err(E::Malformed)),
        ("an array", format!("[{{{good}}}]"), Err(E::Malformed)),
        ("nothing", String::new(), Err(E::Malformed)),
        ("a comment", format!("{{{good}/**/}}"), Err(E::Malformed)),
        ("a comma too many", format!("{{{good},}}"), Err(E::Malformed)),
        ("half a surrogate", format!("{{{good},\"x\":\"\\ud800\"}}"), Err(E::Malformed)),
        ("no type", "{}".to_owned(), Err(E::Member("type"))),
        ("type of another type", r#"{"type":["webauthn.get"]}"#.to_owned(), Err(E::Member("type"))),
        ("no challenge", r#"{"type":"webauthn.get"}"#.to_owned(), Err(E::Member("challenge"))),
        (
            "no origin",
            r#"{"type":"webauthn.get","challenge":"Y2hhbGxlbmdl"}"#.to_owned(),
            Err(E::Member("origin")),
        ),
        ("another case", format!("{{{}}}", good.replace("type", "Type")), Err(E::Member("type"))),
        (
            "a padded challenge",
            format!("{{{}}}", good.replace("Y2hhbGxlbmdl", "Y2hhbGxlbmdl=")),
            Err(E::Challenge),
        ),
        (
            "a challenge with a space",
            format!("{{{}}}", good.replace("Y2hhbGxlbmdl", " Y2hhbGxlbmdl")),
            Err(E::Challenge),
        ),
        (
            "crossOrigin as text",
            format!("{{{good},\"crossOrigin\":\"false\"}}"),
            Err(E::Member("crossOrigin")),
        ),
        ("crossOrigin null", format!("{{{good},\"crossOrigin\":null}}"), Err(E::Member("crossOrigin"))),
        ("crossOrigin 0", format!("{{{good},\"crossOrigin\":0}}"), Err(E::Member("crossOrigin"))),
        ("topOrigin null", format!("{{{good},\"topOrigin\":null}}"), Err(E::TopOrigin)),
    ] {
        device.lies.client_data_json = Some(text);
        let json = device.get(ORIGIN, &json!({ "challenge": "x", "rpId": "example.org" })).unwrap();
        let response = AuthenticationResponse::parse(json.to_string().as_bytes()).unwrap();
        let result = verify_assertion(&rp, b"challenge", &passkey, &response).map(|_| ());
        assert_eq!(result, expected.map_err(AssertionError::ClientData), "{name}");
    }
}

#[test]
fn the_claimed_challenge_is_the_verified_one_or_none() {
    for pair in pairs() {
        let registration = pair.registration.response();
        assert_eq!(
            registration.claimed_challenge(),
            Some(pair.registration.challenge.clone()),
            "{}",
            pair.name
        );
        let authentication = pair.authentication.response(&pair.registration.credential_id);
        assert_eq!(
            authentication.claimed_challenge(),
            Some(pair.authentication.challenge.clone()),
            "{}",
            pair.name
        );
    }
    for text in [
        "",
        "{}",
        "[]",
        r#"{"challenge":1}"#,
        r#"{"challenge":"YQ=="}"#,
        r#"{"challenge":"YQ","challenge":"YQ"}"#,
    ] {
        let mut registration = pair("none-es256").registration;
        registration.client_data_json = text.as_bytes().to_vec();
        assert_eq!(registration.response().claimed_challenge(), None, "{text}");
    }
}

#[test]
fn atk_wa_11_client_data_that_is_not_utf_8() {
    let rp = rp(UserVerification::Preferred);
    let pair = pair("none-es256");
    for bytes in [&b"\xff"[..], b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xfe\xff\x00{"] {
        let mut registration = pair.registration.clone();
        let end = registration.client_data_json.len() - 2;
        registration.client_data_json.splice(end..end, bytes.iter().copied());
        let response = registration.response();
        let result =
            verify_registration(&rp, &registration.challenge, &response, &AttestationRoots::none(), NOW);
        assert_eq!(result, Err(RegistrationError::ClientData(ClientDataError::Malformed)), "{bytes:x?}");
    }
}

#[test]
fn atk_wa_11_odd_responses() {
    use ResponseError as E;
    let pair = pair("none-es256");
    let id = &pair.registration.credential_id;
    let registration = pair.registration.json();
    let authentication = pair.authentication.json(id);
    let text = |value: &Value| value.to_string();
    type Change = fn(&mut Value);
    let rows: [(&str, Change, ResponseError); 12] = [
        ("padded", |v| v["response"]["clientDataJSON"] = "e30=".into(), E::NotBase64Url("clientDataJSON")),
        (
            "the other alphabet",
            |v| v["response"]["clientDataJSON"] = "+/+/".into(),
            E::NotBase64Url("clientDataJSON"),
        ),
        ("stray bits", |v| v["response"]["clientDataJSON"] = "e31".into(), E::NotBase64Url("clientDataJSON")),
        (
            "white space",
            |v| v["response"]["clientDataJSON"] = "e30\n".into(),
            E::NotBase64Url("clientDataJSON"),
        ),
        ("numbers", |v| v["response"]["clientDataJSON"] = json!([123, 125]), E::Member("clientDataJSON")),
        ("no response", |v| v["response"] = Value::Null, E::Member("response")),
        ("no rawId", |v| v["rawId"] = Value::Null, E::Member("rawId")),
        ("another id", |v| v["id"] = "AAAA".into(), E::Id),
        ("another type", |v| v["type"] = "password".into(), E::Type),
        ("no type", |v| v["type"] = Value::Null, E::Type),
        ("an array", |v| *v = json!([v.clone()]), E::NotJson),
        (
            "client data of 20 KB",
            |v| v["response"]["clientDataJSON"] = "A".repeat(28_000).into(),
            E::MemberTooLong("clientDataJSON"),
        ),
    ];
    for (name, change, expected) in rows {
        let (mut one, mut two) = (registration.clone(), authentication.clone());
        change(&mut one);
        change(&mut two);
        assert_eq!(RegistrationResponse::parse(text(&one).as_bytes()), Err(expected.clone()), "{name}");
        assert_eq!(AuthenticationResponse::parse(text(&two).as_bytes()), Err(expected), "{name}");
    }
    let twice = |json: &Value, member: &str| text(json).replacen('{', &format!("{{{member},"), 1);
    for (name, json) in [
        ("id twice", twice(&registration, r#""id":"AAAA""#)),
        ("an unknown member twice", twice(&registration, r#""x":1,"x":2"#)),
        ("not UTF-8", String::from_utf8_lossy(b"{\"\xff\":1}").into_owned() + "x"),
        ("nested too deeply", format!("{{\"x\":{}", "[".repeat(60_000))),
    ] {
        assert_eq!(RegistrationResponse::parse(json.as_bytes()), Err(E::NotJson), "{name}");
        assert_eq!(AuthenticationResponse::parse(json.as_bytes()), Err(E::NotJson), "{name}");
    }
    let large = twice(&registration, &format!("\"x\":\"{}\"", "x".repeat(64 * 1024)));
    assert_eq!(RegistrationResponse::parse(large.as_bytes()), Err(E::TooLarge { max: 64 * 1024 }));
    assert_eq!(AuthenticationResponse::parse(large.as_bytes()), Err(E::TooLarge { max: 64 * 1024 }));

    // What is tolerated: unknown members, extension results of any shape, no transports.
    let mut json = registration.clone();
    json["clientExtensionResults"] =
        json!({ "prf": { "results": { "first": [1, 2, 3] } }, "credProps": { "rk": true } });
    json["response"]["publicKeyAlgorithm"] = json!(-7);
    json["response"]["transports"] = json!(["usb", "made-up"]);
    assert!(RegistrationResponse::parse(text(&json).as_bytes()).is_ok());
    json["response"]["transports"] = json!([1]);
    assert_eq!(RegistrationResponse::parse(text(&json).as_bytes()), Err(E::Member("response.transports")));

    let mut json = authentication.clone();
    json["response"]["userHandle"] = base64url(&[7; 64]).into();
    assert!(AuthenticationResponse::parse(text(&json).as_bytes()).is_ok());
    json["response"]["userHandle"] = base64url(&[7; 65]).into();
    assert_eq!(AuthenticationResponse::parse(text(&json).as_bytes()), Err(E::MemberTooLong("userHandle")));
}

#[test]
fn a_stored_key_that_we_did_not_write_is_refused() {
    let rp = rp(UserVerification::Preferred);
    let pair = pair("packed-rs256");
    let registered = verify_registration(
        &rp,
        &pair.registration.challenge,
        &pair.registration.response(),
        &AttestationRoots::none(),
        NOW,
    )
    .unwrap();
    let stored = registered.public_key.to_bytes();
    assert_eq!(PublicKey::from_bytes(&stored), Ok(registered.public_key));
    for (name, bytes) in [
        ("nothing", vec![]),
        ("no key", vec![1]),
        ("an unknown version", vec![9; 66]),
        ("a point too short", [&[1][..], &[4; 64]].concat()),
        ("a point too long", [&[1][..], &[4; 66]].concat()),
        ("Ed25519 too long", vec![2; 34]),
        ("RSA too long", [&[4][..], &[0x30; 600]].concat()),
    ] {
        assert!(PublicKey::from_bytes(&bytes).is_err(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic_the_parsers(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        let _ = RegistrationResponse::parse(&bytes);
        let _ = AuthenticationResponse::parse(&bytes);
        let _ = PublicKey::from_bytes(&bytes);
        let _ = AttestationRoots::from_der([bytes]);
    }

    #[test]
    fn arbitrary_parts_never_panic_the_verifiers(
        object in proptest::collection::vec(any::<u8>(), 0..512),
        data in proptest::collection::vec(any::<u8>(), 0..512),
        signature in proptest::collection::vec(any::<u8>(), 0..128),
    ) {
        let rp = rp(UserVerification::Preferred);
        let mut pair = pair("none-es256");
        let passkey = passkey(&verify_registration(
            &rp, &pair.registration.challenge, &pair.registration.response(), &AttestationRoots::none(), NOW,
        ).unwrap());
        pair.registration.attestation_object = object;
        prop_assert!(verify_registration(
            &rp, &pair.registration.challenge, &pair.registration.response(), &AttestationRoots::none(), NOW,
        ).is_err());
        let original = pair.authentication.clone();
        pair.authentication.authenticator_data = data;
        let response = pair.authentication.response(&passkey.webauthn_id);
        prop_assert!(verify_assertion(&rp, &original.challenge, &passkey, &response).is_err());
        pair.authentication.authenticator_data = original.authenticator_data;
        pair.authentication.signature = signature;
        let response = pair.authentication.response(&passkey.webauthn_id);
        prop_assert!(verify_assertion(&rp, &original.challenge, &passkey, &response).is_err());
    }

    /// Every byte of every vector counts, and none of them panics: a changed statement or key, a changed certificate.
    #[test]
    fn changed_vectors_never_panic(which in 0usize..15, at in any::<prop::sample::Index>(), change in 1u8..) {
        let rp = rp(UserVerification::Preferred);
        let roots = AttestationRoots::from_der([support::vectors::root()]).unwrap();
        let mut pair = pairs().swap_remove(which);
        let object = &mut pair.registration.attestation_object;
        let at = at.index(object.len());
        object[at] ^= change;
        let result = verify_registration(&rp, &pair.registration.challenge, &pair.registration.response(), &roots, NOW);
        // `none` signs nothing, and U2F neither flags, counter nor model: those are whatever the client says.
        let unsigned = pair.name.starts_with("none-") || pair.name.starts_with("fido-u2f");
        prop_assert!(unsigned || result.is_err() || result.is_ok_and(|r| !r.hardware_bound()));
    }
}
