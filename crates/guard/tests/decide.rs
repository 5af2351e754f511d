//! Decisions of the provider, over HTTP on loopback: what is not word for word a yes is a no.

#![allow(clippy::unwrap_used, reason = "a set-up that fails fails the test")]
#![allow(clippy::panic, reason = "an outcome that cannot be fails the test")]

mod common;

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::post};
use common::{AUDIENCE, Hand, Shelf, access_token, claims_with, key};
use riser_guard::{ClientCredentials, DecideError, Decision, Guard, Question, Seconds, VerifiedToken};
use serde_json::{Value, json};

/// What the decision point will say, and what it was asked.
#[derive(Clone, Default)]
struct Point(Arc<Mutex<(u16, String, Value)>>);

async fn answer(State(point): State<Point>, Json(asked): Json<Value>) -> impl IntoResponse {
    let mut held = point.0.lock().unwrap();
    held.2 = asked;
    (StatusCode::from_u16(held.0).unwrap(), held.1.clone())
}

struct Scene {
    point: Point,
    guard: Guard,
    token: VerifiedToken,
}

async fn scene() -> Scene {
    let point = Point::default();
    let app = Router::new()
        .route("/access/v1/evaluation", post(answer))
        .route("/access/v1/evaluations", post(answer))
        .with_state(point.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, app).await });
    let key = key();
    let guard =
        Guard::builder(&issuer, AUDIENCE).source(Shelf::with(&[&key])).clock(Hand::new()).build().unwrap();
    let token = guard.verify(&access_token(&key, &claims_with(&json!({ "iss": issuer })))).await.unwrap();
    Scene { point, guard, token }
}

impl Scene {
    fn says(&self, status: u16, body: &str) {
        let mut held = self.point.0.lock().unwrap();
        (held.0, held.1) = (status, body.to_owned());
    }

    async fn one(&self, body: &str) -> Result<Decision, DecideError> {
        self.says(200, body);
        let question = Question::new("delete", "Tenant", "7");
        self.guard.decide(&ClientCredentials::new("bank", "secret"), &self.token, &question).await
    }

    async fn several(&self, body: &str, count: usize) -> Result<Vec<Decision>, DecideError> {
        self.says(200, body);
        let questions: Vec<_> =
            (0..count).map(|id| Question::new("read", "Tenant", id.to_string())).collect();
        self.guard.decide_all(&ClientCredentials::new("bank", "secret"), &self.token, &questions).await
    }
}

const STEP_UP: &str = r#"{"decision":false,"context":{"reason":"step_up_required","step_up":
    {"acr_values":"phr","max_age":300,"www_authenticate":"Bearer realm=\"forged\""}}}"#;

