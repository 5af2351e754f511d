//! What is recorded of decisions, the shadow beside them, and the signals that follow from what is recorded of people.

use reqwest::Method;
use riser_policy::{Effort, RecordedQuestion};
use riser_store::RecordedDecision;
use riser_testkit::browser::Browser;
use riser_testkit::flow::{basic, claims, payment, text};
use riser_testkit::server::{PASSWORD, Setup, TestServer};
use serde_json::{Value, json};

const SCHEMA: &str = "
entity User;
entity Account;
action read, transfer, look appliesTo { principal: User, resource: Account, context: { amount?: Long } };
";
const RULES: &str = r#"
@id("read") permit(principal, action == Action::"read", resource);
@id("transfer-needs-passkey")
permit(principal, action == Action::"transfer", resource) when { context.held.contains("phr") };
@id("look") permit(principal, action == Action::"look", resource);
@id("look-from-where-you-were") forbid(principal, action == Action::"look", resource)
when { context.signals.containsAny(["new_device", "new_network", "recent_failures", "impossible_pace", "inactivity"]) }
unless { context.held.contains("phr") };
"#;
/// Reading asks for a passkey, and nothing else is allowed.
const STRICTER: &str = r#"
@id("read-needs-passkey")
permit(principal, action == Action::"read", resource) when { context.held.contains("phr") };
"#;

async fn start(shadow: bool) -> TestServer {
    let rules = Some((RULES, Some(SCHEMA)));
    let rehearses = Some(shadow.then_some((STRICTER, Some(SCHEMA))));
    TestServer::start_with(Setup { rules, rehearses, ..Setup::default() }).await
}

