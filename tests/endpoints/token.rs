//! `/token`: RFC 6749 §4.1.3, RFC 7636, RFC 9700, RFC 9396 §7.

use riser_core::protocol::TokenEndpointAuthMethod;
use riser_testkit::flow::{VERIFIER, basic, claims, payment, text};
use riser_testkit::server::{SECRET, Setup, TestServer, client};
use serde_json::json;

fn code_grant<'a>(code: &'a str, redirect_uri: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", VERIFIER),
    ]
}

#[tokio::test]
async fn rfc_6749_5_1_a_code_buys_tokens_that_nobody_caches() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let code = ada.code("bank", &[]).await;
    let answer = ada.redeem("bank", &code).await;
    assert_eq!((answer.status, answer.headers["cache-control"].as_str()), (200, "no-store"));
    let tokens = answer.json();
    assert_eq!((&tokens["token_type"], &tokens["scope"]), (&json!("Bearer"), &json!("openid profile")));
    assert_eq!(tokens["expires_in"], 300);
    let access = claims(text(&tokens, "access_token"));
    assert_eq!(access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap(), 300);
    assert_eq!((&access["client_id"], &access["aud"]), (&json!("bank"), &json!("https://api.bank.example")));
    let id = claims(text(&tokens, "id_token"));
    assert_eq!(
        (&id["aud"], &id["nonce"], &id["iss"]),
        (&json!("bank"), &json!("the-nonce"), &json!(server.issuer))
    );
}

#[tokio::test]
async fn rfc_9068_2_1_the_kinds_of_token_say_what_they_are() {
    use base64::Engine as _;
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("app", &[]).await;
    let header = |name: &str| -> serde_json::Value {
        let part = text(&tokens, name).split('.').next().unwrap().to_owned();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    assert_eq!(
        (&header("access_token")["typ"], &header("access_token")["alg"]),
        (&json!("at+jwt"), &json!("ES256"))
    );
    assert_ne!(header("id_token")["typ"], "at+jwt");
    assert!(header("id_token")["kid"].is_string());
}

#[tokio::test]
async fn std_oc_35_at_hash_is_the_left_half_of_the_access_tokens_hash() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("app", &[]).await;
    let expected = riser_tokens::at_hash(text(&tokens, "access_token"), riser_tokens::Algorithm::Es256);
    assert_eq!(claims(text(&tokens, "id_token"))["at_hash"], expected);
}

#[tokio::test]
async fn rfc_6749_4_1_2_a_code_lives_sixty_seconds() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let code = ada.code("app", &[]).await;
    server.clock.advance(59);
    assert_eq!(ada.redeem("app", &code).await.status, 200);
    let code = ada.code("app", &[]).await;
    server.clock.advance(60);
    assert_eq!(ada.redeem("app", &code).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn std_oa_02_the_verifier_is_enforced_and_required() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let code = ada.code("app", &[]).await;
    let long = "a".repeat(129);
    for (verifier, error) in [
        ("", "invalid_request"),
        ("short", "invalid_grant"),
        (long.as_str(), "invalid_grant"),
        ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "invalid_grant"),
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK", "invalid_grant"),
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX ", "invalid_grant"),
    ] {
        let mut pairs = code_grant(&code, "https://app.example/callback");
        pairs.retain(|(name, _)| *name != "code_verifier");
        pairs.push(("code_verifier", verifier));
        let refused = ada.token("app", &pairs).await;
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!(error)), "{verifier}");
    }
    // None of those spent it: a stranger cannot burn a code.
    assert_eq!(ada.redeem("app", &code).await.status, 200);
}

#[tokio::test]
async fn std_oa_07_no_redirect_repeats_a_post() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let code = ada.code("app", &[]).await;
    for path in ["/token", "/token/", "//token", "/token?x=1"] {
        let answer = ada.form(path, &[], &[("grant_type", "authorization_code"), ("code", &code)]).await;
        assert!(!(300..400).contains(&answer.status), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn std_oa_09_the_redirect_uri_may_be_left_out_and_a_wrong_one_is_refused() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let code = ada.code("app", &[]).await;
    for wrong in
        ["https://app.example/callback/", "https://app.example/callback?", "https://APP.example/callback"]
    {
        let refused = ada.token("app", &code_grant(&code, wrong)).await;
        assert_eq!(refused.json()["error"], "invalid_grant", "{wrong}");
    }
    assert_eq!(ada.token("app", &code_grant(&code, "")).await.status, 200);
}

#[tokio::test]
async fn std_oa_10_a_second_use_of_a_code_revokes_what_the_first_bought() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let code = ada.code("app", &[]).await;
    let tokens = ada.redeem("app", &code).await.json();
    assert_eq!(ada.userinfo(text(&tokens, "access_token")).await.status, 200);
    let second = ada.redeem("app", &code).await;
    assert_eq!((second.status, &second.json()["error"]), (400, &json!("invalid_grant")));
    assert_eq!(ada.userinfo(text(&tokens, "access_token")).await.status, 401);
    assert_eq!(ada.refresh("app", text(&tokens, "refresh_token")).await.json()["error"], "invalid_grant");
    // The session itself, and what it buys next, are untouched.
    let next = ada.tokens("app", &[]).await;
    assert_eq!(ada.userinfo(text(&next, "access_token")).await.status, 200);
}

