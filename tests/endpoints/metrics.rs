//! The account of prompts, and what operators read at `/metrics`.

use riser_core::audit::{Cause, Event, Prompt, PromptEnd};
use riser_core::step_up::Lack;
use riser_core::{Acr, Seconds};
use riser_testkit::flow::{basic, payment, text};
use riser_testkit::server::{PASSWORD, Setup, TestServer};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The prompts that ended: how, what was lacking, and how long they took.
async fn ended(server: &TestServer) -> Vec<(PromptEnd, Lack, u32)> {
    let all = server.app.store.audit(0, 1000).await.unwrap();
    let prompt =
        |event: &Event| event.prompt().map(|(end, _, Prompt { lacked, took })| (end, lacked, took.0));
    all.iter().filter_map(|(_, entry)| prompt(&entry.event)).collect()
}

/// What `/metrics` says of a counter; `None` when it has not happened.
fn counted(server: &TestServer, name: &str) -> Option<String> {
    let text = server.app.metrics.text(server.app.store.clone());
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned))
}

#[tokio::test]
async fn every_prompt_is_recorded_with_what_was_lacking_how_it_ended_and_how_long_it_took() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let begun = ended(&server).await;
    assert_eq!(begun, [(PromptEnd::Done, Lack::SignIn, 0)], "the link found her signed in");

    let visit = ada.visit("bank", &[("acr_values", "phr")]).await;
    server.clock.advance(7);
    ada.passkey(&visit, &key).await;
    server.clock.advance(400);
    ada.step_up("bank", &[("acr_values", "phr"), ("max_age", "300")], &key).await;
    ada.step_up("bank", &[("prompt", "login")], &key).await;
    ada.step_up("bank", &[("authorization_details", &payment("5.00", "ACME"))], &key).await;
    let asked = ada.visit("bank", &[("prompt", "consent")]).await;
    ada.post(&format!("{asked}/consent"), &json!({ "approve": true })).await;
    let refused = ada.visit("bank", &[("acr_values", "phr"), ("max_age", "0")]).await;
    ada.post(&format!("{refused}/cancel"), &json!({})).await;
    assert_eq!(
        ended(&server).await[1..],
        [
            (PromptEnd::Done, Lack::Level, 7),
            (PromptEnd::Done, Lack::Fresh, 0),
            (PromptEnd::Done, Lack::Afresh, 0),
            (PromptEnd::Done, Lack::Transaction, 0),
            (PromptEnd::Refused, Lack::Afresh, 0),
        ],
        "who only agrees proves nothing, and is in the log as granted"
    );
    let refused = r#"riser_prompts_total{end="refused",cause="request",lacked="afresh"}"#;
    assert_eq!(counted(&server, refused).as_deref(), Some("1"));
    let done = r#"riser_prompts_total{end="done",cause="request",lacked="level"}"#;
    assert_eq!(counted(&server, done).as_deref(), Some("1"));
    // What was held needs no prompt, and is none.
    ada.code("bank", &[("acr_values", "phr")]).await;
    assert_eq!(ended(&server).await.len(), 6);
    assert_eq!(counted(&server, "riser_prompts_redundant_total").as_deref(), Some("0"));
}

