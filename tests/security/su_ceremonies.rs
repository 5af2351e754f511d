//! Ceremonies: replayed, crossed, fixed, planted, too late. SU-12 to SU-16, and SU-01.

use riser_testkit::authenticator::{KeyKind, Lies, SoftAuthenticator};
use riser_testkit::flow::payment;
use riser_testkit::server::TestServer;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{access, creation_options, lying, options, refusal};

#[tokio::test]
async fn atk_su_01_the_finishing_request_names_no_target() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    // Begun for something weak; everything that was not asked is smuggled into the finish.
    let visit = ada.visit("app", &[("acr_values", "aal2"), ("scope", "openid")]).await;
    let mut assertion = ada.assertion(&visit, &key).await;
    let smuggled = json!({
        "acr_values": "phrh", "target": "B", "scope": "openid profile admin", "client_id": "bank",
        "redirect_uri": "https://bank.example/callback", "interaction": "other", "user": "mallory",
        "authorization_details": serde_json::from_str::<Value>(&payment("9.99", "Mallory")).unwrap(),
    });
    for (name, value) in smuggled.as_object().unwrap() {
        assertion[name] = value.clone();
        assertion["response"][name] = value.clone();
    }
    let query = "?client_id=bank&acr_values=phrh&redirect_uri=https://bank.example/callback";
    let done = ada.post(&format!("{visit}/passkey{query}"), &assertion).await;
    assert!(done.json()["next"].as_str().unwrap().starts_with("https://app.example/callback?"), "{done:?}");
    let code = done.param("code").unwrap();
    assert_eq!(refusal(&ada.redeem("bank", &code).await), (400, "invalid_grant".to_owned()));
    let tokens = ada.redeem("app", &code).await.json();
    let access = access(&tokens);
    assert_eq!((&access["acr"], &access["scope"]), (&json!("aal2"), &json!("openid")));
    assert_eq!((access.get("txn"), access.get("authorization_details")), (None, None));
    assert!(!access["acr_satisfied"].as_array().unwrap().contains(&json!("phrh")));
}

#[tokio::test]
async fn atk_su_01_a_challenge_of_one_visit_finishes_no_other() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let weak = ada.visit("app", &[("acr_values", "aal2")]).await;
    let details = payment("1000.00", "Mallory");
    let strong = [
        ada.visit("app", &[("acr_values", "phr")]).await,
        ada.visit("bank", &[("acr_values", "aal2")]).await,
        ada.visit("bank", &[("authorization_details", &details)]).await,
    ];
    for other in strong {
        let assertion = ada.assertion(&weak, &key).await;
        let refused = ada.post(&format!("{other}/passkey"), &assertion).await;
        assert_eq!(refusal(&refused), (409, "challenge_spent".to_owned()));
        assert_eq!(ada.get(&other).await.json()["status"], "pending");
    }
    assert_eq!(ada.held().await["acr"], "aal1");
}

#[tokio::test]
async fn atk_su_12_an_assertion_counts_once_in_series() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    // In a visit that goes on after the proof, and in one that ends with it.
    for asked in [[("acr_values", "phr"), ("prompt", "consent")], [("acr_values", "phr"), ("max_age", "0")]] {
        let visit = ada.visit("app", &asked).await;
        let assertion = ada.assertion(&visit, &key).await;
        assert_eq!(ada.post(&format!("{visit}/passkey"), &assertion).await.status, 200);
        let again = ada.post(&format!("{visit}/passkey"), &assertion).await;
        assert_eq!(again.status, 409, "{again:?}");
        let elsewhere = ada.visit("app", &[("acr_values", "phr"), ("max_age", "0")]).await;
        let again = ada.post(&format!("{elsewhere}/passkey"), &assertion).await;
        assert_eq!(refusal(&again), (409, "challenge_spent".to_owned()));
    }
}

