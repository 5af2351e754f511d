//! What `riser.toml` may say about letters, authenticators, enrolment, passwords and limits, and what it may not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::fido::Fido;
use common::{CONFIG, Server, done, errors, folder, riser};
use serde_json::json;

const MAIL: &str = "[mail]\nfrom = \"Riser <no-reply@example.com>\"\n";

/// Every new table, with what each can hold.
const WHOLE: &str = r#"issuer = "https://id.example.com"
[webauthn]
rp_id = "example.com"
origins = ["https://id.example.com"]
related_origins = ["https://example.net"]
attestation_roots = ["maker.pem"]
[webauthn.metadata]
blob = "blob.jwt"
root = "root.pem"
min_certification = "L1"
allow = ["00010203-0405-0607-0809-0a0b0c0d0e0f"]
deny = ["ffffffff-0405-0607-0809-0a0b0c0d0e0f"]
[mail]
from = "Riser <no-reply@example.com>"
smtp = "smtps://riser@mail.example.com"
password = { file = "secret" }
[secrets]
key = { file = "key" }
previous = [{ file = "key-of-before" }]
[enrolment]
self = ["passkey", "totp"]
cooling_off = "48h"
raises_to = "phr"
recovery_delay = "12h"
[passwords]
blocklist = "words"
[limits]
password_attempts = 5
totp_attempts = 5
recovery_code_attempts = 3
network_attempts = 1000
wait = "30m"
open_visits = 1000
open_client_visits = 5000
open_challenges = 2000
[server]
listen = "127.0.0.1:0"
trusted_proxies = ["10.0.0.0/8", "2001:db8::1"]
"#;

