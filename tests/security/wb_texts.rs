//! Texts of others on our pages: WB-05, WB-06.

use reqwest::Method;
use riser_testkit::browser::Browser;
use riser_testkit::flow::payment;
use riser_testkit::server::{PASSWORD, Setup, TestServer};
use serde_json::{Value, json};

#[path = "../../crates/pages/tests/common/payloads.rs"]
pub mod payloads;

async fn page(browser: &mut Browser, address: &str) -> String {
    let answer = browser.send(Method::GET, address, &[("accept", "text/html")], None).await;
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    answer.body
}

/// What a text must not add to a page: anything that begins or ends markup.
fn markup(page: &str) -> [usize; 4] {
    ['<', '>', '"', '\''].map(|char| page.matches(char).count())
}

#[tokio::test]
async fn atk_wb_05_no_payload_in_a_login_hint_or_a_name_is_markup() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let plain = browser.visit("app", &[("login_hint", "plain")]).await;
    let expected = markup(&page(&mut browser, &plain).await);
    for payload in payloads::XSS {
        let hinted = browser.visit("app", &[("login_hint", payload)]).await;
        let typed = browser.visit("app", &[("login_hint", "plain")]).await;
        let named = browser.post(&format!("{typed}/identifier"), &json!({ "username": payload })).await;
        assert_eq!(named.status, 200, "{payload}");
        for visit in [&hinted, &typed] {
            let html = page(&mut browser, visit).await;
            assert_eq!(markup(&html), expected, "{payload}\n{html}");
            // As data it is whole.
            assert_eq!(browser.get(visit).await.json()["user"]["username"], payload);
        }
    }
}

fn action(label: &str, text: &str) -> String {
    json!([{
        "type": "riser_action", "action": text, "resource": text,
        "parameters_sha256": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", "display": [[label, text]],
    }])
    .to_string()
}

#[tokio::test]
async fn atk_wb_05_no_payload_in_a_transaction_is_markup() {
    // One client asks one person several hundred times here.
    let mut budgets = riser_server::Budgets::default();
    budgets.prompts.tries = 10_000;
    let server = TestServer::start_with(Setup { budgets, ..Setup::default() }).await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let harmless = [payment("1.00", "plain"), action("label", "plain")];
    let mut expected = Vec::new();
    for details in &harmless {
        let visit = ada.visit("bank", &[("authorization_details", details)]).await;
        expected.push(markup(&page(&mut ada, &visit).await));
    }
    for payload in payloads::XSS {
        for (details, expected) in [payment("1.00", payload), action(payload, payload)].iter().zip(&expected)
        {
            let visit = ada.visit("bank", &[("authorization_details", details)]).await;
            let html = page(&mut ada, &visit).await;
            assert_eq!(markup(&html), *expected, "{payload}\n{html}");
            let shown = ada.get(&visit).await.json()["transaction"]["display"].clone();
            let texts = shown.as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap().clone());
            assert!(texts.clone().any(|text| text == payload), "{payload}: {shown}");
        }
    }
}

#[tokio::test]
async fn atk_wb_05_no_payload_in_an_address_reaches_an_error_page() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let expected = markup(&page(&mut ada, &visit).await);
    for payload in payloads::XSS {
        let escaped: String = payload.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in [
            format!("/authorize?client_id={escaped}"),
            format!("/authorize?client_id=app&redirect_uri={escaped}"),
            format!("/authorize?{escaped}={escaped}&{escaped}=2"),
            format!("/grant/{escaped}"),
            format!("/interaction/{escaped}"),
        ] {
            let html = page(&mut ada, &path).await;
            assert!(!html.contains(payload) || !payload.contains(['<', '"', '\'']), "{path}: {html}");
            assert!(!html.contains("alert(1)"), "{path}: {html}");
        }
        let with_notice = page(&mut ada, &format!("{visit}?problem={escaped}&retry={escaped}")).await;
        assert_eq!(markup(&with_notice), expected, "{payload}");
    }
}

#[tokio::test]
async fn atk_wb_06_texts_that_deceive_are_refused_in_every_field_of_a_transaction() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let long = "x".repeat(141);
    let huge = "x".repeat(3_000);
    let fits = "\u{e4}".repeat(140);
    let deceiving = [
        "ACME\u{202e}HbmG",
        "\u{202d}ACME",
        "\u{2066}ACME\u{2069}",
        "AC\u{200b}ME",
        "AC\u{200d}ME",
        "AC\u{200f}ME",
        "\u{feff}ACME",
        "AC\u{2060}ME",
        "AC\u{ad}ME",
        "ACME\nTo: Mallory",
        "ACME\r\n",
        "AC\tME",
        "AC\u{0}ME",
        "AC\u{1b}[31mME",
        "AC\u{7f}ME",
        "AC\u{85}ME",
        "AC\u{2028}ME",
        "AC\u{2029}ME",
        "AC\u{61c}ME",
        "AC\u{e0041}ME",
        "AC\u{fe0f}ME",
        "AC\u{3164}ME",
        "AC\u{115f}ME",
        " ACME",
        "ACME ",
        "\u{a0}ACME",
        "",
        long.as_str(),
        huge.as_str(),
    ];
    for text in deceiving {
        let mut with_reference: Value = serde_json::from_str(&payment("1.00", "ACME")).unwrap();
        with_reference[0]["remittanceInformationUnstructured"] = json!(text);
        for details in
            [payment("1.00", text), with_reference.to_string(), action("label", text), action(text, "x")]
        {
            let refused = ada.authorize("bank", &[("authorization_details", &details)]).await;
            let error = refused.param("error");
            assert_eq!(error.as_deref(), Some("invalid_authorization_details"), "{text:.40?}");
        }
    }
    for text in ["ACME GmbH & Söhne", "株式会社", "شركة", fits.as_str()] {
        ada.visit("bank", &[("authorization_details", &payment("1.00", text))]).await;
    }
}

#[tokio::test]
async fn atk_wb_06_names_with_control_characters_are_refused() {
    let server = TestServer::start().await;
    server.add_user("ada").await;
    let mut browser = server.browser();
    let visit = browser.visit("app", &[]).await;
    let long = "x".repeat(129);
    for name in ["", " ", "ada ", " ada", "a\nda", "a\u{0}da", "a\u{1b}[2Jda", "a\u{85}da", long.as_str()] {
        let refused = browser.post(&format!("{visit}/identifier"), &json!({ "username": name })).await;
        assert_eq!((refused.status, refused.problem().as_str()), (400, "invalid_request"), "{name:?}");
    }
    assert_eq!(browser.get(&visit).await.json()["user"], Value::Null);
    assert!(browser.sign_in(&visit, "ada", PASSWORD).await.param("code").is_some());
}
