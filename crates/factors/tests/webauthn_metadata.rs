//! The FIDO metadata: who may sign it, what survives a bad entry, and which models count as hardware.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

mod support;

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    CertificateParams, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_RSA_SHA256,
};
use riser_core::UnixTime;
use riser_factors::webauthn::{
    Anchor, AnchorSource, Attestation, AttestationRoots, AttestationTrust, BlobError, Certification, Issue,
    Metadata, MetadataError, MetadataPolicy, MetadataSigner, Refusal, Registered, RegistrationError,
    RegistrationResponse, Standing, User, UserVerification, Verification, Wishes, creation_options,
    parse_aaguid, verify_registration,
};
use serde_json::{Value, json};
use support::authenticator::{Attester, KeyKind, SoftAuthenticator};
use support::makers::{Authority, Service, authority_params, entry, leaf_params, maker, payload};
use support::vectors::{pair, root};
use support::{NOW, ORIGIN, rp};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

const NAME: &str = "mds.fidoalliance.org";
const MODEL: &str = "00010203-0405-0607-0809-0a0b0c0d0e0f";
const AAGUID: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const OTHER: &str = "ffffffff-0405-0607-0809-0a0b0c0d0e0f";
const CHALLENGE: &[u8] = b"the challenge of a registration.";

fn roots(authorities: &[&Authority]) -> AttestationRoots {
    AttestationRoots::from_der(authorities.iter().map(|root| root.der.clone())).unwrap()
}

fn load(entries: &[Value]) -> Metadata {
    let root = Authority::root("Service");
    let blob = Service::below(&root, NAME).blob(&payload(entries));
    Metadata::load(&blob, &MetadataSigner::fido(roots(&[&root])), None, NOW).unwrap()
}

fn standing(metadata: &Metadata) -> Standing {
    metadata.standing(&MetadataPolicy::default(), &AAGUID, NOW)
}

fn refusal(standing: &Standing) -> Option<Refusal> {
    match standing {
        Standing::Refused { reason, .. } => Some(*reason),
        Standing::Accepted { .. } | Standing::Unknown => None,
    }
}

