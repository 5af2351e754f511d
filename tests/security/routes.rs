//! Every token kind at every place that takes one: SU-10, SU-11, OA-04, OA-21.

use std::collections::BTreeMap;

use reqwest::Method;
use riser_core::audit::Event;
use riser_core::protocol::{GrantType, TokenEndpointAuthMethod};
use riser_testkit::browser::Browser;
use riser_testkit::flow::{CHALLENGE, VERIFIER, basic, csrf_of, payment, text};
use riser_testkit::server::{PASSWORD, Setup, TestServer, client};
use serde_json::{Value, json};

use crate::support::{access, creation_options, options};

const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";

/// One fresh value of every kind that the server ever gives out, all of one person and the client `bank`.
async fn values(server: &TestServer, name: &str) -> BTreeMap<&'static str, String> {
    let (user, mut ada, key) = server.with_passkey(name).await;
    let tokens = ada.tokens("bank", &[]).await;
    let bound = ada.step_up("bank", &[("authorization_details", &payment("1.00", "ACME"))], &key).await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let page = ada.send(Method::GET, &visit, &[("accept", "text/html")], None).await;
    let step_up = ada.visit("app", &[("acr_values", "phr"), ("max_age", "0")]).await;
    let link = server.enrolment_link(&user, "phr").await;
    let enrol = ada.get(&link).await.location().to_owned();
    let claims = access(&bound);
    let mut request = vec![("response_type", "code"), ("redirect_uri", "https://bank.example/callback")];
    request.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    let pushed = server.browser().form("/par", &[("authorization", &basic("bank"))], &request).await;
    let machine = [("grant_type", "client_credentials")];
    let machine = server.browser().form("/token", &[("authorization", &basic("worker"))], &machine).await;
    let own = |value: &Value| value.as_str().unwrap().to_owned();
    BTreeMap::from([
        ("code", ada.code("bank", &[]).await),
        ("access", text(&tokens, "access_token").to_owned()),
        ("id", text(&tokens, "id_token").to_owned()),
        ("refresh", text(&tokens, "refresh_token").to_owned()),
        ("bound access", text(&bound, "access_token").to_owned()),
        ("pushed request", text(&pushed.json(), "request_uri")[REQUEST_URI.len()..].to_owned()),
        ("client's own", text(&machine.json(), "access_token").to_owned()),
        ("txn", own(&claims["txn"])),
        ("jti", own(&claims["jti"])),
        ("sid", own(&claims["sid"])),
        ("grant id", own(&claims["grant_id"])),
        ("csrf", csrf_of(&page.body)),
        ("challenge", own(&options(&mut ada, &step_up).await["challenge"])),
        ("creation challenge", own(&creation_options(&mut ada, &enrol).await["challenge"])),
        ("link", link.rsplit('/').next().unwrap().to_owned()),
        ("visit", visit.rsplit('/').next().unwrap().to_owned()),
        ("browser cookie", ada.cookies["riser_browser"].clone()),
        ("session cookie", ada.session().unwrap().to_owned()),
        ("password", PASSWORD.to_owned()),
    ])
}

const RULES: &str = r#"@id("look") permit(principal, action == Action::"look", resource)
    when { context.held.contains("aal1") };"#;

/// The usual provider with a rule, and with a client that acts for itself.
async fn start() -> TestServer {
    let mut worker = client("worker", TokenEndpointAuthMethod::ClientSecretBasic);
    worker.client.grant_types.push(GrantType::ClientCredentials);
    worker.client.scopes = vec!["riser.evaluate".to_owned()];
    TestServer::start_with(Setup { clients: vec![worker], rules: Some((RULES, None)), ..Setup::default() })
        .await
}

const PLACES: [&str; 14] = [
    "authorize",
    "evaluate",
    "userinfo",
    "introspect",
    "revoke",
    "consume",
    "token code",
    "token refresh",
    "hint",
    "logout",
    "session cookie",
    "link",
    "account",
    "decision",
];

