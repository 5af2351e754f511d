//! Every route with every malformed input: a 4xx with a stable type, never a 5xx, and nothing is changed.

use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::{authorize_path, basic};
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::{Value, json};

use crate::support::{STEPS, raw, refusal};

/// The stable names that an answer may have.
const NAMES: [&str; 26] = [
    "challenge_spent",
    "credential_not_usable",
    "cross_site",
    "interaction_closed",
    "interaction_expired",
    "interaction_not_found",
    "grant_for_other_user",
    "grant_spent",
    "invalid_credentials",
    "invalid_request",
    "not_found",
    "method_not_allowed",
    "payload_too_large",
    "rate_limited",
    "user_verification_required",
    "wrong_user",
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "invalid_token",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_target",
    "unsupported_response_type",
    "request_not_supported",
    "request_uri_not_supported",
];

const JSON: (&str, &[u8]) = ("content-type", b"application/json");
const FORM: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");

fn check(what: &str, answer: &Answer) {
    let (status, name) = refusal(answer);
    assert!((400..500).contains(&status), "{what}: {answer:?}");
    assert!(NAMES.contains(&name.as_str()), "{what}: {answer:?}");
    let kind = &answer.headers["content-type"];
    let problem = kind == "application/problem+json" && answer.body.contains("/problems/");
    assert!(
        problem || (kind == "application/json" && answer.body.contains("\"error\"")),
        "{what}: {answer:?}"
    );
}

/// Bodies that are no JSON object of any call here.
fn malformed_json() -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("nothing", vec![]),
        ("white space", text(" \n")),
        ("half an object", text("{\"username\":")),
        ("an array", text("[]")),
        ("a text", text("\"ada\"")),
        ("a number", text("7")),
        ("null", text("null")),
        ("two objects", text("{}{}")),
        ("single quotes", text("{'username':'ada'}")),
        ("a comment", text("{/**/}")),
        ("a byte order mark", text("\u{feff}{}")),
        ("not UTF-8", b"{\"username\":\"a\xff\xfe\",\"password\":\"\xff\"}".to_vec()),
        (
            "a lone surrogate",
            text("{\"username\":\"\\ud800\",\"password\":\"\\ud800\",\"approve\":\"\\ud800\"}"),
        ),
        (
            "doubled names",
            text(
                "{\"username\":\"a\",\"username\":\"b\",\"password\":\"a\",\"password\":\"b\",\"approve\":true,\"approve\":true}",
            ),
        ),
        (
            "wrong types",
            text("{\"username\":7,\"password\":{},\"approve\":\"true\",\"id\":7,\"response\":[]}"),
        ),
        ("lists", text("{\"username\":[\"ada\"],\"password\":[\"x\"],\"approve\":[true]}")),
        ("nulls", text("{\"username\":null,\"password\":null,\"approve\":null,\"rawId\":null}")),
        ("an unknown name", text("{\"surprise\":true}")),
        (
            "an unknown name beside the right ones",
            format!("{{\"surprise\":1,\"username\":\"ada\",\"password\":\"{PASSWORD}\",\"approve\":true}}")
                .into_bytes(),
        ),
        ("deep", text(&"[".repeat(60_000))),
        ("deep objects", text(&"{\"a\":".repeat(9_000))),
        ("a prototype", text("{\"__proto__\":{\"approve\":true}}")),
    ]
}

/// Visits of each kind, and the states that they are in.
async fn visits(server: &TestServer) -> (Browser, Vec<String>, Vec<Value>) {
    let (user, mut ada, _) = server.with_passkey("ada").await;
    let link = server.enrolment_link(&user, "phr").await;
    let visits = vec![
        ada.visit("app", &[("prompt", "login consent")]).await,
        ada.visit("app", &[("prompt", "select_account")]).await,
        ada.visit("app", &[("acr_values", "phr"), ("max_age", "0")]).await,
        ada.get(&link).await.location().to_owned(),
    ];
    let mut states = Vec::new();
    for visit in &visits {
        states.push(ada.get(visit).await.json());
    }
    (ada, visits, states)
}

async fn unchanged(ada: &mut Browser, visits: &[String], states: &[Value], what: &str) {
    for (visit, state) in visits.iter().zip(states) {
        assert_eq!(ada.get(visit).await.json(), *state, "{what}");
    }
}