fn whole(next_update: &str) -> (tempfile::TempDir, Fido) {
    let (folder, fido) = (folder(WHOLE), Fido::new());
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("maker.pem", &fido.root_pem);
    write("root.pem", &fido.root_pem);
    write("blob.jwt", &fido.blob(71, next_update));
    write("secret", "tell nobody\n");
    write("key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
    write("key-of-before", "/+7dzLuqmYh3ZlVEMyIRAAARIjNEVWZ3iJmqu8zd7v8=\n");
    write("words", "larchmont bank\n\nletmein please\n");
    (folder, fido)
}

#[test]
fn check_reads_all_of_it_and_says_what_it_found() {
    let (folder, _) = whole("2999-12-31");
    let found = done(folder.path(), &["check", "--json"], "");
    assert_eq!(
        found["metadata"],
        json!({ "number": 71, "models": 1, "skipped": 0, "next_update": "2999-12-31", "overdue": false })
    );
    assert_eq!(found["cooling_off"], json!({ "wait": 172_800, "raises_to": "phr" }));
    assert_eq!((&found["recovery_delay"], &found["blocklist_lines"]), (&json!(43_200), &json!(2)));
    assert_eq!(found["sealed"], true);
    assert_eq!((&found["mail"], &found["attestation_roots"]), (&json!("mail.example.com:465"), &json!(1)));
    // The passkeys are bound to a name whose host is not Riser's.
    let warnings = found["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].as_str().unwrap().contains("https://example.com/.well-known/webauthn"));
    let said = riser(folder.path(), &["check"], "");
    let lines = String::from_utf8(said.stdout).unwrap();
    assert!(lines.starts_with("riser.toml: good. Issuer https://id.example.com, levels "), "{lines}");
    assert!(lines.contains("number 71: 1 models, next update 2999-12-31"), "{lines}");
    assert!(!lines.contains("tell nobody"));
    assert!(!folder.path().join("riser.db").exists(), "a check makes nothing");
}

#[test]
fn a_key_for_secrets_is_asked_for_and_stands_in_no_configuration() {
    let (folder, _) = whole("2999-12-31");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    for (key, said) in [
        ("\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"", "keep keys out of this file"),
        ("{ file = \"nowhere\" }", "cannot be read"),
        ("{ file = \"secret\" }", "32 random bytes"),
    ] {
        write("riser.toml", &WHOLE.replace("key = { file = \"key\" }", &format!("key = {key}")));
        let output = riser(folder.path(), &["check"], "");
        assert_eq!(output.status.code(), Some(1), "{key}");
        assert!(errors(&output).contains(said), "{}", errors(&output));
        assert!(!errors(&output).contains("AAECAwQ") && !errors(&output).contains("tell nobody"));
    }
    let bare =
        WHOLE.replace("[secrets]\nkey = { file = \"key\" }\nprevious = [{ file = \"key-of-before\" }]\n", "");
    write("riser.toml", &bare);
    let found = done(folder.path(), &["check", "--json"], "");
    assert_eq!(found["sealed"], false);
    assert!(found["warnings"].to_string().contains("no [secrets] key"), "{found}");
}

#[test]
fn metadata_that_is_overdue_is_a_warning_and_one_that_is_not_signed_an_error() {
    let (folder, _) = whole("2020-01-01");
    let found = done(folder.path(), &["check", "--json"], "");
    assert!(found["warnings"][1].as_str().unwrap().contains("renewed by 2020-01-01"), "{found}");
    std::fs::write(folder.path().join("blob.jwt"), Fido::new().blob(72, "2999-12-31")).unwrap();
    for command in ["check", "serve"] {
        let output = riser(folder.path(), &[command], "");
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(errors(&output).contains("no configured root"), "{}", errors(&output));
    }
}

#[test]
fn a_server_with_metadata_starts_keeps_its_number_and_names_related_origins() {
    let (folder, fido) = whole("2999-12-31");
    let config = WHOLE.replace("[server]\nlisten = \"127.0.0.1:0\"\n", "").replace("trusted_proxies", "#");
    std::fs::write(folder.path().join("riser.toml"), config).unwrap();
    let server = Server::start(folder.path(), "one", &[]);
    // WebAuthn L3 §5.11.1: the type is looked at.
    let related = server.get("/.well-known/webauthn");
    assert!(
        related.starts_with("HTTP/1.1 200") && related.contains("content-type: application/json"),
        "{related}"
    );
    assert!(related.ends_with(r#"{"origins":["https://example.net"]}"#), "{related}");
    let said = server.stop();
    assert!(said.contains("FIDO metadata is in use") && said.contains("number=71"), "{said}");
    std::fs::write(folder.path().join("blob.jwt"), fido.blob(70, "2999-12-31")).unwrap();
    let older = riser(folder.path(), &["serve"], "");
    assert_eq!(older.status.code(), Some(1));
    assert!(errors(&older).contains("has number 70, which is before 71"), "{}", errors(&older));
}

#[test]
#[rustfmt::skip] // a table
fn what_does_not_fit_is_said_with_its_line_and_cure() {
    for (name, more, line, cure) in [
        ("an unknown key of mail", "[mail]\nfrom = \"a@b.example\"\nfolder = \"mail\"\nsmpt = \"x\"\n".to_owned(), 8, "unknown field `smpt`"),
        ("no sender", "[mail]\nfrom = \"nobody\"\nfolder = \"mail\"\n".to_owned(), 6, "no-reply@example.com"),
        ("neither way", MAIL.to_owned(), 5, "folder"),
        ("both ways", format!("{MAIL}folder = \"m\"\nsmtp = \"smtps://h\"\n"), 5, "folder"),
        ("a scheme that is none", format!("{MAIL}smtp = \"http://mail.example.com\"\n"), 7, "smtps://"),
        ("a path", format!("{MAIL}smtp = \"smtps://mail.example.com/x\"\n"), 7, "without a path"),
        ("a way around TLS", format!("{MAIL}smtp = \"smtp://mail.example.com?tls=none\"\n"), 7, "without a path"),
        ("a password in the address", format!("{MAIL}smtp = \"smtps://u:p@mail.example.com\"\n"), 7, "password = { file"),
        ("a password in place", format!("{MAIL}smtp = \"smtps://u@mail.example.com\"\npassword = \"p\"\n"), 7, "out of this file"),
        ("a user without a password", format!("{MAIL}smtp = \"smtps://u@mail.example.com\"\n"), 7, "password = {"),
        ("a password without a user", format!("{MAIL}smtp = \"smtps://mail.example.com\"\npassword = {{ env = \"HOME\" }}\n"), 7, "user"),
        ("half of the cooling-off", "[enrolment]\ncooling_off = \"24h\"\n".to_owned(), 6, "both or neither"),
        ("the other half", "[enrolment]\nraises_to = \"phr\"\n".to_owned(), 6, "both or neither"),
        ("a short cooling-off", "[enrolment]\ncooling_off = \"23h\"\nraises_to = \"phr\"\n".to_owned(), 6, "24h or more"),
        ("a level that nobody knows", "[enrolment]\ncooling_off = \"24h\"\nraises_to = \"gold\"\n".to_owned(), 7, "no level of the ladder"),
        ("a short recovery", "[enrolment]\nrecovery_delay = \"59m\"\n".to_owned(), 6, "1h or more"),
        ("a bad delay", "[enrolment]\nrecovery_delay = \"soon\"\n".to_owned(), 6, "15m"),
        ("a block list that is not there", "[passwords]\nblocklist = \"words\"\n".to_owned(), 6, "cannot be read"),
        ("no attempts", "[limits]\npassword_attempts = 0\n".to_owned(), 6, "1 to 100"),
        ("too many attempts", "[limits]\ntotp_attempts = 101\n".to_owned(), 6, "800-63B"),
        ("no attempts of a network", "[limits]\nnetwork_attempts = 0\n".to_owned(), 6, "nonzero"),
        ("an unknown limit", "[limits]\nattempts = 3\n".to_owned(), 6, "unknown field `attempts`"),
        ("a proxy that is none", "[server]\ntrusted_proxies = [\"proxy.example.com\"]\n".to_owned(), 6, "10.0.0.0/8"),
        ("everybody as a proxy", "[server]\ntrusted_proxies = [\"0.0.0.0/0\"]\n".to_owned(), 6, "name the proxies"),
        ("no root", "[webauthn.metadata]\nblob = \"b\"\nroot = \"r\"\n".to_owned(), 7, "cannot be read"),
        ("a root that is none", "[webauthn.metadata]\nblob = \"b\"\nroot = \"riser.toml\"\n".to_owned(), 7, "no certificate"),
    ] {
        let folder = folder(&format!("{CONFIG}{more}"));
        let output = riser(folder.path(), &["check"], "");
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.starts_with(&format!("riser: riser.toml:{line}: ")), "{name}: {said}");
        assert!(said.contains(cure), "{name}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{name}: {said}");
        assert!(!said.contains("u:p"), "{name}: {said}");
    }
}

#[test]
fn what_does_not_fit_in_webauthn_is_said_with_its_line_and_cure() {
    for (name, from, to, line, cure) in [
        ("a model that is none", "0f\"]", "\"]", 11, "is no AAGUID"),
        ("a certification that is none", "\"L1\"", "\"L9\"", 10, "L3plus"),
        ("an unknown key", "blob =", "blobs =", 8, "unknown field `blobs`"),
        ("a related page without TLS", "https://example.net", "http://example.net", 5, "https"),
        ("a related page with a path", "https://example.net", "https://example.net/x", 5, "origin"),
        ("a maker's root that is not there", "maker.pem", "taker.pem", 6, "taker.pem"),
    ] {
        let (folder, _) = whole("2999-12-31");
        std::fs::write(folder.path().join("riser.toml"), WHOLE.replace(from, to)).unwrap();
        let said = errors(&riser(folder.path(), &["check"], ""));
        assert!(said.starts_with(&format!("riser: riser.toml:{line}: ")), "{name}: {said}");
        assert!(said.contains(cure), "{name}: {said}");
    }
}