#[test]
fn std_mds_3_2_only_the_service_signs() {
    let (root, other) = (Authority::root("Root"), Authority::root("Other"));
    let middle = root.below(authority_params("Middle"));
    let good = Service::below(&root, NAME);
    let signer = MetadataSigner::fido(roots(&[&root]));
    let body = payload(&[]);
    let rsa = || KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let header = |service: &Service, alg: &str| json!({ "alg": alg, "x5c": service.x5c() });
    let with = |service: &Service, alg| service.signed(&header(service, alg), &body.to_string());
    let mut through = Service::below(&middle, NAME);
    through.chain.push(middle.der.clone());
    let by_rsa = Service::with_key(&root, NAME, rsa());
    let mut swapped = good.blob(&body);
    let signature = swapped.iter().rposition(|byte| *byte == b'.').unwrap();
    swapped[signature - 3] ^= 1;
    let no_signing = {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
        params.key_usages = vec![KeyUsagePurpose::KeyAgreement];
        Service { chain: vec![root.issue(&params, &key)], key }
    };
    let past = {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        Service { chain: vec![root.issue(&params, &key)], key }
    };
    let by_p384 = {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        Service { chain: Service::with_key(&root, NAME, key).chain, key: good_key() }
    };
    let mut critical = header(&good, "ES256");
    critical["crit"] = json!(["b64"]);
    let mut elsewhere = header(&good, "ES256");
    elsewhere["x5u"] = json!("https://evil.example/chain");
    elsewhere.as_object_mut().unwrap().remove("x5c");
    let text = body.to_string();
    for (name, blob, expected) in [
        ("ES256", good.blob(&body), None),
        ("with a line's end", [&good.blob(&body)[..], b"\r\n"].concat(), None),
        ("through another authority", through.blob(&body), None),
        ("RS256", with(&by_rsa, "RS256"), None),
        ("PS256", with(&by_rsa, "PS256"), None),
        ("none", good.signed(&header(&good, "none"), &text), Some(BlobError::Algorithm)),
        ("HS256", good.signed(&header(&good, "HS256"), &text), Some(BlobError::Algorithm)),
        (
            "RSA's, by a curve's key",
            good.signed(&header(&by_rsa, "ES256"), &text),
            Some(BlobError::Algorithm),
        ),
        ("a larger curve", with(&by_p384, "ES256"), Some(BlobError::Algorithm)),
        ("another root", Service::below(&other, NAME).blob(&body), Some(BlobError::Unanchored)),
        ("the middle is missing", Service::below(&middle, NAME).blob(&body), Some(BlobError::Unanchored)),
        ("expired", past.blob(&body), Some(BlobError::Unanchored)),
        // The service's real root sells certificates to everybody.
        (
            "another name below the root",
            Service::below(&root, "evil.example").blob(&body),
            Some(BlobError::WrongSigner),
        ),
        ("not a signing key", no_signing.blob(&body), Some(BlobError::WrongSigner)),
        ("changed", swapped, Some(BlobError::Signature)),
        (
            "another's chain",
            Service { chain: good.chain.clone(), key: good_key() }.blob(&body),
            Some(BlobError::Signature),
        ),
        ("must be understood", good.signed(&critical, &text), Some(BlobError::NotJws)),
        ("a chain from elsewhere", good.signed(&elsewhere, &text), Some(BlobError::NotJws)),
        ("empty", Vec::new(), Some(BlobError::NotJws)),
        ("two parts", b"e30.e30".to_vec(), Some(BlobError::NotJws)),
        ("four parts", [&good.blob(&body)[..], b".e30"].concat(), Some(BlobError::NotJws)),
    ] {
        let result = Metadata::load(&blob, &signer, None, NOW).map(|metadata| metadata.number());
        assert_eq!(result, expected.map_or(Ok(42), |why| Err(MetadataError::Blob(why))), "{name}");
    }
    let nobody = MetadataSigner::fido(AttestationRoots::none());
    let result = Metadata::load(&good.blob(&body), &nobody, None, NOW);
    assert_eq!(result.map(|_| ()), Err(MetadataError::Blob(BlobError::Unanchored)));
    let mirror = MetadataSigner::named("mds.example.org", roots(&[&root]));
    assert!(
        Metadata::load(&Service::below(&root, "mds.example.org").blob(&body), &mirror, None, NOW).is_ok()
    );
    assert_eq!(
        Metadata::load(&vec![b'a'; 33 * 1024 * 1024], &signer, None, NOW).map(|_| ()),
        Err(MetadataError::TooLarge)
    );
}

fn good_key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

#[test]
fn std_mds_3_1_7_numbers_only_grow_and_updates_fall_due() {
    let root = Authority::root("Root");
    let (service, signer) = (Service::below(&root, NAME), MetadataSigner::fido(roots(&[&root])));
    let blob = service.blob(&payload(&[]));
    for (least, accepted) in [(None, true), (Some(41), true), (Some(42), true), (Some(43), false)] {
        let result = Metadata::load(&blob, &signer, least, NOW);
        match least.filter(|_| !accepted) {
            Some(least) => {
                assert_eq!(result.map(|_| ()), Err(MetadataError::OutOfDate { number: 42, least }));
            }
            None => assert!(result.is_ok()),
        }
    }
    let metadata = Metadata::load(&blob, &signer, None, NOW).unwrap();
    // 2026-12-01, to its end.
    assert!(!metadata.is_overdue(UnixTime(1_796_169_599)));
    assert!(metadata.is_overdue(UnixTime(1_796_169_600)));
    for wrong in [
        json!({ "no": 42, "entries": [] }),
        json!({ "no": -1, "nextUpdate": "2026-12-01", "entries": [] }),
        json!({ "no": 42, "nextUpdate": "soon", "entries": [] }),
        json!({ "no": 42, "nextUpdate": "2026-13-01", "entries": [] }),
        json!([]),
    ] {
        let result = Metadata::load(&service.blob(&wrong), &signer, None, NOW);
        assert!(matches!(result, Err(MetadataError::Payload(_))), "{wrong}");
    }
}