#[tokio::test]
async fn every_call_of_a_visit_with_every_malformed_json_changes_nothing() {
    let server = TestServer::start().await;
    let (mut ada, visits, states) = visits(&server).await;
    let before = ada.held().await;
    for (name, body) in malformed_json() {
        for visit in &visits {
            for step in STEPS {
                let answer = raw(&ada, "POST", &format!("{visit}/{step}"), &[JSON], &body).await;
                check(&format!("{name} to {step}"), &answer);
                assert_eq!(answer.headers.get("set-cookie"), None, "{name} to {step}");
            }
        }
        unchanged(&mut ada, &visits, &states, name).await;
    }
    assert_eq!(ada.held().await, before);
}

#[tokio::test]
async fn every_call_of_a_visit_with_every_malformed_form_changes_nothing() {
    let server = TestServer::start().await;
    let (mut ada, visits, states) = visits(&server).await;
    let page = ada.send(reqwest::Method::GET, &visits[0], &[("accept", "text/html")], None).await;
    let csrf = riser_testkit::flow::csrf_of(&page.body);
    for body in [
        String::new(),
        "username=ada&password=x&approve=true".to_owned(),
        "csrf=&username=ada".to_owned(),
        format!("csrf={csrf}&csrf={csrf}&username=ada&approve=true"),
        format!("csrf={csrf}&username=%FF&password=%FF&approve=%FF"),
        format!("csrf={csrf}&username=a&username=b&password=a&password=b&approve=true&approve=true"),
        format!("csrf%5B%5D={csrf}"),
        format!("{{\"csrf\":\"{csrf}\"}}"),
    ] {
        for step in STEPS
            .iter()
            .filter(|step| **step != "cancel" || !body.contains(&format!("csrf={csrf}&username=%")))
        {
            let headers = [FORM, ("accept", b"application/json")];
            let answer = raw(&ada, "POST", &format!("{}/{step}", visits[0]), &headers, body.as_bytes()).await;
            let to_page = answer.headers.get("location").is_some_and(|to| to.contains("?problem="));
            if !to_page {
                assert!((400..500).contains(&answer.status), "{body} to {step}: {answer:?}");
            }
        }
        unchanged(&mut ada, &visits, &states, &body).await;
    }
}

#[tokio::test]
async fn bodies_that_are_too_large_are_413_everywhere_and_nothing_is_read_of_them() {
    let server = TestServer::start().await;
    let (mut ada, visits, states) = visits(&server).await;
    let large = format!("{{\"username\":\"{}\"}}", "x".repeat(200 * 1024)).into_bytes();
    for visit in &visits {
        for step in STEPS {
            let answer = raw(&ada, "POST", &format!("{visit}/{step}"), &[JSON], &large).await;
            assert_eq!(refusal(&answer), (413, "payload_too_large".to_owned()), "{step}");
        }
    }
    let form = format!("client_id=app&code={}", "x".repeat(32 * 1024)).into_bytes();
    for path in ["/token", "/par", "/introspect", "/revoke", "/elevation/consume", "/authorize"] {
        let answer = raw(&ada, "POST", &format!("{}{path}", server.issuer), &[FORM], &form).await;
        assert_eq!(refusal(&answer), (413, "payload_too_large".to_owned()), "{path}");
    }
    let query = format!("{}{}&x={}", server.issuer, authorize_path("app", &[]), "x".repeat(20_000));
    assert_eq!(refusal(&raw(&ada, "GET", &query, &[], b"").await), (413, "payload_too_large".to_owned()));
    // More than any header may be: refused before there is a request.
    let query = format!("{}/authorize?x={}", server.issuer, "x".repeat(100_000));
    assert!((400..500).contains(&raw(&ada, "GET", &query, &[], b"").await.status));
    unchanged(&mut ada, &visits, &states, "large").await;
}

