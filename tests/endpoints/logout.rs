//! `/logout`: OpenID RP-Initiated Logout 1.0.

use reqwest::Method;
use riser_core::audit::Event;
use riser_core::protocol::TokenEndpointAuthMethod;
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::{csrf_of, text};
use riser_testkit::server::{Setup, TestServer, client};
use serde_json::{Value, json};

const BACK: &str = "https://app.example/signed-out";

fn path(pairs: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("/logout?{query}")
}

async fn page(browser: &mut Browser, path: &str) -> Answer {
    browser.send(Method::GET, path, &[("accept", "text/html")], None).await
}

/// A browser that somebody is signed in with, and the tokens that `app` has of that session.
async fn signed_in(server: &TestServer, name: &str) -> (Browser, Value) {
    let (_, mut browser) = server.signed_in(name).await;
    let tokens = browser.tokens("app", &[]).await;
    (browser, tokens)
}

/// How many sessions were ended on somebody's word.
async fn ended(server: &TestServer) -> usize {
    let all = server.app.store.audit(0, 100_000).await.unwrap();
    all.iter().filter(|(_, entry)| matches!(entry.event, Event::SessionEnded { .. })).count()
}

/// That nothing is left of a session: neither what the browser had of it, nor what was granted on it.
async fn assert_gone(server: &TestServer, before: &Browser, after: &Browser, tokens: &Value) {
    assert_eq!(after.session(), Some(""), "the browser forgets it");
    assert_eq!(before.clone().held().await, Value::Null, "the old cookie is dead");
    let refresh = server.browser().refresh("app", text(tokens, "refresh_token")).await;
    assert_eq!(refresh.json()["error"], "invalid_grant", "std_lo_06");
    assert_eq!(ended(server).await, 1);
}

#[tokio::test]
async fn std_lo_01_by_get_and_post_a_hint_of_this_session_ends_it_and_the_state_comes_back() {
    for by_post in [false, true] {
        let server = TestServer::start().await;
        let (mut ada, tokens) = signed_in(&server, "ada").await;
        let before = ada.clone();
        let pairs = [
            ("id_token_hint", text(&tokens, "id_token")),
            ("post_logout_redirect_uri", BACK),
            ("state", "a b&c=\u{e9}"),
            ("logout_hint", "grace"),
            ("ui_locales", "fr de"),
        ];
        let answer = match by_post {
            true => ada.form("/logout", &[], &pairs).await,
            false => ada.get(&path(&pairs)).await,
        };
        assert_eq!(answer.status, if by_post { 303 } else { 302 });
        assert!(answer.location().starts_with(&format!("{BACK}?state=")), "{answer:?}");
        assert_eq!(answer.param("state").as_deref(), Some("a b&c=\u{e9}"), "std_lo_03");
        assert_gone(&server, &before, &ada, &tokens).await;
    }
}

#[tokio::test]
async fn std_lo_01_a_hint_is_good_when_it_has_expired_and_after_the_session_was_left_alone() {
    for wait in [1200, 1801, 6 * 3600] {
        let server = TestServer::start().await;
        let (mut ada, tokens) = signed_in(&server, "ada").await;
        let before = ada.clone();
        server.clock.advance(wait);
        let hint = text(&tokens, "id_token");
        let answer = ada.get(&path(&[("id_token_hint", hint), ("post_logout_redirect_uri", BACK)])).await;
        assert_eq!(answer.location(), BACK, "no state was sent, and none comes back");
        assert_gone(&server, &before, &ada, &tokens).await;
    }
}

#[tokio::test]
async fn std_lo_01_without_an_address_the_person_is_told_and_the_hint_leaves_the_address_bar() {
    let server = TestServer::start().await;
    let (mut ada, tokens) = signed_in(&server, "ada").await;
    let answer = page(&mut ada, &path(&[("id_token_hint", text(&tokens, "id_token"))])).await;
    assert_eq!(answer.location(), format!("{}/logout", server.issuer));
    let told = page(&mut ada, "/logout").await;
    assert_eq!(told.status, 200);
    assert!(told.body.contains("data-testid=\"signed-out\""), "{}", told.body);
    assert_eq!(ended(&server).await, 1);
}