#[test]
fn one_bad_entry_leaves_the_others_as_they_are() {
    let root = Authority::root("Maker");
    let mut strange = entry(OTHER, &[&root], json!([]));
    strange["inventedIn2031"] = json!({ "deep": [[[1]]] });
    strange["metadataStatement"]["attestationRootCertificates"] =
        json!(["AAAA", "!", STANDARD.encode(&root.der)]);
    let metadata = load(&[
        json!("not an entry"),
        json!({ "aaguid": 7 }),
        json!({ "aaguid": "not hexadecimal", "statusReports": [] }),
        json!({ "aaid": "1234#5678", "statusReports": [], "metadataStatement": {} }),
        entry(MODEL, &[&root], json!([{ "status": "FIDO_CERTIFIED_L2" }, { "status": "INVENTED_IN_2031" }])),
        strange,
    ]);
    // Three entries and two roots. The one of UAF is nothing that we would read.
    assert_eq!(metadata.skipped(), 5);
    assert_eq!(metadata.models(), 2);
    assert_eq!(
        standing(&metadata),
        Standing::Accepted {
            description: format!("Model {MODEL}"),
            certification: Some(Certification::L2),
            verification: Verification::Fresh
        }
    );
}

#[test]
fn doubt_refuses_a_model_whose_entry_cannot_be_read() {
    let root = Authority::root("Maker");
    let good = entry(MODEL, &[&root], json!([]));
    let with = |change: &dyn Fn(&mut Value)| {
        let mut entry = good.clone();
        change(&mut entry);
        entry
    };
    for (name, entries) in [
        ("reports of another form", vec![with(&|entry| entry["statusReports"] = json!("none"))]),
        ("a report without status", vec![with(&|entry| entry["statusReports"] = json!([{}]))]),
        (
            "a report with a date that is none",
            vec![entry(MODEL, &[&root], json!([{ "status": "REVOKED", "effectiveDate": "yesterday" }]))],
        ),
        ("a statement of another form", vec![with(&|entry| entry["metadataStatement"] = json!(7))]),
        ("described twice", vec![good.clone(), good.clone()]),
    ] {
        let metadata = load(&entries);
        assert_eq!(refusal(&standing(&metadata)), Some(Refusal::Unreadable), "{name}");
        assert!(metadata.skipped() > 0, "{name}");
    }
}

#[test]
fn std_mds_3_1_4_what_is_known_against_a_model_refuses_it() {
    let root = Authority::root("Maker");
    let certified = json!({ "status": "FIDO_CERTIFIED_L3plus", "effectiveDate": "2026-01-01" });
    let report = |status: &str, date: &str| json!({ "status": status, "effectiveDate": date });
    for (name, reports, expected) in [
        ("revoked", json!([report("REVOKED", "2020-01-01")]), Some(Issue::Revoked)),
        ("bypassed", json!([{ "status": "USER_VERIFICATION_BYPASS" }]), Some(Issue::UserVerificationBypass)),
        (
            "certified before and after",
            json!([certified, report("ATTESTATION_KEY_COMPROMISE", "2024-01-01"), certified]),
            Some(Issue::AttestationKeyCompromise),
        ),
        (
            "an update is available: who says that it was installed?",
            json!([
                report("USER_KEY_REMOTE_COMPROMISE", "2024-01-01"),
                report("UPDATE_AVAILABLE", "2025-01-01")
            ]),
            Some(Issue::UserKeyRemoteCompromise),
        ),
        (
            "from next year on",
            json!([report("USER_KEY_PHYSICAL_COMPROMISE", "2030-01-01")]),
            Some(Issue::UserKeyPhysicalCompromise),
        ),
        (
            "the worst is named",
            json!([report("USER_KEY_PHYSICAL_COMPROMISE", "2024-01-01"), report("REVOKED", "2024-01-01")]),
            Some(Issue::Revoked),
        ),
        ("an update", json!([report("UPDATE_AVAILABLE", "2025-01-01")]), None),
        ("nothing", json!([]), None),
    ] {
        let metadata = load(&[entry(MODEL, &[&root], reports)]);
        assert_eq!(refusal(&standing(&metadata)), expected.map(Refusal::Reported), "{name}");
    }
}

