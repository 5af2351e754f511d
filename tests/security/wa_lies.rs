//! Everything an authenticator or a page can lie about: WA-01 to WA-09.

use riser_core::audit::Event;
use riser_factors::webauthn::UserVerification;
use riser_testkit::authenticator::{Attester, ForgedSignature, KeyKind, Lies, SoftAuthenticator, SoftKey};
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::server::{PASSWORD, Setup, TestServer};
use serde_json::json;

use crate::support::{access, creation_options, lying, refusal};

const FRESH: [(&str, &str); 2] = [("acr_values", "phr"), ("max_age", "0")];

/// A step-up that is answered with lies.
async fn assert_with(browser: &mut Browser, key: &SoftAuthenticator, lies: Lies) -> Answer {
    let visit = browser.visit("app", &FRESH).await;
    browser.passkey(&visit, &lying(key, lies)).await
}

/// A registration that is made with lies, by a fresh authenticator.
async fn register_with(
    server: &TestServer,
    user: &riser_core::UserId,
    browser: &mut Browser,
    mut device: SoftAuthenticator,
) -> Answer {
    let link = server.enrolment_link(user, "phr").await;
    let visit = browser.get(&link).await.location().to_owned();
    let options = creation_options(browser, &visit).await;
    let registration = device.create(&server.issuer, &options).unwrap();
    browser.post(&format!("{visit}/enrol/passkey"), &registration).await
}

fn origins(issuer: &str) -> Vec<String> {
    let port = issuer.rsplit(':').next().unwrap();
    [
        issuer.to_owned(),
        format!("https://localhost:{port}"),
        "http://localhost".to_owned(),
        "http://localhost:1".to_owned(),
        format!("http://127.0.0.1:{port}"),
        format!("http://[::1]:{port}"),
        format!("http://sub.localhost:{port}"),
        format!("http://localhost.evil.example:{port}"),
        format!("http://evil-localhost:{port}"),
        format!("http://LOCALHOST:{port}"),
        format!("{issuer}/"),
        format!("{issuer}."),
        "android:apk-key-hash:AAAA".to_owned(),
        "null".to_owned(),
        String::new(),
    ]
    .to_vec()
}

#[tokio::test]
async fn atk_wa_01_of_fifteen_origins_and_three_rp_ids_only_the_own_pair_passes() {
    let server = TestServer::start().await;
    let (user, mut ada, key) = server.with_passkey("ada").await;
    for origin in origins(&server.issuer) {
        for rp_id in ["localhost", "evil.example", ""] {
            let passes = origin == server.issuer && rp_id == "localhost";
            let lies =
                Lies { origin: Some(origin.clone()), rp_id: Some(rp_id.to_owned()), ..Lies::default() };
            let answer = assert_with(&mut ada, &key, lies.clone()).await;
            let expected =
                if passes { (200, String::new()) } else { (401, "invalid_credentials".to_owned()) };
            assert_eq!(refusal(&answer), expected, "{origin} {rp_id}");
            if !passes {
                let device = lying(&SoftAuthenticator::synced(KeyKind::Es256), lies);
                let answer = register_with(&server, &user, &mut ada, device).await;
                assert_eq!(refusal(&answer), (422, "credential_not_usable".to_owned()), "{origin} {rp_id}");
            }
        }
    }
}

#[tokio::test]
async fn atk_wa_02_to_wa_08_every_lie_of_an_assertion_is_refused_for_what_it_is() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let before = ada.held().await;
    let refused = (401, "invalid_credentials");
    for (lies, expected) in [
        (Lies { no_user_verification: true, ..Lies::default() }, (422, "user_verification_required")),
        (Lies { no_user_presence: true, ..Lies::default() }, refused),
        (Lies { flip_backup_eligible: true, ..Lies::default() }, refused),
        (Lies { flip_backup_eligible: true, backup_state: Some(true), ..Lies::default() }, refused),
        (Lies { extra_flags: 1 << 6, ..Lies::default() }, refused),
        (Lies { extra_flags: 1 << 7, ..Lies::default() }, refused),
        (Lies { cross_origin: Some(true), ..Lies::default() }, refused),
        (Lies { top_origin: Some(server.issuer.clone()), ..Lies::default() }, refused),
        (
            Lies {
                top_origin: Some("https://evil.example".into()),
                cross_origin: Some(true),
                ..Lies::default()
            },
            refused,
        ),
        (Lies { signature: ForgedSignature::Zeros, ..Lies::default() }, refused),
        (Lies { signature: ForgedSignature::BitFlipped, ..Lies::default() }, refused),
        (Lies { signature: ForgedSignature::Empty, ..Lies::default() }, refused),
        (Lies { trailing_bytes: vec![0], ..Lies::default() }, refused),
        (Lies { trailing_bytes: vec![0xa0], ..Lies::default() }, refused),
        (Lies { challenge: Some(vec![1; 32]), ..Lies::default() }, (409, "challenge_spent")),
        (Lies { client_data_json: Some("{}".into()), ..Lies::default() }, (400, "invalid_request")),
    ] {
        let answer = assert_with(&mut ada, &key, lies.clone()).await;
        assert_eq!(refusal(&answer), (expected.0, expected.1.to_owned()), "{lies:?}");
        assert_eq!(ada.held().await, before, "{lies:?}");
    }
    // What may be true passes: not backed up for now, though it can be.
    let honest = Lies { backup_state: Some(false), ..Lies::default() };
    assert_eq!(assert_with(&mut ada, &key, honest).await.json()["status"], "done");
}