#[tokio::test]
async fn the_back_channel_with_every_malformed_request_answers_an_oauth_error() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("bank", &[]).await;
    let auth = basic("bank");
    let auth: (&str, &[u8]) = ("authorization", auth.as_bytes());
    let stranger = server.browser();
    let code = ada.code("bank", &[]).await;
    for path in ["/token", "/elevation/consume"] {
        let address = format!("{}{path}", server.issuer);
        for kind in [
            "application/json",
            "text/plain",
            "multipart/form-data",
            "",
            "application/x-www-form-urlencodedx",
        ] {
            let body = format!("grant_type=authorization_code&code={code}&token=x");
            let headers = [auth, ("content-type", kind.as_bytes())];
            let answer = raw(&stranger, "POST", &address, &headers, body.as_bytes()).await;
            check(&format!("{path} as {kind}"), &answer);
        }
        for body in [
            "",
            "=",
            "&&&",
            "%",
            "%zz",
            "grant_type",
            "grant_type=",
            "grant_type=x",
            "grant_type=authorization_code",
            "grant_type=authorization_code&code=%FF&code_verifier=%FF",
            "token=%FF",
            "token=%00",
            "token=..",
            "token=a.b.c",
            "grant_type=refresh_token&refresh_token=%FF%FE",
            "grant_type=refresh_token&refresh_token=x&scope=%00",
            "grant_type[]=authorization_code",
            "{\"grant_type\":\"authorization_code\"}",
            "token=eyJhbGciOiJub25lIn0.e30.",
            "grant_type=AUTHORIZATION_CODE&code=x",
        ] {
            let answer = raw(&stranger, "POST", &address, &[FORM, auth], body.as_bytes()).await;
            check(&format!("{path}: {body}"), &answer);
            let answer = raw(&stranger, "POST", &address, &[FORM], body.as_bytes()).await;
            check(&format!("{path} by nobody: {body}"), &answer);
        }
        for proof in [
            &b"Basic"[..],
            b"Basic ",
            b"Basic %%%",
            b"Basic /////w==",
            b"Basic Og==",
            b"basic YmFuaw==",
            b"\xff",
            b"Bearer x",
        ] {
            let headers = [FORM, ("authorization", proof)];
            let answer = raw(
                &stranger,
                "POST",
                &address,
                &headers,
                b"grant_type=refresh_token&refresh_token=x&token=x",
            )
            .await;
            check(&format!("{path} {proof:?}"), &answer);
        }
    }
    for bearer in
        [&b"Bearer"[..], b"Bearer ", b"Bearer x", b"Bearer a.b.c", b"Bearer \xff", b"Basic x", b"Bearer x y"]
    {
        let answer =
            raw(&stranger, "GET", &format!("{}/userinfo", server.issuer), &[("authorization", bearer)], b"")
                .await;
        assert_eq!(answer.status, 401, "{bearer:?}: {answer:?}");
        assert!(answer.headers["www-authenticate"].starts_with("Bearer"), "{bearer:?}");
    }
    // Nothing was spent or revoked by any of it.
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(ada.userinfo(access).await.status, 200);
    assert_eq!(ada.redeem("bank", &code).await.status, 200);
}

#[tokio::test]
async fn malformed_authorization_requests_never_open_a_visit() {
    let server = TestServer::start().await;
    let (mut ada, visits, states) = visits(&server).await;
    let good = authorize_path("app", &[]);
    let good = good.split_once('?').unwrap().1;
    for query in [
        String::new(),
        "%".to_owned(),
        "&&&===".to_owned(),
        "client_id=%FF".to_owned(),
        good.replace("client_id=app", "client_id=app%FF"),
        good.replace("client_id=app", "client_id=app%00"),
        good.replace("client_id=app", "client_id[]=app"),
        good.replace("callback", "callback%FF"),
        format!("{good}&login_hint=%FF%FE"),
        format!("{good}&state2=%C3%28"),
        good.replace("the-state", "%FF"),
        good.replace("the-nonce", "%ED%A0%80"),
    ] {
        let address = format!("{}/authorize?{query}", server.issuer);
        check(&query, &raw(&ada, "GET", &address, &[], b"").await);
        let post = format!("{}/authorize", server.issuer);
        check(&query, &raw(&ada, "POST", &post, &[FORM], query.as_bytes()).await);
    }
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        let headers = [("content-type", kind.as_bytes())];
        let answer =
            raw(&ada, "POST", &format!("{}/authorize", server.issuer), &headers, good.as_bytes()).await;
        check(&format!("a request as {kind}"), &answer);
    }
    unchanged(&mut ada, &visits, &states, "authorize").await;
}

