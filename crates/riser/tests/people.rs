//! What an administrator does to people's accounts, and what their owners are told of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::{CONFIG, done, errors, folder, riser};
use serde_json::{Value, json};

struct Place(tempfile::TempDir);

impl Place {
    fn with_ada(more: &str) -> Self {
        let place = Self(folder(&format!("{CONFIG}{more}")));
        std::fs::write(place.0.path().join("words"), "larchmont\n").unwrap();
        place.done(
            &["user", "add", "ada", "--password-stdin", "--email", "ada@example.com"],
            "nine green bottles\n",
        );
        place
    }

    fn done(&self, args: &[&str], input: &str) -> Value {
        done(self.0.path(), args, input)
    }

    /// The one line of what must fail.
    fn refused(&self, args: &[&str], input: &str) -> String {
        let output = riser(self.0.path(), args, input);
        let said = errors(&output);
        assert_eq!((output.status.code(), said.trim_end().lines().count()), (Some(1), 1), "{args:?}: {said}");
        said
    }

    fn rows(&self, sql: &str) -> Vec<String> {
        let db = rusqlite::Connection::open(self.0.path().join("riser.db")).unwrap();
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// What is waiting to be told, and to which addresses.
    fn letters(&self) -> Vec<String> {
        self.rows("SELECT json_extract(notice, '$.notice') || ' ' || address FROM outbox ORDER BY id")
    }

    fn generation(&self) -> i64 {
        self.rows("SELECT cast(generation AS text) FROM users")[0].parse().unwrap()
    }
}

#[test]
fn every_act_upon_an_account_is_told_to_its_owner_and_what_stood_on_it_ends() {
    let place = Place::with_ada("");
    let before = place.generation();
    let set =
        place.done(&["user", "set-password", "ada", "--password-stdin", "--json"], "seven red kettles\n");
    assert_eq!(set, json!({ "name": "ada", "password_set": true }));
    assert!(place.generation() > before, "sessions end with the old password");
    let credentials = place.done(&["credential", "list", "--user", "ada", "--json"], "");
    assert_eq!(credentials.as_array().unwrap().len(), 1, "it stays the credential that it is");

    let before = place.generation();
    let ended = place.done(&["user", "end-sessions", "ada", "--json"], "");
    assert_eq!(ended, json!({ "name": "ada", "sessions_ended": true }));
    assert!(place.generation() > before);

    assert_eq!(place.done(&["user", "disable", "ada", "--json"], "")["disabled"], true);
    assert_eq!(
        place.done(&["user", "enable", "ada", "--json"], ""),
        json!({ "name": "ada", "disabled": false })
    );
    assert!(place.refused(&["user", "enable", "ada"], "").contains("is open"));
    place.done(&["grant", "create", "--user", "ada", "--ceiling", "phr"], "");

    let id = credentials[0]["id"].as_str().unwrap();
    let before = place.generation();
    place.done(&["credential", "revoke", "--user", "ada", id], "");
    assert!(place.generation() > before, "what stood on it ends");
    assert!(place.refused(&["credential", "revoke", "--user", "ada", id], "").contains("is revoked"));

    place.done(&["user", "set-email", "ada", "ada@example.org"], "");
    let none = place.done(&["user", "set-email", "ada", "--none", "--json"], "");
    assert_eq!(none, json!({ "name": "ada", "email": null }));
    assert_eq!(
        place.letters(),
        [
            "password_changed ada@example.com",
            "sessions_ended ada@example.com",
            "account_shut ada@example.com",
            "account_opened ada@example.com",
            "enrolment_granted ada@example.com",
            "credential_removed ada@example.com",
            "email_changed ada@example.org",
            "email_changed ada@example.com",
            // To none: both that there were are told.
            "email_changed ada@example.com",
            "email_changed ada@example.org",
        ]
    );
}

#[test]
fn a_password_that_everybody_tries_first_is_set_for_nobody() {
    let place = Place::with_ada("[passwords]\nblocklist = \"words\"\n");
    for (weak, why) in [
        ("short", "15"),
        ("passwordpassword\n", "easy to guess"),
        ("larchmontlarchmont\n", "easy to guess"),
        ("id.example.com 1\n", "easy to guess"),
    ] {
        for args in
            [["user", "add", "eve", "--password-stdin"], ["user", "set-password", "ada", "--password-stdin"]]
        {
            let said = place.refused(&args, weak);
            assert!(said.contains(why), "{args:?} {weak}: {said}");
        }
    }
    assert!(place.letters().is_empty(), "nothing was changed");
}

#[test]
fn names_and_addresses_that_are_none_are_refused() {
    let place = Place::with_ada("");
    for address in ["ada", "ada@example.com, eve@example.com", "a@b\r\nBcc: eve@example.com", ""] {
        assert!(
            place.refused(&["user", "set-email", "ada", address], "").contains("no e-mail address"),
            "{address}"
        );
        let add = ["user", "add", "eve", "--email", address];
        assert!(place.refused(&add, "").contains("no e-mail address"), "{address}");
    }
    for args in [
        &["user", "enable", "nobody"][..],
        &["user", "end-sessions", "nobody"],
        &["user", "set-email", "nobody", "a@example.com"],
    ] {
        assert!(place.refused(args, "").contains("no account of `nobody`"), "{args:?}");
    }
    for args in [
        &["user", "set-password", "ada"][..],
        &["user", "set-email", "ada"],
        &["user", "set-email", "ada", "x@y.example", "--none"],
    ] {
        assert_eq!(riser(place.0.path(), args, "").status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn a_listed_credential_says_how_far_it_goes_and_what_holds_it() {
    let place = Place::with_ada("");
    let listed = place.done(&["credential", "list", "--user", "ada", "--json"], "");
    let password = &listed[0];
    assert_eq!((&password["factor"], &password["label"]), (&json!("password"), &json!("Password")));
    assert_eq!(
        (&password["rising"], &password["hardware"], &password["model"]),
        (&Value::Null, &json!(false), &Value::Null)
    );
    assert!(password["ceiling"].is_string() || password["ceiling"].is_object(), "{password}");
}
