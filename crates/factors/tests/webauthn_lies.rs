//! The soft authenticator against the verifiers: the truth is accepted, and each lie is refused for what it is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

mod support;

use riser_core::assurance::{Possession, Properties};
use riser_factors::webauthn::{
    AssertionError, AttestationRoots, AuthenticationResponse, AuthenticatorDataError, ClientDataError,
    KeyError, Passkey, RegistrationError, RegistrationResponse, RelyingParty, User, UserVerification, Wishes,
    creation_options, request_options, verify_assertion, verify_registration,
};
use serde_json::Value;
use support::authenticator::{ForgedSignature, KeyKind, Lies, SoftAuthenticator, SoftKey};
use support::vectors::{Object, replace_once};
use support::{NOW, ORIGIN, passkey, rp};

const CREATE: &[u8] = b"the challenge of a registration.";
const GET: &[u8] = b"the challenge of an assertion...";
const KINDS: [KeyKind; 2] = [KeyKind::Es256, KeyKind::Ed25519];

fn options_of_creation(rp: &RelyingParty) -> Value {
    creation_options(
        rp,
        CREATE,
        &User { handle: b"u-1", name: "ada", display_name: "Ada" },
        &[],
        60_000,
        &Wishes::default(),
    )
}

fn register(device: &mut SoftAuthenticator, rp: &RelyingParty) -> Result<Passkey, RegistrationError> {
    let json = device.create(ORIGIN, &options_of_creation(rp)).unwrap();
    let response = RegistrationResponse::parse(json.to_string().as_bytes()).unwrap();
    verify_registration(rp, CREATE, &response, &AttestationRoots::none(), NOW).map(|r| passkey(&r))
}

fn answer(device: &SoftAuthenticator, rp: &RelyingParty) -> AuthenticationResponse {
    let json = device.get(ORIGIN, &request_options(rp, GET, &[], 60_000, &[])).unwrap();
    AuthenticationResponse::parse(json.to_string().as_bytes()).unwrap()
}

#[test]
fn the_truth_is_accepted() {
    for kind in KINDS {
        for mut device in [SoftAuthenticator::synced(kind), SoftAuthenticator::security_key(kind)] {
            let rp = rp(UserVerification::Required);
            let passkey = register(&mut device, &rp).unwrap();
            assert_eq!(passkey.backup_eligible, device.synced);
            let response = answer(&device, &rp);
            assert_eq!(response.user_handle(), Some(&b"u-1"[..]));
            let asserted = verify_assertion(&rp, GET, &passkey, &response).unwrap();
            assert_eq!(
                asserted.proof().record().properties,
                Properties::Possession(Possession {
                    user_verified: true,
                    phishing_resistant: true,
                    hardware_bound: false
                })
            );
            assert_eq!(asserted.backup_state(), device.synced);
            assert!(!asserted.clone_suspected());
        }
    }
}

/// Every lie that both ceremonies refuse in the same words.
fn shared_lies() -> Vec<(&'static str, Lies, Refusal)> {
    let lie = Lies::default;
    vec![
        (
            "atk_wa_03_up",
            Lies { no_user_presence: true, ..lie() },
            Refusal::Data(AuthenticatorDataError::UserNotPresent),
        ),
        (
            "atk_wa_07_bs_without_be",
            Lies { flip_backup_eligible: true, backup_state: Some(true), ..lie() },
            Refusal::Data(AuthenticatorDataError::BackupState),
        ),
        (
            "atk_wa_01_rp_id",
            Lies { rp_id: Some("evil.example".into()), ..lie() },
            Refusal::Data(AuthenticatorDataError::RpIdHash),
        ),
        (
            "atk_wa_01_parent_rp_id",
            Lies { rp_id: Some("org".into()), ..lie() },
            Refusal::Data(AuthenticatorDataError::RpIdHash),
        ),
        (
            "atk_wa_10_trailing",
            Lies { trailing_bytes: vec![0], ..lie() },
            Refusal::Data(AuthenticatorDataError::TrailingBytes),
        ),
        (
            "atk_wa_01_origin",
            Lies { origin: Some("https://evil.example".into()), ..lie() },
            Refusal::Client(ClientDataError::Origin),
        ),
        (
            "atk_wa_04_cross_origin",
            Lies { cross_origin: Some(true), ..lie() },
            Refusal::Client(ClientDataError::CrossOrigin),
        ),
        (
            "atk_wa_04_top_origin",
            Lies { top_origin: Some(ORIGIN.into()), ..lie() },
            Refusal::Client(ClientDataError::TopOrigin),
        ),
        ("atk_su_14_payment", Lies { client_data_type: Some("payment.get".into()), ..lie() }, Refusal::Type),
        ("atk_su_14_nonsense", Lies { client_data_type: Some(String::new()), ..lie() }, Refusal::Type),
        (
            "atk_su_12_challenge",
            Lies { challenge: Some(b"another challenge, of another one".to_vec()), ..lie() },
            Refusal::Client(ClientDataError::Challenge),
        ),
        (
            "atk_su_16_shorter",
            Lies { challenge: Some(b"the".to_vec()), ..lie() },
            Refusal::Client(ClientDataError::Challenge),
        ),
        (
            "atk_su_16_empty",
            Lies { challenge: Some(Vec::new()), ..lie() },
            Refusal::Client(ClientDataError::Challenge),
        ),
    ]
}