#[tokio::test]
async fn addresses_and_methods_that_are_none_answer_a_problem() {
    let server = TestServer::start().await;
    let (mut ada, visits, states) = visits(&server).await;
    let id = visits[0].rsplit('/').next().unwrap().to_owned();
    for path in [
        "/nothing",
        "/token/x",
        "/interaction",
        "/interaction/",
        "/interaction/%FF",
        "/interaction/%00",
        "/interaction/%2e%2e",
        "/interaction/..%2ftoken",
        "/interaction/none",
        "/grant",
        "/grant/%FF",
        "/grant/%FF%FE",
        "/assets/none.js",
        "/assets/%FF",
        "/assets/..%2f..%2fCargo.toml",
        "/.well-known/",
        "/.well-known/openid-configuration/x",
        "/ACCOUNT",
        "/account/x",
        "//authorize",
        "/authorize/",
        "/%61uthorize/x",
        &format!("/interaction/{id}/totp"),
        &format!("/interaction/{id}/"),
        &format!("/interaction/{id}/passkey/x"),
        &format!("/interaction/{}", "x".repeat(5000)),
        &format!("/grant/{}", "x".repeat(5000)),
    ] {
        check(path, &raw(&ada, "GET", &format!("{}{path}", server.issuer), &[], b"").await);
        check(path, &raw(&ada, "POST", &format!("{}{path}", server.issuer), &[JSON], b"{}").await);
    }
    for (method, path) in [
        ("GET", "/token"),
        ("PUT", "/token"),
        ("GET", "/elevation/consume"),
        ("DELETE", "/authorize"),
        ("PATCH", "/userinfo"),
        ("POST", "/account"),
        ("POST", "/jwks"),
        ("TRACE", "/"),
        ("OPTIONS", "/token"),
        ("BREW", "/token"),
        ("POST", "/healthz"),
        ("POST", "/grant/x"),
        ("GET", &format!("/interaction/{id}/password")),
        ("DELETE", &format!("/interaction/{id}")),
        ("PUT", &format!("/interaction/{id}/cancel")),
    ] {
        let answer = raw(&ada, method, &format!("{}{path}", server.issuer), &[JSON], b"{}").await;
        assert_eq!(refusal(&answer), (405, "method_not_allowed".to_owned()), "{method} {path}");
        assert!(answer.headers.contains_key("allow"), "{method} {path}: {answer:?}");
    }
    unchanged(&mut ada, &visits, &states, "addresses").await;
}

#[tokio::test]
async fn odd_headers_are_survived() {
    let server = TestServer::start().await;
    let (mut ada, visits, states) = visits(&server).await;
    let long = vec![b'x'; 4000];
    for (name, value) in [
        ("accept", &b"\xff"[..]),
        ("accept", &long),
        ("accept-language", b"\xff;q=x"),
        ("user-agent", b"\x1b[31m"),
        ("cookie", b"\xff"),
        ("cookie", b"riser_browser"),
        ("cookie", b"riser_browser=; riser_session="),
        ("cookie", b"riser_browser=\xff"),
        ("cookie", b"riser_session=\xff\xfe"),
        ("cookie", &long),
        ("origin", b"\xff"),
        ("sec-fetch-site", b"\xff"),
        ("content-type", b"\xff"),
        ("authorization", b"\xff"),
        ("if-none-match", b"\xff"),
        ("range", b"bytes=0-"),
        ("expect", b"100-continue"),
    ] {
        for path in
            ["/", "/account", "/authorize", "/interaction/x", "/grant/x", "/userinfo", "/jwks", "/healthz"]
        {
            let answer = raw(&ada, "GET", &format!("{}{path}", server.issuer), &[(name, value)], b"").await;
            assert!(answer.status < 500, "{name} {value:?} {path}: {answer:?}");
        }
    }
    unchanged(&mut ada, &visits, &states, "headers").await;
    // And the password still opens what it opens.
    let done = ada.post(&format!("{}/password", visits[0]), &json!({ "password": PASSWORD })).await;
    assert_eq!(done.status, 200);
}
