//! Named rows: what loads, what is refused and where, and what decisions come to.

use riser_core::Acr;
use riser_core::assurance::{Ladder, default_ladder};
use serde_json::{Value, json};

use crate::{Asked, Decision, Evidence, Policies, Reach, Request, SourceText, Window, decide};

pub(crate) fn ladder() -> Ladder {
    Ladder::new(&default_ladder()).unwrap()
}

pub(crate) fn windows() -> Vec<Window> {
    ["5m", "1h"].iter().map(|text| Window::parse(text).unwrap()).collect()
}

pub(crate) fn acr(text: &str) -> Acr {
    Acr::parse(text).unwrap()
}

fn source(name: &str, text: &str) -> SourceText {
    SourceText { name: name.to_owned(), text: text.to_owned() }
}

pub(crate) fn load(rules: &str, schema: Option<&str>) -> Result<Policies, String> {
    let mut files = vec![source("a.cedar", rules)];
    files.extend(schema.map(|schema| source("s.cedarschema", schema)));
    Policies::load(&files, &windows(), &ladder()).map_err(|errors| errors.to_string())
}

/// A session in which each of these levels was proved so many seconds ago.
pub(crate) fn holding(policies: &Policies, held: &[(&str, u32)]) -> Evidence {
    let proved: Vec<(Acr, u32)> = held.iter().map(|(name, age)| (acr(name), *age)).collect();
    Evidence::holding(policies.windows(), &ladder(), &proved)
}

