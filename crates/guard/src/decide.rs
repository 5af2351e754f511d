//! Asking the provider whether an action is permitted: `POST /access/v1/evaluation` (OpenID AuthZEN Authorization
//! API 1.0). What is not word for word a yes is a no.

use std::{fmt, marker::PhantomData};

use riser_wire::{Acr, Challenge, StepUp};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value, json};

use crate::{
    ClientCredentials, FetchError, Guard, StepUpNeeded, fetch::exchange, require::Shortfall,
    token::VerifiedToken,
};

/// So many questions the provider answers in one call.
const MOST: usize = 50;

/// May the person of a token do one action to one resource?
///
/// Only what the API itself knows belongs in it. A signal that a client can choose (a header, a name of a device)
/// may at most make the answer stricter, and rules can use it for nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    action: String,
    resource_type: String,
    resource: String,
    properties: Map<String, Value>,
    details: Option<Value>,
    risk: Vec<String>,
}

/// What the provider's rules say.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub enum Decision {
    /// Yes.
    Permit,
    /// Yes, once this is proved: [`Guard::step_up`] is the answer to the client.
    StepUp(StepUpNeeded),
    /// Yes, once the person has registered a factor that reaches this and proved it. The same answer to the client:
    /// the provider tells the person what is missing.
    Enrol(StepUpNeeded),
    /// No, and nothing that this person could prove would change it.
    Deny {
        /// What the rule says to people.
        message: Option<String>,
    },
}

/// Why there is no decision. Whatever it is, do not do the action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// The provider did not answer.
    #[error(transparent)]
    Unavailable(#[from] FetchError),
    /// The provider does not take the question: wrong credentials, no rules, a malformed question.
    #[error("the provider refused with status {0}")]
    Refused(u16),
    /// An answer that is none: a `decision` that is no boolean, too few or too many of them, a contradiction.
    #[error("the decision cannot be read: {0}")]
    Unreadable(String),
    /// More than fifty questions, or none.
    #[error("ask one to {MOST} questions at once, not {0}")]
    TooMany(usize),
}

/// One decision as it is read (AuthZEN §6.2). A name given twice, and a type other than these, is an error.
#[derive(Deserialize)]
struct Evaluation {
    decision: bool,
    #[serde(default)]
    context: Option<Object<Context>>,
}

#[derive(Default, Deserialize)]
struct Context {
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    step_up: Option<Object<StepUp>>,
}

#[derive(Deserialize)]
struct Evaluations {
    evaluations: Vec<Object<Evaluation>>,
}

/// A JSON object and nothing else: a derived reader takes `[true]` for a structure whose first member is true.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfMap<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OfMap<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(OfMap(PhantomData))
    }
}

#[derive(Serialize)]
struct Batch {
    evaluations: Vec<Value>,
}

impl Question {
    /// Whether `action` may be done to `resource_type::"resource"`.
    #[must_use]
    pub fn new(
        action: impl Into<String>,
        resource_type: impl Into<String>,
        resource: impl Into<String>,
    ) -> Self {
        Self {
            action: action.into(),
            resource_type: resource_type.into(),
            resource: resource.into(),
            properties: Map::new(),
            details: None,
            risk: Vec::new(),
        }
    }

    /// What rules may ask of the action: `context.request.amount`.
    #[must_use]
    pub fn property(mut self, name: impl Into<String>, value: Value) -> Self {
        self.properties.insert(name.into(), value);
        self
    }

    /// That it is about this one transaction (RFC 9396 §2): only a proof that is bound to it counts.
    #[must_use]
    pub fn authorization_details(self, details: Value) -> Self {
        Self { details: Some(details), ..self }
    }

    /// A signal of the API's own. Signals only raise what is asked.
    #[must_use]
    pub fn risk(mut self, signal: impl Into<String>) -> Self {
        self.risk.push(signal.into());
        self
    }

    fn document(&self, token: &VerifiedToken) -> Value {
        let mut context = json!({ "access_token": token.expose() });
        if !self.risk.is_empty() {
            context["risk"] = json!(self.risk);
        }
        if let Some(details) = &self.details {
            context["authorization_details"] = details.clone();
        }
        json!({
            "subject": { "type": "user", "id": token.subject() },
            "action": { "name": self.action, "properties": self.properties },
            "resource": { "type": self.resource_type, "id": self.resource },
            "context": context,
        })
    }
}

