//! Requests that another site made, and cookies that it put there: WB-01, WB-03, WB-07, WB-08.

use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::csrf_of;
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::{Value, json};

use crate::support::{STEPS, creation_options, raw, refusal};

/// A body that would do what the step is for.
fn good_body(step: &str) -> Value {
    match step {
        "identifier" => json!({ "username": "ada" }),
        "password" => json!({ "password": PASSWORD }),
        "consent" => json!({ "approve": true }),
        _ => json!({}),
    }
}

#[tokio::test]
async fn atk_wb_01_no_state_changing_route_takes_a_request_of_another_site() {
    let server = TestServer::start().await;
    let (user, mut ada, key) = server.with_passkey("ada").await;
    let link = server.enrolment_link(&user, "phr").await;
    let visits = [
        ada.visit("app", &[("prompt", "login consent")]).await,
        ada.visit("app", &[("prompt", "select_account")]).await,
        ada.visit("app", &[("acr_values", "phr"), ("max_age", "0")]).await,
        ada.get(&link).await.location().to_owned(),
    ];
    let states = states_of(&mut ada, &visits).await;
    let before = ada.held().await;
    let port = server.issuer.rsplit(':').next().unwrap().to_owned();
    let foreign: Vec<(&str, String)> = vec![
        ("origin", "https://evil.example".into()),
        ("origin", "null".into()),
        ("origin", String::new()),
        ("origin", "http://localhost:1".into()),
        ("origin", format!("http://127.0.0.1:{port}")),
        ("origin", format!("https://localhost:{port}")),
        ("origin", format!("{}/", server.issuer)),
        ("origin", format!("{}.evil.example", server.issuer)),
        ("origin", "\u{fffd}".into()),
        ("sec-fetch-site", "cross-site".into()),
        ("sec-fetch-site", "same-site".into()),
        ("sec-fetch-site", "none".into()),
        ("sec-fetch-site", "Same-Origin".into()),
        ("sec-fetch-site", String::new()),
    ];
    for visit in &visits {
        for step in STEPS {
            let mut body = good_body(step);
            if step == "passkey" && visit.as_str() == visits[2] {
                body = ada.assertion(visit, &key).await;
            }
            for (name, value) in &foreign {
                let headers = [("content-type", "application/json".as_bytes()), (*name, value.as_bytes())];
                let address = format!("{visit}/{step}");
                let refused = raw(&ada, "POST", &address, &headers, body.to_string().as_bytes()).await;
                assert_eq!(refusal(&refused), (403, "cross_site".to_owned()), "{step} with {name}: {value}");
                assert_eq!(refused.headers.get("set-cookie"), None);
            }
        }
    }
    assert_eq!(states_of(&mut ada, &visits).await, states);
    assert_eq!(ada.held().await, before);
    // Our own page's headers pass.
    let own = [
        ("origin", server.issuer.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/json"),
    ];
    let body = good_body("password").to_string();
    let done = ada.send(reqwest::Method::POST, &format!("{}/password", visits[0]), &own, Some(body)).await;
    assert_eq!(done.status, 200, "{done:?}");
}

async fn states_of(browser: &mut Browser, visits: &[String]) -> Vec<Value> {
    let mut states = Vec::new();
    for visit in visits {
        states.push(browser.get(visit).await.json());
    }
    states
}

#[tokio::test]
async fn atk_wb_01_a_body_that_any_site_can_send_unasked_is_refused() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let page = ada.send(reqwest::Method::GET, &visit, &[("accept", "text/html")], None).await;
    let csrf = csrf_of(&page.body);
    let json = json!({ "password": PASSWORD }).to_string();
    let form = format!("csrf={csrf}&password={}", PASSWORD.replace(' ', "+"));
    for kind in [
        "text/plain",
        "text/plain; charset=application/json",
        "multipart/form-data; boundary=x",
        "",
        "x",
        "application/xml",
        "application/json-patch+json",
        "text/json",
    ] {
        for body in [&json, &form] {
            for step in STEPS {
                let headers: Vec<(&str, &[u8])> = vec![("content-type", kind.as_bytes())];
                let refused = raw(&ada, "POST", &format!("{visit}/{step}"), &headers, body.as_bytes()).await;
                assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()), "{step} as {kind}");
            }
        }
    }
    let twice: [(&str, &[u8]); 2] = [("content-type", b"text/plain"), ("content-type", b"application/json")];
    let refused = raw(&ada, "POST", &format!("{visit}/password"), &twice, json.as_bytes()).await;
    assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()));
    assert_eq!(ada.get(&visit).await.json()["status"], "pending");
}

#[tokio::test]
async fn atk_wb_01_nothing_answers_a_preflight_or_lets_another_site_read() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let cors = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    for path in ["/authorize", "/account", &visit, &format!("{visit}/password"), "/token"] {
        for method in [reqwest::Method::OPTIONS, reqwest::Method::GET] {
            let answer = ada.send(method, path, &cors, None).await;
            let allowed = answer.headers.get("access-control-allow-origin");
            assert_eq!(allowed, None, "{path}");
            assert_eq!(answer.headers.get("access-control-allow-credentials"), None, "{path}");
        }
    }
}