enum Refusal {
    Client(ClientDataError),
    Data(AuthenticatorDataError),
    Type,
}

#[test]
fn each_lie_about_a_registration_is_refused_for_what_it_is() {
    let rp = rp(UserVerification::Required);
    let mut lies: Vec<(&str, Lies, RegistrationError)> = shared_lies()
        .into_iter()
        .map(|(name, lies, refusal)| {
            let expected = match refusal {
                Refusal::Client(error) => RegistrationError::ClientData(error),
                Refusal::Data(error) => RegistrationError::AuthenticatorData(error),
                Refusal::Type => {
                    RegistrationError::ClientData(ClientDataError::Type { expected: "webauthn.create" })
                }
            };
            (name, lies, expected)
        })
        .collect();
    lies.push((
        "atk_su_15_get_as_create",
        Lies { client_data_type: Some("webauthn.get".into()), ..Lies::default() },
        RegistrationError::ClientData(ClientDataError::Type { expected: "webauthn.create" }),
    ));
    lies.push((
        "atk_wa_02_uv",
        Lies { no_user_verification: true, ..Lies::default() },
        RegistrationError::UserVerificationRequired,
    ));
    lies.push((
        "std_wr_25_long_id",
        Lies { credential_id: Some(vec![7; 1024]), ..Lies::default() },
        RegistrationError::AuthenticatorData(AuthenticatorDataError::CredentialId),
    ));
    for kind in KINDS {
        for (name, lies, expected) in &lies {
            let mut device = SoftAuthenticator::synced(kind);
            device.lies = lies.clone();
            let mut json = device.create(ORIGIN, &options_of_creation(&rp)).unwrap();
            if *name == "std_wr_25_long_id" {
                // The outer id has a bound of its own; the signed one is what counts.
                json["id"] = Value::from("AA");
                json["rawId"] = Value::from("AA");
            }
            let response = RegistrationResponse::parse(json.to_string().as_bytes()).unwrap();
            let result = verify_registration(&rp, CREATE, &response, &AttestationRoots::none(), NOW);
            assert_eq!(result.as_ref(), Err(expected), "{name}");
        }
    }
}