#[tokio::test]
async fn a_prompt_names_the_client_the_requirement_and_the_action() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let details = json!([{ "type": "riser_action", "action": "delete_tenant", "resource": "tenant/acme",
        "parameters_sha256": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", "display": [["Tenant", "ACME"]] }]);
    ada.step_up("bank", &[("authorization_details", &details.to_string())], &key).await;
    let all = server.app.store.audit(0, 1000).await.unwrap();
    let cause =
        all.iter().rev().find_map(|(_, entry)| entry.event.prompt()).map(|(_, cause, _)| cause.clone());
    let Some(Cause::Request { client, acr_values, action, .. }) = cause else { panic!("{cause:?}") };
    assert_eq!((client.as_str(), action.as_deref()), ("bank", Some("delete_tenant")));
    assert_eq!(acr_values, [Acr::parse("phr").unwrap()]);
}

#[tokio::test]
async fn a_prompt_that_nobody_answers_is_accounted_for_once() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    ada.visit("bank", &[("acr_values", "phr")]).await;
    // In the file by its first step, the other only in memory.
    let tried = ada.visit("app", &[("prompt", "login")]).await;
    ada.post(&format!("{tried}/password"), &json!({ "password": "not it" })).await;
    // Of nobody: whoever was not signed in and proved nothing is nobody's prompt.
    server.browser().visit("app", &[]).await;
    let settle = || riser_server::settle_prompts(&server.app);
    assert_eq!(settle().await.unwrap(), 0, "they can still be answered");
    server.clock.advance(601);
    assert_eq!(settle().await.unwrap(), 2);
    assert_eq!(settle().await.unwrap(), 0);
    let mut left = ended(&server).await.split_off(1);
    left.sort_by_key(|(_, lacked, _)| lacked.name());
    let took = Seconds(600).0;
    assert_eq!(left, [(PromptEnd::Abandoned, Lack::Afresh, took), (PromptEnd::Abandoned, Lack::Level, took)]);
    let name = r#"riser_prompts_total{end="abandoned",cause="request",lacked="level"}"#;
    assert_eq!(counted(&server, name).as_deref(), Some("1"));
}

#[tokio::test]
async fn a_sign_in_that_a_link_asks_for_is_a_prompt_too() {
    let server = TestServer::start().await;
    let user = server.add_user("ada").await;
    let mut ada = server.browser();
    let link = server.enrolment_link(&user, "phr").await;
    let visit = ada.get(&link).await.location().to_owned();
    ada.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
    let name = r#"riser_prompts_total{end="done",cause="enrolment_link",lacked="sign_in"}"#;
    assert_eq!(counted(&server, name).as_deref(), Some("1"));
    assert_eq!(ended(&server).await, [(PromptEnd::Done, Lack::SignIn, 0)]);
}

#[tokio::test]
async fn metrics_are_read_where_the_operator_put_them_and_nowhere_else() {
    let rules = r#"@id("read") permit(principal, action == Action::"read", resource);"#;
    let server = TestServer::start_with(Setup { rules: Some((rules, None)), ..Setup::default() }).await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let token = text(&ada.tokens("bank", &[]).await, "access_token").to_owned();
    let question = json!({ "subject": { "type": "user", "id": "ada" }, "action": { "name": "read" },
        "resource": { "type": "T", "id": "1" }, "context": { "access_token": token } });
    let auth = basic("bank");
    let headers = [("content-type", "application/json"), ("authorization", auth.as_str())];
    let path = "/access/v1/evaluation";
    ada.send(reqwest::Method::POST, path, &headers, Some(question.to_string())).await;
    assert_eq!(ada.get("/metrics").await.status, 404, "not on the provider's own listener");
    assert_eq!(ada.get("/no/such/path").await.status, 404);

    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(riser_server::serve_metrics(server.app.clone(), vec![listener], stopped));
    let answer = reqwest::get(url).await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = answer.text().await.unwrap();
    for line in [
        r#"riser_http_requests_total{endpoint="/access/v1/evaluation",status="2xx"} 1"#,
        r#"riser_http_requests_total{endpoint="other",status="4xx"} 2"#,
        r#"riser_http_request_duration_seconds_count{endpoint="/token"} "#,
        r#"riser_decisions_total{reason="permitted"} 1"#,
        r#"riser_decisions_total{reason="denied"} 0"#,
        "riser_store_waiting 0",
    ] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line} is not in\n{text}");
    }
    let groups = counted(&server, "riser_store_groups_total").unwrap().parse::<u64>().unwrap();
    let transactions = counted(&server, "riser_store_transactions_total").unwrap().parse::<u64>().unwrap();
    assert!(groups > 0 && transactions >= groups);
    // Nothing that names a person is in it.
    for secret in ["ada", token.as_str()] {
        assert!(!text.contains(secret), "{secret}");
    }
}
