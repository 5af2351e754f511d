//! How `/authorize` answers: to whom, by which method, with `iss`. OIDC Core §3.1.2, RFC 9207.

use reqwest::Method;
use riser_testkit::flow::{authorize_path, payment};
use riser_testkit::server::TestServer;
use serde_json::json;

#[tokio::test]
async fn std_is_01_iss_is_on_every_authorization_response_errors_included() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let mut answers = vec![
        ada.authorize("app", &[]).await,
        ada.authorize("app", &[("response_type", "token")]).await,
        ada.authorize("app", &[("code_challenge", "")]).await,
        ada.authorize("app", &[("max_age", "x")]).await,
        ada.authorize("app", &[("acr_values", "phr"), ("prompt", "none")]).await,
        ada.authorize("app", &[("acr_values", "phrh"), ("prompt", "none")]).await,
        ada.authorize("app", &[("prompt", "none consent")]).await,
        ada.authorize("app", &[("prompt", "none"), ("request", "x")]).await,
        ada.authorize("app", &[("authorization_details", "[]")]).await,
    ];
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    answers.push(ada.post(&format!("{visit}/cancel"), &json!({})).await);
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    answers.push(ada.passkey(&visit, &key).await);
    for answer in answers {
        // std_is_02: byte for byte the issuer of the metadata.
        assert_eq!(answer.param("iss").as_deref(), Some(server.issuer.as_str()), "{answer:?}");
        assert_eq!(answer.param("state").as_deref(), Some("the-state"), "{answer:?}");
        let (code, error) = (answer.param("code"), answer.param("error"));
        assert!(code.is_some() != error.is_some(), "{answer:?}");
    }
}

#[tokio::test]
async fn std_oc_32_the_request_is_taken_by_get_and_by_post_and_unknown_parameters_are_ignored() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let unknown =
        [("display", "popup"), ("ui_locales", "de"), ("surprise", "1"), ("code", "x"), ("iss", "y")];
    let got = ada.authorize("app", &unknown).await;
    assert_eq!((got.status, got.param("code").is_some()), (302, true));
    let path = authorize_path("app", &[]);
    let body = path.split_once('?').unwrap().1.to_owned();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let posted = ada.send(Method::POST, "/authorize", &form, Some(body)).await;
    assert_eq!(posted.status, 303, "a post is answered by a GET (RFC 9700 §4.12): {posted:?}");
    assert!(posted.param("code").is_some());
    let mut nobody = server.browser();
    let body = path.split_once('?').unwrap().1.to_owned();
    let visit = nobody.send(Method::POST, "/authorize", &form, Some(body)).await;
    assert_eq!(visit.status, 303);
    assert!(visit.location().contains("/interaction/"));
}

#[tokio::test]
async fn std_oc_33_an_unknown_redirect_uri_or_client_is_a_page_and_never_a_redirect() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for changes in [
        [("redirect_uri", "https://evil.example/")].as_slice(),
        &[("redirect_uri", "")],
        &[("client_id", "nobody")],
        &[("client_id", "")],
        &[("response_mode", "fragment")],
        &[("response_mode", "form_post")],
        &[("response_mode", "web_message")],
        &[("redirect_uri", "https://bank.example/callback")],
    ] {
        let refused = ada.authorize("app", changes).await;
        assert_eq!(refused.status, 400, "{changes:?}: {refused:?}");
        assert_eq!(refused.headers.get("location"), None);
        assert_eq!(refused.problem(), "invalid_request", "no OAuth error parameters");
        let page =
            ada.send(Method::GET, &authorize_path("app", changes), &[("accept", "text/html")], None).await;
        assert_eq!((page.status, page.headers["content-type"].as_str()), (400, "text/html; charset=utf-8"));
    }
}

