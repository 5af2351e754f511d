//! Refreshing: RFC 6749 §6, RFC 9700 §4.14, OIDC Core §12.2, RFC 9470 §6.1.

use riser_testkit::flow::{claims, text};
use riser_testkit::server::TestServer;
use serde_json::{Value, json};

#[tokio::test]
async fn std_oa_04_each_refresh_gives_the_next_token_and_a_second_use_kills_the_family() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for client in ["app", "bank"] {
        let first = ada.tokens(client, &[]).await;
        let second = ada.refresh(client, text(&first, "refresh_token")).await.json();
        let third = ada.refresh(client, text(&second, "refresh_token")).await.json();
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        assert_ne!(second["refresh_token"], third["refresh_token"]);
        assert_eq!(ada.userinfo(text(&third, "access_token")).await.status, 200);
        let reused = ada.refresh(client, text(&first, "refresh_token")).await;
        assert_eq!((reused.status, &reused.json()["error"]), (400, &json!("invalid_grant")));
        for tokens in [&first, &second, &third] {
            assert_eq!(ada.userinfo(text(tokens, "access_token")).await.status, 401);
        }
        assert_eq!(ada.refresh(client, text(&third, "refresh_token")).await.json()["error"], "invalid_grant");
    }
}

#[tokio::test]
async fn std_oc_39_a_refreshed_id_token_is_of_the_same_person_and_authentication() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let first = ada.tokens("app", &[]).await;
    server.clock.advance(400);
    let second = ada.refresh("app", text(&first, "refresh_token")).await.json();
    let (old, new) = (claims(text(&first, "id_token")), claims(text(&second, "id_token")));
    for name in ["iss", "sub", "aud", "auth_time", "sid", "acr", "amr"] {
        assert_eq!(old[name], new[name], "{name}");
    }
    assert_eq!(new["iat"], old["iat"].as_i64().unwrap() + 400);
    assert_eq!(new.get("nonce"), None);
    assert_ne!(claims(text(&first, "access_token"))["jti"], claims(text(&second, "access_token"))["jti"]);
}

#[tokio::test]
async fn std_oc_40_atk_su_32_acr_is_fixed_across_fifty_refreshes_and_left_out_after_the_lapse() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let mut tokens = ada.step_up("app", &[("acr_values", "phr")], &key).await;
    let first = claims(text(&tokens, "access_token"));
    assert_eq!(first["acr"], "phr");
    for round in 1..=50 {
        server.clock.advance(60);
        tokens = ada.refresh("app", text(&tokens, "refresh_token")).await.json();
        let access = claims(text(&tokens, "access_token"));
        let id = claims(text(&tokens, "id_token"));
        assert_eq!(access["auth_time"], first["auth_time"], "{round}");
        assert_eq!(id["auth_time"], first["auth_time"], "{round}");
        let lapsed = round >= 15;
        for token in [&access, &id] {
            let (acr, amr) = (token.get("acr"), token.get("amr"));
            assert_eq!(acr, (!lapsed).then_some(&json!("phr")), "minute {round}");
            assert_eq!(amr, (!lapsed).then_some(&first["amr"]), "minute {round}");
        }
        assert_eq!(access.get("acr_satisfied").is_none(), lapsed, "minute {round}");
        // A token that carries an acr ends no later than that acr.
        let end = access["exp"].as_i64().unwrap();
        let lapse = first["auth_time"].as_i64().unwrap() + 900;
        assert!(lapsed || end <= lapse, "minute {round}: {end} > {lapse}");
    }
}

#[tokio::test]
async fn std_oc_41_atk_su_33_a_grant_from_before_a_step_up_stays_low() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let low = ada.tokens("app", &[]).await;
    let waiting = ada.code("app", &[]).await;
    server.clock.advance(10);
    ada.step_up("bank", &[("acr_values", "phr")], &key).await;
    let refreshed = ada.refresh("app", text(&low, "refresh_token")).await.json();
    let redeemed = ada.redeem("app", &waiting).await.json();
    for tokens in [refreshed, redeemed] {
        let access = claims(text(&tokens, "access_token"));
        assert_eq!((&access["acr"], &access["acr_satisfied"]), (&json!("aal1"), &json!(["aal1"])));
        assert_eq!(access["auth_time"], 1_800_000_000);
    }
}

#[tokio::test]
async fn rfc_6749_6_a_refresh_may_narrow_the_scope_and_never_widen_it() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let scoped = |token: &str, scope: &str| {
        [
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", token.to_owned()),
            ("scope", scope.to_owned()),
        ]
    };
    let tokens = ada.tokens("app", &[]).await;
    let mut token = text(&tokens, "refresh_token").to_owned();
    for wider in ["openid profile email", "admin", "openid  profile", "OPENID"] {
        let pairs = scoped(&token, wider);
        let refused = ada.token("app", &pairs.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("invalid_scope")), "{wider}");
    }
    // None of those spent it. A narrower one narrows this answer, and the next may be whole again.
    for (asked, granted) in [("openid", "openid"), ("", "openid profile")] {
        let pairs = scoped(&token, asked);
        let answer = ada.token("app", &pairs.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let tokens = answer.json();
        assert_eq!(
            (&tokens["scope"], &claims(text(&tokens, "access_token"))["scope"]),
            (&json!(granted), &json!(granted))
        );
        let about = ada.userinfo(text(&tokens, "access_token")).await.json();
        assert_eq!(about.get("preferred_username").is_some(), granted.contains("profile"));
        token = text(&tokens, "refresh_token").to_owned();
    }
}

#[tokio::test]
async fn rfc_6749_6_a_refresh_token_serves_its_own_client_while_its_session_and_account_stand() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("app", &[]).await;
    for other in ["bank", "shop", "floored", "voluntary"] {
        let refused = ada.refresh(other, text(&tokens, "refresh_token")).await;
        assert_eq!(refused.json()["error"], "invalid_grant", "{other}");
    }
    let tokens = ada.refresh("app", text(&tokens, "refresh_token")).await.json();
    assert!(tokens["access_token"].is_string(), "another client's try revoked nothing");
    // It outlives an idle browser, and ends with the session's twelve hours.
    server.clock.advance(12 * 3600 - 1);
    let tokens = ada.refresh("app", text(&tokens, "refresh_token")).await.json();
    assert!(tokens["access_token"].is_string(), "{tokens}");
    server.clock.advance(1);
    assert_eq!(ada.refresh("app", text(&tokens, "refresh_token")).await.json()["error"], "invalid_grant");

    let mut anew = server.browser();
    server.sign_in(&mut anew, "ada").await;
    let tokens = anew.tokens("app", &[]).await;
    let waiting = anew.code("app", &[]).await;
    server.disable(&user).await;
    assert_eq!(anew.refresh("app", text(&tokens, "refresh_token")).await.json()["error"], "invalid_grant");
    assert_eq!(anew.redeem("app", &waiting).await.json()["error"], "invalid_grant");
    assert_eq!(anew.userinfo(text(&tokens, "access_token")).await.status, 401);
    assert_eq!(anew.held().await, Value::Null);
}