#[tokio::test]
async fn atk_wa_02_to_wa_08_every_lie_of_a_registration_is_refused() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    for lies in [
        Lies { no_user_verification: true, ..Lies::default() },
        Lies { no_user_presence: true, ..Lies::default() },
        Lies { flip_backup_eligible: true, backup_state: Some(true), ..Lies::default() },
        Lies { extra_flags: 1 << 7, ..Lies::default() },
        Lies { cross_origin: Some(true), ..Lies::default() },
        Lies { top_origin: Some(server.issuer.clone()), ..Lies::default() },
        Lies { trailing_bytes: vec![0], ..Lies::default() },
        Lies { credential_id: Some(vec![7; 1024]), ..Lies::default() },
    ] {
        let device = lying(&SoftAuthenticator::synced(KeyKind::Es256), lies.clone());
        let answer = register_with(&server, &user, &mut ada, device).await;
        assert!(matches!(refusal(&answer).0, 400 | 422), "{lies:?}: {answer:?}");
        let unverified = refusal(&answer).1 == "user_verification_required";
        assert_eq!(unverified, lies.no_user_verification, "{lies:?}: {answer:?}");
    }
    assert_eq!(server.app.store.credentials(&user).await.unwrap().len(), 1, "the password alone");
}

#[tokio::test]
async fn atk_wa_02_where_verification_is_only_preferred_the_level_comes_from_the_bit() {
    let setup = Setup { user_verification: UserVerification::Preferred, ..Setup::default() };
    let server = TestServer::start_with(setup).await;
    let (_, _, key) = server.with_passkey("ada").await;
    let unverified = lying(&key, Lies { no_user_verification: true, ..Lies::default() });
    let mut browser = server.browser();
    let visit = browser.visit("app", &[("acr_values", "phr")]).await;
    let half = browser.passkey(&visit, &unverified).await.json();
    assert_eq!((&half["status"], &half["options"]), (&json!("pending"), &json!([["passkey"], ["password"]])));
    let done = browser.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
    let tokens = browser.redeem("app", &done.param("code").unwrap()).await.json();
    assert_eq!(access(&tokens)["acr"], "phr");
    assert!(access(&tokens)["amr"].as_array().unwrap().contains(&json!("pwd")), "the password was needed");
    let mut other = server.browser();
    let visit = other.visit("app", &[]).await;
    let done = other.passkey(&visit, &unverified).await;
    let tokens = other.redeem("app", &done.param("code").unwrap()).await.json();
    assert_eq!(access(&tokens)["acr_satisfied"], json!(["aal1"]));
}

#[tokio::test]
async fn atk_wa_05_a_counter_that_goes_back_is_put_on_record() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "phr").await;
    let visit = ada.get(&link).await.location().to_owned();
    let mut key = SoftAuthenticator::security_key(KeyKind::Es256);
    let registration = key.create(&server.issuer, &creation_options(&mut ada, &visit).await).unwrap();
    assert_eq!(ada.post(&format!("{visit}/enrol/passkey"), &registration).await.status, 200);
    for (count, suspected) in [(100, false), (101, false), (101, true), (5, true), (0, true), (200, false)] {
        let lies = Lies { sign_count: Some(count), ..Lies::default() };
        assert!(assert_with(&mut ada, &key, lies).await.status < 500);
        let audit = server.app.store.audit(0, 10_000).await.unwrap();
        let last = audit.iter().rev().find_map(|(_, entry)| match &entry.event {
            Event::Authenticated { clone_suspected, .. } => Some(*clone_suspected),
            _ => None,
        });
        assert_eq!(last, Some(suspected), "{count}");
    }
    // Backed up without ever being able to be.
    let lies = Lies { backup_state: Some(true), ..Lies::default() };
    assert_eq!(refusal(&assert_with(&mut ada, &key, lies).await), (401, "invalid_credentials".to_owned()));
}