#[tokio::test]
async fn atk_su_12_a_failed_try_burns_the_challenge() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    let challenge = options(&mut ada, &visit).await;
    let bad = lying(&key, Lies { no_user_verification: true, ..Lies::default() });
    let bad = bad.get(&server.issuer, &challenge).unwrap();
    assert_eq!(ada.post(&format!("{visit}/passkey"), &bad).await.status, 422);
    let good = key.get(&server.issuer, &challenge).unwrap();
    let late = ada.post(&format!("{visit}/passkey"), &good).await;
    assert_eq!(refusal(&late), (409, "challenge_spent".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atk_su_12_of_twenty_at_once_exactly_one_passes() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    let assertion = ada.assertion(&visit, &key).await;
    let mut tries = JoinSet::new();
    for _ in 0..20 {
        let (mut browser, address, body) = (ada.clone(), format!("{visit}/passkey"), assertion.clone());
        tries.spawn(async move {
            let answer = browser.post(&address, &body).await;
            (answer.status, browser.cookies, answer)
        });
    }
    let answers = tries.join_all().await;
    let won: Vec<_> = answers.iter().filter(|(status, ..)| *status == 200).collect();
    assert_eq!(won.len(), 1, "{:?}", answers.iter().map(|(status, ..)| status).collect::<Vec<_>>());
    // The others lost the race, or came after the visit's end or the session's new cookie.
    assert!(answers.iter().all(|(status, ..)| matches!(status, 200 | 409 | 410)), "{answers:?}");
    let mut ada = ada.clone();
    ada.cookies = won[0].1.clone();
    assert_eq!(ada.held().await["acr"], "phr");
}

#[tokio::test]
async fn atk_su_13_a_saved_ceremony_is_worth_nothing_later() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    let saved = ada.clone();
    let assertion = ada.assertion(&visit, &key).await;
    server.clock.advance(299);
    let fresh = ada.assertion(&visit, &key).await;
    server.clock.advance(1);
    let late = ada.post(&format!("{visit}/passkey"), &assertion).await;
    assert_eq!(refusal(&late), (409, "challenge_spent".to_owned()), "a challenge lives five minutes");
    assert!(ada.post(&format!("{visit}/passkey"), &fresh).await.param("code").is_some());
    // With every cookie of then, after the visit, after its time, after the session.
    for later in [0, 60, 600, 12 * 3600] {
        server.clock.advance(later);
        let mut thief = saved.clone();
        for body in [&assertion, &fresh] {
            let replayed = thief.post(&format!("{visit}/passkey"), body).await;
            assert!(matches!(replayed.status, 409 | 410), "{later}: {replayed:?}");
        }
        assert_eq!(thief.held().await, Value::Null, "the old cookie is dead");
    }
}

#[tokio::test]
async fn atk_su_14_su_15_only_the_ceremonys_own_type_passes() {
    let server = TestServer::start().await;
    let (user, mut ada, key) = server.with_passkey("ada").await;
    for kind in
        ["webauthn.create", "payment.get", "payment.create", "webauthn.GET", "WEBAUTHN.get", "get", ""]
    {
        let visit = ada.visit("app", &[("acr_values", "phr"), ("max_age", "0")]).await;
        let lies = Lies { client_data_type: Some(kind.to_owned()), ..Lies::default() };
        let refused = ada.passkey(&visit, &lying(&key, lies)).await;
        assert_eq!(refusal(&refused), (401, "invalid_credentials".to_owned()), "{kind}");
    }
    for kind in ["webauthn.get", "payment.get", "webauthn.Create"] {
        let link = server.enrolment_link(&user, "phr").await;
        let visit = ada.get(&link).await.location().to_owned();
        let challenge = creation_options(&mut ada, &visit).await;
        let mut device = SoftAuthenticator::synced(KeyKind::Es256);
        device.lies.client_data_type = Some(kind.to_owned());
        let registration = device.create(&server.issuer, &challenge).unwrap();
        let refused = ada.post(&format!("{visit}/enrol/passkey"), &registration).await;
        assert_eq!(refusal(&refused), (422, "credential_not_usable".to_owned()), "{kind}");
    }
}