#[test]
fn std_mds_3_1_4_certification_is_that_of_the_latest_report() {
    use Certification::{L1, L1Plus, L2, L3Plus};
    let root = Authority::root("Maker");
    let report = |status: &str, date: &str| json!({ "status": status, "effectiveDate": date });
    for (name, reports, expected) in [
        ("none", json!([]), None),
        ("before there were levels", json!([report("FIDO_CERTIFIED", "2018-01-01")]), Some(L1)),
        ("without a date", json!([{ "status": "FIDO_CERTIFIED_L1plus" }]), Some(L1Plus)),
        (
            "raised",
            json!([report("FIDO_CERTIFIED_L1", "2020-01-01"), report("FIDO_CERTIFIED_L2", "2021-01-01")]),
            Some(L2),
        ),
        (
            "in any order",
            json!([report("FIDO_CERTIFIED_L2", "2021-01-01"), report("FIDO_CERTIFIED_L1", "2020-01-01")]),
            Some(L2),
        ),
        (
            "lowered",
            json!([report("FIDO_CERTIFIED_L2", "2021-01-01"), report("FIDO_CERTIFIED_L1", "2022-01-01")]),
            Some(L1),
        ),
        (
            "ended",
            json!([report("FIDO_CERTIFIED_L2", "2021-01-01"), report("NOT_FIDO_CERTIFIED", "2022-01-01")]),
            None,
        ),
        (
            "ended, without a date",
            json!([report("FIDO_CERTIFIED_L2", "2021-01-01"), { "status": "RETIRED" }]),
            None,
        ),
        (
            "not yet",
            json!([report("FIDO_CERTIFIED_L1", "2020-01-01"), report("FIDO_CERTIFIED_L3plus", "2030-01-01")]),
            Some(L1),
        ),
        ("highest", json!([report("FIDO_CERTIFIED_L3plus", "2020-01-01")]), Some(L3Plus)),
        ("of another house", json!([report("FIPS140_CERTIFIED_L3", "2020-01-01")]), None),
    ] {
        let metadata = load(&[entry(MODEL, &[&root], reports)]);
        let Standing::Accepted { certification, .. } = standing(&metadata) else { panic!("{name}") };
        assert_eq!(certification, expected, "{name}");
        let policy = MetadataPolicy { min_certification: Some(L2), ..MetadataPolicy::default() };
        let refused = refusal(&metadata.standing(&policy, &AAGUID, NOW));
        assert_eq!(refused.is_none(), expected >= Some(L2), "{name}");
    }
}

#[test]
fn a_policy_names_models_and_the_strictest_word_counts() {
    let root = Authority::root("Maker");
    let other = parse_aaguid(OTHER).unwrap();
    let mut soft = entry(OTHER, &[&root], json!([]));
    for (protection, hardware) in [
        (json!(["hardware"]), true),
        (json!(["tee"]), true),
        (json!(["secure_element", "remote_handle"]), true),
        (json!(["software"]), false),
        (json!(["software", "tee"]), false),
        (json!(["remote_handle"]), false),
        (json!([]), false),
    ] {
        soft["metadataStatement"]["keyProtection"] = protection.clone();
        let metadata = load(&[soft.clone()]);
        let expected = (!hardware).then_some(Refusal::NotHardware);
        assert_eq!(
            refusal(&metadata.standing(&MetadataPolicy::default(), &other, NOW)),
            expected,
            "{protection}"
        );
    }
    let metadata = load(&[entry(MODEL, &[&root], json!([]))]);
    let set = |models: &[[u8; 16]]| models.iter().copied().collect::<BTreeSet<_>>();
    let both = MetadataPolicy { allow: Some(set(&[AAGUID])), deny: set(&[AAGUID]), min_certification: None };
    let only = MetadataPolicy { allow: Some(set(&[other])), ..MetadataPolicy::default() };
    for (name, policy, aaguid, expected) in [
        ("allowed and denied", &both, AAGUID, Some(Refusal::Denied)),
        ("others only", &only, AAGUID, Some(Refusal::NotAllowed)),
        ("unknown, but allowed", &only, other, None),
        ("unknown, and not allowed", &only, [7; 16], Some(Refusal::NotAllowed)),
    ] {
        assert_eq!(refusal(&metadata.standing(policy, &aaguid, NOW)), expected, "{name}");
    }
    assert_eq!(metadata.standing(&MetadataPolicy::default(), &[7; 16], NOW), Standing::Unknown);
    assert_eq!(metadata.standing(&only, &other, NOW), Standing::Unknown);
}

#[test]
fn a_model_has_one_spelling_and_nobody_is_none() {
    assert_eq!(parse_aaguid(MODEL), Some(AAGUID));
    assert_eq!(parse_aaguid(&MODEL.to_uppercase().replace('-', "")), Some(AAGUID));
    for text in ["", "00000000-0000-0000-0000-000000000000", "0001", "zz010203-0405-0607-0809-0a0b0c0d0e0f"] {
        assert_eq!(parse_aaguid(text), None, "{text}");
    }
    for level in ["L1", "L1plus", "L2", "L2plus", "L3", "L3plus"] {
        assert_eq!(Certification::from_name(level).unwrap().to_string(), level);
    }
    assert_eq!(Certification::from_name("l1"), None);
}