impl Guard {
    /// Asks the provider's rules whether the person of `token` may do what `question` says. Asking spends nothing:
    /// a token that approves one transaction is still to be spent with the effect.
    ///
    /// # Errors
    /// [`DecideError`]: whatever it is, the action must not be done.
    pub async fn decide(
        &self,
        client: &ClientCredentials,
        token: &VerifiedToken,
        question: &Question,
    ) -> Result<Decision, DecideError> {
        let body = self.ask(client, "/access/v1/evaluation", &question.document(token)).await?;
        read(from_json::<Object<Evaluation>>(&body)?.0)
    }

    /// Asks several questions in one call. The answers stand in the order of the questions, one for each.
    ///
    /// # Errors
    /// [`DecideError`], for all of them: an answer that lacks one, or has one too many, is none.
    pub async fn decide_all(
        &self,
        client: &ClientCredentials,
        token: &VerifiedToken,
        questions: &[Question],
    ) -> Result<Vec<Decision>, DecideError> {
        if questions.is_empty() || questions.len() > MOST {
            return Err(DecideError::TooMany(questions.len()));
        }
        let batch =
            Batch { evaluations: questions.iter().map(|question| question.document(token)).collect() };
        let body = self.ask(client, "/access/v1/evaluations", &json!(batch)).await?;
        let answers = from_json::<Object<Evaluations>>(&body)?.0.evaluations;
        // Nothing in an answer says which question it is of: only the number shows that none was left out.
        if answers.len() != questions.len() {
            let what = format!("{} answers to {} questions", answers.len(), questions.len());
            return Err(DecideError::Unreadable(what));
        }
        answers.into_iter().map(|Object(answer)| read(answer)).collect()
    }

    async fn ask(
        &self,
        client: &ClientCredentials,
        path: &str,
        document: &Value,
    ) -> Result<Vec<u8>, DecideError> {
        let url = format!("{}{path}", self.issuer().trim_end_matches('/'));
        let request = self
            .0
            .client
            .post(&url)
            .header("authorization", client.header())
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .body(document.to_string());
        match exchange(request, &url).await? {
            (200, body) => Ok(body),
            (status, _) => Err(DecideError::Refused(status)),
        }
    }
}

fn from_json<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, DecideError> {
    serde_json::from_slice(body).map_err(|error| DecideError::Unreadable(error.to_string()))
}

/// A decision of one evaluation: a yes only where nothing in it speaks against one.
fn read(evaluation: Evaluation) -> Result<Decision, DecideError> {
    let unreadable = |what: &str| DecideError::Unreadable(what.to_owned());
    let Context { reason, message, step_up } =
        evaluation.context.map(|Object(context)| context).unwrap_or_default();
    let step_up = step_up.map(|Object(step_up)| step_up);
    match (evaluation.decision, reason.as_deref(), step_up) {
        // A decision point other than Riser may give no reason.
        (true, None | Some("permitted"), None) => Ok(Decision::Permit),
        (true, _, _) => Err(unreadable("a yes with a reason against it")),
        (false, Some("step_up_required"), Some(step_up)) => Ok(Decision::StepUp(needed(step_up)?)),
        (false, Some("enrolment_required"), Some(step_up)) => Ok(Decision::Enrol(needed(step_up)?)),
        (false, Some("step_up_required" | "enrolment_required"), None) => {
            Err(unreadable("a step-up that does not say to what"))
        }
        (false, Some("permitted"), _) => Err(unreadable("a no that says it is permitted")),
        (false, _, _) => Ok(Decision::Deny { message }),
    }
}

/// The challenge is written anew from its members: a header out of an answer is never passed on.
fn needed(step_up: StepUp) -> Result<StepUpNeeded, DecideError> {
    let acr_values = Acr::parse_list(&step_up.acr_values)
        .map_err(|error| DecideError::Unreadable(format!("step_up.acr_values: {error}")))?;
    if acr_values.is_empty() && step_up.max_age.is_none() {
        return Err(DecideError::Unreadable("a step-up to nothing".to_owned()));
    }
    Ok(StepUpNeeded {
        why: Shortfall::Rules,
        challenge: Challenge { acr_values, max_age: step_up.max_age, scope: None },
        authorization_details: step_up.authorization_details,
    })
}
