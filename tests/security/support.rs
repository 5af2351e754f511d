//! What the attacks have in common.

use riser_testkit::authenticator::{Lies, SoftAuthenticator};
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::{claims, text};
use serde_json::{Value, json};

/// What can be posted to a visit, below its address.
pub const STEPS: [&str; 8] = [
    "identifier",
    "password",
    "passkey/options",
    "passkey",
    "enrol/passkey/options",
    "enrol/passkey",
    "consent",
    "cancel",
];

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

/// A request byte for byte: headers that stand twice, bodies that are no text. With the browser's cookies.
pub async fn raw(
    browser: &Browser,
    method: &str,
    address: &str,
    headers: &[(&str, &[u8])],
    body: &[u8],
) -> Answer {
    let url = reqwest::Url::parse(address).expect("an absolute address");
    let path = address.splitn(4, '/').nth(3).unwrap_or_default();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut request = format!("{method} /{path} HTTP/1.1\r\nconnection: close\r\n").into_bytes();
    let mut all: Vec<(&str, Vec<u8>)> = headers.iter().map(|(name, value)| (*name, value.to_vec())).collect();
    if !all.iter().any(|(name, _)| *name == "host") {
        all.push(("host", host.clone().into_bytes()));
    }
    if !browser.cookies.is_empty() && !all.iter().any(|(name, _)| *name == "cookie") {
        let jar: Vec<String> =
            browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        all.push(("cookie", jar.join("; ").into_bytes()));
    }
    if method != "GET" {
        all.push(("content-length", body.len().to_string().into_bytes()));
    }
    for (name, value) in all {
        request.extend_from_slice(name.as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(&value);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body);
    let answer = tokio::task::spawn_blocking(move || exchange(&host, &request)).await.unwrap();
    parsed(&String::from_utf8_lossy(&answer))
}

fn exchange(host: &str, request: &[u8]) -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(host.replace("localhost", "127.0.0.1")).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    // The server may answer and close before it has read a body that is too large.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

fn parsed(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(": "));
    Answer {
        status: status.unwrap_or_else(|| panic!("no HTTP answer: {text:?}")),
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
        body: body.to_owned(),
    }
}
