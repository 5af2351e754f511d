//! `/access/v1/evaluation` on sessions: what a decision makes of what a person proved, and who may ask about whom.

use reqwest::Method;
use riser_core::audit::Event;
use riser_testkit::browser::Answer;
use riser_testkit::flow::{basic, claims, payment, text};
use riser_testkit::server::{Setup, TestServer};
use serde_json::{Value, json};

const SCHEMA: &str = "
entity User;
entity Account;
entity Tenant;
action read, transfer, close appliesTo { principal: User, resource: Account, context: { amount?: Long } };
action delete appliesTo { principal: User, resource: Tenant };
";
const RULES: &str = r#"
@id("read") permit(principal, action == Action::"read", resource);
@id("transfer-needs-passkey") @reason("Confirm the transfer with your passkey.")
permit(principal, action == Action::"transfer", resource) when { context.held.contains("phr") };
@id("close-for-a-while") @window("5m")
permit(principal, action == Action::"close", resource) when { context.held.contains("phr") };
@id("delete") permit(principal, action == Action::"delete", resource);
@id("delete-needs-hardware") forbid(principal, action == Action::"delete", resource)
  unless { context.within_5m.contains("phrh") };
@id("stolen") forbid(principal, action, resource) when { context.risk.contains("stolen") };
"#;

async fn start() -> TestServer {
    TestServer::start_with(Setup { rules: Some((RULES, Some(SCHEMA))), ..Setup::default() }).await
}

async fn ask_as(server: &TestServer, client: &str, body: &Value) -> Answer {
    let auth = basic(client);
    let headers = [("content-type", "application/json"), ("authorization", auth.as_str())];
    let path = "/access/v1/evaluation";
    server.browser().send(Method::POST, path, &headers, Some(body.to_string())).await
}