#[tokio::test]
async fn a_question_carries_the_token_and_what_the_api_knows_and_nothing_else() {
    let scene = scene().await;
    scene.says(200, r#"{"decision":true,"context":{"reason":"permitted","policies":["p"]}}"#);
    let question =
        Question::new("transfer", "Account", "main").property("amount", json!(5)).risk("new_payee");
    let decision =
        scene.guard.decide(&ClientCredentials::new("bank", "secret"), &scene.token, &question).await;
    assert_eq!(decision, Ok(Decision::Permit));
    assert_eq!(
        scene.point.0.lock().unwrap().2,
        json!({
            "subject": { "type": "user", "id": "u1" },
            "action": { "name": "transfer", "properties": { "amount": 5 } },
            "resource": { "type": "Account", "id": "main" },
            "context": { "access_token": scene.token.expose(), "risk": ["new_payee"] },
        })
    );
}

#[tokio::test]
async fn a_step_up_is_asked_for_in_words_of_our_own() {
    let scene = scene().await;
    let Ok(Decision::StepUp(needed)) = scene.one(STEP_UP).await else { panic!("no step-up") };
    assert_eq!(needed.challenge.max_age, Some(Seconds(300)));
    let answer = scene.guard.step_up(&needed);
    let header = answer.headers()["www-authenticate"].to_str().unwrap();
    assert!(header.contains("acr_values=\"phr\"") && !header.contains("forged"), "{header}");
    let enrol = STEP_UP.replace("step_up_required", "enrolment_required");
    assert!(matches!(scene.one(&enrol).await, Ok(Decision::Enrol(_))));
    let denied = r#"{"decision":false,"context":{"reason":"denied","message":"It is kept."}}"#;
    assert_eq!(scene.one(denied).await, Ok(Decision::Deny { message: Some("It is kept.".to_owned()) }));
    assert_eq!(scene.one(r#"{"decision":false}"#).await, Ok(Decision::Deny { message: None }));
    assert_eq!(scene.one(r#"{"decision":true}"#).await, Ok(Decision::Permit));
}

#[tokio::test]
async fn atk_rs_09_an_answer_that_is_no_clear_yes_is_a_no() {
    let scene = scene().await;
    for body in [
        "",
        "null",
        "true",
        "\"true\"",
        "1",
        "[]",
        "[true]",
        "{}",
        "{\"decision\"",
        "<html>",
        r#"{"decision":"true"}"#,
        r#"{"decision":1}"#,
        r#"{"decision":null}"#,
        r#"{"decision":[true]}"#,
        r#"{"decision":{"value":true}}"#,
        r#"{"Decision":true}"#,
        r#"{"decision ":true}"#,
        r#"{"allow":true}"#,
        r#"{"result":true}"#,
        r#"{"context":{"decision":true}}"#,
        r#"{"evaluations":[{"decision":true}]}"#,
        r#"{"decision":false,"decision":true}"#,
        r#"{"decision":true,"decision":true}"#,
        r#"{"decision":true}{"decision":true}"#,
        r#"{"decision":true} x"#,
        r#"{"decision":TRUE}"#,
        r#"[true,{"reason":"permitted"}]"#,
        r#"{"decision":true,"context":["permitted",null,null]}"#,
        r#"{"decision":false,"context":{"reason":"step_up_required","step_up":["phr",300,null,""]}}"#,
        r#"{"decision":true,"context":[]}"#,
        r#"{"decision":true,"context":"permitted"}"#,
        r#"{"decision":true,"context":{"reason":5}}"#,
        r#"{"decision":true,"context":{"reason":"denied"}}"#,
        r#"{"decision":true,"context":{"reason":"step_up_required"}}"#,
        r#"{"decision":true,"context":{"reason":"PERMITTED"}}"#,
        r#"{"decision":true,"context":{"reason":""}}"#,
        r#"{"decision":true,"context":{"reason":"permitted","reason":"denied"}}"#,
        r#"{"decision":true,"context":{"reason":"permitted","step_up":{"acr_values":"phr","www_authenticate":""}}}"#,
        r#"{"decision":true,"context":{},"context":{"reason":"denied"}}"#,
        r#"{"decision":false,"context":{"reason":"permitted"}}"#,
        r#"{"decision":false,"context":{"reason":"step_up_required"}}"#,
        r#"{"decision":false,"context":{"reason":"step_up_required","step_up":{"acr_values":"","www_authenticate":""}}}"#,
        r#"{"decision":false,"context":{"reason":"step_up_required","step_up":{"acr_values":"a\"b","www_authenticate":""}}}"#,
        r#"{"decision":false,"context":{"reason":"step_up_required","step_up":{"acr_values":"phr","max_age":-1,"www_authenticate":""}}}"#,
        r#"{"decision":false,"context":{"reason":"step_up_required","step_up":{"acr_values":"phr","max_age":"300","www_authenticate":""}}}"#,
    ] {
        let decided = scene.one(body).await;
        assert!(matches!(decided, Err(DecideError::Unreadable(_))), "{body}: {decided:?}");
    }
    for status in [201, 204, 301, 302, 400, 401, 403, 404, 500, 503] {
        scene.says(status, r#"{"decision":true}"#);
        let question = Question::new("delete", "Tenant", "7");
        let client = ClientCredentials::new("bank", "secret");
        let decided = scene.guard.decide(&client, &scene.token, &question).await;
        assert_eq!(decided, Err(DecideError::Refused(status)));
    }
}

/// Each byte of a no, changed to each of some others, taken away, or doubled: none becomes a yes.
#[tokio::test]
async fn atk_rs_09_no_change_of_one_byte_makes_a_no_a_yes() {
    let scene = scene().await;
    let no = r#"{"decision":false,"context":{"reason":"denied","policies":["true"]}}"#;
    for index in 0..no.len() {
        let (before, after) = (&no[..index], &no[index + 1..]);
        for change in ["", " ", "\"", "t", "1", "{", "}", ":", ",", "\\", "true", "\"decision\":true,"] {
            let decided = scene.one(&format!("{before}{change}{after}")).await;
            assert_ne!(decided, Ok(Decision::Permit), "{before}>{change}<{after}");
        }
        assert_ne!(scene.one(before).await, Ok(Decision::Permit));
    }
}

#[tokio::test]
async fn atk_rs_09_a_batch_has_one_answer_for_each_question_or_none_counts() {
    let scene = scene().await;
    let yes = r#"{"decision":true}"#;
    let no = r#"{"decision":false}"#;
    let both = format!(r#"{{"evaluations":[{yes},{no}]}}"#);
    let answers = scene.several(&both, 2).await.unwrap();
    assert_eq!(
        answers,
        [Decision::Permit, Decision::Deny { message: None }],
        "in the order of the questions"
    );
    for body in [
        format!(r#"{{"evaluations":[{yes}]}}"#),
        format!(r#"{{"evaluations":[{yes},{yes},{yes}]}}"#),
        r#"{"evaluations":[]}"#.to_owned(),
        r#"{"evaluations":null}"#.to_owned(),
        format!(r#"{{"evaluations":{{"0":{yes},"1":{yes}}}}}"#),
        format!(r#"{{"evaluations":[{yes},null]}}"#),
        format!(r#"{{"evaluations":[{yes},true]}}"#),
        format!(r#"{{"evaluations":[{yes},{{"decision":"true"}}]}}"#),
        format!(r#"{{"evaluations":[{no}],"evaluations":[{yes},{yes}]}}"#),
        format!("[{yes},{yes}]"),
        yes.to_owned(),
    ] {
        let decided = scene.several(&body, 2).await;
        assert!(matches!(decided, Err(DecideError::Unreadable(_))), "{body}: {decided:?}");
    }
    assert_eq!(scene.several(&both, 0).await, Err(DecideError::TooMany(0)));
    assert_eq!(scene.several(&both, 51).await, Err(DecideError::TooMany(51)));
}
