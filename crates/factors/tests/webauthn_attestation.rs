//! Attestation by makers that do not exist: chains, models, and what a phone says about its key.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

mod support;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use riser_core::UnixTime;
use riser_factors::webauthn::{
    Attestation, AttestationError, AttestationFormat, AttestationRoots, Registered, RegistrationError,
    RegistrationResponse, User, UserVerification, Wishes, creation_options, verify_registration,
};
use serde_json::Value;
use support::authenticator::{Attester, ForgedSignature, KeyKind, SoftAuthenticator, SoftKey};
use support::makers::{Authority, FIDO_AAGUID, authority_params, changed, leaf_params, maker, octets};
use support::vectors::{Object, pair, unbase64url, unhex};
use support::{NOW, ORIGIN, base64url, rp};

const CHALLENGE: &[u8] = b"the challenge of a registration.";
const AAGUID: [u8; 16] = *b"a model of mine.";
const KEY_DESCRIPTION: &[u64] = &[1, 3, 6, 1, 4, 1, 11129, 2, 1, 17];

fn created(device: &mut SoftAuthenticator) -> Value {
    let user = User { handle: b"u", name: "ada", display_name: "Ada" };
    device
        .create(
            ORIGIN,
            &creation_options(&rp(UserVerification::Required), CHALLENGE, &user, &[], 1, &Wishes::default()),
        )
        .unwrap()
}

fn verify(json: &Value, roots: &[&Authority], now: UnixTime) -> Result<Registered, RegistrationError> {
    let roots = AttestationRoots::from_der(roots.iter().map(|root| root.der.clone())).unwrap();
    let response = RegistrationResponse::parse(json.to_string().as_bytes()).unwrap();
    verify_registration(&rp(UserVerification::Required), CHALLENGE, &response, &roots, now)
}

fn packed(attester: Attester, roots: &[&Authority], now: UnixTime) -> Result<Registered, RegistrationError> {
    let mut device = SoftAuthenticator::security_key(KeyKind::Ed25519).attested_by(attester);
    device.aaguid = AAGUID;
    verify(&created(&mut device), roots, now)
}

fn is_chained(result: Result<Registered, RegistrationError>) -> bool {
    let registered = result.unwrap();
    let chained = matches!(registered.attestation, Attestation::Chained { .. });
    assert!(chained || registered.attestation == Attestation::Unanchored);
    assert_eq!(registered.hardware_bound(), chained);
    chained
}

#[test]
fn atk_wa_06_a_chain_must_lead_to_a_configured_root() {
    let (root, other, same_name) =
        (Authority::root("Root"), Authority::root("Other"), Authority::root("Root"));
    let middle = root.below(authority_params("Middle"));
    let limited = root.below(changed(authority_params("Limited"), |p| {
        p.is_ca = IsCa::Ca(BasicConstraints::Constrained(0))
    }));
    let below_limited = limited.below(authority_params("Below"));
    let not_ca = root.below(changed(authority_params("Not CA"), |p| p.is_ca = IsCa::ExplicitNoCa));
    let no_sign = root.below(changed(authority_params("No sign"), |p| {
        p.key_usages = vec![KeyUsagePurpose::DigitalSignature]
    }));
    let past = root.below(changed(authority_params("Past"), |p| p.not_after = date_time_ymd(2020, 1, 1)));
    let mut strange = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    strange.set_criticality(true);
    let critical = root.below(changed(authority_params("Critical"), |p| p.custom_extensions = vec![strange]));
    let leaf = leaf_params();
    for (name, attester, roots, expected) in [
        ("directly", maker(&root, &leaf, &[]), vec![&root], true),
        ("one of several", maker(&root, &leaf, &[]), vec![&other, &same_name, &root], true),
        ("with its root sent along", maker(&root, &leaf, &[&root]), vec![&root], true),
        ("through another", maker(&middle, &leaf, &[&middle]), vec![&root], true),
        ("through another, with the root", maker(&middle, &leaf, &[&middle, &root]), vec![&root], true),
        ("the intermediate is configured", maker(&middle, &leaf, &[&middle]), vec![&middle], true),
        ("at the limit of a path", maker(&limited, &leaf, &[&limited]), vec![&root], true),
        ("no root", maker(&root, &leaf, &[]), vec![], false),
        ("its own root", maker(&other, &leaf, &[&other]), vec![&root], false),
        ("a root of the same name", maker(&same_name, &leaf, &[&same_name]), vec![&root], false),
        ("the intermediate is missing", maker(&middle, &leaf, &[]), vec![&root], false),
        ("wrong order", maker(&middle, &leaf, &[&root, &middle]), vec![&root], false),
        (
            "beyond the limit of a path",
            maker(&below_limited, &leaf, &[&below_limited, &limited]),
            vec![&root],
            false,
        ),
        ("not an authority", maker(&not_ca, &leaf, &[&not_ca]), vec![&root], false),
        ("may not sign certificates", maker(&no_sign, &leaf, &[&no_sign]), vec![&root], false),
        ("expired", maker(&past, &leaf, &[&past]), vec![&root], false),
        ("not understood", maker(&critical, &leaf, &[&critical]), vec![&root], false),
    ] {
        assert_eq!(is_chained(packed(attester, &roots, NOW)), expected, "{name}");
    }
}

