//! AuthZEN's request, typed. Members that it does not define are ignored, as it requires (§5); what it defines must be of
//! its type. A member that means something to Riser is never taken for an attribute.

use riser_policy::Attributes;
use serde_json::{Map, Value};

/// One question (§6.1).
#[derive(Debug)]
pub(super) struct Question {
    pub(super) subject_type: String,
    pub(super) subject: String,
    pub(super) subject_attributes: Attributes,
    /// `subject.properties.sid`: the session that the client speaks of.
    pub(super) sid: Option<String>,
    pub(super) action: String,
    pub(super) resource_type: String,
    pub(super) resource: String,
    pub(super) resource_attributes: Attributes,
    /// `context.access_token`: the session by what was granted on it.
    pub(super) access_token: Option<String>,
    /// `context.risk`: signals that the application has.
    pub(super) risk: Vec<String>,
    /// `context.authorization_details`: the transaction that a proof is to be bound to.
    pub(super) details: Option<Value>,
    /// `action.properties` and what else is in `context`.
    pub(super) attributes: Attributes,
}

/// How a batch is gone through (§7.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Semantics {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

/// Several questions (§7.1).
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) items: Vec<Map<String, Value>>,
    pub(super) semantics: Semantics,
}

/// So many questions are answered in one call.
const MOST: usize = 50;
/// No name of a person, action or resource is longer.
const LONGEST_NAME: usize = 255;
/// No installation has more kinds of signal.
const MOST_SIGNALS: usize = 32;

impl Batch {
    /// `None` when the call asks one question only.
    pub(super) fn parse(members: &Map<String, Value>) -> Result<Option<Self>, String> {
        for name in ["subject", "action", "resource", "context"] {
            object(members, name)?;
        }
        let semantics = match object(members, "options")?.and_then(|options| options.get("evaluations_semantic")) {
            None => Semantics::ExecuteAll,
            Some(Value::String(text)) => match text.as_str() {
                "execute_all" => Semantics::ExecuteAll,
                "deny_on_first_deny" => Semantics::DenyOnFirstDeny,
                "permit_on_first_permit" => Semantics::PermitOnFirstPermit,
                _ => return Err("options.evaluations_semantic is `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`".to_owned()),
            },
            Some(_) => return Err("options.evaluations_semantic must be a text".to_owned()),
        };
        let items = match members.get("evaluations") {
            None => return Ok(None),
            Some(Value::Array(items)) if items.is_empty() => return Ok(None),
            Some(Value::Array(items)) if items.len() <= MOST => items,
            Some(Value::Array(_)) => return Err(format!("at most {MOST} evaluations in one call")),
            Some(_) => return Err("evaluations must be an array".to_owned()),
        };
        let item = |item: &Value| item.as_object().cloned().ok_or("each evaluation must be an object");
        let items = items.iter().map(item).collect::<Result<_, _>>()?;
        Ok(Some(Self { items, semantics }))
    }
}

impl Question {
    /// Reads one question; what it leaves out is taken from `defaults` (§7.1.1).
    pub(super) fn parse(members: &Map<String, Value>, defaults: &Map<String, Value>) -> Result<Self, String> {
        let subject = entity(members, defaults, "subject", &["type", "id"])?;
        let action = entity(members, defaults, "action", &["name"])?;
        let resource = entity(members, defaults, "resource", &["type", "id"])?;
        let context = object(members, "context")?.or(object(defaults, "context")?).cloned();
        let mut context = context.unwrap_or_default();
        let access_token = text(context.remove("access_token"), "context.access_token")?;
        let details = context.remove("authorization_details").filter(|details| !details.is_null());
        let risk = signals(context.remove("risk"))?;
        let mut subject_attributes = properties(&subject, "subject")?;
        let sid = text(subject_attributes.remove("sid"), "subject.properties.sid")?;
        let mut attributes = properties(&action, "action")?;
        for (name, value) in context {
            if attributes.get(&name).is_some_and(|other| *other != value) {
                return Err(format!("`{name}` is said twice: in action.properties and in context"));
            }
            attributes.insert(name, value);
        }
        Ok(Self {
            subject_type: name(&subject, "subject", "type")?,
            subject: name(&subject, "subject", "id")?,
            subject_attributes,
            sid,
            action: name(&action, "action", "name")?,
            resource_type: name(&resource, "resource", "type")?,
            resource: name(&resource, "resource", "id")?,
            resource_attributes: properties(&resource, "resource")?,
            access_token,
            risk,
            details,
            attributes,
        })
    }
}

/// The entity as it is given, or the default. It replaces the default whole, but for the names that it must have.
fn entity(
    members: &Map<String, Value>,
    defaults: &Map<String, Value>,
    name: &str,
    required: &[&str],
) -> Result<Map<String, Value>, String> {
    let default = object(defaults, name)?;
    let own = object(members, name)?.or(default);
    let mut entity = own.cloned().ok_or_else(|| format!("{name} is missing"))?;
    for field in required {
        if let Some(value) = default.and_then(|default| default.get(*field)) {
            entity.entry(*field).or_insert_with(|| value.clone());
        }
    }
    Ok(entity)
}

fn object<'v>(members: &'v Map<String, Value>, name: &str) -> Result<Option<&'v Map<String, Value>>, String> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(format!("{name} must be an object")),
    }
}

fn properties(entity: &Map<String, Value>, of: &str) -> Result<Attributes, String> {
    match object(entity, "properties") {
        Ok(properties) => Ok(properties.cloned().unwrap_or_default()),
        Err(_) => Err(format!("{of}.properties must be an object")),
    }
}

fn name(entity: &Map<String, Value>, of: &str, field: &str) -> Result<String, String> {
    match entity.get(field) {
        None => Err(format!("{of}.{field} is missing")),
        Some(Value::String(text)) if (1..=LONGEST_NAME).contains(&text.len()) => Ok(text.clone()),
        Some(Value::String(_)) => Err(format!("{of}.{field} has 1 to {LONGEST_NAME} bytes")),
        Some(_) => Err(format!("{of}.{field} must be a text")),
    }
}

fn text(value: Option<Value>, name: &str) -> Result<Option<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{name} must be a text")),
    }
}

fn signals(value: Option<Value>) -> Result<Vec<String>, String> {
    let wrong = || format!("context.risk must be an array of at most {MOST_SIGNALS} texts");
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(signals)) if signals.len() <= MOST_SIGNALS => {
            signals.into_iter().map(|signal| signal.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}
