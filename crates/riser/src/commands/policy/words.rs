//! How people write what rules are asked about, and how decisions are told.

use riser_core::Acr;
use riser_core::assurance::Ladder;
use riser_policy::{Asked, Attributes, Decision};
use serde_json::{Value, json};

use crate::config::parse_duration;

/// `TYPE:ID`.
pub fn resource(text: &str) -> Result<(String, String), String> {
    let (kind, id) = text.split_once(':').unwrap_or((text, ""));
    if kind.is_empty() || id.is_empty() {
        return Err(format!("`{text}` is no resource: write TYPE:ID, as in Account:main"));
    }
    Ok((kind.to_owned(), id.to_owned()))
}

/// `acr`, just now, or `acr@age`.
pub fn held(text: &str, ladder: &Ladder) -> Result<(Acr, u32), String> {
    let (name, age) = match text.split_once('@') {
        Some((name, age)) => (name, parse_duration(age)?.0),
        None => (text, 0),
    };
    Ok((level(name, ladder)?, age))
}

/// A level of the ladder.
pub fn level(name: &str, ladder: &Ladder) -> Result<Acr, String> {
    Acr::parse(name).ok().filter(|acr| ladder.knows(acr)).ok_or_else(|| {
        let names: Vec<&str> = ladder.names().iter().map(|acr| acr.as_str()).collect();
        format!("`{name}` is no level of the ladder: use one of {}", names.join(", "))
    })
}

/// A JSON object.
pub fn object(text: &str) -> Result<Attributes, String> {
    match riser_core::protocol::strict_json(text) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(format!("`{text}` is no JSON object")),
    }
}

/// The signals of risk, taken out of a request's context.
pub fn risk(context: &mut Attributes) -> Result<Vec<String>, String> {
    let wrong = || "risk is an array of texts".to_owned();
    match context.remove("risk") {
        None => Ok(Vec::new()),
        Some(Value::Array(signals)) => {
            signals.iter().map(|signal| signal.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

/// The outcome's name on the wire, the rules, what is asked, and what is said to people.
pub fn parts(decision: &Decision) -> (&'static str, &[String], Option<&Asked>, Option<&str>) {
    match decision {
        Decision::Permit { policies } => ("permitted", policies, None, None),
        Decision::StepUp(asked) => {
            ("step_up_required", &asked.policies, Some(asked), asked.reason.as_deref())
        }
        Decision::Enrol(asked) => {
            ("enrolment_required", &asked.policies, Some(asked), asked.reason.as_deref())
        }
        Decision::Deny { policies, reason, .. } => ("denied", policies, None, reason.as_deref()),
    }
}

/// A decision for programs.
pub fn document(decision: &Decision) -> Value {
    let (reason, policies, asked, message) = parts(decision);
    let fault = match decision {
        Decision::Deny { fault, .. } => fault.as_deref(),
        _ => None,
    };
    json!({
        "reason": reason, "policies": policies, "message": message, "fault": fault,
        "step_up": asked.map(|asked| json!({
            "acr": asked.acr, "max_age": asked.max_age,
            "window": asked.window.as_ref().map(riser_policy::Window::name),
        })),
    })
}

/// A decision for people, in one line.
pub fn sentence(decision: &Decision) -> String {
    let (reason, policies, asked, _) = parts(decision);
    let by = if policies.is_empty() { "no rule".to_owned() } else { policies.join(", ") };
    match asked {
        Some(asked) => {
            let age = asked.max_age.map_or(String::new(), |age| format!(", at most {} s old", age.0));
            format!("{reason} by {by}: {}{age}", asked.acr)
        }
        None => format!("{reason} by {by}"),
    }
}
