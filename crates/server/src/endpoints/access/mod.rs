//! `/access/v1/evaluation` and `/access/v1/evaluations`: may this person do this now, and if not, what would it take?
//! OpenID AuthZEN Authorization API 1.0 §6 and §7.
//!
//! Nothing is changed by asking: a decision spends no elevation and touches no session. Whatever fails inside is a no.

mod answer;
mod decide;
mod question;
mod search;
mod who;

pub(crate) use self::search::actions as search_actions;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Response};
use riser_core::audit::Entry;
use riser_core::protocol::{Client, Params};
use riser_policy::Policies;
use riser_store::Told;
use riser_wire::ProblemKind;
use serde_json::{Map, Value, json};

use self::answer::Answer;
use self::question::{Batch, Question, Semantics};
use self::who::Seen;
use super::client_auth::evaluator;
use crate::app::App;
use crate::error::ApiError;
use crate::http::{is_of_type, read};
use crate::respond;

/// Larger than fifty questions with all that applications say in them.
const MAX_BODY: usize = 256 * 1024;

const EVALUATION: &str = "/access/v1/evaluation";
const EVALUATIONS: &str = "/access/v1/evaluations";
const SEARCH_ACTION: &str = "/access/v1/search/action";

/// AuthZEN §10.1.2: the caller's name of the request comes back with the answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// `GET /.well-known/authzen-configuration` (AuthZEN §9).
pub(crate) async fn configuration(State(app): State<Arc<App>>) -> Response<Body> {
    match rules(&app) {
        Ok(policies) => {
            let mut metadata = json!({
                "policy_decision_point": app.provider.issuer(),
                "access_evaluation_endpoint": app.provider.url(EVALUATION),
                "access_evaluations_endpoint": app.provider.url(EVALUATIONS),
            });
            if policies.has_schema() {
                metadata["search_action_endpoint"] = json!(app.provider.url(SEARCH_ACTION));
            }
            respond::json(&metadata)
        }
        Err(error) => error.into_json(app.provider.issuer()),
    }
}

/// `POST /access/v1/evaluation`.
pub(crate) async fn evaluation(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    answered(&app, request, false).await
}

/// `POST /access/v1/evaluations`.
pub(crate) async fn evaluations(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    answered(&app, request, true).await
}

async fn answered(app: &App, request: Request, several: bool) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let answer = answer_to(app, &parts.headers, body, several).await;
    echoing(app, &parts.headers, answer)
}

/// The answer, with the caller's name of its request.
fn echoing(app: &App, headers: &HeaderMap, answer: Result<Value, ApiError>) -> Response<Body> {
    let mut response = match answer {
        Ok(document) => respond::json(&document),
        Err(error) => error.into_json(app.provider.issuer()),
    };
    if let Some(id) = headers.get(&REQUEST_ID) {
        response.headers_mut().insert(REQUEST_ID, id.clone());
    }
    response
}

async fn answer_to(app: &App, headers: &HeaderMap, body: Body, several: bool) -> Result<Value, ApiError> {
    // Who asks is known before anything that is asked is read.
    let client = caller(app, headers, if several { EVALUATIONS } else { EVALUATION }).await?;
    let policies = rules(app)?;
    let members = members(headers, body).await?;
    let asked = if several { Batch::parse(&members).map_err(ApiError::invalid)? } else { None };
    let Some(batch) = asked else {
        // AuthZEN §7.1: without evaluations, the batch is the one question that it would default to.
        let question = Question::parse(&members, &Map::new()).map_err(ApiError::invalid)?;
        let answer = one(app, &policies, client, &question, &mut Seen::default(), Asks::Decision).await;
        record(app, answer.entry(app, client, &question).into_iter().collect()).await;
        return Ok(answer.document());
    };
    let (mut answers, mut entries, mut seen) = (Vec::new(), Vec::new(), Seen::default());
    for item in &batch.items {
        let answer = match Question::parse(item, &members) {
            Ok(question) => {
                let answer = one(app, &policies, client, &question, &mut seen, Asks::Decision).await;
                entries.extend(answer.entry(app, client, &question));
                answer
            }
            // AuthZEN §7.2.1: one that cannot be read is a no, and the others are answered.
            Err(what) => Answer::unreadable(what),
        };
        let permitted = answer.is_permit();
        answers.push(answer.document());
        match (batch.semantics, permitted) {
            (Semantics::DenyOnFirstDeny, false) | (Semantics::PermitOnFirstPermit, true) => break,
            _ => {}
        }
    }
    record(app, entries).await;
    Ok(json!({ "evaluations": answers }))
}

/// The client, which proves itself by HTTP Basic, as the body is not a form that could hold a secret; or which shows a
/// token of its own.
async fn caller<'a>(app: &'a App, headers: &HeaderMap, path: &str) -> Result<&'a Client, ApiError> {
    let (nothing, _) = Params::new(std::iter::empty());
    evaluator(app, headers, &nothing, path).await
}

fn rules(app: &App) -> Result<Arc<Policies>, ApiError> {
    let rules = app.rules.as_ref();
    rules
        .map(crate::rules::Rules::now)
        .ok_or_else(|| ApiError::new(ProblemKind::NotFound, "this installation has no [policy]"))
}

async fn members(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, ApiError> {
    if !is_of_type(headers, "application/json") {
        return Err(ApiError::invalid("send application/json"));
    }
    let text = String::from_utf8(read(body, MAX_BODY).await?);
    let text = text.map_err(|_| ApiError::invalid("the body is not UTF-8"))?;
    match riser_core::protocol::strict_json(&text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(ApiError::invalid("the body must be a JSON object")),
        Err(_) => Err(ApiError::invalid("the body is not JSON, or repeats a name")),
    }
}

/// What an answer is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Somebody wants to do it.
    Decision,
    /// Somebody wants to know what could be done: nothing of it is counted or kept.
    Search,
}

/// One question. An error of ours is logged here and denies.
async fn one(
    app: &App,
    policies: &Policies,
    client: &Client,
    question: &Question,
    seen: &mut Seen,
    asks: Asks,
) -> Answer {
    let answer = match seen.look(app, client, question).await {
        Ok(Ok(who)) => match decide::decide(app, policies, client, question, who, asks).await {
            Ok(answer) => answer,
            Err(error) => {
                ApiError::from(error).log();
                Answer::refused("an error of ours")
            }
        },
        Ok(Err(why)) => Answer::refused(why),
        Err(error) => {
            error.log();
            Answer::refused("an error of ours")
        }
    };
    if asks == Asks::Decision {
        app.metrics.decision(answer.reason());
    }
    answer
}

/// A decision has no effect to be recorded with; when it cannot be recorded, it was a no all the same.
async fn record(app: &App, entries: Vec<Entry>) {
    if entries.is_empty() {
        return;
    }
    let told = Told { audit: entries, ..Told::nothing() };
    if let Err(error) = app.store.record(told, app.now()).await {
        tracing::error!(%error, "Decisions could not be recorded");
    }
}