#[test]
fn a_chain_is_dated() {
    let root = Authority::root("Root");
    let mut leaf = leaf_params();
    leaf.not_before = date_time_ymd(2026, 1, 1);
    leaf.not_after = date_time_ymd(2026, 12, 31);
    for (name, now, expected) in [
        ("before", 1_767_225_599, false),
        ("first second", 1_767_225_600, true),
        ("last second", 1_798_675_200, true),
        ("after", 1_798_675_201, false),
    ] {
        let result = packed(maker(&root, &leaf, &[]), &[&root], UnixTime(now));
        assert_eq!(is_chained(result), expected, "{name}");
    }
}

#[test]
fn too_long_a_chain_is_not_read() {
    let root = Authority::root("Root");
    let result = packed(maker(&root, &leaf_params(), &[&root, &root, &root, &root]), &[&root], NOW);
    let expected = RegistrationError::Attestation {
        format: AttestationFormat::Packed,
        why: AttestationError::Member("x5c"),
    };
    assert_eq!(result, Err(expected));
}

#[test]
fn std_webauthn_8_2_1_requirements_of_a_packed_certificate() {
    let root = Authority::root("Root");
    let without = |kind: DnType| {
        let mut params = leaf_params();
        params.distinguished_name.remove(kind);
        params
    };
    let with = |kind: DnType, value: &str| {
        let mut params = without(kind.clone());
        params.distinguished_name.push(kind, value);
        params
    };
    let extended = |extension| changed(leaf_params(), |p| p.custom_extensions = vec![extension]);
    let mut critical = octets(FIDO_AAGUID, &AAGUID);
    critical.set_criticality(true);
    let requirement = AttestationError::Requirement;
    let unit = requirement("a subject with the unit `Authenticator Attestation`");
    let country = requirement("a subject with a country of two letters");
    for (name, params, expected) in [
        ("its model", extended(octets(FIDO_AAGUID, &AAGUID)), None),
        ("another model", extended(octets(FIDO_AAGUID, &[7; 16])), Some(AttestationError::Aaguid)),
        ("half a model", extended(octets(FIDO_AAGUID, &AAGUID[..8])), Some(AttestationError::Aaguid)),
        ("critical", extended(critical), Some(requirement("a model extension that is not critical"))),
        ("no country", without(DnType::CountryName), Some(country.clone())),
        ("long country", with(DnType::CountryName, "DEU"), Some(country)),
        (
            "no organization",
            without(DnType::OrganizationName),
            Some(requirement("a subject with an organization")),
        ),
        ("no unit", without(DnType::OrganizationalUnitName), Some(unit.clone())),
        ("another unit", with(DnType::OrganizationalUnitName, "Sales"), Some(unit)),
        ("no name", without(DnType::CommonName), Some(requirement("a subject with a common name"))),
        (
            "no constraints",
            changed(leaf_params(), |p| p.is_ca = IsCa::NoCa),
            Some(requirement("basic constraints with CA false")),
        ),
        (
            "an authority",
            changed(leaf_params(), |p| p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
            Some(requirement("basic constraints with CA false")),
        ),
    ] {
        let result = packed(maker(&root, &params, &[]), &[&root], NOW).map(|_| ()).err();
        let expected =
            expected.map(|why| RegistrationError::Attestation { format: AttestationFormat::Packed, why });
        assert_eq!(result, expected, "{name}");
    }
}

#[test]
fn forged_statements_are_refused() {
    let root = Authority::root("Root");
    for attester in [Attester::Itself, maker(&root, &leaf_params(), &[])] {
        for forged in [ForgedSignature::Zeros, ForgedSignature::BitFlipped, ForgedSignature::Empty] {
            let mut device = SoftAuthenticator::security_key(KeyKind::Ed25519).attested_by(attester.clone());
            device.lies.signature = forged;
            let expected = RegistrationError::Attestation {
                format: AttestationFormat::Packed,
                why: AttestationError::Signature,
            };
            assert_eq!(verify(&created(&mut device), &[&root], NOW), Err(expected));
        }
    }
}

#[test]
fn the_w3c_maker_vouches_for_soft_security_keys() {
    let roots = AttestationRoots::from_der([support::authenticator::attestation_root().unwrap()]).unwrap();
    for (mut device, bound) in [
        (SoftAuthenticator::security_key(KeyKind::Es256), true),
        (SoftAuthenticator::synced(KeyKind::Es256), false),
    ] {
        device = device.attested_by(Attester::w3c().unwrap());
        let response = RegistrationResponse::parse(created(&mut device).to_string().as_bytes()).unwrap();
        let registered =
            verify_registration(&rp(UserVerification::Required), CHALLENGE, &response, &roots, NOW).unwrap();
        assert!(matches!(registered.attestation, Attestation::Chained { .. }));
        assert_eq!(registered.hardware_bound(), bound);
    }
}

fn der(tag: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap();
    let length = if length < 128 { vec![length] } else { vec![0x81, length] };
    [tag, &length, content].concat()
}

/// Android's KeyDescription with these levels and lists.
fn key_description(level: u8, challenge: &[u8], software: &[u8], hardware: &[u8]) -> CustomExtension {
    let content = [
        der(&[0x02], &[3]),
        der(&[0x0a], &[level]),
        der(&[0x02], &[4]),
        der(&[0x0a], &[level]),
        der(&[0x04], challenge),
        der(&[0x04], &[]),
        der(&[0x30], software),
        der(&[0x30], hardware),
    ]
    .concat();
    CustomExtension::from_oid_content(KEY_DESCRIPTION, der(&[0x30], &content))
}

#[test]
fn std_webauthn_8_4_what_a_phone_says_about_its_key() {
    let root = Authority::root("Phones");
    let purpose = |value| der(&[0xa1], &der(&[0x31], &der(&[0x02], &[value])));
    let origin = |value| der(&[0xbf, 0x85, 0x3e], &der(&[0x02], &[value]));
    let all_applications = der(&[0xbf, 0x84, 0x58], &[0x05, 0x00]);
    let good = [purpose(2), origin(0)].concat();
    let with = |more: &[u8]| [&good[..], more].concat();
    let properties = |why| Err(AttestationError::KeyProperties(why));
    for (name, level, challenge, software, hardware, expected) in [
        ("in hardware", 1, None, vec![], good.clone(), Ok(true)),
        ("in a secure element", 2, None, vec![], good.clone(), Ok(true)),
        (
            "purposes sign and verify",
            1,
            None,
            vec![],
            [der(&[0xa1], &der(&[0x31], &[2, 1, 2, 2, 1, 3])), origin(0)].concat(),
            Ok(true),
        ),
        ("in software", 0, None, good.clone(), vec![], Ok(false)),
        ("software lists, hardware level", 1, None, good.clone(), vec![], Ok(false)),
        ("hardware lists, software level", 0, None, vec![], good.clone(), Ok(false)),
        ("no lists", 1, None, vec![], vec![], Ok(false)),
        ("no origin", 1, None, vec![], purpose(2), Ok(false)),
        (
            "imported",
            1,
            None,
            vec![],
            [purpose(2), origin(2)].concat(),
            properties("it was not generated in the keystore"),
        ),
        (
            "imported, by software",
            1,
            None,
            origin(2),
            good.clone(),
            properties("it was not generated in the keystore"),
        ),
        (
            "to verify",
            1,
            None,
            vec![],
            [purpose(3), origin(0)].concat(),
            properties("its purpose is not to sign"),
        ),
        (
            "for everybody",
            1,
            None,
            vec![],
            with(&all_applications),
            properties("it is open to all applications"),
        ),
        (
            "for everybody, by software",
            1,
            None,
            all_applications.clone(),
            good.clone(),
            properties("it is open to all applications"),
        ),
        (
            "another ceremony",
            1,
            Some(vec![7; 32]),
            vec![],
            good.clone(),
            Err(AttestationError::Unrelated("the attestation challenge")),
        ),
        (
            "not readable",
            1,
            None,
            vec![0xff],
            good.clone(),
            Err(AttestationError::Requirement("a readable key description of Android's")),
        ),
    ] {
        // Self attestation signs what android-key signs, with the same key.
        let (key, mut json, hash, mut object) = self_attested();
        let challenge = challenge.unwrap_or(hash);
        let description = key_description(level, &challenge, &software, &hardware);
        let params = changed(leaf_params(), |p| p.custom_extensions = vec![description]);
        let certificate = root.issue(&params, &key);

        object.format = "android-key".to_owned();
        object.set("x5c", vec![ciborium::Value::Bytes(certificate)]);
        json["response"]["attestationObject"] = Value::from(base64url(&object.write()));
        let result = verify(&json, &[&root], NOW);
        let expected = expected
            .map_err(|why| RegistrationError::Attestation { format: AttestationFormat::AndroidKey, why });
        assert_eq!(result.map(|registered| registered.hardware_bound()), expected, "{name}");
    }
}

/// A registration by a new key, to be wrapped in another format; its client data hash, and its object.
fn self_attested() -> (KeyPair, Value, Vec<u8>, Object) {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let soft = SoftKey::from_pkcs8(KeyKind::Es256, key.serialized_der()).unwrap();
    let mut device =
        SoftAuthenticator::security_key(KeyKind::Es256).with_key(soft).attested_by(Attester::Itself);
    let json = created(&mut device);
    let client_data = unbase64url(json["response"]["clientDataJSON"].as_str().unwrap());
    let hash = sha256(&client_data);
    let object = Object::read(&unbase64url(json["response"]["attestationObject"].as_str().unwrap()));
    (key, json, hash, object)
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().to_vec()
}

fn sign(key: &KeyPair, message: &[u8]) -> Vec<u8> {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.serialized_der()).unwrap();
    pair.sign(&aws_lc_rs::rand::SystemRandom::new(), message).unwrap().as_ref().to_vec()
}

