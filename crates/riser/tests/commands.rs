//! The commands as a person or a script runs them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::process::Output;

use common::{CONFIG, errors, folder, riser};
use serde_json::Value;

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn check_accepts_a_small_configuration() {
    let folder = folder(CONFIG);
    let output = riser(folder.path(), &["check"], "");
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
}

#[test]
#[rustfmt::skip] // a table
fn check_says_file_line_and_cure_and_ends_with_1() {
    for (name, more, line, cure) in [
        ("an unknown key", "[server]\nlistn = \"x\"\n", 6, "unknown field `listn`"),
        ("a contradictory level", "[[assurance.level]]\nacr = \"x\"\nalternatives = [[{kind = \"knowledge\", phishing_resistant = true}]]\n", 5, "only `kind = \"possession\"`"),
        ("an unreachable level", "[[assurance.level]]\nacr = \"x\"\nalternatives = []\n", 5, "an alternative"),
        ("a level out of order", "[[assurance.level]]\nacr = \"high\"\nalternatives = [[{user_verified = true}]]\n[[assurance.level]]\nacr = \"low\"\nalternatives = [[{}]]\n", 8, "order them"),
        ("a bad duration", "[session]\nidle = \"soon\"\n", 6, "15m"),
        ("a client without a redirect URI", "[[client]]\nclient_id = \"c\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = []\n", 5, "redirect_uri"),
        ("an http redirect URI", "[[client]]\nclient_id = \"c\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"http://shop.example/cb\"]\n", 5, "https"),
        ("a confidential client without a secret", "[[client]]\nclient_id = \"c\"\nredirect_uris = [\"https://c.example/cb\"]\n", 5, "client_secret"),
        ("a weak secret", "[[client]]\nclient_id = \"c\"\nclient_secret = \"short\"\nredirect_uris = [\"https://c.example/cb\"]\n", 5, "128"),
        ("a floor that nobody knows", "[[client]]\nclient_id = \"c\"\ntoken_endpoint_auth_method = \"none\"\nminimum_acr = \"gold\"\nredirect_uris = [\"https://c.example/cb\"]\n", 5, "no level of the ladder"),
        ("a database that is not there yet", "[database]\nurl = \"postgres://x\"\n", 6, "sqlite://"),
    ] {
        let folder = folder(&format!("{CONFIG}{more}"));
        let output = riser(folder.path(), &["check", "--config", "riser.toml"], "");
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.starts_with(&format!("riser: riser.toml:{line}: ")), "{name}: {said}");
        assert!(said.contains(cure), "{name}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{name}: {said}");
    }
}

#[test]
fn atk_op_16_an_http_issuer_is_refused_off_loopback() {
    let folder = folder(&CONFIG.replace("https://id.example.com\"\n[web", "http://id.example.com\"\n[web"));
    let output = riser(folder.path(), &["check"], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("https"), "{}", errors(&output));
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = folder(CONFIG);
    assert_eq!(riser(folder.path(), &["fly"], "").status.code(), Some(2));
    assert_eq!(riser(folder.path(), &["user", "add"], "").status.code(), Some(2));
}

#[test]
fn people_grants_and_credentials_are_administered_from_the_shell() {
    let folder = folder(CONFIG);
    let run = |args: &[&str], input: &str| riser(folder.path(), args, input);
    let added = run(
        &["user", "add", "ada", "--password-stdin", "--email", "ada@example.com", "--json"],
        "correct horse battery\n",
    );
    assert_eq!(added.status.code(), Some(0), "{}", errors(&added));
    assert_eq!(json(&added)["name"], "ada");

    let twice = run(&["user", "add", "ada", "--password-stdin"], "correct horse battery");
    assert_eq!((twice.status.code(), errors(&twice).contains("taken")), (Some(1), true));
    // SP 800-63B-4 §3.1.1.2: 15 characters where it is the only factor.
    let short = run(&["user", "add", "eve", "--password-stdin"], "fourteen chars\n");
    assert_eq!((short.status.code(), errors(&short).contains("15")), (Some(1), true));

    let listed = json(&run(&["user", "list", "--json"], ""));
    assert_eq!((listed[0]["name"].as_str(), listed[0]["disabled"].as_bool()), (Some("ada"), Some(false)));

    let granted = json(&run(
        &["grant", "create", "--user", "ada", "--ceiling", "phr", "--expires", "24h", "--json"],
        "",
    ));
    assert!(granted["url"].as_str().unwrap().starts_with("https://id.example.com/grant/"));
    assert!(granted["expires_at"].as_str().unwrap().ends_with('Z'));
    let unknown = run(&["grant", "create", "--user", "ada", "--ceiling", "gold"], "");
    assert_eq!((unknown.status.code(), errors(&unknown).contains("phrh, phr, aal2, aal1")), (Some(1), true));

    let credentials = json(&run(&["credential", "list", "--user", "ada", "--json"], ""));
    assert_eq!(credentials[0]["factor"], "password");
    let id = credentials[0]["id"].as_str().unwrap();
    assert_eq!(run(&["credential", "revoke", "--user", "ada", id], "").status.code(), Some(0));
    let credentials = json(&run(&["credential", "list", "--user", "ada", "--json"], ""));
    assert!(credentials[0]["revoked_at"].is_string());

    assert_eq!(run(&["user", "disable", "ada"], "").status.code(), Some(0));
    assert_eq!(json(&run(&["user", "list", "--json"], ""))[0]["disabled"], true);
    let nobody = run(&["user", "disable", "nobody"], "");
    assert_eq!((nobody.status.code(), errors(&nobody).lines().count()), (Some(1), 1));
}