#[test]
fn each_lie_about_an_assertion_is_refused_for_what_it_is() {
    let rp = rp(UserVerification::Required);
    let mut lies: Vec<(&str, Lies, AssertionError)> = shared_lies()
        .into_iter()
        .map(|(name, lies, refusal)| {
            let expected = match refusal {
                Refusal::Client(error) => AssertionError::ClientData(error),
                Refusal::Data(error) => AssertionError::AuthenticatorData(error),
                Refusal::Type => {
                    AssertionError::ClientData(ClientDataError::Type { expected: "webauthn.get" })
                }
            };
            (name, lies, expected)
        })
        .collect();
    let own = |name, lies, expected| (name, lies, expected);
    let lie = Lies::default;
    lies.extend([
        own(
            "atk_su_15_create_as_get",
            Lies { client_data_type: Some("webauthn.create".into()), ..lie() },
            AssertionError::ClientData(ClientDataError::Type { expected: "webauthn.get" }),
        ),
        own(
            "atk_wa_02_uv",
            Lies { no_user_verification: true, ..lie() },
            AssertionError::UserVerificationRequired,
        ),
        own(
            "atk_wa_07_be_flips",
            Lies { flip_backup_eligible: true, ..lie() },
            AssertionError::BackupEligibilityChanged,
        ),
        own(
            "atk_wa_03_zeros",
            Lies { signature: ForgedSignature::Zeros, ..lie() },
            AssertionError::Signature,
        ),
        own(
            "atk_wa_03_bit",
            Lies { signature: ForgedSignature::BitFlipped, ..lie() },
            AssertionError::Signature,
        ),
        own(
            "atk_wa_03_empty",
            Lies { signature: ForgedSignature::Empty, ..lie() },
            AssertionError::Signature,
        ),
        own(
            "atk_su_05_other_id",
            Lies { credential_id: Some(vec![9; 32]), ..lie() },
            AssertionError::WrongCredential,
        ),
        own(
            "attested data",
            Lies {
                extra_flags: 1 << 6,
                trailing_bytes: [&[0; 16][..], &[0, 1, 7], &[0xa0]].concat(),
                ..lie()
            },
            AssertionError::AuthenticatorData(AuthenticatorDataError::AttestedData),
        ),
    ]);
    for kind in KINDS {
        let mut device = SoftAuthenticator::synced(kind);
        let passkey = register(&mut device, &rp).unwrap();
        for (name, lies, expected) in &lies {
            device.lies = lies.clone();
            let result = verify_assertion(&rp, GET, &passkey, &answer(&device, &rp));
            assert_eq!(result.as_ref(), Err(expected), "{name}");
        }
        device.lies = Lies::default();
        assert!(verify_assertion(&rp, GET, &passkey, &answer(&device, &rp)).is_ok());
    }
}

#[test]
fn atk_wa_07_eligibility_never_appears_either() {
    let rp = rp(UserVerification::Required);
    let mut device = SoftAuthenticator::security_key(KeyKind::Es256);
    let passkey = register(&mut device, &rp).unwrap();
    device.lies.flip_backup_eligible = true;
    let result = verify_assertion(&rp, GET, &passkey, &answer(&device, &rp));
    assert_eq!(result, Err(AssertionError::BackupEligibilityChanged));
}

#[test]
fn std_webauthn_5_11_a_related_origin_is_used_only_where_it_is_listed() {
    let alone =
        RelyingParty::new("example.org", ["https://example.org"], UserVerification::Required).unwrap();
    let wide = alone.clone().with_related_origins(["https://example.com"]).unwrap();
    let mut device = SoftAuthenticator::synced(KeyKind::Ed25519);
    let user = User { handle: b"u", name: "a", display_name: "A" };
    let json = device
        .create("https://example.com", &creation_options(&wide, CREATE, &user, &[], 1, &Wishes::default()))
        .unwrap();
    let response = RegistrationResponse::parse(json.to_string().as_bytes()).unwrap();
    let verify = |rp| verify_registration(rp, CREATE, &response, &AttestationRoots::none(), NOW);
    assert_eq!(verify(&alone), Err(RegistrationError::ClientData(ClientDataError::Origin)));
    let passkey = passkey(&verify(&wide).unwrap());
    for (origin, accepted) in
        [("https://example.com", true), ("https://example.org", true), ("https://sub.example.com", false)]
    {
        let json = device.get(origin, &request_options(&wide, GET, &[], 1, &[])).unwrap();
        let response = AuthenticationResponse::parse(json.to_string().as_bytes()).unwrap();
        assert_eq!(verify_assertion(&wide, GET, &passkey, &response).is_ok(), accepted, "{origin}");
    }
}

