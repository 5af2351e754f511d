//! The W3C's vectors with one field changed at a time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

mod support;

use ciborium::Value as Cbor;
use riser_factors::webauthn::{
    AssertionError, AttestationError, AttestationFormat, AttestationRoots, AuthenticatorDataError, CborError,
    ClientDataError, KeyError, RegistrationError, RegistrationResponse, ResponseError, UserVerification,
    verify_assertion, verify_registration,
};
use support::vectors::{Authentication, Object, Pair, Registration, pair, pairs, replace_once, root};
use support::{NOW, passkey, rp};

fn accepted() -> Vec<Pair> {
    let refused = ["none-es256-crossOrigin", "none-es256-topOrigin", "packed-es512", "packed-ed448"];
    let pairs: Vec<Pair> =
        pairs().into_iter().filter(|pair| !refused.contains(&pair.name.as_str())).collect();
    assert_eq!(pairs.len(), 11);
    pairs
}

fn register(registration: &Registration) -> Result<riser_factors::webauthn::Registered, RegistrationError> {
    let roots = AttestationRoots::from_der([root()]).unwrap();
    let rp = rp(UserVerification::Preferred);
    verify_registration(&rp, &registration.challenge, &registration.response(), &roots, NOW)
}

/// Changes the parts of the attestation object.
fn object(registration: &mut Registration, change: impl FnOnce(&mut Object)) {
    let mut object = Object::read(&registration.attestation_object);
    change(&mut object);
    registration.attestation_object = object.write();
}

fn replace_client_data(bytes: &mut Vec<u8>, old: &str, new: &str) {
    *bytes = replace_once(bytes, old.as_bytes(), new.as_bytes());
}