#[test]
fn std_webauthn_8_4_8_8_a_certificate_for_another_key_is_refused() {
    let root = Authority::root("Root");
    for (format, own_key, expected) in [
        (AttestationFormat::Apple, true, None),
        (AttestationFormat::Apple, false, Some(AttestationError::KeyMismatch)),
        (AttestationFormat::AndroidKey, true, None),
        (AttestationFormat::AndroidKey, false, Some(AttestationError::KeyMismatch)),
    ] {
        let (key, mut json, hash, mut object) = self_attested();
        let certified = if own_key { key } else { KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap() };
        let signed = [&object.auth_data[..], &hash].concat();
        let extension = if format == AttestationFormat::Apple {
            let content = der(&[0x30], &der(&[0xa1], &der(&[0x04], &sha256(&signed))));
            CustomExtension::from_oid_content(&[1, 2, 840, 113_635, 100, 8, 2], content)
        } else {
            key_description(1, &hash, &[], &[])
        };
        let certificate =
            root.issue(&changed(leaf_params(), |p| p.custom_extensions = vec![extension]), &certified);
        object.format = format.name().to_owned();
        object.set("sig", sign(&certified, &signed));
        object.set("x5c", vec![ciborium::Value::Bytes(certificate)]);
        json["response"]["attestationObject"] = Value::from(base64url(&object.write()));
        let expected = expected.map(|why| RegistrationError::Attestation { format, why });
        assert_eq!(verify(&json, &[&root], NOW).err(), expected, "{format}, own key: {own_key}");
    }
}