#[tokio::test]
async fn atk_wa_06_a_self_made_maker_vouches_for_nothing() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let own_key = SoftKey::generate(KeyKind::Es256).unwrap();
    let forged = Attester::Maker { key: own_key, chain: vec![vec![0x30, 0x03, 0x02, 0x01, 0x01]] };
    let device = SoftAuthenticator::security_key(KeyKind::Es256).attested_by(forged);
    let answer = register_with(&server, &user, &mut ada, device).await;
    assert_eq!(refusal(&answer), (422, "credential_not_usable".to_owned()));
    for forgery in [ForgedSignature::Zeros, ForgedSignature::BitFlipped, ForgedSignature::Empty] {
        let mut device = SoftAuthenticator::security_key(KeyKind::Es256).attested_by(Attester::Itself);
        device.lies.signature = forgery;
        let answer = register_with(&server, &user, &mut ada, device).await;
        assert_eq!(refusal(&answer), (422, "credential_not_usable".to_owned()), "{forgery:?}");
    }
    // A true statement of a maker that is not configured is no hardware.
    for attester in [Attester::Itself, Attester::w3c().unwrap(), Attester::Nobody] {
        let device = SoftAuthenticator::security_key(KeyKind::Es256).attested_by(attester);
        let answer = register_with(&server, &user, &mut ada, device).await;
        assert!(matches!(answer.status, 200 | 422), "{answer:?}");
        let silent = ada.authorize("app", &[("acr_values", "phrh"), ("prompt", "none")]).await;
        assert_eq!(silent.param("error").as_deref(), Some("unmet_authentication_requirements"));
    }
}

#[tokio::test]
async fn atk_wa_09_a_credential_id_is_one_persons_and_registered_once() {
    let server = TestServer::start().await;
    let (ada, _, key) = server.with_passkey("ada").await;
    let (mallory, mut browser) = server.signed_in("mallory").await;
    let taken = key.credentials()[0].id.clone();
    let mut device = SoftAuthenticator::synced(KeyKind::Es256);
    device.lies.credential_id = Some(taken.clone());
    let answer = register_with(&server, &mallory, &mut browser, device.clone()).await;
    assert_eq!(refusal(&answer), (422, "credential_not_usable".to_owned()));
    assert_eq!(server.app.store.credentials(&mallory).await.unwrap().len(), 1);
    // The same id twice for one person is refused too.
    let mut own = server.browser();
    server.sign_in(&mut own, "ada").await;
    let answer = register_with(&server, &ada, &mut own, device).await;
    assert_eq!(refusal(&answer), (422, "credential_not_usable".to_owned()));
    // And the first owner's passkey is as it was.
    let visit = own.visit("app", &FRESH).await;
    assert_eq!(own.passkey(&visit, &key).await.json()["status"], "done");
}

#[tokio::test]
async fn atk_wa_09_a_refused_registration_burns_its_challenge() {
    let server = TestServer::start().await;
    let (_, _, key) = server.with_passkey("ada").await;
    let (mallory, mut browser) = server.signed_in("mallory").await;
    let link = server.enrolment_link(&mallory, "phr").await;
    let visit = browser.get(&link).await.location().to_owned();
    let options = creation_options(&mut browser, &visit).await;
    let mut device = SoftAuthenticator::synced(KeyKind::Es256);
    device.lies.credential_id = Some(key.credentials()[0].id.clone());
    let taken = device.create(&server.issuer, &options).unwrap();
    assert_eq!(browser.post(&format!("{visit}/enrol/passkey"), &taken).await.status, 422);
    let mut honest = SoftAuthenticator::synced(KeyKind::Es256);
    let good = honest.create(&server.issuer, &options).unwrap();
    let late = browser.post(&format!("{visit}/enrol/passkey"), &good).await;
    assert_eq!(refusal(&late), (409, "challenge_spent".to_owned()), "one challenge, one try");
    // The link is not spent by it: with new options she registers.
    let options = creation_options(&mut browser, &visit).await;
    let good = honest.create(&server.issuer, &options);
    let good = good.unwrap_or_else(|_| {
        SoftAuthenticator::synced(KeyKind::Es256).create(&server.issuer, &options).unwrap()
    });
    assert_eq!(browser.post(&format!("{visit}/enrol/passkey"), &good).await.json()["status"], "done");
}