/// A change, its name, and what it is refused for.
type Row<T, E> = (&'static str, fn(&mut T), E);
/// A vector, its format, a change to its statement, and what it is refused for.
type StatementRow = (&'static str, AttestationFormat, fn(&mut Object), AttestationError);
/// A COSE key's entries.
type Key = Vec<(Cbor, Cbor)>;

#[test]
fn every_registration_is_refused_for_the_one_field_that_changed() {
    use RegistrationError as E;
    let data = E::AuthenticatorData;
    let client = E::ClientData;
    let changes: [Row<Registration, RegistrationError>; 17] = [
        ("challenge", |r| r.challenge[0] ^= 1, client(ClientDataError::Challenge)),
        (
            "type",
            |r| replace_client_data(&mut r.client_data_json, "webauthn.create", "webauthn.get"),
            client(ClientDataError::Type { expected: "webauthn.create" }),
        ),
        (
            "origin",
            |r| replace_client_data(&mut r.client_data_json, "https://example.org", "https://example.com"),
            client(ClientDataError::Origin),
        ),
        (
            "origin's scheme",
            |r| replace_client_data(&mut r.client_data_json, "https://example.org", "http://example.org"),
            client(ClientDataError::Origin),
        ),
        (
            "cross-origin",
            |r| {
                replace_client_data(
                    &mut r.client_data_json,
                    r#""crossOrigin":false"#,
                    r#""crossOrigin":true"#,
                )
            },
            client(ClientDataError::CrossOrigin),
        ),
        (
            "top origin",
            |r| {
                replace_client_data(
                    &mut r.client_data_json,
                    r#""crossOrigin":false"#,
                    r#""topOrigin":"https://example.org""#,
                )
            },
            client(ClientDataError::TopOrigin),
        ),
        ("rp id", |r| object(r, |o| o.auth_data[0] ^= 1), data(AuthenticatorDataError::RpIdHash)),
        (
            "user presence",
            |r| object(r, |o| o.auth_data[32] &= !1),
            data(AuthenticatorDataError::UserNotPresent),
        ),
        (
            "backup state",
            |r| object(r, |o| o.auth_data[32] = (o.auth_data[32] | 16) & !8),
            data(AuthenticatorDataError::BackupState),
        ),
        (
            "no attested data",
            |r| {
                object(r, |o| {
                    o.auth_data[32] &= !0x40;
                    o.auth_data.truncate(37);
                })
            },
            data(AuthenticatorDataError::AttestedData),
        ),
        (
            "attested data unannounced",
            |r| object(r, |o| o.auth_data[32] &= !0x40),
            data(AuthenticatorDataError::TrailingBytes),
        ),
        (
            "extensions missing",
            |r| object(r, |o| o.auth_data[32] |= 0x80),
            data(AuthenticatorDataError::Extensions(CborError::Truncated)),
        ),
        (
            "trailing bytes",
            |r| object(r, |o| o.auth_data.push(0)),
            data(AuthenticatorDataError::TrailingBytes),
        ),
        (
            "trailing bytes after the object",
            |r| r.attestation_object.push(0),
            E::AttestationObject(CborError::TrailingBytes),
        ),
        (
            "truncated",
            |r| {
                object(r, |o| {
                    o.auth_data.pop();
                })
            },
            data(AuthenticatorDataError::KeyEncoding(CborError::Truncated)),
        ),
        ("credential id", |r| r.credential_id[0] ^= 1, E::WrongCredential),
        (
            "format",
            |r| object(r, |o| o.format = "Packed".to_owned()),
            E::UnsupportedFormat { format: "Packed".to_owned() },
        ),
    ];
    for pair in accepted() {
        assert!(register(&pair.registration).is_ok(), "{}", pair.name);
        for (name, change, expected) in &changes {
            let mut registration = pair.registration.clone();
            change(&mut registration);
            assert_eq!(register(&registration).as_ref(), Err(expected), "{}: {name}", pair.name);
        }
    }
}

#[test]
fn every_assertion_is_refused_for_the_one_field_that_changed() {
    use AssertionError as E;
    let changes: [Row<Authentication, AssertionError>; 14] = [
        ("challenge", |a| a.challenge[0] ^= 1, E::ClientData(ClientDataError::Challenge)),
        (
            "type",
            |a| replace_client_data(&mut a.client_data_json, "webauthn.get", "webauthn.create"),
            E::ClientData(ClientDataError::Type { expected: "webauthn.get" }),
        ),
        (
            "payment",
            |a| replace_client_data(&mut a.client_data_json, "webauthn.get", "payment.get"),
            E::ClientData(ClientDataError::Type { expected: "webauthn.get" }),
        ),
        (
            "origin",
            |a| {
                replace_client_data(
                    &mut a.client_data_json,
                    "https://example.org",
                    "https://example.org:8443",
                )
            },
            E::ClientData(ClientDataError::Origin),
        ),
        (
            "cross-origin",
            |a| {
                replace_client_data(
                    &mut a.client_data_json,
                    r#""crossOrigin":false"#,
                    r#""crossOrigin":true"#,
                )
            },
            E::ClientData(ClientDataError::CrossOrigin),
        ),
        (
            "another member",
            |a| {
                replace_client_data(
                    &mut a.client_data_json,
                    r#""crossOrigin":false"#,
                    r#""crossOrigin":false,"x":1"#,
                )
            },
            E::Signature,
        ),
        ("rp id", |a| a.authenticator_data[0] ^= 1, E::AuthenticatorData(AuthenticatorDataError::RpIdHash)),
        (
            "user presence",
            |a| a.authenticator_data[32] &= !1,
            E::AuthenticatorData(AuthenticatorDataError::UserNotPresent),
        ),
        ("user verification", |a| a.authenticator_data[32] ^= 4, E::Signature),
        (
            "backup eligibility",
            |a| a.authenticator_data[32] = (a.authenticator_data[32] ^ 8) & !16,
            E::BackupEligibilityChanged,
        ),
        ("counter", |a| a.authenticator_data[36] ^= 1, E::Signature),
        (
            "trailing bytes",
            |a| a.authenticator_data.push(0),
            E::AuthenticatorData(AuthenticatorDataError::TrailingBytes),
        ),
        (
            "truncated",
            |a| a.authenticator_data.truncate(36),
            E::AuthenticatorData(AuthenticatorDataError::TooShort),
        ),
        ("signature", |a| *a.signature.last_mut().unwrap() ^= 1, E::Signature),
    ];
    let rp = rp(UserVerification::Preferred);
    for pair in accepted() {
        let passkey = passkey(&register(&pair.registration).unwrap());
        for (name, change, expected) in &changes {
            let mut authentication = pair.authentication.clone();
            change(&mut authentication);
            let response = authentication.response(&passkey.webauthn_id);
            let result = verify_assertion(&rp, &authentication.challenge, &passkey, &response);
            assert_eq!(result.as_ref(), Err(expected), "{}: {name}", pair.name);
        }
        let response = pair.authentication.response(b"another");
        let result = verify_assertion(&rp, &pair.authentication.challenge, &passkey, &response);
        assert_eq!(result, Err(E::WrongCredential), "{}", pair.name);
    }
}

#[test]
fn atk_wa_02_a_vector_without_uv_is_refused_where_it_is_required() {
    let required = rp(UserVerification::Required);
    let mut refused = 0;
    for pair in accepted() {
        let registration = pair.registration.response();
        let verified = Object::read(&pair.registration.attestation_object).auth_data[32] & 4 != 0;
        let result = verify_registration(
            &required,
            &pair.registration.challenge,
            &registration,
            &AttestationRoots::none(),
            NOW,
        );
        assert_eq!(result.is_ok(), verified, "{}", pair.name);
        if let Err(error) = result {
            assert_eq!(error, RegistrationError::UserVerificationRequired, "{}", pair.name);
            refused += 1;
        }
        let passkey = passkey(&register(&pair.registration).unwrap());
        let verified = pair.authentication.authenticator_data[32] & 4 != 0;
        let response = pair.authentication.response(&passkey.webauthn_id);
        let result = verify_assertion(&required, &pair.authentication.challenge, &passkey, &response);
        match result {
            Ok(_) => assert!(verified, "{}", pair.name),
            Err(error) => {
                assert!(!verified, "{}", pair.name);
                assert_eq!(error, AssertionError::UserVerificationRequired, "{}", pair.name);
                refused += 1;
            }
        }
    }
    assert!(refused > 5, "the vectors clear UV in several pairs: {refused}");
}

#[test]
fn every_statement_is_refused_for_the_one_member_that_changed() {
    use AttestationError as E;
    let not_offered =
        |algorithm: &str| E::Algorithm(KeyError::NotOffered { algorithm: algorithm.to_owned() });
    let rows: Vec<StatementRow> = vec![
        ("none-es256", AttestationFormat::None, |o| o.set("sig", vec![0u8]), E::Member("attStmt")),
        ("packed-self-es256", AttestationFormat::Packed, |o| o.set("alg", -8), E::AlgorithmMismatch),
        ("packed-self-es256", AttestationFormat::Packed, |o| o.bytes_mut("sig").clear(), E::Signature),
        ("packed-self-es256", AttestationFormat::Packed, |o| o.remove("sig"), E::Member("sig")),
        ("packed-self-es256", AttestationFormat::Packed, |o| o.remove("alg"), E::Member("alg")),
        ("packed-self-es256", AttestationFormat::Packed, |o| o.set("alg", "ES256"), E::Member("alg")),
        (
            "packed-self-es256",
            AttestationFormat::Packed,
            |o| o.set("x5c", Vec::<Cbor>::new()),
            E::Member("x5c"),
        ),
        ("packed-es256", AttestationFormat::Packed, |o| o.remove("x5c"), E::Signature),
        ("packed-es256", AttestationFormat::Packed, |o| o.set("alg", -8), E::AlgorithmMismatch),
        (
            "packed-es256",
            AttestationFormat::Packed,
            |o| o.set("alg", -65535),
            not_offered("RS1 (RSA with SHA-1)"),
        ),
        (
            "packed-es256",
            AttestationFormat::Packed,
            |o| *o.bytes_mut("sig").last_mut().unwrap() ^= 1,
            E::Signature,
        ),
        (
            "packed-es256",
            AttestationFormat::Packed,
            |o| o.set("x5c", vec![Cbor::from("text")]),
            E::Member("x5c"),
        ),
        (
            "packed-es256",
            AttestationFormat::Packed,
            |o| o.set("x5c", vec![Cbor::Bytes(vec![0x30, 0x80])]),
            E::Certificate,
        ),
        (
            "packed-es256",
            AttestationFormat::Packed,
            |o| o.set("x5c", vec![Cbor::Bytes(root())]),
            E::Signature,
        ),
        ("packed-es256", AttestationFormat::Packed, |o| o.auth_data[36] ^= 1, E::Signature),
        ("packed-es384", AttestationFormat::Packed, |o| o.auth_data[40] ^= 1, E::Signature),
        ("packed-rs256", AttestationFormat::Packed, |o| o.auth_data[36] ^= 1, E::Signature),
        ("packed-eddsa", AttestationFormat::Packed, |o| o.auth_data[36] ^= 1, E::Signature),
        ("tpm-es256", AttestationFormat::Tpm, |o| o.set("ver", "1.2"), E::Member("ver")),
        ("tpm-es256", AttestationFormat::Tpm, |o| o.bytes_mut("certInfo")[0] ^= 1, E::Member("certInfo")),
        ("tpm-es256", AttestationFormat::Tpm, |o| o.bytes_mut("certInfo").push(0), E::Member("certInfo")),
        (
            "tpm-es256",
            AttestationFormat::Tpm,
            |o| {
                o.bytes_mut("certInfo").pop();
            },
            E::Member("certInfo"),
        ),
        (
            "tpm-es256",
            AttestationFormat::Tpm,
            |o| *o.bytes_mut("pubArea").last_mut().unwrap() ^= 1,
            E::KeyMismatch,
        ),
        ("tpm-es256", AttestationFormat::Tpm, |o| o.bytes_mut("pubArea")[5] ^= 1, E::KeyMismatch),
        ("tpm-es256", AttestationFormat::Tpm, |o| o.bytes_mut("pubArea").push(0), E::Member("pubArea")),
        ("tpm-es256", AttestationFormat::Tpm, |o| o.bytes_mut("pubArea")[3] = 4, E::Member("pubArea")),
        ("tpm-es256", AttestationFormat::Tpm, |o| *o.bytes_mut("sig").last_mut().unwrap() ^= 1, E::Signature),
        ("tpm-es256", AttestationFormat::Tpm, |o| o.set("alg", -257), E::AlgorithmMismatch),
        ("tpm-es256", AttestationFormat::Tpm, |o| o.set("alg", -35), E::Unrelated("extraData")),
        ("tpm-es256", AttestationFormat::Tpm, |o| o.auth_data[36] ^= 1, E::Unrelated("extraData")),
        ("android-key-es256", AttestationFormat::AndroidKey, |o| o.auth_data[36] ^= 1, E::Signature),
        ("android-key-es256", AttestationFormat::AndroidKey, |o| o.remove("x5c"), E::Member("x5c")),
        ("apple-es256", AttestationFormat::Apple, |o| o.auth_data[36] ^= 1, E::Unrelated("the nonce")),
        (
            "apple-es256",
            AttestationFormat::Apple,
            |o| o.set("x5c", vec![Cbor::Bytes(root())]),
            E::Requirement("Apple's extension with the nonce"),
        ),
        (
            "fido-u2f-es256",
            AttestationFormat::FidoU2f,
            |o| *o.bytes_mut("sig").last_mut().unwrap() ^= 1,
            E::Signature,
        ),
        (
            "fido-u2f-es256",
            AttestationFormat::FidoU2f,
            |o| o.get_mut("x5c").unwrap().as_array_mut().unwrap().push(Cbor::Bytes(root())),
            E::Member("x5c"),
        ),
    ];
    for (index, (name, format, change, why)) in rows.into_iter().enumerate() {
        let mut pair = pair(name);
        object(&mut pair.registration, change);
        let result = register(&pair.registration);
        assert_eq!(result, Err(RegistrationError::Attestation { format, why }), "row {index}: {name}");
    }
}

#[test]
fn atk_wa_06_another_formats_statement_does_not_pass() {
    for (name, format) in [
        ("packed-es256", "none"),
        ("packed-es256", "tpm"),
        ("packed-es256", "android-key"),
        ("packed-es256", "apple"),
        ("packed-es256", "fido-u2f"),
        ("apple-es256", "packed"),
        ("fido-u2f-es256", "packed"),
        ("android-key-es256", "apple"),
    ] {
        let mut pair = pair(name);
        object(&mut pair.registration, |o| o.format = format.to_owned());
        let result = register(&pair.registration);
        assert!(
            matches!(result, Err(RegistrationError::Attestation { .. })),
            "{name} as {format}: {result:?}"
        );
    }
    for format in ["compound", "android-safetynet", "", "NONE", "none\0"] {
        let mut pair = pair("none-es256");
        object(&mut pair.registration, |o| o.format = format.to_owned());
        let result = register(&pair.registration);
        assert!(matches!(result, Err(RegistrationError::UnsupportedFormat { .. })), "{format}: {result:?}");
    }
}

#[test]
fn every_key_is_refused_for_the_one_parameter_that_changed() {
    use KeyError as E;
    // The key is the last part of `none-es256`'s data: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
    let key_of = |registration: &Registration| {
        let object = Object::read(&registration.attestation_object);
        let at = object.auth_data.windows(5).position(|w| w == [0xa5, 1, 2, 3, 0x26]).unwrap();
        ciborium::from_reader::<Cbor, _>(&object.auth_data[at..]).unwrap().into_map().unwrap()
    };
    let changes: Vec<Row<Key, KeyError>> = vec![
        ("kty", (|k| k[0].1 = Cbor::from(1)), E::Parameter("kty")),
        ("alg of another curve", (|k| k[1].1 = Cbor::from(-35)), E::Parameter("crv")),
        ("alg of another kind", (|k| k[1].1 = Cbor::from(-257)), E::Parameter("kty")),
        ("alg EdDSA", (|k| k[1].1 = Cbor::from(-8)), E::Parameter("crv")),
        (
            "alg Ed448",
            (|k| {
                k[1].1 = Cbor::from(-8);
                k[2].1 = Cbor::from(7);
            }),
            E::NotOffered { algorithm: "Ed448".to_owned() },
        ),
        ("alg ES512", (|k| k[1].1 = Cbor::from(-36)), E::NotOffered { algorithm: "ES512".to_owned() }),
        ("alg as text", (|k| k[1].1 = Cbor::from("ES256")), E::Parameter("alg")),
        ("alg beyond 64 bits", (|k| k[1].1 = Cbor::from(u64::MAX)), E::Parameter("alg")),
        ("crv", (|k| k[2].1 = Cbor::from(2)), E::Parameter("crv")),
        (
            "short x",
            (|k| {
                k[3].1.as_bytes_mut().unwrap().pop();
            }),
            E::Parameter("x"),
        ),
        ("long y", (|k| k[4].1.as_bytes_mut().unwrap().push(0)), E::Parameter("y")),
        ("compressed", (|k| k[4].1 = Cbor::from(true)), E::Parameter("y")),
        ("not on the curve", (|k| k[4].1.as_bytes_mut().unwrap()[31] ^= 1), E::Invalid),
        (
            "the point at infinity",
            (|k| {
                k[3].1 = Cbor::Bytes(vec![0; 32]);
                k[4].1 = Cbor::Bytes(vec![0; 32]);
            }),
            E::Invalid,
        ),
        (
            "private",
            (|k| k.push((Cbor::from(-4), Cbor::Bytes(vec![1; 32])))),
            E::Parameter("other parameters"),
        ),
        (
            "no y",
            (|k| {
                k.pop();
            }),
            E::Parameter("other parameters"),
        ),
        (
            "y twice",
            (|k| {
                let y = k[4].clone();
                k.push(y);
            }),
            E::Encoding(CborError::DuplicateKey),
        ),
        ("an array", (|k| k.clear()), E::Parameter("alg")),
    ];
    for (name, change, expected) in changes {
        let mut pair = pair("none-es256");
        let mut key = key_of(&pair.registration);
        change(&mut key);
        let mut bytes = Vec::new();
        ciborium::into_writer(&Cbor::Map(key), &mut bytes).unwrap();
        object(&mut pair.registration, |o| {
            let at = o.auth_data.windows(5).position(|w| w == [0xa5, 1, 2, 3, 0x26]).unwrap();
            o.auth_data.truncate(at);
            o.auth_data.extend_from_slice(&bytes);
        });
        assert_eq!(register(&pair.registration), Err(RegistrationError::Key(expected)), "{name}");
    }
}

#[test]
fn a_small_modulus_is_no_key() {
    let mut pair = pair("packed-rs256");
    object(&mut pair.registration, |o| {
        // {1: 3, 3: -257, -1: n, -2: e} with n of 3488 bits: 1024 are left.
        let at = o.auth_data.windows(4).position(|w| w == [0x20, 0x59, 0x01, 0xb4]).unwrap();
        o.auth_data[at + 2] = 0;
        o.auth_data[at + 3] = 0x80;
        o.auth_data.drain(at + 4 + 128..at + 4 + 436);
    });
    assert_eq!(register(&pair.registration), Err(RegistrationError::Key(KeyError::Parameter("n"))));
}

#[test]
fn std_wr_25_an_id_has_1023_bytes_at_most() {
    let long = pair("none-es256-long-credential-id");
    assert_eq!(long.registration.credential_id.len(), 1023);
    let mut json = long.registration.json();
    let longer = support::base64url(&[7; 1024]);
    json["id"] = longer.clone().into();
    json["rawId"] = longer.into();
    let result = RegistrationResponse::parse(json.to_string().as_bytes());
    assert_eq!(result, Err(ResponseError::MemberTooLong("rawId")));
}
