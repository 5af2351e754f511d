use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Each crate and the ones of ours that its code may use. What is not here is forbidden.
const MAY_USE: &[(&str, &[&str])] = &[
    ("riser-wire", &[]),
    ("riser-core", &["riser-wire"]),
    ("riser-policy", &["riser-core", "riser-wire"]),
    ("riser-factors", &["riser-core", "riser-wire"]),
    ("riser-store", &["riser-core", "riser-wire"]),
    ("riser-pages", &["riser-core", "riser-wire"]),
    ("riser-tokens", &["riser-wire"]),
    ("riser-store-sqlite", &["riser-store", "riser-core", "riser-wire"]),
    (
        "riser-server",
        &[
            "riser-core",
            "riser-policy",
            "riser-factors",
            "riser-store",
            "riser-pages",
            "riser-tokens",
            "riser-wire",
        ],
    ),
    // The relying party's side: it lives in strangers' dependency graphs, and never sees `core`.
    ("riser-guard", &["riser-tokens", "riser-wire"]),
    ("riser-demo-bank", &["riser-guard", "riser-wire"]),
    // In front of applications: a relying party like any other.
    ("riser-forward-auth", &["riser-guard", "riser-wire"]),
    // Knows of nobody: its guard stands before it.
    ("riser-demo-admin-console", &[]),
    // The only crate that names a store.
    (
        "riser",
        &[
            "riser-server",
            "riser-core",
            "riser-policy",
            "riser-factors",
            "riser-store",
            "riser-store-sqlite",
            "riser-tokens",
            "riser-wire",
            "riser-demo-bank",
            "riser-demo-admin-console",
            "riser-guard",
            "riser-forward-auth",
        ],
    ),
];

/// Whose code is for tests only: they may look anywhere.
const TESTS: &[&str] = &["riser-testkit", "riser-tests", "riser-bench"];

/// What the pure core may use of others': no runtime, no clock, no randomness, no transport, no database.
/// Of aws-lc-rs it takes the digest.
const CORE_MAY_USE: &[&str] =
    &["aws-lc-rs", "base64", "serde", "serde_json", "serde_json_canonicalizer", "thiserror", "url"];

struct Arrow {
    from: String,
    to: String,
    ours: bool,
    for_tests: bool,
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--locked"])
        .current_dir(super::repository())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("cargo metadata has no `{member}` here"))
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().unwrap_or_else(|| panic!("cargo metadata has no `{member}` here"))
}

fn crates(metadata: &Value) -> BTreeSet<String> {
    list(metadata, "packages").iter().map(|package| text(package, "name").to_owned()).collect()
}

fn arrows(metadata: &Value) -> Vec<Arrow> {
    let arrow = |from: &Value, to: &Value| Arrow {
        from: text(from, "name").to_owned(),
        to: text(to, "name").to_owned(),
        ours: to["path"].is_string(),
        for_tests: to["kind"] == "dev",
    };
    list(metadata, "packages")
        .iter()
        .flat_map(|from| list(from, "dependencies").iter().map(move |to| arrow(from, to)))
        .collect()
}

#[test]
fn every_crate_has_a_row() {
    let named = MAY_USE.iter().map(|(name, _)| *name).chain(TESTS.iter().copied()).map(str::to_owned);
    assert_eq!(crates(&metadata()), named.collect(), "the workspace, and the table of this test");
}

#[test]
fn crates_know_only_those_below_them() {
    let wrong: Vec<String> = arrows(&metadata())
        .iter()
        .filter(|arrow| arrow.ours && !arrow.for_tests && !TESTS.contains(&arrow.from.as_str()))
        .filter(|arrow| {
            !MAY_USE.iter().any(|(from, to)| *from == arrow.from && to.contains(&arrow.to.as_str()))
        })
        .map(|arrow| format!("{} uses {}", arrow.from, arrow.to))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_has_no_cycle() {
    // Each row names only rows above it.
    let mut seen = BTreeSet::new();
    for (name, may_use) in MAY_USE {
        let unseen: Vec<_> = may_use.iter().filter(|used| !seen.contains(*used)).collect();
        assert!(unseen.is_empty(), "{name} names {unseen:?} before their own rows");
        seen.insert(name);
    }
}

#[test]
fn the_core_is_pure() {
    let metadata = metadata();
    let others: Vec<String> = arrows(&metadata)
        .into_iter()
        .filter(|arrow| arrow.from == "riser-core" && !arrow.ours && !arrow.for_tests)
        .map(|arrow| arrow.to)
        .filter(|name| !CORE_MAY_USE.contains(&name.as_str()))
        .collect();
    assert!(others.is_empty(), "riser-core may not use {others:?}");
}

#[test]
fn the_testkit_is_for_tests() {
    let wrong: Vec<String> = arrows(&metadata())
        .iter()
        .filter(|arrow| TESTS.contains(&arrow.to.as_str()) && !arrow.for_tests)
        .filter(|arrow| !TESTS.contains(&arrow.from.as_str()))
        .map(|arrow| format!("{} ships {}", arrow.from, arrow.to))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
