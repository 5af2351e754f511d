//! What is asked: who, what, on what, with what the application says of each.

use cedar_policy::{Context, Entities, Entity, EntityTypeName, EntityUid, RestrictedExpression};
use riser_core::UnixTime;
use riser_core::signals::Signal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::evidence::Evidence;
use crate::load::Policies;
use crate::shape::{Record, values_of};
use crate::slice::{Slice, uid};

/// Attributes as an application sent them.
pub type Attributes = Map<String, Value>;

/// A question, as far as it does not depend on what the person proved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// The person's name in this installation.
    pub user: String,
    /// What the application says of the person.
    pub user_attributes: Attributes,
    /// The action's name.
    pub action: String,
    /// The resource's type.
    pub resource_type: String,
    /// The resource's name.
    pub resource: String,
    /// What the application says of the resource.
    pub resource_attributes: Attributes,
    /// What the application says of the action and its circumstances: `context.request`.
    pub attributes: Attributes,
    /// Who asks.
    pub client: String,
    /// Signals of risk that the application sends.
    pub risk: Vec<String>,
    /// Riser's own signals.
    pub signals: Vec<Signal>,
    /// When.
    pub at: Option<UnixTime>,
}

/// Everything of a question that stays the same however much is proved, in Cedar's form.
pub(crate) struct Prepared<'p> {
    pub(crate) slice: &'p Slice,
    policies: &'p Policies,
    principal: EntityUid,
    resource: EntityUid,
    pub(crate) entities: Entities,
    fixed: Vec<(String, RestrictedExpression)>,
}

/// The age of a session that proved nothing: older than any window.
const NEVER: i64 = i64::MAX;

impl<'p> Prepared<'p> {
    /// Prepares a question; `Err` says in one line why it cannot be asked, which denies it.
    pub(crate) fn new(policies: &'p Policies, request: &Request) -> Result<Self, String> {
        let declared = &policies.declared;
        let slice = policies
            .slice(&request.action)
            .ok_or_else(|| format!("the schema knows no action `{}`", request.action))?;
        let known = declared.actions.get(&request.action);
        if !declared.open && !known.is_some_and(|known| known.resources.contains(&request.resource_type)) {
            return Err(format!(
                "the schema knows no action `{}` on a `{}`",
                request.action, request.resource_type
            ));
        }
        let nothing = Record::new();
        let resource_shape = declared.resources.get(&request.resource_type).unwrap_or(&nothing);
        let request_shape = known.map_or(&nothing, |known| &known.request);
        let misfit = |of: &str| {
            let of = of.to_owned();
            move |misfit: crate::shape::Misfit| format!("{of}: {misfit}")
        };
        let kind: EntityTypeName = request
            .resource_type
            .parse()
            .map_err(|_| format!("`{}` is no name of a type", request.resource_type))?;
        if matches!(request.resource_type.as_str(), "User" | "Action") {
            return Err("a person or an action is no resource".to_owned());
        }
        let (principal, resource) = (uid(&policies.user, &request.user), uid(&kind, &request.resource));
        let user = values_of(&declared.user, &request.user_attributes).map_err(misfit("the subject"))?;
        let of_resource =
            values_of(resource_shape, &request.resource_attributes).map_err(misfit("the resource"))?;
        let asked = values_of(request_shape, &request.attributes).map_err(misfit("the request"))?;
        let entity = |uid: &EntityUid, values: Vec<(String, RestrictedExpression)>| {
            Entity::new(uid.clone(), values.into_iter().collect(), [].into())
                .map_err(|error| error.to_string())
        };
        let mut all = slice.actions.clone();
        all.push(entity(&principal, user)?);
        all.push(entity(&resource, of_resource)?);
        let entities = Entities::from_entities(all, None).map_err(|error| error.to_string())?;
        let fixed = fixed(request, asked)?;
        Ok(Self { slice, policies, principal, resource, entities, fixed })
    }

    /// The question as it is with what `evidence` holds.
    pub(crate) fn with(&self, evidence: &Evidence) -> Result<cedar_policy::Request, String> {
        let texts = |values: &[riser_core::Acr]| {
            let text = |acr: &riser_core::Acr| RestrictedExpression::new_string(acr.as_str().to_owned());
            RestrictedExpression::new_set(values.iter().map(text))
        };
        let mut pairs = self.fixed.clone();
        pairs.push(("held".to_owned(), texts(&evidence.held)));
        for (window, held) in self.policies.windows.iter().zip(&evidence.within) {
            pairs.push((window.attribute(), texts(held)));
        }
        let age = RestrictedExpression::new_long(evidence.auth_age.unwrap_or(NEVER));
        pairs.push(("auth_age".to_owned(), age));
        let context = Context::from_pairs(pairs).map_err(|error| error.to_string())?;
        let (principal, action) = (self.principal.clone(), self.slice.uid.clone());
        // The values were made from the schema; checking them again would cost more than the decision.
        cedar_policy::Request::new(principal, action, self.resource.clone(), context, None)
            .map_err(|error| error.to_string())
    }
}

fn fixed(
    request: &Request,
    asked: Vec<(String, RestrictedExpression)>,
) -> Result<Vec<(String, RestrictedExpression)>, String> {
    let record = |values| RestrictedExpression::new_record(values).map_err(|error| error.to_string());
    let risk = request.risk.iter().map(|signal| RestrictedExpression::new_string(signal.clone()));
    let text = |signal: &Signal| RestrictedExpression::new_string(signal.name().to_owned());
    let signals = request.signals.iter().map(text);
    Ok(vec![
        ("request".to_owned(), record(asked)?),
        ("client".to_owned(), RestrictedExpression::new_string(request.client.clone())),
        ("risk".to_owned(), RestrictedExpression::new_set(risk)),
        ("signals".to_owned(), RestrictedExpression::new_set(signals)),
        ("time".to_owned(), record(time(request.at.unwrap_or(UnixTime(0))))?),
    ])
}

/// The moment in UTC: `hour` from 0, `weekday` from 1, a Monday (ISO 8601).
fn time(at: UnixTime) -> Vec<(String, RestrictedExpression)> {
    let (day, second) = (at.0.div_euclid(86_400), at.0.rem_euclid(86_400));
    // 1970-01-01 was a Thursday.
    let parts = [("unix", at.0), ("hour", second / 3600), ("weekday", (day + 3).rem_euclid(7) + 1)];
    parts.map(|(name, value)| (name.to_owned(), RestrictedExpression::new_long(value))).into()
}