pub(crate) fn question(action: &str, resource: &str, sent: Value) -> Request {
    let (kind, id) = resource.split_once(':').unwrap();
    let part = |name: &str| sent[name].as_object().cloned().unwrap_or_default();
    let risk = sent["risk"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    Request {
        user: "ada".to_owned(),
        user_attributes: part("user"),
        action: action.to_owned(),
        resource_type: kind.to_owned(),
        resource: id.to_owned(),
        resource_attributes: part("resource"),
        attributes: part("request"),
        client: "bank".to_owned(),
        risk: risk.collect(),
        signals: serde_json::from_value(sent["signals"].clone()).unwrap_or_default(),
        at: Some(riser_core::UnixTime(1_800_000_000)),
    }
}

/// What a decision comes to, in one line.
pub(crate) fn said(decision: &Decision) -> String {
    let asked = |asked: &Asked| {
        let age = asked.max_age.map_or(String::new(), |age| format!("@{}", age.0));
        let window = asked.window.as_ref().map_or(String::new(), |window| format!(" for {}", window.name()));
        format!("{}{age}{window} by {}", asked.acr, asked.policies.join(" "))
    };
    match decision {
        Decision::Permit { policies } => format!("permit by {}", policies.join(" ")),
        Decision::StepUp(step) => format!("prove {}", asked(step)),
        Decision::Enrol(step) => format!("enrol {}", asked(step)),
        Decision::Deny { policies, fault: None, .. } => format!("deny by {}", policies.join(" ")),
        Decision::Deny { fault: Some(_), .. } => "deny for a fault".to_owned(),
    }
}

const SCHEMA: &str = "
entity User = { role?: String };
entity Account = { owner?: String };
entity Tenant;
action payments;
action transfer in [payments] appliesTo { principal: User, resource: Account, context: { amount: Long, urgent?: Bool } };
action standing_order in [payments] appliesTo { principal: User, resource: Account };
action read appliesTo { principal: User, resource: [Account, Tenant] };
action delete appliesTo { principal: User, resource: Tenant };
";

const RULES: &str = r#"
@id("read") permit(principal, action == Action::"read", resource);
@id("small") permit(principal, action == Action::"transfer", resource)
  when { context.request.amount <= 100 && context.held.contains("aal2") };
@id("payments-need-passkey") @reason("Confirm it with your passkey.") @window("5m")
permit(principal, action in Action::"payments", resource) when { context.held.contains("phr") };
@id("admins") permit(principal, action == Action::"delete", resource)
  when { principal has role && principal.role == "admin" };
@id("delete-needs-hardware") @reason("Deleting a tenant needs your hardware key.")
forbid(principal, action == Action::"delete", resource) unless { context.within_5m.contains("phrh") };
@id("not-when-stolen") forbid(principal, action, resource) when { context.risk.contains("stolen") };
@id("slowly") forbid(principal, action == Action::"read", resource)
  when { context.signals.contains("impossible_pace") } unless { context.held.contains("phr") };
@id("overflow") forbid(principal, action == Action::"transfer", resource)
  when { context.request.amount + 9223372036854775807 > 0 && context.request.amount > 1000000 };
"#;

#[test]
#[rustfmt::skip] // a table
fn decides() {
    let policies = load(&RULES.replace("context.request.amount + 9223372036854775807 > 0 && ", ""), Some(SCHEMA)).unwrap();
    let admin = json!({ "user": { "role": "admin" } });
    for (name, action, resource, sent, held, can, expected) in [
        ("no level is asked", "read", "Account:1", json!({}), &[] as &[(&str, u32)], "phr", "permit by read"),
        ("a small transfer", "transfer", "Account:1", json!({ "request": { "amount": 100 } }), &[("aal1", 9)], "phr", "prove aal2 by small"),
        ("which is held", "transfer", "Account:1", json!({ "request": { "amount": 100 } }), &[("aal2", 9)], "phr", "permit by small"),
        ("a large one", "transfer", "Account:1", json!({ "request": { "amount": 101 } }), &[("aal2", 9)], "phr", "prove phr for 5m by payments-need-passkey"),
        ("a group's rule", "standing_order", "Account:1", json!({}), &[("aal2", 9)], "phr", "prove phr for 5m by payments-need-passkey"),
        ("by a stronger level", "standing_order", "Account:1", json!({}), &[("phrh", 9)], "phr", "permit by payments-need-passkey"),
        ("nobody's role", "delete", "Tenant:1", json!({}), &[("phrh", 9)], "phrh", "deny by "),
        ("a stale level", "delete", "Tenant:1", admin.clone(), &[("phrh", 300)], "phrh", "prove phrh@300 by delete-needs-hardware"),
        ("a fresh one", "delete", "Tenant:1", admin.clone(), &[("phrh", 299)], "phrh", "permit by admins"),
        ("a key would have to be registered", "delete", "Tenant:1", admin.clone(), &[("phr", 9)], "phr", "enrol phrh@300 by delete-needs-hardware"),
        ("no role, whatever is proved", "delete", "Tenant:1", json!({}), &[("phr", 9)], "phrh", "deny by delete-needs-hardware"),
        ("a signal is not outweighed", "read", "Account:1", json!({ "risk": ["stolen"] }), &[("phrh", 9)], "phrh", "deny by not-when-stolen"),
        ("a signal of Riser's own raises", "read", "Account:1", json!({ "signals": ["impossible_pace"] }), &[("aal2", 9)], "phr", "prove phr by slowly"),
        ("and is answered", "read", "Account:1", json!({ "signals": ["impossible_pace"] }), &[("phr", 9)], "phr", "permit by read"),
        ("atk_rs_07 an application's word is no signal of Riser's", "read", "Account:1", json!({ "risk": ["impossible_pace"], "request": { "signals": [] } }), &[], "phr", "permit by read"),
        ("an action that is not declared", "fly", "Account:1", json!({}), &[("phrh", 9)], "phrh", "deny for a fault"),
        ("on what it does not apply to", "delete", "Account:1", admin.clone(), &[("phrh", 9)], "phrh", "deny for a fault"),
        ("an attribute of another type", "transfer", "Account:1", json!({ "request": { "amount": "5" } }), &[("phrh", 9)], "phrh", "deny for a fault"),
        ("an attribute that is missing", "transfer", "Account:1", json!({}), &[("phrh", 9)], "phrh", "deny for a fault"),
        ("what nobody declared is left out", "read", "Account:1", json!({ "resource": { "colour": 1 }, "request": { "x": [] } }), &[], "phr", "permit by read"),
    ] {
        let can = acr(can);
        let reach = |level: &Acr, _| if ladder().is_at_least(&can, level) { Reach::Prompt } else { Reach::Enrolment };
        let decision = decide(&policies, &question(action, resource, sent), &holding(&policies, held), &ladder(), &reach);
        assert_eq!(said(&decision), expected, "{name}");
    }
}

#[test]
fn a_rule_that_fails_denies_and_no_proof_helps() {
    let policies = load(RULES, Some(SCHEMA)).unwrap();
    let decided = |level| {
        let request = question("transfer", "Account:1", json!({ "request": { "amount": 5 } }));
        decide(&policies, &request, &holding(&policies, &[(level, 9)]), &ladder(), &|_, _| Reach::Prompt)
    };
    for level in ["aal1", "phrh"] {
        assert_eq!(said(&decided(level)), "deny for a fault", "{level}");
    }
}

#[test]
fn a_reason_is_said_to_people() {
    let policies = load(RULES, Some(SCHEMA)).unwrap();
    let request = question("standing_order", "Account:1", json!({}));
    let decision = decide(&policies, &request, &holding(&policies, &[]), &ladder(), &|_, _| Reach::Prompt);
    let Decision::StepUp(asked) = decision else { panic!("{decision:?}") };
    assert_eq!(asked.reason.as_deref(), Some("Confirm it with your passkey."));
}

#[test]
fn without_a_schema_types_and_actions_are_those_that_occur() {
    let rules = r#"@id("r") permit(principal, action == Action::"read", resource is record);
        @id("w") permit(principal, action == Action::"write", resource is record) when { context.held.contains("phr") };
        @id("no") forbid(principal, action, resource == record::"secret");"#;
    let policies = load(rules, None).unwrap();
    let said = |action, resource| {
        let request = question(action, resource, json!({ "resource": { "status": "x" } }));
        said(&decide(&policies, &request, &holding(&policies, &[]), &ladder(), &|_, _| Reach::Prompt))
    };
    assert_eq!(said("read", "record:1"), "permit by r");
    assert_eq!(said("write", "record:1"), "prove phr by w");
    assert_eq!(said("read", "record:secret"), "deny by no");
    assert_eq!(said("read", "sheet:1"), "deny by ");
    assert_eq!(
        said("fly", "record:secret"),
        "deny by no",
        "a rule about every action is about unknown ones too"
    );
    assert_eq!(said("read", "not a type:1"), "deny for a fault");
}

#[test]
#[rustfmt::skip] // a table
fn refuses_with_file_line_and_cure() {
    let held = "permit(principal, action, resource) when { context.held.contains(\"phr\") };";
    for (name, rules, line, cure) in [
        ("a syntax error", "@id(\"a\")\npermit(principal, action resource);", 2, "unexpected token"),
        ("a rule without a name", "\npermit(principal, action, resource);", 2, "@id("),
        ("a name twice", "@id(\"a\") permit(principal, action, resource);\n@id(\"a\") permit(principal, action, resource);", 2, "taken by a.cedar:1"),
        ("an annotation that is misspelt", "@id(\"a\") @windows(\"5m\") permit(principal, action, resource);", 1, "@window"),
        ("an undeclared window", "@id(\"a\") @window(\"7m\") permit(principal, action, resource);", 1, "[policy] windows"),
        ("a template", "@id(\"a\") permit(principal == ?principal, action, resource);", 1, "write the rule out"),
        ("an undeclared attribute", "@id(\"a\")\npermit(principal, action, resource)\nwhen { context.request.amount > 5 };", 3, "attribute"),
        ("a mistyped comparison", "@id(\"a\") permit(principal, action, resource)\nwhen { context.time.hour < \"5\" };", 2, "Long"),
        ("an undeclared window in a condition", "@id(\"a\") permit(principal, action, resource)\nwhen { context.within_7m.contains(\"phr\") };", 2, "within_7m"),
        ("a level that is misspelt", "@id(\"a\") permit(principal, action, resource)\nwhen { context.held.contains(\"prh\") };", 2, "the levels are aal1"),
        ("a forbid because of a higher level", "@id(\"a\") forbid(principal, action, resource)\n when { context.held.contains(\"phr\") };", 2, "higher level"),
        ("the same, hidden by a negation", "@id(\"a\") permit(principal, action, resource)\n when { !(context.held.contains(\"phr\") || false) };", 2, "higher level"),
        ("the same, in an unless", "@id(\"a\") permit(principal, action, resource)\n unless { context.within_5m.contains(\"phr\") };", 2, "higher level"),
        ("the same, by a comparison", "@id(\"a\") permit(principal, action, resource)\n when { context.held.contains(\"phr\") == false };", 2, "may only be asked as"),
        ("the same, by a condition", "@id(\"a\") permit(principal, action, resource)\n when { if context.held.contains(\"phr\") then false else true };", 2, "may only be asked as"),
        ("the same, by a copy of the context", "@id(\"a\") permit(principal, action, resource)\n when { (if true then context else context).held.contains(\"phr\") };", 2, "by its members"),
        ("an empty set is asked for", "@id(\"a\") permit(principal, action, resource)\n when { context.held.isEmpty() };", 2, "may only be asked as"),
        ("a level from the request", "@id(\"a\") permit(principal, action, resource)\n when { context.held.contains(context.client) };", 2, "written out"),
        ("a set the other way round", "@id(\"a\") permit(principal, action, resource)\n when { [\"phr\"].containsAll(context.held) };", 2, "may only be asked as"),
        ("a signal that helps", "@id(\"a\") permit(principal, action, resource)\n when { context.risk.contains(\"x\") };", 2, "can only raise"),
        ("a signal of Riser's own that helps", "@id(\"a\") permit(principal, action, resource)\n when { context.signals.contains(\"new_device\") };", 2, "can only raise"),
        ("the same, hidden by a negation", "@id(\"a\") forbid(principal, action, resource)\n when { !context.signals.contains(\"new_device\") };", 2, "can only raise"),
        ("a signal that is misspelt", "@id(\"a\") forbid(principal, action, resource)\n when { context.signals.contains(\"new_devise\") };", 2, "they are new_device"),
        ("a signal from the request", "@id(\"a\") forbid(principal, action, resource)\n when { context.signals.contains(context.client) };", 2, "written out"),
        ("an age that helps by growing", "@id(\"a\") permit(principal, action, resource)\n when { context.auth_age > 300 };", 2, "may only help"),
        ("an age that is no window", "@id(\"a\") permit(principal, action, resource)\n when { context.auth_age < 301 };", 2, "[policy] windows"),
        ("a rule that can never apply", "@id(\"a\") forbid(principal, action, resource)\n when { context.client == \"x\" && false };", 1, "impossible"),
    ] {
        let said = load(rules, None).map(|_| ()).unwrap_err();
        assert!(said.starts_with(&format!("a.cedar:{line}: ")), "{name}: {said}");
        assert!(said.contains(cure), "{name}: {said}");
        assert!(!said.contains('\n'), "{name}: {said}");
        assert!(load(&format!("@id(\"x\") {held}\n@id(\"y\") {held}"), None).is_ok());
    }
}

#[test]
#[rustfmt::skip] // a table
fn a_schema_is_refused_with_file_line_and_cure() {
    for (name, schema, line, cure) in [
        ("a syntax error", "entity A\nentity B;", 2, "unexpected token"),
        ("a namespace", "\nnamespace Bank { entity A; }", 2, "without a namespace"),
        ("a group of people", "entity Team;\nentity User in [Team];", 2, "which group"),
        ("tags", "entity A tags String;", 1, "tags"),
        ("an entity as an attribute", "entity A;\nentity B = { owner: A };", 1, "`A` is none"),
        ("another principal", "entity A;\naction x appliesTo { principal: A, resource: A };", 2, "a User"),
        ("a type that is not there", "action x appliesTo { principal: User, resource: Nothing };", 1, "Nothing"),
    ] {
        let said = load("", Some(schema)).map(|_| ()).unwrap_err();
        assert!(said.starts_with(&format!("s.cedarschema:{line}: ")), "{name}: {said}");
        assert!(said.contains(cure), "{name}: {said}");
    }
}

#[test]
fn a_session_has_an_age_that_rules_read() {
    let rules = "@id(\"a\") permit(principal, action, resource) when { context.auth_age < 300 };";
    let policies = load(rules, None).unwrap();
    let request = question("read", "T:1", json!({}));
    let said = |held: &[(&str, u32)]| {
        said(&decide(&policies, &request, &holding(&policies, held), &ladder(), &|_, _| Reach::Prompt))
    };
    assert_eq!(said(&[("aal2", 299)]), "permit by a");
    assert_eq!(said(&[("phrh", 300)]), "prove aal1@300 by a");
    assert_eq!(said(&[]), "prove aal1 by a");
}