async fn ask(server: &TestServer, body: &Value) -> Value {
    let answer = ask_as(server, "bank", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn on_account(action: &str, context: Value) -> Value {
    json!({
        "subject": { "type": "user", "id": "ada" }, "action": { "name": action },
        "resource": { "type": "Account", "id": "main" }, "context": context,
    })
}

async fn recorded(server: &TestServer) -> Vec<(String, Vec<String>, bool)> {
    let all = server.app.store.audit(0, 1000).await.unwrap();
    let decision = |entry: riser_core::audit::Entry| match entry.event {
        Event::ActionNotPermitted { reason, policies, user, .. } => Some((reason, policies, user.is_some())),
        _ => None,
    };
    all.into_iter().filter_map(|(_, entry)| decision(entry)).collect()
}

#[tokio::test]
async fn a_decision_names_the_step_up_and_after_it_is_a_permit() {
    let server = start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let tokens = ada.tokens("bank", &[]).await;
    let low = text(&tokens, "access_token");
    let read = ask(&server, &on_account("read", json!({ "access_token": low }))).await;
    assert_eq!(read, json!({ "decision": true, "context": { "reason": "permitted", "policies": ["read"] } }));

    let no = ask(&server, &on_account("transfer", json!({ "access_token": low }))).await;
    let header = "Bearer error=\"insufficient_user_authentication\", \
                  error_description=\"A stronger or more recent authentication is required\", acr_values=\"phr\"";
    assert_eq!(
        no,
        json!({ "decision": false, "context": {
            "reason": "step_up_required", "policies": ["transfer-needs-passkey"],
            "message": "Confirm the transfer with your passkey.",
            "step_up": { "acr_values": "phr", "www_authenticate": header },
        } })
    );
    // Exactly one round: what the answer names is asked for, proved, and enough.
    let acr = no["context"]["step_up"]["acr_values"].as_str().unwrap();
    ada.step_up("bank", &[("acr_values", acr)], &key).await;
    // The old token names the session, which has risen.
    let yes = ask(&server, &on_account("transfer", json!({ "access_token": low }))).await;
    assert_eq!(
        (&yes["decision"], &yes["context"]["policies"]),
        (&json!(true), &json!(["transfer-needs-passkey"]))
    );
    // And lapses with its level: fifteen minutes, less the margin that /authorize has too.
    server.clock.advance(871);
    let tokens = ada.tokens("bank", &[]).await;
    let late = ask(&server, &on_account("transfer", json!({ "access_token": tokens["access_token"] }))).await;
    assert_eq!(late["context"]["reason"], "step_up_required");
    // A permit is not recorded: it has no effect here, and is asked for at every look at a page.
    let said = ("step_up_required".to_owned(), vec!["transfer-needs-passkey".to_owned()], true);
    assert_eq!(recorded(&server).await, [said.clone(), said]);
}

#[tokio::test]
async fn a_level_that_only_a_new_factor_reaches_and_what_nothing_would_change() {
    let server = start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let token = ada.tokens("bank", &[]).await["access_token"].clone();
    let no = ask(&server, &on_account("transfer", json!({ "access_token": token }))).await;
    assert_eq!((&no["decision"], &no["context"]["reason"]), (&json!(false), &json!("enrolment_required")));
    assert_eq!(no["context"]["step_up"]["acr_values"], "phr");
    let mut delete = on_account("delete", json!({ "access_token": token }));
    delete["resource"] = json!({ "type": "Tenant", "id": "acme" });
    // No maker of keys is trusted here, so nothing reaches phrh.
    let never = ask(&server, &delete).await;
    let expected = json!({ "reason": "denied", "policies": ["delete-needs-hardware"] });
    assert_eq!((&never["decision"], &never["context"]), (&json!(false), &expected));
    let stolen =
        ask(&server, &on_account("read", json!({ "access_token": token, "risk": ["stolen"] }))).await;
    assert_eq!((&stolen["decision"], &stolen["context"]["policies"]), (&json!(false), &json!(["stolen"])));
    let reasons: Vec<String> = recorded(&server).await.into_iter().map(|(reason, ..)| reason).collect();
    assert_eq!(reasons, ["enrolment_required", "denied", "denied"]);
}

#[tokio::test]
async fn a_client_speaks_only_of_sessions_that_it_was_given() {
    let server = start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let (_, mut grace) = server.signed_in("grace").await;
    let token = ada.tokens("bank", &[]).await["access_token"].as_str().unwrap().to_owned();
    let sid = claims(&token)["sid"].as_str().unwrap().to_owned();
    let graces = grace.tokens("bank", &[]).await["access_token"].as_str().unwrap().to_owned();
    let asked = |subject: &str, context: Value, sid: Option<&str>| {
        let mut body = on_account("read", context);
        body["subject"]["id"] = json!(subject);
        if let Some(sid) = sid {
            body["subject"]["properties"] = json!({ "sid": sid });
        }
        body
    };
    let by = |token: &str| json!({ "access_token": token });
    let graces_sid = claims(&graces)["sid"].as_str().unwrap().to_owned();
    for (name, client, body, expected) in [
        ("its own token", "bank", asked("ada", by(&token), None), true),
        ("by the subject's `sub`", "bank", asked(user.as_str(), by(&token), None), true),
        ("its own session", "bank", asked("ada", json!({}), Some(&sid)), true),
        ("both", "bank", asked("ada", by(&token), Some(&sid)), true),
        ("another person's token", "bank", asked("ada", by(&graces), None), false),
        ("another person's session", "bank", asked("ada", json!({}), Some(&graces_sid)), false),
        ("two that differ", "bank", asked("ada", by(&token), Some(&graces_sid)), false),
        ("another client's token", "shop", asked("ada", by(&token), None), false),
        ("another client's session", "shop", asked("ada", json!({}), Some(&sid)), false),
        ("no session of that name", "bank", asked("ada", json!({}), Some("none")), false),
        ("what is no token", "bank", asked("ada", by("none"), None), false),
    ] {
        let answer = ask_as(&server, client, &body).await;
        assert_eq!((answer.status, &answer.json()["decision"]), (200, &json!(expected)), "{name}");
        if !expected {
            // Nothing tells one refusal from another.
            assert_eq!(answer.json()["context"], json!({ "reason": "denied", "policies": [] }), "{name}");
        }
    }
    // A client that was given nothing of ada's may still ask about somebody called ada, of whom nothing is told.
    let unknown = ask_as(&server, "shop", &asked("ada", json!({}), None)).await.json();
    assert_eq!(unknown["decision"], json!(true));
    let of_nobody = ask(&server, &on_account("transfer", json!({}))).await;
    assert_eq!(of_nobody["context"]["reason"], "step_up_required", "as if she had what anybody could have");
    server.disable(&user).await;
    assert_eq!(ask(&server, &asked("ada", by(&token), None)).await["decision"], json!(false));
    assert_eq!(ask(&server, &asked("ada", json!({}), None)).await["decision"], json!(false));
}

#[tokio::test]
async fn only_a_client_that_proves_itself_by_basic_asks() {
    let server = start().await;
    let body = on_account("read", json!({})).to_string();
    let json_type = ("content-type", "application/json");
    let (wrong, unknown) = (basic("bank").replace("Basic ", "Basic A"), basic("nobody"));
    for headers in [
        vec![json_type],
        vec![json_type, ("authorization", &wrong)],
        vec![json_type, ("authorization", &unknown)],
    ] {
        for path in ["/access/v1/evaluation", "/access/v1/evaluations"] {
            let answer = server.browser().send(Method::POST, path, &headers, Some(body.clone())).await;
            assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")));
        }
    }
}

#[tokio::test]
async fn what_is_malformed_is_400_and_what_misfits_is_no() {
    let server = start().await;
    for (context, status) in [
        (json!({ "access_token": 5 }), 400),
        (json!({ "risk": "stolen" }), 400),
        (json!({ "risk": [1] }), 400),
        (json!([]), 400),
        (json!({ "amount": "much" }), 200),
    ] {
        let answer = ask_as(&server, "bank", &on_account("read", context.clone())).await;
        assert_eq!(answer.status, status, "{context}");
        if status == 200 {
            assert_eq!(answer.json()["context"]["reason"], "denied", "{context}");
        }
    }
    let mut twice = on_account("read", json!({ "amount": 1 }));
    twice["action"]["properties"] = json!({ "amount": 2 });
    assert_eq!(ask_as(&server, "bank", &twice).await.status, 400, "an attribute that is said twice");
    for (pointer, value) in [("/action/name", "fly"), ("/resource/type", "Boat"), ("/subject/type", "robot")]
    {
        let mut body = on_account("read", json!({}));
        *body.pointer_mut(pointer).unwrap() = json!(value);
        assert_eq!(ask(&server, &body).await["decision"], json!(false), "{pointer}");
    }
}

#[tokio::test]
async fn a_transaction_asks_for_its_own_proof_and_evaluating_spends_nothing() {
    let server = start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let held = ada.step_up("bank", &[("acr_values", "phr")], &key).await["access_token"].clone();
    let details: Value = serde_json::from_str(&payment("5.00", "ACME")).unwrap();
    let context = |token: &Value| json!({ "access_token": token, "authorization_details": details });
    // What the session holds counts toward nothing that is bound.
    let no = ask(&server, &on_account("transfer", context(&held))).await;
    assert_eq!(no["context"]["reason"], "step_up_required");
    assert_eq!(no["context"]["step_up"]["authorization_details"], details);
    let copied = no["context"]["step_up"]["authorization_details"].to_string();
    let bound = ada.step_up("bank", &[("authorization_details", &copied)], &key).await;
    for _ in 0..3 {
        let yes = ask(&server, &on_account("transfer", context(&bound["access_token"]))).await;
        assert_eq!(yes["decision"], json!(true));
    }
    // Another amount is another transaction.
    let other: Value = serde_json::from_str(&payment("6.00", "ACME")).unwrap();
    let other = json!({ "access_token": bound["access_token"], "authorization_details": other });
    assert_eq!(ask(&server, &on_account("transfer", other)).await["context"]["reason"], "step_up_required");
    let auth = basic("bank");
    let spend = [("token", text(&bound, "access_token"))];
    let spent = ada.form("/elevation/consume", &[("authorization", &auth)], &spend).await;
    assert_eq!(spent.status, 200, "nobody had spent it");
    let bad = json!({ "authorization_details": [{ "type": "unknown" }] });
    assert_eq!(ask(&server, &on_account("transfer", bad)).await["decision"], json!(false));
}

#[tokio::test]
async fn a_window_lets_one_proof_serve_for_a_while() {
    let server = start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let low = ada.tokens("bank", &[]).await["access_token"].clone();
    let details: Value = serde_json::from_str(&payment("5.00", "ACME")).unwrap();
    let context = |token: &Value| json!({ "access_token": token, "authorization_details": details });
    let no = ask(&server, &on_account("close", context(&low))).await;
    let step_up = &no["context"]["step_up"];
    assert_eq!((&step_up["acr_values"], &step_up["max_age"]), (&json!("phr"), &json!(300)));
    assert!(step_up.get("authorization_details").is_none(), "the rule lets a proof serve for five minutes");
    let risen =
        ada.step_up("bank", &[("acr_values", "phr"), ("max_age", "300")], &key).await["access_token"].clone();
    assert_eq!(ask(&server, &on_account("close", context(&risen))).await["decision"], json!(true));
    server.clock.advance(271);
    assert_eq!(
        ask(&server, &on_account("close", context(&risen))).await["context"]["reason"],
        "step_up_required"
    );
}