/// A device of the model, registered under `trust`.
fn register(
    mut device: SoftAuthenticator,
    attester: Attester,
    trust: AttestationTrust<'_>,
) -> Result<Registered, RegistrationError> {
    device = device.attested_by(attester);
    device.aaguid = AAGUID;
    let rp = rp(UserVerification::Required);
    let user = User { handle: b"u", name: "ada", display_name: "Ada" };
    let options = creation_options(&rp, CHALLENGE, &user, &[], 1, &Wishes::hardware());
    let json = device.create(ORIGIN, &options).unwrap();
    let response = RegistrationResponse::parse(json.to_string().as_bytes()).unwrap();
    verify_registration(&rp, CHALLENGE, &response, trust, NOW)
}

fn key() -> SoftAuthenticator {
    SoftAuthenticator::security_key(KeyKind::Es256)
}

#[test]
fn atk_wa_06_a_model_is_vouched_for_by_its_own_roots_only() {
    let (ours, another) = (Authority::root("Maker"), Authority::root("Another maker"));
    let metadata = load(&[
        entry(MODEL, &[&ours], json!([{ "status": "FIDO_CERTIFIED_L2" }])),
        entry(OTHER, &[&another], json!([])),
    ]);
    let (none, policy) = (AttestationRoots::none(), MetadataPolicy::default());
    let trust = AttestationTrust { roots: &none, metadata: Some(&metadata), policy: &policy };
    let chain = |root: &Authority| maker(root, &leaf_params(), &[]);

    let bound = register(key(), chain(&ours), trust).unwrap();
    assert!(bound.hardware_bound());
    assert_eq!(
        bound.anchor,
        Some(Anchor {
            source: AnchorSource::Metadata { number: 42 },
            model: Some(format!("Model {MODEL}")),
            certification: Some(Certification::L2),
            shortfall: None,
        })
    );
    let foreign = register(key(), chain(&another), trust).unwrap();
    assert_eq!((foreign.hardware_bound(), foreign.attestation), (false, Attestation::Unanchored));
    // It can leave its device, whoever made it.
    let synced = register(SoftAuthenticator::synced(KeyKind::Es256), chain(&ours), trust).unwrap();
    assert!(matches!(synced.attestation, Attestation::Chained { .. }) && !synced.hardware_bound());
    let own = register(key(), Attester::Itself, trust).unwrap();
    assert_eq!((own.hardware_bound(), own.anchor), (false, None));
}

#[test]
fn the_operators_roots_stand_where_the_metadata_says_nothing() {
    let root = Authority::root("Maker");
    let roots = roots(&[&root]);
    let policy = MetadataPolicy::default();
    let empty = load(&[]);
    let set = BTreeSet::from([AAGUID]);
    let mut software = entry(MODEL, &[], json!([]));
    software["metadataStatement"]["keyProtection"] = json!(["software"]);
    let software = load(&[software]);
    let surrogate = {
        let mut entry = entry(MODEL, &[&root], json!([]));
        entry["metadataStatement"]["attestationTypes"] = json!(["basic_surrogate"]);
        load(&[entry])
    };
    let denied = MetadataPolicy { deny: set.clone(), ..MetadataPolicy::default() };
    let others = MetadataPolicy { allow: Some(BTreeSet::from([[7; 16]])), ..MetadataPolicy::default() };
    let none = AttestationRoots::none();
    let with = |roots, metadata, policy| AttestationTrust { roots, metadata, policy };
    for (name, trust, expected) in [
        ("roots alone", AttestationTrust::from(&roots), Ok(true)),
        ("nothing said", with(&roots, Some(&empty), &policy), Ok(true)),
        ("software, it says", with(&roots, Some(&software), &policy), Ok(false)),
        ("no certificates, it says", with(&none, Some(&surrogate), &policy), Ok(false)),
        ("others only", with(&roots, None, &others), Ok(false)),
        ("denied", with(&roots, None, &denied), Err(RegistrationError::Model(Refusal::Denied))),
        ("nobody", with(&none, None, &policy), Ok(false)),
    ] {
        let result = register(key(), maker(&root, &leaf_params(), &[]), trust);
        assert_eq!(result.map(|registered| registered.hardware_bound()), expected, "{name}");
    }
    assert!(AttestationTrust::from(&none).is_empty() && !AttestationTrust::from(&roots).is_empty());
}