async fn ask(server: &TestServer, action: &str, context: Value) -> Value {
    let body = json!({
        "subject": { "type": "user", "id": "ada", "properties": { "salary": 5 } },
        "action": { "name": action, "properties": { "amount": 5, "note": "for the cat" } },
        "resource": { "type": "Account", "id": "main" }, "context": context,
    });
    let auth = basic("bank");
    let headers = [("content-type", "application/json"), ("authorization", auth.as_str())];
    let path = "/access/v1/evaluation";
    let answer = server.browser().send(Method::POST, path, &headers, Some(body.to_string())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// So many decisions, once they are recorded: it follows the answer within a moment.
async fn recorded(server: &TestServer, count: usize) -> Vec<(RecordedDecision, RecordedQuestion)> {
    for _ in 0..100 {
        let found = server.app.store.decisions(0, 100).await.unwrap();
        if found.len() >= count {
            let question = |one: &RecordedDecision| serde_json::from_str(&one.question).unwrap();
            return found.into_iter().map(|(_, one)| (one.clone(), question(&one))).collect();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{count} decisions were not recorded");
}

fn counted(server: &TestServer, name: &str) -> Option<String> {
    let text = server.app.metrics.text(server.app.store.clone());
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned))
}

#[tokio::test]
async fn what_is_recorded_is_what_rules_see_and_nothing_that_opens_anything() {
    let server = start(false).await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let tokens = ada.step_up("bank", &[("acr_values", "phr")], &key).await;
    let token = text(&tokens, "access_token").to_owned();
    ask(&server, "read", json!({ "access_token": token, "secret": "hush", "risk": ["odd"] })).await;
    let details: Value = serde_json::from_str(&payment("5.00", "ACME")).unwrap();
    ask(&server, "transfer", json!({ "access_token": token, "authorization_details": details })).await;
    let found = recorded(&server, 2).await;
    let (first, question) = &found[0];
    assert_eq!(question.request.user, "ada");
    assert_eq!(question.request.attributes, json!({ "amount": 5 }).as_object().unwrap().clone());
    assert_eq!(
        (question.request.risk.as_slice(), question.decided.effort),
        (&["odd".to_owned()][..], Effort::Permitted)
    );
    // The facts as they were: what they decide again, they decide the same.
    assert_eq!(first.facts.session().authentications.len(), 2);
    let asked = &found[1].1;
    assert_eq!(asked.decided.effort, Effort::StepUpRequired);
    assert!(asked.transaction.as_ref().is_some_and(|asked| asked.proved.is_none()));
    let sid = claims(&token)["sid"].as_str().unwrap().to_owned();
    let all = format!("{found:?}");
    for hidden in
        [&token, &sid, "hush", "for the cat", "salary", "ACME", "DE0212", PASSWORD, ada.session().unwrap()]
    {
        assert!(!all.contains(hidden), "{hidden} is in what is recorded");
    }
}

#[tokio::test]
async fn a_shadow_is_evaluated_and_recorded_and_never_enforced() {
    let server = start(true).await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let token = ada.tokens("bank", &[]).await["access_token"].clone();
    let read = ask(&server, "read", json!({ "access_token": token })).await;
    assert_eq!(read, json!({ "decision": true, "context": { "reason": "permitted", "policies": ["read"] } }));
    let transfer = ask(&server, "transfer", json!({ "access_token": token })).await;
    assert_eq!(transfer["context"]["reason"], "step_up_required");
    let found = recorded(&server, 2).await;
    let efforts: Vec<_> =
        found.iter().map(|(_, one)| (one.decided.effort, one.shadow.as_ref().unwrap().effort)).collect();
    assert_eq!(
        efforts,
        [(Effort::Permitted, Effort::StepUpRequired), (Effort::StepUpRequired, Effort::Denied)]
    );
    for difference in ["asked_more", "refused"] {
        let name = format!("riser_decisions_shadow_total{{difference=\"{difference}\"}}");
        assert_eq!(counted(&server, &name).as_deref(), Some("1"), "{difference}");
    }
    assert_eq!(counted(&server, "riser_decisions_unrecorded_total").as_deref(), Some("0"));
}

/// Whether ada may look around as she is, which a signal is in the way of.
async fn looks(server: &TestServer, ada: &mut Browser) -> String {
    let token = ada.tokens("bank", &[]).await["access_token"].clone();
    let answer = ask(server, "look", json!({ "access_token": token, "signals": [], "risk": [] })).await;
    answer["context"]["reason"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn signals_follow_from_what_is_recorded_and_a_proof_answers_them() {
    const DAY: i64 = 86_400;
    let server = start(false).await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    assert_eq!(looks(&server, &mut ada).await, "step_up_required", "a browser that was never seen before");
    // The same browser and network a day later, in a session of that day.
    server.clock.advance(DAY);
    server.sign_in(&mut ada, "ada").await;
    assert_eq!(looks(&server, &mut ada).await, "permitted");
    for _ in 0..3 {
        let visit = ada.visit("app", &[("prompt", "login")]).await;
        ada.post(&format!("{visit}/password"), &json!({ "password": "not it" })).await;
    }
    assert_eq!(looks(&server, &mut ada).await, "step_up_required", "three refusals");
    ada.step_up("bank", &[("acr_values", "phr")], &key).await;
    assert_eq!(looks(&server, &mut ada).await, "permitted", "a stronger proof is the answer to a signal");
    server.clock.advance(901);
    assert_eq!(looks(&server, &mut ada).await, "permitted", "they count for a quarter of an hour");
    // A grant outlives an idle browser.
    let token = ada.tokens("bank", &[]).await["access_token"].clone();
    let sid = claims(token.as_str().unwrap())["sid"].clone();
    server.clock.advance(1800);
    let body = json!({
        "subject": { "type": "user", "id": "ada", "properties": { "sid": sid } }, "action": { "name": "look" },
        "resource": { "type": "Account", "id": "main" },
    });
    let auth = basic("bank");
    let headers = [("content-type", "application/json"), ("authorization", auth.as_str())];
    let path = "/access/v1/evaluation";
    let idle = server.browser().send(Method::POST, path, &headers, Some(body.to_string())).await.json();
    assert_eq!(idle["context"]["reason"], "step_up_required", "nobody was seen for half an hour");
}

#[tokio::test]
async fn atk_rs_07_nothing_that_a_client_says_takes_a_signal_away() {
    let server = start(false).await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let token = ada.tokens("bank", &[]).await["access_token"].clone();
    for said in [
        json!({}),
        json!({ "signals": [] }),
        json!({ "signals": ["known_device"], "risk": ["known_device"], "device": "known" }),
        json!({ "risk": null, "ip": "127.0.0.1", "user_agent": "Firefox" }),
    ] {
        let mut context = said.clone();
        context["access_token"] = token.clone();
        let answer = ask(&server, "look", context).await;
        assert_eq!(answer["context"]["reason"], "step_up_required", "{said}");
    }
    // Of whom no session is named, nothing is known.
    assert_ne!(ask(&server, "look", json!({})).await["context"]["reason"], "permitted");
}
