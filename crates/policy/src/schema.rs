//! The schema that ships with Riser, and what an operator's `.cedarschema` adds to it.
//!
//! Riser brings the person (`User`) and the context of a decision. The operator declares resources, actions and their
//! groups; what an action declares as its context is what the application sends with it, and rules read it as
//! `context.request`.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Schema, SchemaFragment};
use serde_json::{Map, Value, json};

use crate::Window;
use crate::load::{LoadError, SourceText};
use crate::rule::line_at;
use crate::shape::{Record, Shape};

/// What requests may name, and with which attributes.
pub(crate) struct Declared {
    /// For the type checker.
    pub(crate) schema: Schema,
    /// What applications may say of a person.
    pub(crate) user: Record,
    /// What they may say of a resource, by its type.
    pub(crate) resources: BTreeMap<String, Record>,
    /// Every action and group.
    pub(crate) actions: BTreeMap<String, ActionShape>,
    /// Nobody declared types and actions: what no rule names is not refused for that.
    pub(crate) open: bool,
}

/// An action, or a group of actions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ActionShape {
    /// The groups that it is directly in.
    pub(crate) groups: BTreeSet<String>,
    /// On resources of which types it can be asked; none of a group.
    pub(crate) resources: BTreeSet<String>,
    /// What applications send with it.
    pub(crate) request: Record,
}

impl ActionShape {
    /// Whether it can be asked for; a group only gathers.
    pub(crate) fn is_action(&self) -> bool {
        !self.resources.is_empty()
    }
}

/// Reads an operator's schema.
pub(crate) fn declared(source: &SourceText, windows: &[Window]) -> Result<Declared, LoadError> {
    let fragment = match SchemaFragment::from_cedarschema_str(&source.text) {
        Ok((fragment, mut warnings)) => match warnings.next() {
            Some(warning) => return Err(LoadError::diagnosed(source, &warning)),
            None => fragment,
        },
        Err(error) => return Err(LoadError::diagnosed(source, &error)),
    };
    let json = fragment.to_json_value().map_err(|error| LoadError::at(source, 1, error.to_string()))?;
    read(&json, windows).map_err(|(word, what)| {
        let line = source.text.find(&word).map_or(1, |at| line_at(&source.text, at));
        LoadError::at(source, line, what)
    })
}

/// A word of the file that shows where, and what is wrong.
type Objection = (String, String);

fn objection(word: &str, what: impl Into<String>) -> Objection {
    (word.to_owned(), what.into())
}

fn read(json: &Value, windows: &[Window]) -> Result<Declared, Objection> {
    let namespaces = json.as_object().ok_or_else(|| objection("", "the schema is empty"))?;
    if let Some(named) = namespaces.keys().find(|name| !name.is_empty()) {
        return Err(objection(named, "write the schema without a namespace: AuthZEN's names have none"));
    }
    let space = namespaces.get("").cloned().unwrap_or_default();
    let common = members(&space, "commonTypes");
    let (mut user, mut resources) = (Record::new(), BTreeMap::new());
    for (name, entity) in members(&space, "entityTypes") {
        let grouped = entity["memberOfTypes"].as_array().is_some_and(|groups| !groups.is_empty());
        if grouped || !entity["tags"].is_null() || !entity["enum"].is_null() {
            let what = format!(
                "`{name}`: Riser does not know who or what is in which group: declare an attribute that the application \
                 sends, without `in`, `tags` or `enum`"
            );
            return Err(objection(&name, what));
        }
        let record = match &entity["shape"] {
            Value::Null => Record::new(),
            shape => record(shape, &common, &name)?,
        };
        if name == "User" { user = record } else { drop(resources.insert(name, record)) }
    }
    let mut actions = BTreeMap::new();
    for (name, action) in members(&space, "actions") {
        let shape = action_shape(&name, &action, &common)?;
        actions.insert(name, shape);
    }
    compile(user, resources, actions, windows, false).map_err(|what| objection("", what))
}

fn action_shape(name: &str, action: &Value, common: &Map<String, Value>) -> Result<ActionShape, Objection> {
    let names = |value: &Value| -> BTreeSet<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let groups = action["memberOf"].as_array().into_iter().flatten();
    let groups = groups.filter_map(|group| group["id"].as_str()).map(str::to_owned).collect();
    let applies = &action["appliesTo"];
    if names(&applies["principalTypes"]).is_empty() && names(&applies["resourceTypes"]).is_empty() {
        return Ok(ActionShape { groups, ..ActionShape::default() });
    }
    if names(&applies["principalTypes"]) != BTreeSet::from(["User".to_owned()]) {
        return Err(objection(name, format!("action `{name}`: the principal is a User")));
    }
    let request = match &applies["context"] {
        Value::Null => Record::new(),
        context => record(context, common, name)?,
    };
    Ok(ActionShape { groups, resources: names(&applies["resourceTypes"]), request })
}