#[test]
fn std_webauthn_8_3_1_requirements_of_a_tpms_certificate() {
    let root = Authority::root("TPMs");
    let attribute = |last: u8| {
        let pair = [der(&[0x06], &[0x67, 0x81, 0x05, 0x02, last]), der(&[0x0c], b"x")].concat();
        der(&[0x31], &der(&[0x30], &pair))
    };
    let named = |attributes: &[u8]| {
        let name: Vec<u8> = attributes.iter().flat_map(|last| attribute(*last)).collect();
        let content = der(&[0x30], &der(&[0xa4], &der(&[0x30], &name)));
        let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, 17], content);
        extension.set_criticality(true);
        extension
    };
    let usage = |last: u64| ExtendedKeyUsagePurpose::Other(vec![2, 23, 133, 8, last]);
    let good = changed(leaf_params(), |p| {
        p.distinguished_name = DistinguishedName::new();
        p.custom_extensions = vec![named(&[1, 2, 3])];
        p.extended_key_usages = vec![usage(3)];
    });
    let with = |change: &dyn Fn(&mut CertificateParams)| changed(good.clone(), change);
    let requirement = |what| Some(AttestationError::Requirement(what));
    let attributes = "the manufacturer, model and version of the TPM";
    for (name, params, expected) in [
        ("as required", good.clone(), None),
        (
            "its model",
            with(&|p| {
                p.custom_extensions.push(octets(FIDO_AAGUID, &unhex("4b92a377fc5f6107c4c85c190adbfd99")))
            }),
            None,
        ),
        (
            "another model",
            with(&|p| p.custom_extensions.push(octets(FIDO_AAGUID, &AAGUID))),
            Some(AttestationError::Aaguid),
        ),
        (
            "a subject",
            with(&|p| p.distinguished_name.push(DnType::CommonName, "x")),
            requirement("an empty subject"),
        ),
        ("no name", with(&|p| p.custom_extensions.clear()), requirement("a subject alternative name")),
        ("no version", with(&|p| p.custom_extensions = vec![named(&[1, 2])]), requirement(attributes)),
        ("no manufacturer", with(&|p| p.custom_extensions = vec![named(&[2, 3])]), requirement(attributes)),
        (
            "no usage",
            with(&|p| p.extended_key_usages.clear()),
            requirement("the usage tcg-kp-AIKCertificate"),
        ),
        (
            "another usage",
            with(&|p| p.extended_key_usages = vec![usage(1)]),
            requirement("the usage tcg-kp-AIKCertificate"),
        ),
        (
            "an authority",
            with(&|p| p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
            requirement("basic constraints with CA false"),
        ),
    ] {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut registration = pair("tpm-es256").registration;
        let mut object = Object::read(&registration.attestation_object);
        let signature = sign(&key, object.bytes_mut("certInfo"));
        object.set("sig", signature);
        object.set("x5c", vec![ciborium::Value::Bytes(root.issue(&params, &key))]);
        registration.attestation_object = object.write();
        let roots = AttestationRoots::from_der([root.der.clone()]).unwrap();
        let rp = rp(UserVerification::Preferred);
        let result = verify_registration(&rp, &registration.challenge, &registration.response(), &roots, NOW);
        match (result, expected) {
            (Ok(registered), None) => {
                assert!(matches!(registered.attestation, Attestation::Chained { .. }), "{name}");
            }
            (result, expected) => {
                let expected = expected
                    .map(|why| RegistrationError::Attestation { format: AttestationFormat::Tpm, why });
                assert_eq!(result.err(), expected, "{name}");
            }
        }
    }
}

#[test]
fn a_root_that_is_no_certificate_is_named() {
    let root = Authority::root("Root").der;
    let longer = [&root[..], &[0]].concat();
    for (roots, index) in [(vec![vec![]], 0), (vec![root.clone(), b"PEM?".to_vec()], 1), (vec![longer], 0)] {
        assert_eq!(AttestationRoots::from_der(roots).map_err(|error| error.index), Err(index));
    }
    assert_eq!(AttestationRoots::from_der([]), Ok(AttestationRoots::none()));
}