#[test]
fn atk_wa_01_fifteen_origins_at_three_names() {
    let origins = [
        "https://evil.example",
        "http://id.example.org",
        "https://id.example.org:8443",
        "https://id.example.org:443",
        "https://id.example.org/",
        "https://ID.example.org",
        "https://id.example.org.",
        "https://a.id.example.org",
        "https://example.org",
        "https://id.example.org.evil.example",
        "https://evilid.example.org",
        "https://id.example.or",
        "null",
        "android:apk-key-hash:AAAA",
        "",
    ];
    for rp_id in ["example.org", "id.example.org", "other.example"] {
        let ours =
            RelyingParty::new("id.example.org", ["https://id.example.org"], UserVerification::Required)
                .unwrap();
        let mut device = SoftAuthenticator::synced(KeyKind::Ed25519);
        let options = creation_options(
            &ours,
            CREATE,
            &User { handle: b"u", name: "a", display_name: "A" },
            &[],
            1,
            &Wishes::default(),
        );
        let json = device.create("https://id.example.org", &options).unwrap();
        let response = RegistrationResponse::parse(json.to_string().as_bytes()).unwrap();
        let registered =
            verify_registration(&ours, CREATE, &response, &AttestationRoots::none(), NOW).unwrap();
        let passkey = passkey(&registered);
        device.lies.rp_id = Some(rp_id.to_owned());
        for origin in origins {
            let json = device.get(origin, &request_options(&ours, GET, &[], 1, &[])).unwrap();
            let response = AuthenticationResponse::parse(json.to_string().as_bytes()).unwrap();
            let result = verify_assertion(&ours, GET, &passkey, &response);
            assert_eq!(result, Err(AssertionError::ClientData(ClientDataError::Origin)), "{origin} {rp_id}");
        }
        let json = device.get("https://id.example.org", &request_options(&ours, GET, &[], 1, &[])).unwrap();
        let response = AuthenticationResponse::parse(json.to_string().as_bytes()).unwrap();
        let result = verify_assertion(&ours, GET, &passkey, &response).map(|_| ());
        let expected = if rp_id == "id.example.org" {
            Ok(())
        } else {
            Err(AssertionError::AuthenticatorData(AuthenticatorDataError::RpIdHash))
        };
        assert_eq!(result, expected, "{rp_id}");
    }
}

#[test]
fn std_wa_17_preferred_reports_what_was_shown() {
    let rp = rp(UserVerification::Preferred);
    let mut device = SoftAuthenticator::synced(KeyKind::Es256);
    let passkey = register(&mut device, &rp).unwrap();
    assert!(passkey.user_verified);
    device.lies.no_user_verification = true;
    let asserted = verify_assertion(&rp, GET, &passkey, &answer(&device, &rp)).unwrap();
    // MP-01: registration says nothing about it.
    assert!(!asserted.proof().record().properties.held().user_verified);
    assert!(asserted.proof().record().properties.held().phishing_resistant);
}

#[test]
fn atk_wa_05_std_wa_22_a_counter_that_stands_still_is_a_signal() {
    let rp = rp(UserVerification::Required);
    let mut device = SoftAuthenticator::security_key(KeyKind::Ed25519);
    let mut passkey = register(&mut device, &rp).unwrap();
    for (name, stored, new, suspected) in [
        ("both zero", 0, 0, false),
        ("first use", 0, 1, false),
        ("forward", 7, 8, false),
        ("far forward", 7, u32::MAX, false),
        ("still", 7, 7, true),
        ("back", 8, 7, true),
        ("back to zero", 8, 0, true),
    ] {
        passkey.sign_count = stored;
        device.lies.sign_count = Some(new);
        let asserted = verify_assertion(&rp, GET, &passkey, &answer(&device, &rp)).unwrap();
        assert_eq!((asserted.clone_suspected(), asserted.sign_count()), (suspected, new), "{name}");
    }
}

#[test]
fn hardware_is_bound_only_while_it_cannot_be_backed_up() {
    let rp = rp(UserVerification::Required);
    for (mut device, bound) in [
        (SoftAuthenticator::security_key(KeyKind::Es256), true),
        (SoftAuthenticator::synced(KeyKind::Es256), false),
    ] {
        let passkey = Passkey { hardware_bound: true, ..register(&mut device, &rp).unwrap() };
        let asserted = verify_assertion(&rp, GET, &passkey, &answer(&device, &rp)).unwrap();
        assert_eq!(asserted.proof().record().properties.held().hardware_bound, bound);
    }
}