/// Whether a place takes a value.
async fn takes(server: &TestServer, place: &str, value: &str) -> bool {
    let mut stranger = server.browser();
    let auth = basic("bank");
    let client = [("authorization", auth.as_str())];
    let cookie = |browser: &mut Browser| {
        browser.cookies.insert("riser_session".to_owned(), value.to_owned());
    };
    match place {
        "authorize" => {
            let path = format!("/authorize?client_id=bank&request_uri={REQUEST_URI}{value}&prompt=none");
            stranger.get(&path).await.status == 302
        }
        // Who may ask is known before it is said that nothing was asked.
        "evaluate" => {
            let bearer = format!("Bearer {value}");
            let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
            let body = Some("{}".to_owned());
            stranger.send(Method::POST, "/access/v1/evaluation", &headers, body).await.status == 400
        }
        "userinfo" => stranger.userinfo(value).await.status == 200,
        "introspect" => {
            let answer = stranger.form("/introspect", &client, &[("token", value)]).await;
            answer.json()["active"] == true
        }
        // The answer is the same for what is no token; what was revoked is on record.
        "revoke" => {
            let revoked = async || {
                let all = server.app.store.audit(0, 100_000).await.unwrap();
                all.iter().filter(|(_, entry)| matches!(entry.event, Event::TokenRevoked { .. })).count()
            };
            let before = revoked().await;
            stranger.form("/revoke", &client, &[("token", value)]).await;
            revoked().await > before
        }
        "consume" => stranger.form("/elevation/consume", &client, &[("token", value)]).await.status == 200,
        "token code" => {
            let pairs = [("grant_type", "authorization_code"), ("code", value), ("code_verifier", VERIFIER)];
            stranger.token("bank", &pairs).await.status == 200
        }
        "token refresh" => stranger.refresh("bank", value).await.status == 200,
        "hint" => {
            let answer = stranger.authorize("bank", &[("id_token_hint", value), ("prompt", "none")]).await;
            answer.param("error").as_deref() == Some("login_required")
        }
        "logout" => {
            let back = "https://bank.example/signed-out";
            let path = format!("/logout?id_token_hint={value}&post_logout_redirect_uri={back}");
            stranger.get(&path).await.status == 302
        }
        "session cookie" => {
            cookie(&mut stranger);
            stranger.held().await != Value::Null
        }
        "account" => {
            cookie(&mut stranger);
            stranger.get("/account").await.status == 200
        }
        "decision" => {
            // The person whose values are tried at this place.
            let number = PLACES.iter().position(|known| *known == place).unwrap();
            let body = json!({
                "subject": { "type": "user", "id": format!("ada {number}") }, "action": { "name": "look" },
                "resource": { "type": "T", "id": "1" }, "context": { "access_token": value },
            });
            let headers = [client[0], ("content-type", "application/json")];
            let path = "/access/v1/evaluation";
            let answer = stranger.send(Method::POST, path, &headers, Some(body.to_string())).await;
            answer.json()["decision"] == true
        }
        "link" => stranger.get(&format!("/grant/{value}")).await.status == 303,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn atk_su_10_oa_04_oa_21_every_kind_of_value_at_every_place_only_the_declared_pairs_pass() {
    let server = start().await;
    let declared = [
        ("code", "token code"),
        ("refresh", "token refresh"),
        ("pushed request", "authorize"),
        ("client's own", "evaluate"),
        ("access", "userinfo"),
        ("access", "introspect"),
        ("bound access", "introspect"),
        ("access", "revoke"),
        ("bound access", "revoke"),
        ("refresh", "revoke"),
        ("bound access", "consume"),
        // A session is named by what was granted on it, whatever that is for.
        ("access", "decision"),
        ("bound access", "decision"),
        ("id", "hint"),
        ("id", "logout"),
        ("session cookie", "session cookie"),
        ("session cookie", "account"),
        ("link", "link"),
    ];
    let kinds: Vec<&str> = values(&server, "ada").await.into_keys().collect();
    for (number, place) in PLACES.iter().enumerate() {
        // Fresh values for each place: none was spent, and no family revoked, by the place before.
        let fresh = values(&server, &format!("ada {number}")).await;
        for kind in &kinds {
            let passes = takes(&server, place, &fresh[kind]).await;
            assert_eq!(passes, declared.contains(&(*kind, *place)), "{kind} at {place}");
        }
    }
}

#[tokio::test]
async fn atk_su_10_half_a_sign_in_is_not_a_session_anywhere() {
    let server = TestServer::start().await;
    server.with_passkey("ada").await;
    let mut browser = server.browser();
    let visit = browser.visit("app", &[("acr_values", "phr")]).await;
    let half = browser.sign_in(&visit, "ada", PASSWORD).await;
    assert_eq!(half.json()["status"], "pending");
    assert_eq!(half.headers.get("set-cookie"), None);
    assert_eq!(browser.session(), None);
    assert_eq!(browser.get("/account").await.status, 401);
    assert_eq!(browser.held().await, Value::Null);
    let id = visit.rsplit('/').next().unwrap().to_owned();
    browser.cookies.insert("riser_session".to_owned(), id.clone());
    assert_eq!(browser.held().await, Value::Null);
    assert_eq!(browser.userinfo(&id).await.status, 401);
}

#[tokio::test]
async fn atk_su_11_one_factor_is_refused_wherever_two_are_asked() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    for client in ["app", "bank", "shop", "floored"] {
        for acr in ["aal2", "phr", "phrh"] {
            let silent = ada.authorize(client, &[("acr_values", acr), ("prompt", "none")]).await;
            assert_eq!(silent.param("code"), None, "{client} {acr}");
        }
    }
    // An empty allow-list of a visit, a state that says nothing of what others hold.
    let visit = ada.visit("floored", &[]).await;
    let low = ada.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
    assert_eq!(low.status, 422);
    assert_eq!(ada.get(&visit).await.json()["next"], Value::Null);
}

/// Every route, and what it answers to somebody who brings nothing at all: no cookie, no secret, no token, an empty
/// form. Only what is published and what begins a visit answers with something.
const TO_NOBODY: &[(&str, &str, u16)] = &[
    ("GET", "/", 200),
    ("GET", "/.well-known/openid-configuration", 200),
    ("GET", "/.well-known/oauth-authorization-server", 200),
    ("GET", "/.well-known/webauthn", 404),
    ("GET", "/.well-known/authzen-configuration", 404),
    ("GET", "/jwks", 200),
    ("GET", "/authorize", 400),
    ("POST", "/authorize", 400),
    ("POST", "/token", 401),
    ("POST", "/par", 401),
    ("POST", "/introspect", 401),
    ("POST", "/revoke", 401),
    ("GET", "/userinfo", 401),
    ("POST", "/userinfo", 401),
    ("POST", "/elevation/consume", 401),
    ("POST", "/enrolment/grants", 401),
    ("POST", "/access/v1/evaluation", 401),
    ("POST", "/access/v1/evaluations", 401),
    ("POST", "/access/v1/search/action", 401),
    ("GET", "/interaction/{id}", 404),
    ("POST", "/interaction/{id}/identifier", 404),
    ("POST", "/interaction/{id}/password", 404),
    ("POST", "/interaction/{id}/passkey/options", 404),
    ("POST", "/interaction/{id}/passkey", 404),
    ("POST", "/interaction/{id}/enrol/passkey/options", 404),
    ("POST", "/interaction/{id}/enrol/passkey", 404),
    ("POST", "/interaction/{id}/enrol/totp/options", 404),
    ("POST", "/interaction/{id}/enrol/totp", 404),
    ("POST", "/interaction/{id}/enrol/password", 404),
    ("POST", "/interaction/{id}/enrol/recovery-codes", 404),
    ("POST", "/interaction/{id}/totp", 404),
    ("POST", "/interaction/{id}/recovery-code", 404),
    ("POST", "/interaction/{id}/recovery", 404),
    ("POST", "/interaction/{id}/consent", 404),
    ("POST", "/interaction/{id}/cancel", 404),
    ("GET", "/grant/{token}", 410),
    ("GET", "/account", 401),
    ("POST", "/account/visits", 403),
    ("POST", "/account/sessions/{id}/end", 403),
    ("POST", "/account/applications/revoke", 403),
    ("POST", "/account/applications/block", 403),
    ("POST", "/account/applications/unblock", 403),
    ("POST", "/account/recoveries/cancel", 403),
    ("POST", "/account/rises/cancel", 403),
    ("POST", "/account/sign-out", 403),
    ("GET", "/logout", 200),
    // A form of another site comes without the cookie: the browser is sent back with it.
    ("POST", "/logout", 303),
    ("POST", "/logout/confirm", 403),
    ("GET", "/recovery", 303),
    ("GET", "/cancel/{token}", 410),
    ("POST", "/cancel/{token}", 410),
    ("GET", "/assets/{name}", 404),
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 200),
];

#[tokio::test]
async fn atk_su_10_every_route_has_a_row_and_gives_nothing_to_nobody() {
    let router = include_str!("../../crates/server/src/router.rs");
    let routed = router.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut routed: Vec<&str> = routed.collect();
    let mut known: Vec<&str> = TO_NOBODY.iter().map(|(_, path, _)| *path).collect();
    routed.sort_unstable();
    known.sort_unstable();
    known.dedup();
    assert_eq!(known, routed, "write a row for the new route, and a place in `PLACES` if it takes a value");

    let server = TestServer::start().await;
    let mut surprises = Vec::new();
    for (method, path, status) in TO_NOBODY {
        let mut nobody = server.browser();
        let path = path.replace("{id}", "x").replace("{token}", "x").replace("{name}", "x");
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
        let method: Method = method.parse().unwrap();
        let body = (method == Method::POST).then(String::new);
        let answer = nobody.send(method.clone(), &path, &headers, body).await;
        if answer.status != *status || nobody.session().is_some() {
            surprises.push(format!("{method} {path}: {} {}", answer.status, answer.body));
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
}
