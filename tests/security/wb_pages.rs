//! What every answer carries: WB-04, WB-12, OA-31.

use reqwest::Method;
use riser_testkit::flow::authorize_path;
use riser_testkit::server::TestServer;
use serde_json::json;

#[tokio::test]
async fn atk_wb_04_every_page_refuses_frames_and_foreign_code_and_is_kept_by_nobody() {
    let server = TestServer::start().await;
    let (user, mut ada, _) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    let login = ada.visit("app", &[("prompt", "select_account")]).await;
    let ended = ada.visit("app", &[("prompt", "login")]).await;
    ada.post(&format!("{ended}/cancel"), &json!({})).await;
    let link = server.enrolment_link(&user, "phr").await;
    let enrol = ada.get(&link).await.location().to_owned();
    let bad_request = authorize_path("app", &[("redirect_uri", "https://evil.example/")]);
    for (path, status, opener, target) in [
        (visit.as_str(), 200, "unsafe-none", Some("https://app.example")),
        (&login, 200, "unsafe-none", Some("https://app.example")),
        (&ended, 200, "unsafe-none", Some("https://app.example")),
        (&enrol, 200, "unsafe-none", None),
        (&bad_request, 400, "unsafe-none", None),
        ("/interaction/none", 404, "unsafe-none", None),
        ("/grant/none", 410, "same-origin", None),
        ("/account", 200, "same-origin", None),
        ("/", 200, "same-origin", None),
    ] {
        let page = ada.send(Method::GET, path, &[("accept", "text/html")], None).await;
        assert_eq!(page.status, status, "{path}");
        let header = |name: &str| page.headers.get(name).map(String::as_str);
        assert_eq!(header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(header("referrer-policy"), Some("same-origin"), "{path}");
        assert_eq!(header("cross-origin-opener-policy"), Some(opener), "{path}");
        let policy = header("content-security-policy").unwrap_or_default();
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        let form_action = policy.split("; ").find(|part| part.starts_with("form-action")).unwrap();
        let expected =
            target.map_or("form-action 'self'".into(), |origin| format!("form-action 'self' {origin}"));
        assert_eq!(form_action, expected, "{path}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert!(!page.body.contains(" style=") && !page.body.contains(" onclick="), "{path}");
    }
}

#[tokio::test]
async fn atk_wb_12_every_answer_about_a_person_is_kept_by_nobody_and_sniffed_by_nobody() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let code = ada.code("app", &[]).await;
    let tokens = ada.redeem("app", &code).await;
    let bearer = tokens.json()["access_token"].as_str().unwrap().to_owned();
    let answers = [
        ("authorize", ada.authorize("app", &[]).await),
        ("authorize, refused", ada.authorize("app", &[("client_id", "nobody")]).await),
        ("state", ada.get(&visit).await),
        ("no such visit", ada.get("/interaction/none").await),
        ("options", ada.post(&format!("{visit}/passkey/options"), &json!({})).await),
        ("password, wrong", ada.post(&format!("{visit}/password"), &json!({ "password": "x" })).await),
        ("link", ada.get("/grant/none").await),
        ("token", tokens),
        ("token, refused", ada.redeem("app", &code).await),
        ("consume, refused", ada.form("/elevation/consume", &[], &[]).await),
        ("userinfo, refused", ada.userinfo("x").await),
        ("account, not signed in", server.browser().get("/account").await),
        ("userinfo", ada.userinfo(&bearer).await),
        ("nothing here", ada.get("/nothing/here").await),
        ("another method", ada.post("/authorize/", &json!({})).await),
    ];
    for (name, answer) in answers {
        let header = |name: &str| answer.headers.get(name).map(String::as_str);
        assert_eq!(header("cache-control"), Some("no-store"), "{name}: {answer:?}");
        assert_eq!(header("x-content-type-options"), Some("nosniff"), "{name}");
        assert_eq!(header("referrer-policy"), Some("same-origin"), "{name}");
        assert_eq!(header("server"), None, "{name}");
    }
}

#[tokio::test]
async fn atk_oa_31_no_redirect_repeats_a_body_and_none_leaks_where_it_came_from() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let page = ada.send(Method::GET, &visit, &[("accept", "text/html")], None).await;
    let csrf = riser_testkit::flow::csrf_of(&page.body);
    for (step, pairs) in [
        ("password", [("csrf", csrf.as_str()), ("password", "wrong")]),
        ("cancel", [("csrf", csrf.as_str()), ("x", "")]),
    ] {
        let answer = ada.form(&format!("{visit}/{step}"), &[("accept", "text/html")], &pairs).await;
        assert_eq!(answer.status, 303, "{step}: {answer:?}");
        assert_eq!(answer.headers["referrer-policy"], "same-origin");
        assert!(!answer.location().contains("wrong"), "{answer:?}");
    }
}