#[tokio::test]
async fn atk_wb_03_two_cookies_of_one_name_are_refused_everywhere_that_reads_one() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let link = server.enrolment_link(&user, "phr").await;
    let (browser, session) = (ada.cookies["riser_browser"].clone(), ada.session().unwrap().to_owned());
    let authorize = format!("{}{}", server.issuer, riser_testkit::flow::authorize_path("app", &[]));
    let account = format!("{}/account", server.issuer);
    for cookies in [
        format!("riser_session=tossed; riser_session={session}; riser_browser={browser}"),
        format!("riser_session={session}; riser_session=tossed; riser_browser={browser}"),
        format!("riser_session={session}; riser_browser={browser}; riser_browser=tossed"),
        format!("riser_session={session}; riser_session={session}; riser_browser={browser}"),
        format!("riser_session=; riser_session={session}; riser_browser={browser}"),
    ] {
        for (method, address) in [
            ("GET", &authorize),
            ("GET", &visit),
            ("GET", &account),
            ("GET", &link),
            ("POST", &format!("{visit}/password")),
        ] {
            let headers: [(&str, &[u8]); 2] =
                [("cookie", cookies.as_bytes()), ("content-type", b"application/json")];
            let refused = raw(&ada, method, address, &headers, b"{\"password\":\"x\"}").await;
            assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()), "{address} {cookies}");
        }
    }
    // In two headers too; and other sites' cookies beside ours are no matter.
    let two: [(&str, &[u8]); 2] = [("cookie", b"riser_session=a"), ("cookie", b"riser_session=b")];
    assert_eq!(refusal(&raw(&ada, "GET", &authorize, &two, b"").await).0, 400);
    let beside =
        format!("a=b; a=c; riser_session={session}; xriser_session=1; riser_browser={browser}; =; ;");
    let fine = raw(&ada, "GET", &authorize, &[("cookie", beside.as_bytes())], b"").await;
    assert!(fine.param("code").is_some(), "{fine:?}");
}

#[tokio::test]
async fn atk_wb_03_the_cookies_are_http_only_lax_and_of_the_whole_site() {
    let server = TestServer::start().await;
    server.add_user("ada").await;
    let mut browser = server.browser();
    let opened = browser.authorize("app", &[]).await;
    let visit = opened.location().to_owned();
    let done = browser.sign_in(&visit, "ada", PASSWORD).await;
    for (answer, name) in [(&opened, "riser_browser="), (&done, "riser_session=")] {
        let cookie = &answer.headers["set-cookie"];
        assert!(cookie.starts_with(name), "{cookie}");
        for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

#[tokio::test]
async fn atk_wb_07_wb_08_neither_host_nor_forwarded_headers_change_an_address() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "phr").await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let authorize =
        format!("{}{}", server.issuer, riser_testkit::flow::authorize_path("app", &[("prompt", "login")]));
    let metadata = format!("{}/.well-known/openid-configuration", server.issuer);
    let honest = ada.get(&metadata).await.json();
    let evil: Vec<Vec<(&str, &[u8])>> = vec![
        vec![("host", b"evil.example")],
        vec![("host", b"evil.example:443")],
        vec![("x-forwarded-host", b"evil.example")],
        vec![("x-forwarded-proto", b"https")],
        vec![("x-forwarded-for", b"a")],
        vec![("x-forwarded-for", b"\xff, ,,")],
        vec![("x-forwarded-port", b"1"), ("x-forwarded-prefix", b"/evil")],
        vec![("forwarded", b"host=evil.example;proto=https;for=\"[::1\"")],
        vec![("x-original-url", b"/evil"), ("x-rewrite-url", b"/evil")],
    ];
    for headers in evil {
        let metadata = raw(&ada, "GET", &metadata, &headers, b"").await;
        assert_eq!(serde_json::from_str::<Value>(&metadata.body).unwrap(), honest, "{headers:?}");
        for address in [&authorize, &link] {
            let answer = raw(&ada, "GET", address, &headers, b"").await;
            assert!(answer.location().starts_with(&format!("{}/interaction/", server.issuer)), "{headers:?}");
        }
        let mut page = headers.clone();
        page.push(("accept", b"text/html"));
        let page = raw(&ada, "GET", &visit, &page, b"").await;
        assert_eq!(page.status, 200);
        assert!(!page.body.contains("evil") && !page.headers["content-security-policy"].contains("evil"));
        let mut options = headers.clone();
        options.push(("content-type", b"application/json"));
        let problem: Answer = raw(&ada, "POST", &format!("{visit}/password"), &options, b"{}").await;
        assert!(problem.body.contains(&format!("{}/problems/", server.issuer)), "{problem:?}");
    }
}

#[tokio::test]
async fn atk_wb_01_a_link_opened_by_another_site_registers_nothing() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "phr").await;
    let headers = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    let opened = ada.send(reqwest::Method::GET, &link, &headers, None).await;
    assert_eq!(opened.status, 303, "a link in a mail is a cross-site navigation");
    creation_options(&mut ada, opened.location()).await;
    assert_eq!(server.app.store.credentials(&user).await.unwrap().len(), 1);
}