#[tokio::test]
async fn std_lo_01_a_post_from_another_site_comes_without_the_cookie_and_is_carried_on_by_a_get() {
    let server = TestServer::start().await;
    let (mut ada, tokens) = signed_in(&server, "ada").await;
    let before = ada.clone();
    let pairs = [("id_token_hint", text(&tokens, "id_token")), ("post_logout_redirect_uri", BACK)];
    let carried = server.browser().form("/logout", &[("origin", "https://app.example")], &pairs).await;
    assert_eq!(
        (carried.status, carried.location()),
        (303, format!("{}{}", server.issuer, path(&pairs)).as_str())
    );
    assert_eq!(ada.get(carried.location()).await.location(), BACK);
    assert_gone(&server, &before, &ada, &tokens).await;
    // What is refused is refused at once.
    let unregistered = [("client_id", "app"), ("post_logout_redirect_uri", "https://evil.example/")];
    assert_eq!(server.browser().form("/logout", &[], &unregistered).await.status, 400);
}

#[tokio::test]
async fn std_lo_01_what_is_no_id_token_of_ours_for_a_client_of_ours_is_refused_and_ends_nothing() {
    let server = TestServer::start().await;
    let (mut ada, tokens) = signed_in(&server, "ada").await;
    let other = TestServer::start().await;
    let (_, elsewhere) = signed_in(&other, "ada").await;
    let hint = text(&tokens, "id_token");
    let [header, payload, signature] = hint.split('.').collect::<Vec<_>>().try_into().unwrap();
    let bad = [
        text(&elsewhere, "id_token").to_owned(),
        text(&tokens, "access_token").to_owned(),
        text(&tokens, "refresh_token").to_owned(),
        format!("eyJhbGciOiJub25lIn0.{payload}."),
        format!("{header}.{payload}."),
        format!("{header}.eyJzdWIiOiJ4In0.{signature}"),
        "not a token".to_owned(),
    ];
    let good = [("post_logout_redirect_uri", BACK), ("client_id", "app")];
    for bad in &bad {
        let answer = ada.get(&path(&[("id_token_hint", bad), good[0], good[1]])).await;
        assert_eq!((answer.status, answer.headers.get("location")), (400, None), "{bad}");
        assert_eq!(answer.problem(), "invalid_request");
    }
    for mismatched in ["bank", "nobody"] {
        let answer = ada.get(&path(&[("id_token_hint", hint), good[0], ("client_id", mismatched)])).await;
        assert_eq!((answer.status, answer.headers.get("location")), (400, None), "{mismatched}");
    }
    let twice = ada.get(&path(&[("id_token_hint", hint), ("id_token_hint", hint)])).await;
    assert_eq!(twice.status, 400, "a parameter stands once");
    let told = page(&mut ada, &path(&[("id_token_hint", "x")])).await;
    assert_eq!(told.status, 400);
    assert!(told.body.contains("data-testid=\"error\""), "{}", told.body);
    assert_ne!(ada.held().await, Value::Null);
    assert_eq!(ended(&server).await, 0);
}

#[tokio::test]
async fn std_lo_02_without_a_hint_or_with_one_of_another_session_the_person_is_asked() {
    let server = TestServer::start().await;
    let (_, of_grace) = signed_in(&server, "grace").await;
    let (mut ada, tokens) = signed_in(&server, "ada").await;
    let mut elsewhere = server.browser();
    server.sign_in(&mut elsewhere, "ada").await;
    let of_another = elsewhere.tokens("app", &[]).await;
    let back = [("post_logout_redirect_uri", BACK), ("state", "\"><script>1</script>")];
    let client = [("client_id", "app"), back[0], back[1]];
    let requests = [
        path(&client),
        path(&[("id_token_hint", text(&of_grace, "id_token")), back[0], back[1]]),
        path(&[("id_token_hint", text(&of_another, "id_token")), back[0], back[1]]),
        "/logout".to_owned(),
    ];
    for request in requests {
        let before = ada.clone();
        let sessions = ended(&server).await;
        let asked = page(&mut ada, &request).await;
        assert_eq!((asked.status, asked.headers.get("location")), (200, None), "{request}");
        assert!(asked.body.contains("data-testid=\"sign-out-page\"") && !asked.body.contains("<script>"));
        assert_eq!(ada.get(&request).await.json()["confirm"], format!("{}/logout/confirm", server.issuer));
        assert_ne!(ada.held().await, Value::Null, "nothing has happened yet");

        let csrf = csrf_of(&asked.body);
        let mut form = vec![("csrf", csrf.as_str())];
        let leads = request != "/logout";
        if leads {
            assert!(asked.body.contains("The app"), "who asks is named");
            let policy = &asked.headers["content-security-policy"];
            assert!(policy.contains("form-action 'self' https://app.example;"), "{policy}");
            form.extend(client);
        }
        let done = ada.form("/logout/confirm", &[("origin", &server.issuer)], &form).await;
        assert_eq!(done.status, 303, "{done:?}");
        if leads {
            assert_eq!(done.param("state").as_deref(), Some(back[1].1));
            assert!(done.location().starts_with(&format!("{BACK}?")));
        } else {
            assert_eq!(done.location(), format!("{}/logout", server.issuer));
        }
        assert_eq!(before.clone().held().await, Value::Null);
        assert_eq!(ended(&server).await, sessions + 1);
        server.sign_in(&mut ada, "ada").await;
    }
    // The hints were of sessions that nobody asked to end.
    assert_ne!(elsewhere.held().await, Value::Null);
    assert_eq!(server.browser().refresh("app", text(&of_grace, "refresh_token")).await.status, 200);
    assert_ne!(server.browser().refresh("app", text(&tokens, "refresh_token")).await.status, 200);
}

