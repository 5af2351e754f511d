//! `/access/v1/search/action`: which of the declared actions may this person do to this resource now (AuthZEN §8.6)? Riser
//! knows the actions, because the operator declares them; it knows of no resources and of no people but its own, so that it
//! offers no search for those: their endpoints are missing from the metadata, which is how the standard says no (§9.1.1).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use riser_wire::ProblemKind;
use serde_json::{Map, Value, json};

use super::question::Question;
use super::who::Seen;
use super::{Asks, SEARCH_ACTION, caller, echoing, members, one, rules};
use crate::app::App;
use crate::error::ApiError;

/// So many actions are looked at in one call.
const PAGE: usize = 50;

/// `POST /access/v1/search/action`.
pub(crate) async fn actions(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let answer = found(&app, &parts.headers, body).await;
    echoing(&app, &parts.headers, answer)
}

async fn found(app: &App, headers: &HeaderMap, body: Body) -> Result<Value, ApiError> {
    let client = caller(app, headers, SEARCH_ACTION).await?;
    let policies = rules(app)?;
    if !policies.has_schema() {
        let what = "actions can be searched where the operator declared them in a .cedarschema";
        return Err(ApiError::new(ProblemKind::NotFound, what));
    }
    let mut members = members(headers, body).await?;
    // §8.6.1: the action is what is looked for; one that is sent is ignored.
    let asked = |members: &mut Map<String, Value>, action: &str| {
        members.insert("action".to_owned(), json!({ "name": action }));
        Question::parse(members, &Map::new()).map_err(ApiError::invalid)
    };
    let resource_type = asked(&mut members, "any")?.resource_type;
    let (after, limit) = page(&members).map_err(ApiError::invalid)?;
    let later = |name: &&str| after.as_deref().is_none_or(|after| *name > after);
    let mut rest = policies.actions_on(&resource_type).filter(later);
    let names: Vec<&str> = rest.by_ref().take(limit).collect();
    let next = names.last().filter(|_| rest.next().is_some()).copied().unwrap_or_default();
    let (mut results, mut step_ups, mut seen) = (Vec::new(), Vec::new(), Seen::default());
    for name in &names {
        let question = asked(&mut members, name)?;
        let answer = one(app, &policies, client, &question, &mut seen, Asks::Search).await;
        let document = answer.document();
        match &document["context"]["step_up"] {
            _ if answer.is_permit() => results.push(json!({ "name": name })),
            Value::Null => {}
            step_up => {
                let reason = answer.reason();
                step_ups.push(json!({ "name": name, "reason": reason, "step_up": step_up }));
            }
        }
    }
    // What would be permitted after a step-up is not permitted: it stands beside the results, never among them.
    Ok(json!({
        "page": { "next_token": next, "count": results.len() },
        "context": { "after_step_up": step_ups },
        "results": results,
    }))
}

/// Where to go on, and how many actions to look at.
fn page(members: &Map<String, Value>) -> Result<(Option<String>, usize), String> {
    let page = match members.get("page") {
        None | Some(Value::Null) => return Ok((None, PAGE)),
        Some(Value::Object(page)) => page,
        Some(_) => return Err("page must be an object".to_owned()),
    };
    let token = match page.get("token") {
        None | Some(Value::Null) => None,
        Some(Value::String(token)) => Some(token.clone()).filter(|token| !token.is_empty()),
        Some(_) => return Err("page.token must be a text".to_owned()),
    };
    let limit = match page.get("limit") {
        None | Some(Value::Null) => PAGE,
        Some(limit) => {
            let limit = limit.as_u64().and_then(|limit| usize::try_from(limit).ok());
            limit.filter(|limit| *limit > 0).ok_or("page.limit must be a whole number above zero")?.min(PAGE)
        }
    };
    Ok((token, limit))
}
