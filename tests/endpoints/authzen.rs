//! The OpenID AuthZEN Authorization API 1.0 certification scenario (openid/authzen, certification/
//! authorization-api-1_0-scenario.md): Basic, Batch and Discovery. Each row names its section. It asks without a session:
//! what a decision makes of one is in `access`.

use reqwest::Method;
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::basic;
use riser_testkit::server::{Setup, TestServer};
use serde_json::{Value, json};

/// The fixture of §1: three actions on records.
const SCHEMA: &str = "
entity User = { role?: String };
entity record = { status?: String };
action read, write appliesTo { principal: User, resource: record };
action delete appliesTo { principal: User, resource: record, context: { soft?: Bool } };
";
const RULES: &str = r#"
@id("everybody-reads") permit(principal, action == Action::"read", resource);
@id("alice-writes") permit(principal == User::"alice", action == Action::"write", resource)
  unless { resource has status && resource.status == "archived" };
@id("admins-write") permit(principal, action == Action::"write", resource)
  when { principal has role && principal.role == "admin" };
@id("alice-deletes-softly") permit(principal == User::"alice", action == Action::"delete", resource)
  when { context.request has soft && context.request.soft };
"#;

async fn fixture() -> TestServer {
    TestServer::start_with(Setup { rules: Some((RULES, Some(SCHEMA))), ..Setup::default() }).await
}

async fn send(browser: &mut Browser, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let auth = basic("bank");
    let mut all = vec![("authorization", auth.as_str())];
    all.extend_from_slice(headers);
    browser.send(Method::POST, path, &all, Some(body.to_owned())).await
}

async fn ask(server: &TestServer, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json")];
    send(&mut server.browser(), path, &headers, &body.to_string()).await
}

async fn decision(server: &TestServer, body: Value) -> Value {
    let answer = ask(server, "/access/v1/evaluation", &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/json");
    answer.json()["decision"].clone()
}

async fn decisions(server: &TestServer, body: Value) -> Vec<Value> {
    let answer = ask(server, "/access/v1/evaluations", &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let document = answer.json();
    let list = document["evaluations"].as_array().unwrap_or_else(|| panic!("{document}"));
    list.iter().map(|one| one["decision"].clone()).collect()
}

fn question(user: &str, action: &str, record: &str) -> Value {
    json!({
        "subject": { "type": "user", "id": user }, "action": { "name": action },
        "resource": { "type": "record", "id": record },
    })
}

fn with(mut body: Value, pointer: &str, properties: Value) -> Value {
    *body.pointer_mut(pointer).unwrap() = properties;
    body
}

#[tokio::test]
#[rustfmt::skip] // a table
async fn basic_certification_2_2_decides_the_fixture() {
    let server = fixture().await;
    let props = |mut body: Value, entity: &str, properties: Value| { body[entity]["properties"] = properties; body };
    let archived = |user| props(question(user, "write", "record-2"), "resource", json!({ "status": "archived" }));
    let delete = |soft: bool| props(question("alice", "delete", "record-1"), "action", json!({ "soft": soft }));
    let mut context = question("alice", "read", "record-1");
    context["context"] = json!({ "time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1" });
    let mut more = props(question("alice", "read", "record-1"), "subject", json!({ "department": "Sales", "role": "manager" }));
    more = props(more, "action", json!({ "method": "GET" }));
    more = props(more, "resource", json!({ "status": "active", "owner": "bob" }));
    let mut unknown = question("alice", "read", "record-1");
    unknown["foo"] = json!("bar");
    unknown["futureField"] = json!({ "nested": true });
    for (section, body, expected) in [
        ("2.2.1, rule 1", question("alice", "read", "record-1"), true),
        ("rule 2", question("alice", "write", "record-1"), true),
        ("rule 3", question("bob", "read", "record-1"), true),
        ("2.2.2, rule 4", question("bob", "write", "record-1"), false),
        ("2.2.3, context", context, true),
        ("2.2.4, rule 5", archived("alice"), false),
        ("2.2.5, rule 6", props(archived("bob"), "subject", json!({ "role": "admin" })), true),
        ("2.2.6, rule 7", delete(true), true),
        ("2.2.7, rule 8", delete(false), false),
        ("2.2.8, additional properties", more, true),
        ("2.2.9, unknown fields", unknown, true),
    ] {
        // 2.6: the same answer each time.
        for _ in 0..2 {
            assert_eq!(decision(&server, body.clone()).await, json!(expected), "{section}");
        }
    }
}

#[tokio::test]
async fn basic_certification_2_4_refuses_what_is_malformed_with_400() {
    let server = fixture().await;
    let good = question("alice", "read", "record-1");
    for (entity, field) in [
        ("subject", None),
        ("action", None),
        ("resource", None),
        ("subject", Some("type")),
        ("subject", Some("id")),
        ("action", Some("name")),
        ("resource", Some("type")),
        ("resource", Some("id")),
    ] {
        let mut body = good.clone();
        match field {
            None => body.as_object_mut().unwrap().remove(entity),
            Some(field) => body[entity].as_object_mut().unwrap().remove(field),
        };
        let answer = ask(&server, "/access/v1/evaluation", &body).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, "invalid_request"),
            "{entity} {field:?}"
        );
    }
    for (pointer, value) in [
        ("/subject", json!("alice")),
        ("/action/name", json!(123)),
        ("/resource/id", json!("")),
        ("/resource/type", json!(null)),
        ("/subject/id", json!("x".repeat(256))),
    ] {
        let answer = ask(&server, "/access/v1/evaluation", &with(good.clone(), pointer, value)).await;
        assert_eq!(answer.status, 400, "{pointer}");
    }
    let typed = [("content-type", "application/json")];
    for (headers, body) in [
        (&[("content-type", "text/plain")][..], good.to_string()),
        (&[], good.to_string()),
        (&typed, "{".to_owned()),
        (&typed, String::new()),
        (&typed, "[]".to_owned()),
        (&typed, good.to_string().replacen('{', "{\"subject\":{},", 1)),
    ] {
        let answer = send(&mut server.browser(), "/access/v1/evaluation", headers, &body).await;
        assert_eq!(answer.status, 400, "{headers:?} {body}");
    }
}

