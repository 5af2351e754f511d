//! What the attacks have in common.

use riser_testkit::authenticator::{Lies, SoftAuthenticator};
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::{claims, text};
use serde_json::{Value, json};

/// The last part of the problem's type or the OAuth error, with the status.
pub fn refusal(answer: &Answer) -> (u16, String) {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let name = match body.get("error") {
        Some(error) => error.as_str().unwrap_or_default().to_owned(),
        None => answer_problem(&body),
    };
    (answer.status, name)
}

fn answer_problem(body: &Value) -> String {
    body["type"].as_str().and_then(|kind| kind.rsplit('/').next()).unwrap_or_default().to_owned()
}

/// The same authenticator with lies.
pub fn lying(key: &SoftAuthenticator, lies: Lies) -> SoftAuthenticator {
    let mut lying = key.clone();
    lying.lies = lies;
    lying
}

/// The claims of the access token in an answer of the token endpoint.
pub fn access(tokens: &Value) -> Value {
    claims(text(tokens, "access_token"))
}

/// Fresh request options of a visit.
pub async fn options(browser: &mut Browser, visit: &str) -> Value {
    let answer = browser.post(&format!("{visit}/passkey/options"), &json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["publicKey"].clone()
}

/// Fresh creation options of an enrolment visit.
pub async fn creation_options(browser: &mut Browser, visit: &str) -> Value {
    let answer = browser.post(&format!("{visit}/enrol/passkey/options"), &json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["publicKey"].clone()
}
