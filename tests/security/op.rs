//! What the logs hold: OP-09, OP-10. The subscriber takes everything, of every test in this program, in both of
//! the formats that the binary writes.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use reqwest::Method;
use riser_testkit::authenticator::Lies;
use riser_testkit::browser::Answer;
use riser_testkit::flow::{VERIFIER, basic, csrf_of, payment, text};
use riser_testkit::server::{PASSWORD, SECRET, TestServer};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::support::{access, creation_options, lying, options, raw};

/// What was written, kept.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Kept {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

pub struct Logs {
    pub json: Kept,
    pub lines: Kept,
}

/// Everything at TRACE from here on.
pub fn logs() -> &'static Logs {
    static LOGS: OnceLock<Logs> = OnceLock::new();
    LOGS.get_or_init(|| {
        let logs = Logs { json: Kept::default(), lines: Kept::default() };
        tracing_subscriber::registry()
            .with(tracing_subscriber::fmt::layer().json().with_writer(logs.json.clone()))
            .with(tracing_subscriber::fmt::layer().with_ansi(false).with_writer(logs.lines.clone()))
            .init();
        logs
    })
}

/// Secrets that were given out or sent, by what they are.
#[derive(Default)]
pub struct Secrets(Vec<(String, String)>);

impl Secrets {
    pub fn add(&mut self, what: &str, secret: &str) {
        assert!(secret.len() >= 8, "{what}: too short to be looked for: {secret}");
        self.0.push((what.to_owned(), secret.to_owned()));
    }

    fn add_tokens(&mut self, tokens: &Value) {
        for name in ["access_token", "refresh_token", "id_token"] {
            if let Some(token) = tokens[name].as_str() {
                self.add(name, token);
                self.add(name, token.rsplit('.').next().unwrap());
            }
        }
    }

    /// None of them stands in `where_`, neither whole nor in another spelling.
    pub fn are_not_in(&self, what: &str, text: &str) {
        for (name, secret) in &self.0 {
            let escaped: String = form_escaped(secret);
            let encoded = base64::engine::general_purpose::STANDARD.encode(secret);
            for spelling in [secret, &escaped, &encoded] {
                assert!(!text.contains(spelling.as_str()), "the {name} {spelling} stands in {what}");
            }
        }
    }
}

fn form_escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn atk_op_10_no_secret_stands_in_the_logs_of_any_flow() {
    let logs = logs();
    let server = TestServer::start().await;
    let mut secrets = Secrets::default();
    for (what, secret) in [("password", PASSWORD), ("client secret", SECRET), ("verifier", VERIFIER)] {
        secrets.add(what, secret);
    }
    secrets.add("authorization header", basic("bank").trim_start_matches("Basic "));

    // Sign-in with a page and a form, and a wrong password on the way.
    let user = server.add_user("ada").await;
    let mut ada = server.browser();
    let visit = ada.visit("app", &[("login_hint", "ada")]).await;
    let page = ada.send(Method::GET, &visit, &[("accept", "text/html")], None).await;
    let csrf = csrf_of(&page.body);
    secrets.add("csrf value", &csrf);
    let wrong = "a wrong password that is somebody's elsewhere";
    secrets.add("wrong password", wrong);
    for password in [wrong, PASSWORD] {
        ada.form(&format!("{visit}/password"), &[], &[("csrf", &csrf), ("password", password)]).await;
    }
    secrets.add("browser cookie", &ada.cookies["riser_browser"]);
    secrets.add("session cookie", ada.session().unwrap());

    // Enrolment by a link.
    let link = server.enrolment_link(&user, "phr").await;
    secrets.add("enrolment link", link.rsplit('/').next().unwrap());
    let key = server.enrol(&user, &mut ada, "phr").await;
    let enrol = ada.get(&link).await.location().to_owned();
    secrets.add("creation challenge", text(&creation_options(&mut ada, &enrol).await, "challenge"));

    // Codes and tokens, used, refreshed, used twice, and with a wrong proof.
    let code = ada.code("bank", &[]).await;
    secrets.add("code", &code);
    let tokens = ada.redeem("bank", &code).await.json();
    secrets.add_tokens(&tokens);
    ada.userinfo(text(&tokens, "access_token")).await;
    let refreshed = ada.refresh("bank", text(&tokens, "refresh_token")).await.json();
    secrets.add_tokens(&refreshed);
    ada.refresh("bank", text(&tokens, "refresh_token")).await;
    ada.redeem("bank", &code).await;
    ada.authorize("bank", &[("id_token_hint", text(&tokens, "id_token")), ("prompt", "none")]).await;
    let wrong_secret = "another-secret-of-more-than-128-bits";
    secrets.add("wrong client secret", wrong_secret);
    ada.form("/token", &[], &[("client_id", "bank"), ("client_secret", wrong_secret), ("code", &code)]).await;

    // A step-up that fails, one that is done, and a payment that is spent.
    let step_up = ada.visit("app", &[("acr_values", "phr")]).await;
    let challenge = options(&mut ada, &step_up).await;
    secrets.add("challenge", text(&challenge, "challenge"));
    let lies = Lies { no_user_verification: true, ..Lies::default() };
    let refused = lying(&key, lies).get(&server.issuer, &challenge).unwrap();
    ada.post(&format!("{step_up}/passkey"), &refused).await;
    let done = ada.passkey(&step_up, &key).await;
    secrets.add("code of the step-up", &done.param("code").unwrap());
    secrets.add("session cookie after it", ada.session().unwrap());
    let bound = ada.step_up("bank", &[("authorization_details", &payment("1.00", "ACME"))], &key).await;
    secrets.add_tokens(&bound);
    secrets.add("txn", access(&bound)["txn"].as_str().unwrap());
    let spend = [("token", text(&bound, "access_token"))];
    for _ in 0..2 {
        ada.form("/elevation/consume", &[("authorization", &basic("bank"))], &spend).await;
    }

    // Errors of every kind, with secrets where they do not belong; their answers do not repeat them either.
    let misplaced = ada.session().unwrap().to_owned();
    for path in [
        format!("/interaction/{misplaced}"),
        format!("/grant/{misplaced}x"),
        format!("/nothing/{misplaced}"),
        format!("/authorize?client_id={misplaced}"),
        format!("/authorize?client_id=app&redirect_uri=https://evil.example/{misplaced}"),
        format!("/userinfo?access_token={}", text(&bound, "access_token")),
    ] {
        for accept in ["text/html", "application/json"] {
            let answer = ada.send(Method::GET, &path, &[("accept", accept)], None).await;
            assert!(answer.status >= 400, "{answer:?}");
            secrets.are_not_in("an error", &answer.body);
        }
    }
    let pending = ada.visit("app", &[("prompt", "login")]).await;
    for body in [
        json!({ "password": wrong }),
        json!({ "passwort": PASSWORD }),
        json!({ "password": { "x": PASSWORD } }),
    ] {
        let answer = ada.post(&format!("{pending}/password"), &body).await;
        secrets.are_not_in("an error", &answer.body);
    }

    for (what, log) in [("the JSON log", logs.json.text()), ("the log", logs.lines.text())] {
        assert!(log.contains("A person was shown an error page"), "{what} was not captured");
        secrets.are_not_in(what, &log);
    }
    // Nor in the audit trail.
    let audit = server.app.store.audit(0, 10_000).await.unwrap();
    assert!(audit.len() > 10);
    secrets.are_not_in("the audit trail", &format!("{audit:?}"));
}

