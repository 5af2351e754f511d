//! Without a schema of the operator's, actions and types of resources are those that the rules name, and none has
//! attributes: enough for rules about levels, and the first thing that an operator tries.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::pst::{ActionConstraint, Clause, EntityOrSlot, Expr, Literal, Policy, ResourceConstraint};

use crate::Window;
use crate::schema::{ActionShape, Declared, compile};
use crate::shape::Record;

/// Stands for the types and actions that no rule names.
const ANY: &str = "Any";

/// The schema that follows from the rules.
pub(crate) fn derived<'p>(
    rules: impl Iterator<Item = &'p Policy>,
    windows: &[Window],
) -> Result<Declared, String> {
    let mut names = Names::default();
    for rule in rules {
        names.of(rule);
    }
    names.types.insert(ANY.to_owned());
    names.types.remove("User");
    names.types.remove("Action");
    names.actions.insert(ANY.to_owned());
    let action = ActionShape { resources: names.types.clone(), ..ActionShape::default() };
    let actions = names.actions.into_iter().map(|name| (name, action.clone())).collect();
    let resources: BTreeMap<String, Record> =
        names.types.into_iter().map(|name| (name, Record::new())).collect();
    compile(Record::new(), resources, actions, windows, true)
}

#[derive(Default)]
struct Names {
    types: BTreeSet<String>,
    actions: BTreeSet<String>,
}

impl Names {
    fn of(&mut self, rule: &Policy) {
        let body = rule.body();
        let actions: &[_] = match &body.action {
            ActionConstraint::Any => &[],
            ActionConstraint::Eq(action) => std::slice::from_ref(action),
            ActionConstraint::In(actions) => actions,
        };
        self.actions.extend(actions.iter().map(|action| action.eid.to_string()));
        match &body.resource {
            ResourceConstraint::Is(kind) | ResourceConstraint::IsIn(kind, _) => {
                self.types.insert(kind.to_string());
            }
            ResourceConstraint::Eq(EntityOrSlot::Entity(uid))
            | ResourceConstraint::In(EntityOrSlot::Entity(uid)) => {
                self.types.insert(uid.ty.to_string());
            }
            _ => {}
        }
        for clause in body.clauses() {
            let (Clause::When(condition) | Clause::Unless(condition)) = clause;
            self.condition(condition);
        }
    }

    fn condition(&mut self, expr: &Expr) {
        match expr {
            Expr::Literal(Literal::EntityUID(uid)) if uid.ty.to_string() == "Action" => {
                self.actions.insert(uid.eid.to_string());
            }
            Expr::Literal(Literal::EntityUID(uid)) => {
                self.types.insert(uid.ty.to_string());
            }
            Expr::Is { expr, entity_type, in_expr } => {
                self.types.insert(entity_type.to_string());
                self.condition(expr);
                if let Some(inside) = in_expr {
                    self.condition(inside);
                }
            }
            Expr::UnaryOp { expr, .. }
            | Expr::GetAttr { expr, .. }
            | Expr::HasAttr { expr, .. }
            | Expr::Like { expr, .. } => self.condition(expr),
            Expr::BinaryOp { left, right, .. } => {
                self.condition(left);
                self.condition(right);
            }
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                self.condition(cond);
                self.condition(then_expr);
                self.condition(else_expr);
            }
            Expr::Set(elements) => elements.iter().for_each(|element| self.condition(element)),
            Expr::Record(members) => members.values().for_each(|member| self.condition(member)),
            _ => {}
        }
    }
}
