//! `[[client]]`: what it may say, and what it may not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::{CONFIG, done, errors, folder, riser};

/// A public P-256 key: RFC 7517 Appendix A.1.
const KEY: &str = r#"{ kty = "EC", crv = "P-256", x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", y = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM" }"#;

fn client(fields: &str) -> String {
    format!("{CONFIG}[[client]]\nclient_id = \"robot\"\n{fields}")
}

#[test]
fn a_client_brings_its_keys_in_place_or_in_a_file() {
    let machine =
        "token_endpoint_auth_method = \"private_key_jwt\"\ngrant_types = [\"client_credentials\"]\n";
    let inline = folder(&client(&format!("{machine}jwks = {{ keys = [{KEY}] }}\n")));
    done(inline.path(), &["check", "--json"], "");
    let by_file = folder(&client(&format!("{machine}jwks = {{ file = \"robot.json\" }}\n")));
    // The same in JSON.
    let json = KEY.replace("kty =", "\"kty\":").replace("crv =", "\"crv\":");
    let json = json.replace("x =", "\"x\":").replace(", y =", ", \"y\":");
    let json = format!("{{ \"keys\": [{json}] }}");
    std::fs::write(by_file.path().join("robot.json"), json).unwrap();
    done(by_file.path(), &["check", "--json"], "");
}

#[test]
#[rustfmt::skip] // a table
fn what_does_not_fit_is_said_with_its_line_and_cure() {
    let key = format!("jwks = {{ keys = [{KEY}] }}\n");
    let secret = "client_secret = \"a-test-secret-of-more-than-128-bits\"\n";
    let private = key.replace("kty =", "d = \"AA\", kty =");
    let symmetric = "jwks = { keys = [{ kty = \"oct\", k = \"AA\" }] }\n";
    let by_key = "token_endpoint_auth_method = \"private_key_jwt\"\nredirect_uris = [\"https://a.example/\"]\n";
    let public = "token_endpoint_auth_method = \"none\"\n";
    for (name, fields, cure) in [
        ("no key", by_key.to_owned(), "private_key_jwt needs jwks"),
        ("a secret beside the key", format!("{by_key}{key}{secret}"), "a client_secret is needed exactly"),
        ("a private key", format!("{by_key}{private}"), "only public keys"),
        ("a symmetric key", format!("{by_key}{symmetric}"), "only public keys"),
        ("a file that is not there", format!("{by_key}jwks = {{ file = \"no.json\" }}\n"), "no.json"),
        ("no redirect URI", secret.to_owned(), "at least one redirect_uri"),
        ("an address after a sign-out that is not https", format!("{secret}redirect_uris = [\"https://a.example/\"]\npost_logout_redirect_uris = [\"http://a.example/\"]\n"), "must be absolute, https"),
        ("a refresh without a code", format!("{secret}grant_types = [\"refresh_token\"]\n"), "comes with authorization_code"),
        ("a public machine", format!("{public}grant_types = [\"client_credentials\"]\n"), "client that proves itself"),
        ("a machine's scope without the grant", format!("{secret}redirect_uris = [\"https://a.example/\"]\nscope = \"riser.evaluate\"\n"), "client_credentials"),
        ("an unknown grant", format!("{secret}grant_types = [\"password\"]\n"), "unknown variant `password`"),
    ] {
        let folder = folder(&client(&fields));
        let output = riser(folder.path(), &["check"], "");
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.starts_with("riser: riser.toml:"), "{name}: {said}");
        assert!(said.contains(cure), "{name}: {said}");
    }
}