#[tokio::test]
async fn atk_op_09_no_text_of_a_visitor_makes_a_record_of_its_own() {
    let logs = logs();
    let server = TestServer::start().await;
    server.add_user("ada").await;
    let forged = "x\n2099-01-01T00:00:00.000000Z ERROR riser: forged\r\n{\"level\":\"ERROR\",\"forged\":true}\u{1b}[31m\u{0}";
    let escaped: String = forged.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut browser = server.browser();
    let visit = browser.visit("app", &[("login_hint", forged), ("state", forged)]).await;
    for body in [json!({ "username": forged }), json!({ "password": forged }), json!({ forged: forged })] {
        for step in ["identifier", "password", "passkey", "consent", "cancel"] {
            browser.post(&format!("{visit}/{step}"), &body).await;
        }
    }
    for path in [
        format!("/{escaped}"),
        format!("/interaction/{escaped}"),
        format!("/grant/{escaped}"),
        format!("/authorize?client_id={escaped}"),
        format!("/authorize?client_id=app&redirect_uri={escaped}"),
        format!("/authorize?{escaped}={escaped}&{escaped}={escaped}"),
        format!("{visit}?problem={escaped}"),
    ] {
        for accept in ["text/html", "application/json"] {
            browser.send(Method::GET, &path, &[("accept", accept)], None).await;
        }
    }
    let headers: [(&str, &[u8]); 3] =
        [("user-agent", b"\x1b[2J forged"), ("x-request-id", b"forged"), ("accept", b"text/html")];
    let address = format!("{}/interaction/none", server.issuer);
    let _: Answer = raw(&browser, "GET", &address, &headers, b"").await;
    browser.form("/token", &[], &[("client_id", forged), ("grant_type", forged)]).await;

    let json = logs.json.text();
    assert!(json.contains("A person was shown an error page"), "the log was not captured");
    for line in json.lines() {
        let record: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert!(record["timestamp"].is_string() && record["level"].is_string(), "{line}");
        assert_eq!(record.get("forged"), None, "{line}");
    }
    for line in logs.lines.text().lines() {
        assert!(!line.contains(['\u{1b}', '\0', '\r']), "{line:?}");
        let level = line.split_whitespace().nth(1).unwrap_or_default();
        let known = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].contains(&level);
        assert!(line.starts_with("20") && known && !line.starts_with("2099"), "{line:?}");
    }
}
