//! Discovery, keys, userinfo and health.

use reqwest::Method;
use riser_testkit::flow::text;
use riser_testkit::server::TestServer;
use serde_json::json;

#[tokio::test]
async fn std_oc_43_the_metadata_is_of_the_issuer_and_names_what_answers() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let openid = browser.get("/.well-known/openid-configuration").await.json();
    let oauth = browser.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(openid, oauth);
    assert_eq!(openid["issuer"], server.issuer, "std_is_02: byte for byte");
    for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        let address = text(&openid, name);
        assert!(address.starts_with(&format!("{}/", server.issuer)), "{name}");
        assert_ne!(browser.get(address).await.status, 404, "{name}");
    }
    assert_eq!(openid["authorization_response_iss_parameter_supported"], true);
    assert_eq!(openid["claims_parameter_supported"], true, "std_oc_10");
    let levels = openid["acr_values_supported"].as_array().unwrap();
    assert!(
        levels.len() == 4 && ["aal1", "aal2", "phr", "phrh"].iter().all(|acr| levels.contains(&json!(acr)))
    );
    let algorithms = openid["id_token_signing_alg_values_supported"].as_array().unwrap();
    assert!(algorithms.contains(&json!("RS256")), "std_oc_36");
    let claims = openid["claims_supported"].as_array().unwrap();
    for claim in ["acr", "amr", "auth_time", "sid"] {
        assert!(claims.contains(&json!(claim)), "{claim}");
    }
}

#[tokio::test]
async fn what_the_metadata_leaves_out_is_refused() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let openid = ada.get("/.well-known/openid-configuration").await.json();
    assert_eq!(openid["code_challenge_methods_supported"], json!(["S256"]));
    let plain = ada.authorize("app", &[("code_challenge_method", "plain")]).await;
    assert_eq!(plain.param("error").as_deref(), Some("invalid_request"));
    assert_eq!(openid["response_types_supported"], json!(["code"]));
    let token = ada.authorize("app", &[("response_type", "id_token")]).await;
    assert_eq!(token.param("error").as_deref(), Some("unsupported_response_type"));
    assert_eq!(openid["response_modes_supported"], json!(["query"]));
    assert_eq!(ada.authorize("app", &[("response_mode", "fragment")]).await.status, 400);
    assert_eq!(openid["request_parameter_supported"], false);
    let object = ada.authorize("app", &[("request", "x")]).await;
    assert_eq!(object.param("error").as_deref(), Some("request_not_supported"));
    assert_eq!(openid["request_uri_parameter_supported"], false);
    let by_reference = ada.authorize("app", &[("request_uri", "https://app.example/r")]).await;
    assert_eq!(by_reference.param("error").as_deref(), Some("request_uri_not_supported"));
    assert_eq!(
        openid["grant_types_supported"],
        json!(["authorization_code", "refresh_token", "client_credentials"])
    );
    let password = ada.token("app", &[("grant_type", "password")]).await;
    assert_eq!(password.json()["error"], "unsupported_grant_type", "std_oa_03");
    for kind in openid["authorization_details_types_supported"].as_array().unwrap() {
        assert!(["payment_initiation", "riser_action"].contains(&kind.as_str().unwrap()));
    }
}

#[tokio::test]
async fn rfc_7517_the_keys_are_public_and_verify_what_was_signed() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let jwks = ada.get("/jwks").await;
    assert_eq!(jwks.headers["content-type"], "application/json");
    for key in jwks.json()["keys"].as_array().unwrap() {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert_eq!(key.get(private), None, "{private}");
        }
        assert!(key["kid"].is_string() && key["alg"].is_string());
    }
    let keys: riser_tokens::Jwks = serde_json::from_str(&jwks.body).unwrap();
    let keys = riser_tokens::KeySet::new(&keys).unwrap();
    let tokens = ada.tokens("app", &[]).await;
    let access = keys.verify::<riser_wire::AccessTokenClaims>(
        text(&tokens, "access_token"),
        riser_tokens::TokenType::AccessToken,
    );
    assert!(access.is_ok());
}

#[tokio::test]
async fn oidc_core_5_3_userinfo_tells_what_the_scope_allows() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let all = ada.tokens("app", &[]).await;
    let answer = ada.userinfo(text(&all, "access_token")).await;
    assert_eq!(answer.json(), json!({ "sub": user.as_str(), "preferred_username": "ada" }));
    assert_eq!(answer.headers["cache-control"], "no-store");
    let less = ada.tokens("app", &[("scope", "openid")]).await;
    assert_eq!(ada.userinfo(text(&less, "access_token")).await.json(), json!({ "sub": user.as_str() }));
    let none = ada.tokens("app", &[("scope", "profile")]).await;
    assert_eq!(none.get("id_token"), None);
    assert_eq!(ada.userinfo(text(&none, "access_token")).await.status, 401);
    server.clock.advance(299);
    assert_eq!(ada.userinfo(text(&all, "access_token")).await.status, 200);
    server.clock.advance(1);
    let expired = ada.userinfo(text(&all, "access_token")).await;
    assert_eq!(expired.status, 401);
    assert!(expired.headers["www-authenticate"].contains("invalid_token"));
}

#[tokio::test]
async fn std_oa_08_a_bearer_token_in_the_address_or_the_body_is_none() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("app", &[]).await;
    let token = text(&tokens, "access_token");
    let in_query = ada.get(&format!("/userinfo?access_token={token}")).await;
    assert_eq!((in_query.status, in_query.headers["www-authenticate"].as_str()), (401, "Bearer"));
    assert_eq!(ada.form("/userinfo", &[], &[("access_token", token)]).await.status, 401);
    let bearer = format!("Bearer {token}");
    let posted = ada.send(Method::POST, "/userinfo", &[("authorization", &bearer)], None).await;
    assert_eq!(posted.status, 200);
}

#[tokio::test]
async fn health_and_readiness_answer() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    assert_eq!(browser.get("/healthz").await.body, "ok\n");
    assert_eq!(browser.get("/readyz").await.body, "ready\n");
}
