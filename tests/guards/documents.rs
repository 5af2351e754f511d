//! docs/quickstart-rust.md, executed. The one for nginx is executed with the binary, in `crates/riser/tests`.

use axum::body::Body;
use http::{Request, Response};
use riser_testkit::flow::text;
use riser_testkit::server::{SECRET, TestServer};
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[path = "../../crates/guard/examples/quickstart.rs"]
#[allow(dead_code, missing_docs, reason = "it is the document's program, main and all")]
mod quickstart;

#[test]
fn the_document_has_the_program_that_is_compiled_and_run() {
    let document = include_str!("../../docs/quickstart-rust.md");
    let program = document.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(program, include_str!("../../crates/guard/examples/quickstart.rs"));
}

async fn send(app: &axum::Router, token: &str, transfer: &Value) -> (u16, Value) {
    let request = Request::post("/transfers")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(transfer.to_string()));
    let answer: Response<Body> = app.clone().oneshot(request.unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let said = String::from_utf8(body.to_vec()).unwrap();
    (status, serde_json::from_str(&said).unwrap_or(Value::String(said)))
}

#[tokio::test]
async fn the_quickstart_for_rust_protects_its_action_in_exactly_one_round() {
    use riser_guard::Clock as _;
    let server = TestServer::start().await;
    // The program reads the machine's clock.
    let now = riser_guard::SystemClock.now();
    server.clock.advance(now.since(riser_server::Clock::now(&*server.clock)));
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let app = quickstart::app(&server.issuer, "https://api.bank.example", SECRET).unwrap();
    let transfer = json!({ "payee": "ACME GmbH", "iban": "DE02120300000000202051", "amount": "5.00" });

    let tokens = ada.tokens("bank", &[]).await;
    let (status, refused) = send(&app, text(&tokens, "access_token"), &transfer).await;
    assert_eq!(status, 401, "{refused}");
    let step_up = &refused["step_up"];
    let details = step_up["authorization_details"].to_string();
    let age = step_up["max_age"].to_string();
    let changes =
        [("acr_values", text(step_up, "acr_values")), ("max_age", &age), ("authorization_details", &details)];
    let approved = ada.step_up("bank", &changes, &key).await;
    let token = text(&approved, "access_token");
    // Another amount is another action, and does not spend the approval.
    let mut other = transfer.clone();
    other["amount"] = json!("5000.00");
    assert_eq!(send(&app, token, &other).await.0, 401);
    assert_eq!(send(&app, token, &transfer).await, (200, json!("EUR 5.00 to ACME GmbH")));
    assert_eq!(send(&app, token, &transfer).await.0, 409, "once");
}