#[test]
fn a_reported_model_is_not_registered_even_without_attestation() {
    let root = Authority::root("Maker");
    let roots = roots(&[&root]);
    let metadata = load(&[entry(MODEL, &[&root], json!([{ "status": "REVOKED" }]))]);
    let policy = MetadataPolicy::default();
    let trust = AttestationTrust { roots: &roots, metadata: Some(&metadata), policy: &policy };
    let expected = Err(RegistrationError::Model(Refusal::Reported(Issue::Revoked)));
    assert_eq!(register(key(), Attester::Itself, trust), expected);
    assert_eq!(register(key(), maker(&root, &leaf_params(), &[]), trust), expected);
    // And one that was registered before stands no longer.
    assert_eq!(refusal(&trust.standing(&AAGUID, NOW)), Some(Refusal::Reported(Issue::Revoked)));
}

#[test]
fn a_certificate_that_the_metadata_lists_itself_vouches() {
    let root = Authority::root("Maker");
    let Attester::Maker { key: signing, chain } = maker(&root, &leaf_params(), &[]) else { unreachable!() };
    let mut listed = entry(MODEL, &[], json!([]));
    listed["metadataStatement"]["attestationRootCertificates"] = json!([STANDARD.encode(&chain[0])]);
    let metadata = load(&[listed]);
    let (none, policy) = (AttestationRoots::none(), MetadataPolicy::default());
    let trust = AttestationTrust { roots: &none, metadata: Some(&metadata), policy: &policy };
    assert!(register(key(), Attester::Maker { key: signing, chain }, trust).unwrap().hardware_bound());
    assert!(!register(key(), maker(&root, &leaf_params(), &[]), trust).unwrap().hardware_bound());
}

/// The attesting certificate of the W3C's U2F vector.
fn u2f_certificate(object: &[u8]) -> Vec<u8> {
    fn member(map: ciborium::Value, wanted: &str) -> ciborium::Value {
        let entries = map.into_map().unwrap();
        entries.into_iter().find(|(name, _)| name.as_text() == Some(wanted)).unwrap().1
    }
    let object: ciborium::Value = ciborium::from_reader(object).unwrap();
    member(member(object, "attStmt"), "x5c").into_array().unwrap().remove(0).into_bytes().unwrap()
}

#[test]
fn std_webauthn_8_6_models_of_u2f_are_known_by_their_attesting_keys() {
    let registration = pair("fido-u2f-es256").registration;
    let certificate = u2f_certificate(&registration.attestation_object);
    let (_, parsed) = X509Certificate::from_der(&certificate).unwrap();
    let identifier = digest(&SHA1_FOR_LEGACY_USE_ONLY, &parsed.public_key().subject_public_key.data);
    let identifier: String = identifier.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    let with = |identifier: &str, reports: Value| {
        let mut listed = entry(MODEL, &[], reports);
        listed.as_object_mut().unwrap().remove("aaguid");
        listed["attestationCertificateKeyIdentifiers"] = json!([identifier]);
        listed["metadataStatement"]["attestationRootCertificates"] = json!([STANDARD.encode(root())]);
        load(&[listed])
    };
    let compromised = json!([{ "status": "ATTESTATION_KEY_COMPROMISE" }]);
    let refused = RegistrationError::Model(Refusal::Reported(Issue::AttestationKeyCompromise));
    for (name, metadata, expected) in [
        ("listed", with(&identifier, json!([])), Ok(true)),
        ("compromised", with(&identifier, compromised), Err(refused)),
        ("another key", with(&"00".repeat(20), json!([])), Ok(false)),
    ] {
        let (none, policy) = (AttestationRoots::none(), MetadataPolicy::default());
        let trust = AttestationTrust { roots: &none, metadata: Some(&metadata), policy: &policy };
        assert_eq!((metadata.models(), metadata.skipped()), (1, 0));
        let rp = rp(UserVerification::Preferred);
        let response = registration.response();
        let result = verify_registration(&rp, &registration.challenge, &response, trust, NOW);
        assert_eq!(result.map(|registered| registered.hardware_bound()), expected, "{name}");
    }
}