#[tokio::test]
async fn std_oa_01_a_client_proves_itself_in_exactly_its_registered_way() {
    let post = client("poster", TokenEndpointAuthMethod::ClientSecretPost);
    let server = TestServer::start_with(Setup { clients: vec![post], ..Setup::default() }).await;
    let (_, mut ada) = server.signed_in("ada").await;
    let code = ada.code("bank", &[]).await;
    let grant = code_grant(&code, "https://bank.example/callback");
    let right = basic("bank");
    let in_body = [("client_id", "bank"), ("client_secret", SECRET)];
    for (headers, more) in [
        (vec![], vec![]),
        (vec![], vec![("client_id", "bank")]),
        (vec![], in_body.to_vec()),
        (vec![("authorization", "Basic YmFuazp3cm9uZw==")], vec![]),
        (vec![("authorization", "Basic")], vec![]),
        (vec![("authorization", "Basic !!!")], vec![]),
        (vec![("authorization", "Basic /w==")], vec![]),
        (vec![("authorization", "Bearer x")], vec![]),
        (vec![("authorization", right.as_str()), ("authorization", right.as_str())], vec![]),
    ] {
        let pairs: Vec<_> = grant.iter().copied().chain(more.clone()).collect();
        let refused = ada.form("/token", &headers, &pairs).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]),
            (401, &json!("invalid_client")),
            "{headers:?} {more:?}"
        );
        assert!(refused.headers["www-authenticate"].starts_with("Basic"));
    }
    for more in [vec![("client_id", "shop")], in_body.to_vec()] {
        let pairs: Vec<_> = grant.iter().copied().chain(more).collect();
        let refused = ada.form("/token", &[("authorization", &right)], &pairs).await;
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("invalid_request")));
    }
    assert_eq!(ada.redeem("bank", &code).await.status, 200, "and none of them burnt the code");

    let code = ada.code("poster", &[]).await;
    let grant = code_grant(&code, "https://poster.example/callback");
    let in_header = ada.form("/token", &[("authorization", &basic("poster"))], &grant).await;
    assert_eq!(in_header.json()["error"], "invalid_client");
    let body: Vec<_> =
        grant.iter().copied().chain([("client_id", "poster"), ("client_secret", SECRET)]).collect();
    assert_eq!(ada.form("/token", &[], &body).await.status, 200);
}

#[tokio::test]
async fn rfc_6749_5_2_every_malformed_token_request_has_its_code() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for (pairs, error) in [
        (vec![], "invalid_request"),
        (vec![("grant_type", "")], "invalid_request"),
        (vec![("grant_type", "password"), ("username", "ada"), ("password", "x")], "unsupported_grant_type"),
        (vec![("grant_type", "client_credentials")], "unauthorized_client"),
        (vec![("grant_type", "authorization_code")], "invalid_request"),
        (vec![("grant_type", "authorization_code"), ("code_verifier", VERIFIER)], "invalid_request"),
        (
            vec![("grant_type", "authorization_code"), ("code_verifier", VERIFIER), ("code", "x")],
            "invalid_grant",
        ),
        (vec![("grant_type", "refresh_token")], "invalid_request"),
        (vec![("grant_type", "refresh_token"), ("refresh_token", "x")], "invalid_grant"),
        (vec![("grant_type", "refresh_token"), ("grant_type", "refresh_token")], "invalid_request"),
    ] {
        let refused = ada.token("app", &pairs).await;
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!(error)), "{pairs:?}");
        assert_eq!(refused.headers["cache-control"], "no-store");
    }
    let unknown = ada.token("nobody", &[("grant_type", "refresh_token"), ("refresh_token", "x")]).await;
    assert_eq!((unknown.status, &unknown.json()["error"]), (401, &json!("invalid_client")));
}

#[tokio::test]
async fn std_ra_05_the_token_response_returns_the_details_that_were_granted() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let details = payment("12.50", "ACME GmbH");
    let tokens = ada.step_up("bank", &[("authorization_details", &details)], &key).await;
    let sent: serde_json::Value = serde_json::from_str(&details).unwrap();
    assert_eq!(tokens["authorization_details"], sent);
    assert_eq!(claims(text(&tokens, "access_token"))["authorization_details"], sent);
    assert_eq!(claims(text(&tokens, "id_token")).get("authorization_details"), None);
    let without = ada.tokens("bank", &[]).await;
    assert_eq!(without.get("authorization_details"), None);
    assert_eq!(claims(text(&without, "access_token")).get("txn"), None);
}

#[tokio::test]
async fn rfc_8707_a_resource_is_the_audience_and_only_the_clients_own() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let aud = |tokens: &serde_json::Value| claims(text(tokens, "access_token"))["aud"].clone();
    let own = ada.tokens("app", &[("resource", "https://api.app.example")]).await;
    assert_eq!(aud(&own), "https://api.app.example");
    let issuers = ada.tokens("app", &[("resource", server.issuer.as_str())]).await;
    assert_eq!(aud(&issuers), server.issuer.as_str());
    for other in ["https://api.bank.example", "https://api.app.example/", "x"] {
        let refused = ada.authorize("app", &[("resource", other)]).await;
        assert_eq!(refused.param("error").as_deref(), Some("invalid_target"), "{other}");
    }
}
