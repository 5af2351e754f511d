//! Codes and PKCE: OA-02, OA-03, OA-08, OA-22, OA-26, OA-29.

use riser_testkit::flow::{CHALLENGE, VERIFIER, authorize_path, text};
use riser_testkit::server::TestServer;
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::refusal;

const OTHER_VERIFIER: &str = "aBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[tokio::test]
async fn atk_oa_02_a_code_with_any_one_binding_changed_is_invalid_and_is_not_burnt() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let code = ada.code("bank", &[]).await;
    let right = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://bank.example/callback"),
        ("code_verifier", VERIFIER),
    ];
    let mut other_code = code.clone();
    other_code.replace_range(0..1, if code.starts_with('A') { "B" } else { "A" });
    for (name, value) in [
        ("redirect_uri", "https://shop.example/callback"),
        ("redirect_uri", "https://bank.example/callback#"),
        ("code_verifier", OTHER_VERIFIER),
        ("code_verifier", CHALLENGE),
        ("code", other_code.as_str()),
        ("code", "x"),
    ] {
        let changed: Vec<_> =
            right.iter().map(|(known, old)| (*known, if *known == name { value } else { *old })).collect();
        let refused = ada.token("bank", &changed).await;
        assert_eq!(refusal(&refused), (400, "invalid_grant".to_owned()), "{name}={value}");
    }
    for client in ["shop", "app", "floored"] {
        let refused = ada.token(client, &right).await;
        assert_eq!(refusal(&refused), (400, "invalid_grant".to_owned()), "{client}");
    }
    // atk_oa_29: whoever was wrong first, the right client succeeds.
    assert_eq!(ada.token("bank", &right).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atk_oa_03_of_twenty_redemptions_at_once_one_wins_and_the_family_dies() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let code = ada.code("app", &[]).await;
    let mut tries = JoinSet::new();
    for _ in 0..20 {
        let (mut browser, code) = (ada.clone(), code.clone());
        tries.spawn(async move { browser.redeem("app", &code).await });
    }
    let answers = tries.join_all().await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!(won.len() <= 1, "{}", won.len());
    let lost = answers.iter().filter(|answer| refusal(answer) == (400, "invalid_grant".to_owned()));
    assert_eq!(lost.count() + won.len(), 20, "{answers:?}");
    assert_eq!(won.len(), 1);
    let tokens = won[0].json();
    assert_eq!(ada.userinfo(text(&tokens, "access_token")).await.status, 401, "userinfo knows at once");
    assert_eq!(ada.refresh("app", text(&tokens, "refresh_token")).await.status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atk_oa_22_of_twenty_refreshes_at_once_one_wins_and_the_family_dies() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("bank", &[]).await;
    let mut tries = JoinSet::new();
    for _ in 0..20 {
        let (mut browser, token) = (ada.clone(), text(&tokens, "refresh_token").to_owned());
        tries.spawn(async move { browser.refresh("bank", &token).await });
    }
    let answers = tries.join_all().await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(won.len(), 1);
    assert!(answers.iter().all(|a| a.status == 200 || refusal(a) == (400, "invalid_grant".to_owned())));
    let next = won[0].json();
    assert_eq!(ada.userinfo(text(&next, "access_token")).await.status, 401);
    assert_eq!(ada.refresh("bank", text(&next, "refresh_token")).await.status, 400);
}

#[tokio::test]
async fn atk_oa_08_the_four_cases_of_pkce_downgrade() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for client in ["app", "bank"] {
        // 1. No challenge at all. 2. `plain`, said or by default. 3. A challenge that is none.
        for changes in [
            [("code_challenge", ""), ("code_challenge_method", "")],
            [("code_challenge", ""), ("code_challenge_method", "S256")],
            [("code_challenge", CHALLENGE), ("code_challenge_method", "")],
            [("code_challenge", VERIFIER), ("code_challenge_method", "plain")],
            [("code_challenge", CHALLENGE), ("code_challenge_method", "s256")],
            [("code_challenge", CHALLENGE), ("code_challenge_method", "S512")],
            [("code_challenge", "short"), ("code_challenge_method", "S256")],
            [
                ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM="),
                ("code_challenge_method", "S256"),
            ],
            [
                ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"),
                ("code_challenge_method", "S256"),
            ],
        ] {
            let refused = ada.authorize(client, &changes).await;
            assert_eq!(refused.param("error").as_deref(), Some("invalid_request"), "{changes:?}");
            assert_eq!(refused.param("code"), None);
        }
        // 4. The verifier left out at the end, or the challenge itself in its place.
        let code = ada.code(client, &[]).await;
        let without = [("grant_type", "authorization_code"), ("code", code.as_str())];
        assert_eq!(refusal(&ada.token(client, &without).await), (400, "invalid_request".to_owned()));
        let with = [without[0], without[1], ("code_verifier", CHALLENGE)];
        assert_eq!(refusal(&ada.token(client, &with).await), (400, "invalid_grant".to_owned()));
    }
}

#[tokio::test]
async fn atk_oa_26_every_known_parameter_twice_is_refused_at_every_endpoint() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let path = authorize_path("app", &[("acr_values", "aal1"), ("max_age", "9999"), ("prompt", "none")]);
    for pair in path.split_once('?').unwrap().1.split('&') {
        let name = pair.split('=').next().unwrap();
        for again in [pair.to_owned(), format!("{name}=other"), format!("{name}=")] {
            let answer = ada.get(&format!("{path}&{again}")).await;
            if matches!(name, "client_id" | "redirect_uri") {
                assert_eq!((answer.status, answer.headers.get("location")), (400, None), "{again}");
            } else {
                assert_eq!(answer.param("error").as_deref(), Some("invalid_request"), "{again}: {answer:?}");
                assert_eq!(answer.param("code"), None, "{again}");
            }
        }
    }
    let code = ada.code("app", &[]).await;
    let good = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://app.example/callback"),
        ("code_verifier", VERIFIER),
        ("client_id", "app"),
    ];
    for twice in good {
        let pairs: Vec<_> = good.iter().copied().chain([twice]).collect();
        let refused = ada.form("/token", &[], &pairs).await;
        assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()), "{twice:?}");
    }
    assert_eq!(ada.form("/token", &[], &good).await.status, 200);
    let twice = [("token", "a"), ("token", "b")];
    let refused = ada
        .form("/elevation/consume", &[("authorization", &riser_testkit::flow::basic("bank"))], &twice)
        .await;
    assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()));
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let headers = [("content-type", "application/json")];
    let body = json!({ "password": "a" }).to_string().replace('}', ",\"password\":\"b\"}");
    let refused = ada.send(reqwest::Method::POST, &format!("{visit}/password"), &headers, Some(body)).await;
    assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()));
}
