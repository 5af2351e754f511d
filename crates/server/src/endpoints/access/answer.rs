//! A decision as AuthZEN carries it (§6.2), with the step-up in its context, and as the log keeps it.

use riser_core::audit::{Entry, Event};
use riser_core::protocol::Client;
use riser_core::transaction::AuthorizationDetails;
use riser_core::{Acr, SessionId, UserId};
use riser_policy::{Asked, Decision};
use riser_wire::{Challenge, StepUp};
use serde_json::{Value, json};

use super::question::Question;
use super::who::Who;
use crate::app::App;

/// What one question is answered.
pub(super) struct Answer {
    reason: &'static str,
    policies: Vec<String>,
    /// Said to people.
    message: Option<String>,
    step_up: Option<StepUp>,
    acr: Option<Acr>,
    /// Why it could not be decided, in words that the caller may read.
    error: Option<String>,
    user: Option<UserId>,
    session: Option<SessionId>,
}

impl Answer {
    fn denied() -> Self {
        Self {
            reason: "denied",
            policies: Vec::new(),
            message: None,
            step_up: None,
            acr: None,
            error: None,
            user: None,
            session: None,
        }
    }

    /// No: whom it is about is not to be told of. Why is for the operator alone, lest it tell what exists.
    pub(super) fn refused(why: &'static str) -> Self {
        tracing::debug!(why, "A decision was refused");
        Self::denied()
    }

    /// No: one question among others that cannot be read.
    pub(super) fn unreadable(what: String) -> Self {
        Self { error: Some(what), ..Self::denied() }
    }

    pub(super) fn of(decision: Decision, bound: Option<AuthorizationDetails>, who: &Who) -> Self {
        let mut answer = Self::denied();
        if who.named {
            answer.user = Some(who.session.user.clone());
            answer.session = Some(who.session.id.clone());
        }
        match decision {
            Decision::Permit { policies } => Self { reason: "permitted", policies, ..answer },
            Decision::StepUp(asked) => answer.asking("step_up_required", asked, bound),
            Decision::Enrol(asked) => answer.asking("enrolment_required", asked, bound),
            Decision::Deny { policies, reason, .. } => Self { policies, message: reason, ..answer },
        }
    }

    fn asking(self, reason: &'static str, asked: Asked, bound: Option<AuthorizationDetails>) -> Self {
        let Asked { acr, max_age, policies, reason: message, .. } = asked;
        let challenge = Challenge { acr_values: vec![acr.clone()], max_age, scope: None };
        let step_up = challenge.to_step_up(bound.map(|details| details.array().clone()));
        Self { reason, policies, message, step_up: Some(step_up), acr: Some(acr), ..self }
    }

    pub(super) fn reason(&self) -> &'static str {
        self.reason
    }

    pub(super) fn is_permit(&self) -> bool {
        self.reason == "permitted"
    }

    pub(super) fn document(&self) -> Value {
        let mut context = json!({ "reason": self.reason, "policies": self.policies });
        if let Some(message) = &self.message {
            context["message"] = json!(message);
        }
        if let Some(step_up) = &self.step_up {
            context["step_up"] = json!(step_up);
        }
        if let Some(error) = &self.error {
            context["error"] = json!({ "status": 400, "message": error });
        }
        json!({ "decision": self.is_permit(), "context": context })
    }

    /// What is kept of it: nothing of a permit, and nothing of a question that could not be read.
    pub(super) fn entry(&self, app: &App, client: &Client, question: &Question) -> Option<Entry> {
        if self.is_permit() || self.error.is_some() {
            return None;
        }
        let event = Event::ActionNotPermitted {
            client: client.id.clone(),
            user: self.user.clone(),
            session: self.session.clone(),
            action: question.action.clone(),
            resource: format!("{}:{}", question.resource_type, question.resource),
            reason: self.reason.to_owned(),
            policies: self.policies.clone(),
            acr: self.acr.clone(),
        };
        Some(Entry { at: app.now(), event })
    }
}