#[tokio::test]
async fn std_lo_02_a_program_with_the_cookies_confirms_in_json() {
    let server = TestServer::start().await;
    let (mut ada, tokens) = signed_in(&server, "ada").await;
    let before = ada.clone();
    let misspelt = ada.post("/logout/confirm", &json!({ "client": "app" })).await;
    assert_eq!(misspelt.status, 400);
    let body = json!({ "client_id": "app", "post_logout_redirect_uri": BACK, "state": "s" });
    let done = ada.post("/logout/confirm", &body).await;
    assert_eq!(done.json(), json!({ "done": "signed_out", "next": format!("{BACK}?state=s") }));
    assert_gone(&server, &before, &ada, &tokens).await;
}

#[tokio::test]
async fn std_lo_02_to_sign_out_where_nobody_is_signed_in_is_no_error() {
    let server = TestServer::start().await;
    let (_, tokens) = signed_in(&server, "ada").await;
    let mut nobody = server.browser();
    let hint =
        [("id_token_hint", text(&tokens, "id_token")), ("post_logout_redirect_uri", BACK), ("state", "s")];
    assert_eq!(nobody.get(&path(&hint)).await.location(), format!("{BACK}?state=s"));
    // Without a hint anybody may have written the address: it is not followed unasked.
    let unhinted = nobody.get(&path(&[("client_id", "app"), hint[1]])).await;
    assert_eq!((unhinted.status, unhinted.json()), (200, json!({ "done": "signed_out" })));
    assert_eq!(ended(&server).await, 0, "a hint alone ends nobody's session");
}

#[tokio::test]
async fn std_lo_03_an_address_needs_its_owner_and_keeps_its_own_query() {
    let mut many = client("many", TokenEndpointAuthMethod::None);
    many.client.post_logout_redirect_uris = vec!["https://many.example/out?tenant=1".to_owned()];
    let server = TestServer::start_with(Setup { clients: vec![many], ..Setup::default() }).await;
    let (_, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("many", &[]).await;
    let to = ("post_logout_redirect_uri", "https://many.example/out?tenant=1");
    assert_eq!(ada.get(&path(&[to])).await.status, 400, "whose address is it?");
    assert_eq!(ada.get(&path(&[to, ("client_id", "app")])).await.status, 400, "not app's");
    assert_eq!(ada.get(&path(&[to, ("client_id", "nobody")])).await.status, 400);
    let hint = ("id_token_hint", text(&tokens, "id_token"));
    // What a sign-in is answered at is no address for this.
    let callback = ("post_logout_redirect_uri", "https://many.example/callback");
    assert_eq!(ada.get(&path(&[hint, callback])).await.status, 400);
    assert_ne!(ada.held().await, Value::Null);
    let answer = ada.get(&path(&[hint, to, ("state", "s")])).await;
    assert_eq!(answer.location(), "https://many.example/out?tenant=1&state=s");
}

#[tokio::test]
async fn std_lo_01_the_metadata_names_the_endpoint() {
    let server = TestServer::start().await;
    let metadata = server.browser().get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["end_session_endpoint"], format!("{}/logout", server.issuer));
}