fn members(value: &Value, name: &str) -> Map<String, Value> {
    value[name].as_object().cloned().unwrap_or_default()
}

fn record(shape: &Value, common: &Map<String, Value>, of: &str) -> Result<Record, Objection> {
    match read_shape(shape, common, of, 0)? {
        Shape::Record(record) => Ok(record),
        _ => Err(objection(of, format!("`{of}`: write a record of attributes"))),
    }
}

/// Deeper than any sensible attribute; a common type can name another.
const DEEPEST: usize = 16;

fn read_shape(
    shape: &Value,
    common: &Map<String, Value>,
    of: &str,
    depth: usize,
) -> Result<Shape, Objection> {
    let kind = shape["type"].as_str().unwrap_or_default();
    let name = match kind {
        "EntityOrCommon" | "CommonType" => shape["name"].as_str().unwrap_or_default(),
        other => other,
    };
    if depth > DEEPEST {
        return Err(objection(of, format!("`{of}`: types are nested too deeply")));
    }
    match name {
        "String" | "__cedar::String" => Ok(Shape::Text),
        "Long" | "__cedar::Long" => Ok(Shape::Number),
        "Bool" | "Boolean" | "__cedar::Bool" => Ok(Shape::Flag),
        "Set" => Ok(Shape::Set(Box::new(read_shape(&shape["element"], common, of, depth + 1)?))),
        "Record" => {
            let mut record = Record::new();
            for (name, attribute) in members(shape, "attributes") {
                let required = attribute["required"].as_bool().unwrap_or(true);
                record.insert(name, (read_shape(&attribute, common, of, depth + 1)?, required));
            }
            Ok(Shape::Record(record))
        }
        other => match common.get(other) {
            Some(known) => read_shape(known, common, of, depth + 1),
            None => Err(objection(
                other,
                format!(
                    "`{of}`: an attribute is a String, a Long, a Bool, or a Set or record of those; `{other}` is none"
                ),
            )),
        },
    }
}

/// The whole schema, as the type checker takes it.
pub(crate) fn compile(
    user: Record,
    resources: BTreeMap<String, Record>,
    actions: BTreeMap<String, ActionShape>,
    windows: &[Window],
    open: bool,
) -> Result<Declared, String> {
    let mut types: Map<String, Value> = resources
        .iter()
        .map(|(name, record)| (name.clone(), json!({ "shape": record_json(record) })))
        .collect();
    types.insert("User".to_owned(), json!({ "shape": record_json(&user) }));
    let all: Map<String, Value> = actions
        .iter()
        .map(|(name, action)| {
            let groups: Vec<Value> = action.groups.iter().map(|group| json!({ "id": group })).collect();
            let mut declared = json!({ "memberOf": groups });
            if action.is_action() {
                declared["appliesTo"] = json!({
                    "principalTypes": ["User"],
                    "resourceTypes": action.resources,
                    "context": context_json(&action.request, windows),
                });
            }
            (name.clone(), declared)
        })
        .collect();
    let schema = Schema::from_json_value(json!({ "": { "entityTypes": types, "actions": all } }))
        .map_err(|error| error.to_string())?;
    Ok(Declared { schema, user, resources, actions, open })
}

/// What every decision's context holds. This is the schema that ships with Riser.
fn context_json(request: &Record, windows: &[Window]) -> Value {
    let texts = json!({ "type": "Set", "element": { "type": "String" } });
    let long = json!({ "type": "Long" });
    let mut attributes = json!({
        "held": texts, "auth_age": long, "client": { "type": "String" }, "risk": texts,
        "signals": texts,
        "time": { "type": "Record", "attributes": { "unix": long, "hour": long, "weekday": long } },
        "request": record_json(request),
    });
    for window in windows {
        attributes[window.attribute()] = texts.clone();
    }
    json!({ "type": "Record", "attributes": attributes })
}

fn record_json(record: &Record) -> Value {
    let attributes: Map<String, Value> = record
        .iter()
        .map(|(name, (shape, required))| {
            let mut json = shape_json(shape);
            json["required"] = json!(required);
            (name.clone(), json)
        })
        .collect();
    json!({ "type": "Record", "attributes": attributes })
}

fn shape_json(shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!({ "type": "String" }),
        Shape::Number => json!({ "type": "Long" }),
        Shape::Flag => json!({ "type": "Boolean" }),
        Shape::Set(element) => json!({ "type": "Set", "element": shape_json(element) }),
        Shape::Record(record) => record_json(record),
    }
}