#[test]
fn atk_su_05_another_keys_signature_is_not_this_ones() {
    let rp = rp(UserVerification::Required);
    for kind in KINDS {
        let (mut mine, mut theirs) = (SoftAuthenticator::synced(kind), SoftAuthenticator::synced(kind));
        let passkey = register(&mut mine, &rp).unwrap();
        register(&mut theirs, &rp).unwrap();
        theirs.lies.credential_id = Some(passkey.webauthn_id.clone());
        let result = verify_assertion(&rp, GET, &passkey, &answer(&theirs, &rp));
        assert_eq!(result, Err(AssertionError::Signature));
    }
}

#[test]
fn another_persons_handle_is_there_to_be_compared() {
    let rp = rp(UserVerification::Required);
    let mut device = SoftAuthenticator::synced(KeyKind::Ed25519);
    register(&mut device, &rp).unwrap();
    device.lies.user_handle = Some(b"u-2".to_vec());
    assert_eq!(answer(&device, &rp).user_handle(), Some(&b"u-2"[..]));
    device.lies.no_user_handle = true;
    assert_eq!(answer(&device, &rp).user_handle(), None);
}

#[test]
fn an_empty_challenge_of_ours_is_answered_by_nobody() {
    let rp = rp(UserVerification::Required);
    let mut device = SoftAuthenticator::synced(KeyKind::Ed25519);
    let passkey = register(&mut device, &rp).unwrap();
    device.lies.challenge = Some(Vec::new());
    let result = verify_assertion(&rp, b"", &passkey, &answer(&device, &rp));
    assert_eq!(result, Err(AssertionError::ClientData(ClientDataError::Challenge)));
}

#[test]
fn atk_wa_08_atk_wa_14_the_device_obeys_the_options_unless_it_lies() {
    let rp = rp(UserVerification::Required);
    let mut device = SoftAuthenticator::synced(KeyKind::Ed25519);
    let passkey = register(&mut device, &rp).unwrap();
    let user = User { handle: b"u-1", name: "ada", display_name: "Ada" };
    let exclude: [(&[u8], &[String]); 1] = [(&passkey.webauthn_id, &[])];
    let options = creation_options(&rp, CREATE, &user, &exclude, 1, &Wishes::default());
    assert!(device.create(ORIGIN, &options).is_err());

    let allow: [(&[u8], &[String]); 1] = [(b"somebody else's", &[])];
    let options = request_options(&rp, GET, &allow, 1, &[]);
    assert!(device.get(ORIGIN, &options).is_err());
    device.lies.ignore_allow = true;
    assert!(device.get(ORIGIN, &options).is_ok());
}

#[test]
fn a_given_key_is_the_same_passkey_in_every_run() {
    let rp = rp(UserVerification::Required);
    let device = || {
        let key = SoftKey::ed25519_from_seed(&[7; 32]).unwrap();
        let mut device = SoftAuthenticator::synced(KeyKind::Ed25519).with_key(key);
        (device.create(ORIGIN, &options_of_creation(&rp)).unwrap(), device)
    };
    let ((first, device_one), (second, _)) = (device(), device());
    assert_eq!(first, second);
    fn is_shared<T: Clone + Send + Sync>(_: &T) {}
    is_shared(&device_one);
}

#[test]
fn a_key_that_was_not_offered_is_named() {
    // WA-08: what was offered is checked on return. ES256K (-47) in an EC2 key.
    let rp = rp(UserVerification::Required);
    let mut device = SoftAuthenticator::synced(KeyKind::Es256);
    let json = device.create(ORIGIN, &options_of_creation(&rp)).unwrap();
    let object = support::vectors::unbase64url(json["response"]["attestationObject"].as_str().unwrap());
    let mut object = Object::read(&object);
    object.auth_data = replace_once(&object.auth_data, &[0xa5, 1, 2, 3, 0x26], &[0xa5, 1, 2, 3, 0x38, 0x2e]);
    let object = object.write();
    let mut json = json;
    json["response"]["attestationObject"] = Value::from(support::base64url(&object));
    let response = RegistrationResponse::parse(json.to_string().as_bytes()).unwrap();
    let result = verify_registration(&rp, CREATE, &response, &AttestationRoots::none(), NOW);
    let Err(RegistrationError::Key(KeyError::NotOffered { algorithm })) = result else {
        panic!("{result:?}")
    };
    assert_eq!(algorithm, "ES256K");
}
