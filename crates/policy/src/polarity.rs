//! What a rule may ask of a session, so that proving more never takes anything away.
//!
//! Levels, their windows and the freshness of a session are facts that a person can only gain by proving something.
//! They may help: ask for them in a `permit`, or in the `unless` of a `forbid`. A rule that forbids *because* of a higher
//! level would make every step-up a gamble, and "what is the least that would do" a question without an answer.
//! Signals of risk are the reverse: they can only raise.
//!
//! The check is by syntax, and sound: each such fact stands in one of a few forms that grow with it, and is met only
//! through `&&`, `||`, `!` and `if`, whose effect on growth is known. Everything else that touches one is refused.

use std::collections::BTreeSet;

use cedar_policy::pst::{BinaryOp, Clause, Effect, Expr, Literal, Policy, UnaryOp, Var};

use riser_core::signals::Signal;

use crate::Window;

/// Which way a condition may grow with what is proved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Growth {
    /// More facts may make it true.
    Up,
    /// More facts may make it false.
    Down,
}

impl Growth {
    fn turned(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// What rules can ask here.
pub(crate) struct Vocabulary {
    /// Every name of a level.
    pub(crate) levels: BTreeSet<String>,
    /// Every declared window.
    pub(crate) windows: Vec<Window>,
}

/// What is wrong with a rule, and the words in it that show where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Objection {
    pub(crate) what: String,
    pub(crate) word: String,
}

fn objection(word: &str, what: impl Into<String>) -> Objection {
    Objection { what: what.into(), word: word.to_owned() }
}

/// Checks what `rule` asks of a session.
pub(crate) fn check(rule: &Policy, vocabulary: &Vocabulary) -> Result<(), Objection> {
    let body = rule.body();
    let helps = match body.effect {
        Effect::Permit => Growth::Up,
        Effect::Forbid => Growth::Down,
    };
    for clause in body.clauses() {
        match clause {
            Clause::When(condition) => vocabulary.condition(condition, helps)?,
            Clause::Unless(condition) => vocabulary.condition(condition, helps.turned())?,
        }
    }
    Ok(())
}

impl Vocabulary {
    fn condition(&self, condition: &Expr, growth: Growth) -> Result<(), Objection> {
        match condition {
            Expr::BinaryOp { op: BinaryOp::And | BinaryOp::Or, left, right } => {
                self.condition(left, growth)?;
                self.condition(right, growth)
            }
            Expr::UnaryOp { op: UnaryOp::Not, expr } => self.condition(expr, growth.turned()),
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                self.plain(cond)?;
                self.condition(then_expr, growth)?;
                self.condition(else_expr, growth)
            }
            Expr::BinaryOp {
                op: BinaryOp::Contains | BinaryOp::ContainsAll | BinaryOp::ContainsAny,
                left,
                right,
            } => match context_attribute(left) {
                Some("risk") => self.signal("risk", right, growth),
                Some("signals") => own_signal(right).and_then(|()| self.signal("signals", right, growth)),
                Some(name) if self.is_level_set(name) => self.level(name, right, growth),
                _ => self.plain(condition),
            },
            Expr::BinaryOp { op, left, right } if context_attribute(left) == Some("auth_age") => {
                self.age(*op, right, growth)
            }
            other => self.plain(other),
        }
    }

    /// `context.held.contains("phr")`.
    fn level(&self, name: &str, asked: &Expr, growth: Growth) -> Result<(), Objection> {
        let asked = texts(asked).ok_or_else(|| {
            objection(name, format!("`context.{name}` is compared with levels that are written out"))
        })?;
        if let Some(unknown) = asked.iter().find(|level| !self.levels.contains(**level)) {
            let known: Vec<&str> = self.levels.iter().map(String::as_str).collect();
            let what = format!("`{unknown}` is no level of the ladder; the levels are {}", known.join(", "));
            return Err(objection(unknown, what));
        }
        match growth {
            Growth::Up => Ok(()),
            Growth::Down => Err(objection(
                name,
                format!(
                    "this rule would take something away because a higher level is held: ask for \
                     `context.{name}` in a permit, or in the `unless` of a forbid"
                ),
            )),
        }
    }

    /// `context.risk.contains("new_device")`.
    fn signal(&self, name: &str, asked: &Expr, growth: Growth) -> Result<(), Objection> {
        self.plain(asked)?;
        match growth {
            Growth::Down => Ok(()),
            Growth::Up => Err(objection(
                name,
                "a signal of risk can only raise what is asked: use `context.risk` and `context.signals` in a forbid, or \
                 in the `unless` of a permit",
            )),
        }
    }