#[tokio::test]
async fn atk_su_14_results_cross_posted_between_purposes_only_the_diagonal_passes() {
    let server = TestServer::start().await;
    let (user, mut ada, key) = server.with_passkey("ada").await;
    let details = payment("7.00", "ACME");
    let link = server.enrolment_link(&user, "phr").await;
    let visits = [
        ("step-up", ada.visit("app", &[("acr_values", "phr"), ("max_age", "0")]).await),
        ("payment", ada.visit("bank", &[("authorization_details", &details)]).await),
        ("sign-in", ada.visit("app", &[("prompt", "select_account")]).await),
        ("enrolment", ada.get(&link).await.location().to_owned()),
    ];
    for (from, source) in &visits {
        let enrols = *from == "enrolment";
        for (to, target) in &visits {
            if from == to {
                continue;
            }
            let mut device = SoftAuthenticator::synced(KeyKind::Es256);
            let result = if enrols {
                let challenge = creation_options(&mut ada, source).await;
                device.create(&server.issuer, &challenge).unwrap()
            } else {
                ada.assertion(source, &key).await
            };
            for path in ["passkey", "enrol/passkey"] {
                let refused = ada.post(&format!("{target}/{path}"), &result).await;
                assert!(matches!(refused.status, 400 | 409 | 422), "{from} to {to}/{path}: {refused:?}");
                assert_eq!(ada.get(target).await.json()["status"], "pending", "{from} to {to}");
            }
        }
        // At its own visit, but at the other purpose's address.
        let challenge = if enrols { None } else { Some(ada.assertion(source, &key).await) };
        if let Some(result) = challenge {
            let refused = ada.post(&format!("{source}/enrol/passkey"), &result).await;
            assert!(matches!(refused.status, 400 | 422), "{from}: {refused:?}");
        }
    }
    assert_eq!(ada.held().await["acr"], "aal1");
}

#[tokio::test]
async fn atk_su_16_an_attackers_challenge_is_of_no_use_to_either() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let (_, mut mallory) = server.signed_in("mallory").await;
    let adas = ada.visit("app", &[("acr_values", "phr")]).await;
    let mallorys = mallory.visit("app", &[("prompt", "select_account")]).await;
    // Ada's authenticator is made to sign mallory's challenge at our own page.
    let fixed = options(&mut mallory, &mallorys).await;
    let assertion = key.get(&server.issuer, &fixed).unwrap();
    let sent_by_ada = ada.post(&format!("{adas}/passkey"), &assertion).await;
    assert_eq!(refusal(&sent_by_ada), (409, "challenge_spent".to_owned()));
    // Sent by mallory, it is a sign-in as Ada in mallory's browser only if our page made it there: which is
    // what the origin check of the ceremony leaves. It never touches Ada's session.
    let before = ada.held().await;
    for origin in ["https://evil.example", "http://localhost", "http://127.0.0.1:1"] {
        let relayed = key.get(origin, &options(&mut mallory, &mallorys).await);
        if let Ok(relayed) = relayed {
            let refused = mallory.post(&format!("{mallorys}/passkey"), &relayed).await;
            assert_eq!(refusal(&refused), (401, "invalid_credentials".to_owned()), "{origin}");
        }
    }
    assert_eq!(ada.held().await, before);
    // Challenges of the attacker's own making, of other lengths, and none.
    for challenge in [vec![], vec![0; 32], vec![7; 16], vec![1; 4096]] {
        let lies = Lies { challenge: Some(challenge), ..Lies::default() };
        let refused = ada.passkey(&adas, &lying(&key, lies)).await;
        assert!(matches!(refused.status, 400 | 409), "{refused:?}");
    }
    assert_eq!(ada.get(&adas).await.json()["status"], "pending", "and none of them counted as her failure");
}