#[tokio::test]
async fn std_oc_33_other_errors_go_to_the_registered_uri_with_the_state() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for (changes, error) in [
        ([("response_type", "")].as_slice(), "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("request", "e30.e30.")], "request_not_supported"),
        (&[("request_uri", "urn:x")], "request_uri_not_supported"),
        (&[("resource", "https://elsewhere.example")], "invalid_target"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("authorization_details", "x")], "invalid_authorization_details"),
        (&[("acr_values[]", "phr")], "invalid_request"),
    ] {
        let refused = ada.authorize("app", changes).await;
        assert!(refused.location().starts_with("https://app.example/callback?error="), "{changes:?}");
        assert_eq!(refused.param("error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(refused.param("state").as_deref(), Some("the-state"), "{changes:?}");
    }
}

#[tokio::test]
async fn rfc_6749_state_and_nonce_come_back_as_they_were_sent() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for odd in ["a b", "ä ö 日本", "&=?#%", "\"<script>'", "a\r\nX: y", "%2e%2e", "{\"json\":[1]}"] {
        let answer = ada.authorize("app", &[("state", odd), ("nonce", odd)]).await;
        assert_eq!(answer.param("state").as_deref(), Some(odd));
        let code = answer.param("code").unwrap();
        let tokens = ada.redeem("app", &code).await.json();
        let id = riser_testkit::flow::claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(id["nonce"], odd);
    }
    let without = ada.authorize("app", &[("state", "")]).await;
    assert_eq!(without.param("state"), None);
}

#[tokio::test]
async fn rfc_6749_3_1_a_parameter_without_a_value_is_as_if_omitted_and_a_repeated_one_is_refused() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let path = authorize_path("app", &[]);
    let empty = format!("{path}&max_age=&acr_values=&prompt=&claims=&login_hint=");
    assert!(ada.get(&empty).await.param("code").is_some());
    for name in
        ["scope", "nonce", "response_type", "code_challenge", "state", "prompt", "max_age", "surprise"]
    {
        let twice = format!("{path}&{name}=1&{name}=2");
        let refused = ada.get(&twice).await;
        assert_eq!(refused.param("error").as_deref(), Some("invalid_request"), "{name}: {refused:?}");
    }
    for name in ["client_id", "redirect_uri"] {
        let refused = ada.get(&format!("{path}&{name}=x")).await;
        assert_eq!((refused.status, refused.headers.get("location")), (400, None), "{name}");
    }
}

#[tokio::test]
async fn std_ra_01_ra_02_authorization_details_are_exactly_of_their_type() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let good: serde_json::Value = serde_json::from_str(&payment("1.00", "ACME")).unwrap();
    let entry = good[0].clone();
    let mut bad = vec![
        json!({}),
        json!([]),
        json!("x"),
        json!([[]]),
        json!([1]),
        json!([{}]),
        json!(null),
        json!([entry, entry]),
        json!([{ "type": "other" }]),
        json!([{ "type": 7 }]),
        entry.clone(),
    ];
    for (pointer, value) in [
        ("surprise", json!("x")),
        ("instructedAmount", json!({ "currency": "EUR", "amount": 1.0 })),
        ("instructedAmount", json!({ "currency": "EUR", "amount": "-1.00" })),
        ("instructedAmount", json!({ "currency": "EUR", "amount": "1,00" })),
        ("instructedAmount", json!({ "currency": "eur", "amount": "1.00" })),
        ("instructedAmount", json!({ "currency": "EUR", "amount": "1.00", "more": 1 })),
        ("instructedAmount", json!({ "currency": "EUR" })),
        ("creditorName", json!(null)),
        ("creditorName", json!("")),
        ("creditorName", json!(["ACME"])),
        ("creditorAccount", json!({ "iban": "DE02 1203" })),
        ("creditorAccount", json!({ "iban": "DE02120300000000202051", "bic": "X" })),
        ("remittanceInformationUnstructured", json!(7)),
    ] {
        let mut changed = entry.clone();
        changed[pointer] = value;
        bad.push(json!([changed]));
    }
    for name in ["instructedAmount", "creditorName", "creditorAccount", "type"] {
        let mut less = entry.clone();
        less.as_object_mut().unwrap().remove(name);
        bad.push(json!([less]));
    }
    let mut texts: Vec<String> = bad.iter().map(ToString::to_string).collect();
    let twice =
        payment("1.00", "ACME").replacen("\"creditorName\"", "\"creditorName\":\"EVIL\",\"creditorName\"", 1);
    texts.extend([twice, "[".to_owned(), "[".repeat(5000), format!("{} ", "x".repeat(9000))]);
    for text in texts {
        let refused = ada.authorize("bank", &[("authorization_details", &text)]).await;
        let error = refused.param("error");
        assert_eq!(error.as_deref(), Some("invalid_authorization_details"), "{text:.200}: {refused:?}");
    }
    let good = good.to_string();
    assert!(
        ada.authorize("bank", &[("authorization_details", &good)]).await.location().contains("/interaction/")
    );
}
