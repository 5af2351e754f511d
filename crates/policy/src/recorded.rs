//! A question as it is kept for a rehearsal, and what was answered: without a token, an identifier of a session, or an
//! attribute that no rule could have seen.

use riser_core::{Acr, Seconds};
use serde::{Deserialize, Serialize};

use crate::judge::Transaction;
use crate::schema::Declared;
use crate::shape::{Record, Shape};
use crate::{Attributes, Decision, Policies, Request};

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedQuestion {
    /// What was asked.
    pub request: Request,
    /// The transaction that it was about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transaction: Option<Transaction>,
    /// What was answered.
    pub decided: Outcome,
    /// What the rules of the shadow would have answered, where there were some.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shadow: Option<Outcome>,
}

/// A decision as it is compared and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The least that would do, from nothing to no.
    pub effort: Effort,
    /// The level that is asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acr: Option<Acr>,
    /// At most how old.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_age: Option<Seconds>,
    /// Whether the rules could not be asked.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub fault: bool,
}

/// What a decision costs its person, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// Nothing.
    Permitted,
    /// A proof.
    StepUpRequired,
    /// A new factor, and a proof.
    EnrolmentRequired,
    /// Nothing would do.
    Denied,
}

/// How one outcome compares with another, to its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The same is asked.
    Same,
    /// As much, but another level or age.
    AskedOtherwise,
    /// More is asked than before.
    AskedMore,
    /// Less is asked, or nothing any more.
    AskedLess,
    /// It would be refused now.
    Refused,
    /// It would not be refused any more.
    NotRefused,
}

impl Difference {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Same, Self::AskedOtherwise, Self::AskedMore, Self::AskedLess, Self::Refused, Self::NotRefused];

    /// The stable name, in reports and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::AskedOtherwise => "asked_otherwise",
            Self::AskedMore => "asked_more",
            Self::AskedLess => "asked_less",
            Self::Refused => "refused",
            Self::NotRefused => "not_refused",
        }
    }
}

impl Outcome {
    /// What a decision comes to.
    #[must_use]
    pub fn of(decision: &Decision) -> Self {
        let (effort, asked) = match decision {
            Decision::Permit { .. } => (Effort::Permitted, None),
            Decision::StepUp(asked) => (Effort::StepUpRequired, Some(asked)),
            Decision::Enrol(asked) => (Effort::EnrolmentRequired, Some(asked)),
            Decision::Deny { .. } => (Effort::Denied, None),
        };
        Self {
            effort,
            acr: asked.map(|asked| asked.acr.clone()),
            max_age: asked.and_then(|asked| asked.max_age),
            fault: matches!(decision, Decision::Deny { fault: Some(_), .. }),
        }
    }

    /// How `new` compares with this.
    #[must_use]
    pub fn against(&self, new: &Self) -> Difference {
        match (self.effort, new.effort) {
            (before, after) if before == after => {
                let same = (&self.acr, self.max_age) == (&new.acr, new.max_age);
                if same { Difference::Same } else { Difference::AskedOtherwise }
            }
            (_, Effort::Denied) => Difference::Refused,
            (Effort::Denied, _) => Difference::NotRefused,
            (before, after) if after > before => Difference::AskedMore,
            _ => Difference::AskedLess,
        }
    }
}

impl Policies {
    /// The request without the attributes that these rules cannot see.
    #[must_use]
    pub fn seen(&self, request: &Request) -> Request {
        let Declared { user, resources, actions, .. } = &self.declared;
        let nothing = Record::new();
        let resource = resources.get(&request.resource_type).unwrap_or(&nothing);
        let asked = actions.get(&request.action).map_or(&nothing, |action| &action.request);
        Request {
            user_attributes: declared(user, &request.user_attributes),
            resource_attributes: declared(resource, &request.resource_attributes),
            attributes: declared(asked, &request.attributes),
            ..request.clone()
        }
    }
}

fn declared(record: &Record, given: &Attributes) -> Attributes {
    let pairs = record.iter().filter_map(|(name, (shape, _))| {
        let value = given.get(name)?;
        let seen = match (shape, value.as_object()) {
            (Shape::Record(inner), Some(members)) => declared(inner, members).into(),
            _ => value.clone(),
        };
        Some((name.clone(), seen))
    });
    pairs.collect()
}