    /// `context.auth_age < 300`. Of a length that is a window: only of those is it asked what a step-up would change.
    fn age(&self, op: BinaryOp, limit: &Expr, growth: Growth) -> Result<(), Objection> {
        let word = "auth_age";
        let Expr::Literal(Literal::Long(limit)) = limit else {
            return Err(objection(word, "`context.auth_age` is compared with a number that is written out"));
        };
        if !self.windows.iter().any(|window| i64::from(window.length().0) == *limit) {
            let what = format!(
                "`context.auth_age` is compared with {limit} seconds, which is no declared window: add it to [policy] windows"
            );
            return Err(objection(word, what));
        }
        match (op, growth) {
            (BinaryOp::Less | BinaryOp::LessEq, Growth::Up)
            | (BinaryOp::Greater | BinaryOp::GreaterEq, Growth::Down) => Ok(()),
            _ => Err(objection(
                word,
                "being proved more recently may only help: write `context.auth_age < N` in a permit, or in the `unless` of a forbid",
            )),
        }
    }

    /// Nothing in it may touch what a session proved.
    fn plain(&self, expr: &Expr) -> Result<(), Objection> {
        if let Some(name) = context_attribute(expr) {
            return if self.is_fact(name) {
                let how = match name {
                    "auth_age" => "`context.auth_age < N`".to_owned(),
                    _ => format!("`context.{name}.contains(...)`"),
                };
                Err(objection(name, format!("`context.{name}` may only be asked as {how}")))
            } else {
                Ok(())
            };
        }
        match expr {
            Expr::Var(Var::Context) => {
                Err(objection("context", "the context is read by its members, as in `context.request`"))
            }
            // Whether a member is there is the same before and after a proof.
            Expr::HasAttr { expr, .. } if matches!(**expr, Expr::Var(Var::Context)) => Ok(()),
            Expr::Literal(_) | Expr::Var(_) | Expr::Slot(_) => Ok(()),
            Expr::UnaryOp { expr, .. }
            | Expr::GetAttr { expr, .. }
            | Expr::HasAttr { expr, .. }
            | Expr::Like { expr, .. } => self.plain(expr),
            Expr::BinaryOp { left, right, .. } => self.plain(left).and_then(|()| self.plain(right)),
            Expr::Is { expr, in_expr, .. } => {
                self.plain(expr)?;
                in_expr.as_ref().map_or(Ok(()), |inside| self.plain(inside))
            }
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                self.plain(cond)?;
                self.plain(then_expr)?;
                self.plain(else_expr)
            }
            Expr::Set(elements) => elements.iter().try_for_each(|element| self.plain(element)),
            Expr::Record(members) => members.values().try_for_each(|member| self.plain(member)),
            _ => Err(objection("", "this form of condition is not known here")),
        }
    }

    fn is_level_set(&self, name: &str) -> bool {
        name == "held" || self.windows.iter().any(|window| window.attribute() == name)
    }

    fn is_fact(&self, name: &str) -> bool {
        self.is_level_set(name) || name == "risk" || name == "signals" || name == "auth_age"
    }
}

/// A signal of Riser's own is one of a few: a misspelt one would never be raised.
fn own_signal(asked: &Expr) -> Result<(), Objection> {
    let known = Signal::ALL.map(Signal::name);
    let asked = texts(asked).ok_or_else(|| {
        objection("signals", "`context.signals` is compared with signals that are written out")
    })?;
    match asked.iter().find(|signal| !known.contains(signal)) {
        None => Ok(()),
        Some(unknown) => {
            let what = format!("`{unknown}` is no signal of Riser's; they are {}", known.join(", "));
            Err(objection(unknown, what))
        }
    }
}

/// `context.NAME`.
fn context_attribute(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::GetAttr { expr, attr } if matches!(**expr, Expr::Var(Var::Context)) => Some(attr.as_str()),
        _ => None,
    }
}

/// A text, or a set of texts, that is written out.
fn texts(expr: &Expr) -> Option<Vec<&str>> {
    match expr {
        Expr::Literal(Literal::String(text)) => Some(vec![text.as_str()]),
        Expr::Set(elements) => elements
            .iter()
            .map(|element| match &**element {
                Expr::Literal(Literal::String(text)) => Some(text.as_str()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}
