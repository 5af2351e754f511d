//! The rules that can speak of an action, set aside when they are loaded: an evaluation looks at those and no others.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::pst::{ActionConstraint, Policy as Tree};
use cedar_policy::{Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicySet};

use crate::schema::ActionShape;

/// What an evaluation of one action needs.
pub(crate) struct Slice {
    /// The rules that can match it.
    pub(crate) rules: PolicySet,
    /// Their names, in the order of the files.
    pub(crate) ids: Vec<String>,
    /// The action and the groups that it is in.
    pub(crate) actions: Vec<Entity>,
    /// Whether one of them may ask for Riser's own signals.
    pub(crate) asks_signals: bool,
    /// Itself.
    pub(crate) uid: EntityUid,
}

/// The slice of an action. `kind` is the type of every action; `rules` are in the order of the files.
pub(crate) fn slice(
    name: &str,
    kind: &EntityTypeName,
    actions: &BTreeMap<String, ActionShape>,
    rules: &[(Policy, Tree)],
) -> Result<Slice, String> {
    let within = with_groups(name, actions);
    let mut set = PolicySet::new();
    let mut ids = Vec::new();
    for (policy, tree) in rules {
        let speaks = match &tree.body().action {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(action) => action.eid == name,
            ActionConstraint::In(groups) => groups.iter().any(|group| within.contains(group.eid.as_str())),
        };
        if speaks {
            ids.push(policy.id().to_string());
            set.add(policy.clone()).map_err(|error| error.to_string())?;
        }
    }
    // By the word alone: a text that only looks like it costs a lookup, and one overlooked would cost a signal.
    let asks_signals = set.policies().any(|rule| rule.to_cedar().is_none_or(|text| text.contains("signals")));
    let entity = |name: &String| {
        let groups = actions.get(name).map(|action| action.groups.iter().map(|group| uid(kind, group)));
        Entity::new_no_attrs(uid(kind, name), groups.into_iter().flatten().collect())
    };
    let actions = within.iter().map(entity).collect();
    Ok(Slice { rules: set, ids, actions, asks_signals, uid: uid(kind, name) })
}

/// The action and every group that it is in, however deep.
fn with_groups(name: &str, actions: &BTreeMap<String, ActionShape>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut to_visit = vec![name.to_owned()];
    while let Some(next) = to_visit.pop() {
        if found.insert(next.clone())
            && let Some(action) = actions.get(&next)
        {
            to_visit.extend(action.groups.iter().cloned());
        }
    }
    found
}

/// `Action::"name"`.
pub(crate) fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}
