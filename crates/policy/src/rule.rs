//! A rule as people know it: its name, what it says to people, where it stands, and what it asks.

use cedar_policy::pst::{BinaryOp, Clause, Expr, UnaryOp};
use cedar_policy::{Effect, Policy};

use crate::Window;

/// What is known of a rule beside its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// `@id`.
    pub(crate) id: String,
    /// `@reason`: said to people.
    pub(crate) reason: Option<String>,
    /// `@window`: what this rule asks may be proved without binding it to the one action.
    pub(crate) window: Option<Window>,
    /// Where it stands.
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: usize,
    /// Whether it permits or forbids.
    pub(crate) effect: Effect,
    /// Each condition that stands by itself, as Cedar writes it.
    pub(crate) facts: Vec<String>,
}

/// The annotations that mean something here; another is a typing error of one of these more often than not.
pub(crate) const ANNOTATIONS: [&str; 3] = ["id", "reason", "window"];

/// The conditions of a rule, taken apart at `&&`, `||` and `!`.
pub(crate) fn facts(policy: &cedar_policy::pst::Policy) -> Vec<String> {
    let mut facts = Vec::new();
    for clause in policy.body().clauses() {
        let (Clause::When(condition) | Clause::Unless(condition)) = clause;
        take_apart(condition, &mut facts);
    }
    facts
}

fn take_apart(condition: &Expr, facts: &mut Vec<String>) {
    match condition {
        Expr::BinaryOp { op: BinaryOp::And | BinaryOp::Or, left, right } => {
            take_apart(left, facts);
            take_apart(right, facts);
        }
        Expr::UnaryOp { op: UnaryOp::Not, expr } => take_apart(expr, facts),
        fact => {
            let fact = fact.to_string();
            if !facts.contains(&fact) {
                facts.push(fact);
            }
        }
    }
}

/// Where a rule's text begins in its file, as a line from 1. Rules are searched in order, so that equal texts find
/// different places.
pub(crate) fn line_of(file: &str, policy: &Policy, from: &mut usize) -> usize {
    let text = policy.to_cedar().unwrap_or_default();
    let rest = file.get(*from..).unwrap_or_default();
    let Some(at) = rest.find(text.trim()).map(|at| at + *from) else { return 1 };
    *from = at + text.trim().len();
    line_at(file, at)
}

/// The line of a byte, from 1.
pub(crate) fn line_at(file: &str, at: usize) -> usize {
    file.get(..at).unwrap_or(file).matches('\n').count() + 1
}