#[tokio::test]
async fn basic_certification_2_5_echoes_the_request_id() {
    let server = fixture().await;
    let headers =
        [("content-type", "application/json"), ("x-request-id", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716")];
    for (body, status) in [(question("alice", "read", "record-1").to_string(), 200), ("{".to_owned(), 400)] {
        for path in ["/access/v1/evaluation", "/access/v1/evaluations"] {
            let answer = send(&mut server.browser(), path, &headers, &body).await;
            assert_eq!(answer.status, status);
            assert_eq!(answer.headers["x-request-id"], "bfe9eb29-ab87-4ca3-be83-a1d5d8305716");
            let without = send(&mut server.browser(), path, &headers[..1], &body).await;
            assert_eq!((without.status, without.headers.get("x-request-id")), (status, None));
        }
    }
}

#[tokio::test]
#[rustfmt::skip] // a table
async fn batch_certification_3_2_defaults_are_taken_and_positions_are_kept() {
    let server = fixture().await;
    let user = |id: &str| json!({ "type": "user", "id": id });
    let record = |id: &str| json!({ "type": "record", "id": id });
    let of = |id: &str, status: &str| json!({ "type": "record", "id": id, "properties": { "status": status } });
    for (section, body, expected) in [
        ("3.2.1", json!({ "subject": user("alice"), "action": { "name": "read" }, "evaluations": [
            { "resource": record("record-1") }, { "resource": record("record-2") }] }), vec![true, true]),
        ("3.2.2", json!({ "subject": user("bob"), "resource": record("record-1"), "evaluations": [
            { "action": { "name": "read" } }, { "action": { "name": "write" } }] }), vec![true, false]),
        ("3.2.3", json!({ "subject": user("alice"), "action": { "name": "write" }, "evaluations": [
            { "resource": of("record-1", "active") }, { "resource": of("record-2", "archived") }] }), vec![true, false]),
        ("3.2.4", json!({ "action": { "name": "write" }, "resource": of("record-2", "archived"), "evaluations": [
            { "subject": user("alice") },
            { "subject": { "type": "user", "id": "bob", "properties": { "role": "admin" } } }] }), vec![false, true]),
        ("3.2.5", json!({ "evaluations": [question("alice", "read", "record-1"), question("bob", "write", "record-1")] }), vec![true, false]),
        ("3.2.6", json!({ "subject": user("alice"), "action": { "name": "read" }, "context": { "time": "a" }, "evaluations": [
            { "resource": record("record-1") },
            { "resource": record("record-2"), "context": { "time": "b", "source": "batch-override" } }] }), vec![true, true]),
        ("3.2.7", json!({ "subject": user("alice"), "action": { "name": "write" }, "resource": { "type": "record" }, "evaluations": [
            { "resource": { "id": "record-1", "properties": { "status": "active" } } },
            { "resource": of("record-2", "archived") }] }), vec![true, false]),
        ("3.4.1, one cannot be read", json!({ "subject": user("alice"), "action": { "name": "read" }, "evaluations": [
            { "resource": record("record-1") }, {}] }), vec![true, false]),
    ] {
        assert_eq!(decisions(&server, body).await, expected.into_iter().map(Value::from).collect::<Vec<_>>(), "{section}");
    }
    // 3.4.2 and 3.4.3: without evaluations, it is the one question.
    for evaluations in [None, Some(json!([]))] {
        let mut body = question("alice", "read", "record-1");
        if let Some(evaluations) = evaluations { body["evaluations"] = evaluations; }
        let answer = ask(&server, "/access/v1/evaluations", &body).await;
        assert_eq!((answer.status, &answer.json()["decision"]), (200, &json!(true)));
    }
}

#[tokio::test]
async fn authzen_7_1_2_a_batch_stops_where_it_is_told_to() {
    let server = fixture().await;
    let asked = |options: Value| {
        let action = |name: &str| json!({ "action": { "name": name } });
        json!({
            "subject": { "type": "user", "id": "bob" }, "resource": { "type": "record", "id": "record-1" },
            "options": options, "evaluations": [action("write"), action("read"), action("write"), action("read")],
        })
    };
    let semantic = |name: &str| asked(json!({ "evaluations_semantic": name, "other": 1 }));
    let (yes, no) = (json!(true), json!(false));
    let all = [no.clone(), yes.clone(), no, yes];
    assert_eq!(decisions(&server, semantic("execute_all")).await, all);
    assert_eq!(decisions(&server, asked(json!({}))).await, all);
    assert_eq!(decisions(&server, semantic("deny_on_first_deny")).await, all[..1]);
    assert_eq!(decisions(&server, semantic("permit_on_first_permit")).await, all[..2]);
    let question = json!({ "subject": { "type": "user", "id": "bob" } });
    for body in [
        semantic("stop"),
        asked(json!({ "evaluations_semantic": 1 })),
        asked(json!([])),
        with(semantic("execute_all"), "/evaluations", json!({})),
        with(semantic("execute_all"), "/evaluations/0", json!("write")),
        with(semantic("execute_all"), "/evaluations", json!(vec![question; 51])),
        with(semantic("execute_all"), "/subject", json!("bob")),
    ] {
        assert_eq!(ask(&server, "/access/v1/evaluations", &body).await.status, 400, "{body}");
    }
}

#[tokio::test]
async fn discovery_certification_6_publishes_what_there_is() {
    let server = fixture().await;
    let answer = server.browser().get("/.well-known/authzen-configuration").await;
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/json"));
    let document = answer.json();
    assert_eq!(document["policy_decision_point"], json!(server.issuer));
    assert_eq!(
        document["access_evaluation_endpoint"],
        json!(format!("{}/access/v1/evaluation", server.issuer))
    );
    assert_eq!(
        document["access_evaluations_endpoint"],
        json!(format!("{}/access/v1/evaluations", server.issuer))
    );
    assert!(document.get("search_subject_endpoint").is_none(), "there is no search yet");
}

#[tokio::test]
async fn without_rules_there_is_no_decision_point() {
    let server = TestServer::start().await;
    assert_eq!(server.browser().get("/.well-known/authzen-configuration").await.status, 404);
    let answer = ask(&server, "/access/v1/evaluation", &question("alice", "read", "record-1")).await;
    assert_eq!((answer.status, answer.problem().as_str()), (404, "not_found"));
}
