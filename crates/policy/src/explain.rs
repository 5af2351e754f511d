//! Why a decision is what it is: each rule that speaks of the action, whether it applies, and each of its conditions.

use cedar_policy::{Authorizer, Decision as Verdict, Effect, EvalResult, Expression, PolicyId, PolicySet};

use crate::evidence::Evidence;
use crate::load::Policies;
use crate::request::{Prepared, Request};

/// What stands behind a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The rules that speak of the action, as they stand in the files.
    pub rules: Vec<ExplainedRule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedRule {
    /// Its name.
    pub id: String,
    /// Its file and line.
    pub place: String,
    /// Whether it forbids rather than permits.
    pub forbids: bool,
    /// Whether its scope and conditions hold; `None` when it fails to evaluate.
    pub applies: Option<bool>,
    /// Its conditions.
    pub facts: Vec<Fact>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// As it is written.
    pub text: String,
    /// Whether it holds; `None` when it fails to evaluate.
    pub holds: Option<bool>,
}

/// Looks at each rule by itself.
///
/// # Errors
/// Why the question cannot be asked at all.
pub fn explain(policies: &Policies, request: &Request, evidence: &Evidence) -> Result<Explained, String> {
    let prepared = Prepared::new(policies, request)?;
    let question = prepared.with(evidence)?;
    let mut rules = Vec::new();
    for id in &prepared.slice.ids {
        let (Some(rule), Some(policy)) =
            (policies.rules.get(id), prepared.slice.rules.policy(&PolicyId::new(id)))
        else {
            continue;
        };
        let alone = PolicySet::from_policies([policy.clone()]).map_err(|error| error.to_string())?;
        let response = Authorizer::new().is_authorized(&question, &alone, &prepared.entities);
        let failed = response.diagnostics().errors().next().is_some();
        let reached =
            response.decision() == Verdict::Allow || response.diagnostics().reason().next().is_some();
        let holds = |text: &String| {
            let expression: Expression = text.parse().ok()?;
            match cedar_policy::eval_expression(&question, &prepared.entities, &expression) {
                Ok(EvalResult::Bool(holds)) => Some(holds),
                _ => None,
            }
        };
        let facts = rule.facts.iter().map(|text| Fact { text: text.clone(), holds: holds(text) }).collect();
        rules.push(ExplainedRule {
            id: id.clone(),
            place: format!("{}:{}", rule.file, rule.line),
            forbids: rule.effect == Effect::Forbid,
            applies: (!failed).then_some(reached),
            facts,
        });
    }
    Ok(Explained { rules })
}
