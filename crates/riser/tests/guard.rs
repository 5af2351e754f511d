//! `riser forward-auth` as an operator starts it: what is wrong with a configuration is said with file, line and cure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::{errors, riser};

const GOOD: &str = r#"issuer = "https://id.example.com"
public_url = "https://admin.example.com"
source = "nginx"
client = { client_id = "admin", client_secret = "a secret" }
[[rule]]
methods = ["GET"]
path = "/**"
"#;

fn check(config: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("guard.toml"), config).unwrap();
    let output = riser(folder.path(), &["forward-auth", "--config", "guard.toml", "--check"], "");
    (output.status.code(), format!("{}{}", String::from_utf8_lossy(&output.stdout), errors(&output)))
}

#[test]
fn a_good_configuration_is_said_to_be_one() {
    assert_eq!(check(GOOD), (Some(0), "guard.toml: 1 rules for https://admin.example.com\n".to_owned()));
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_cure() {
    let rule = |text: &str| format!("{GOOD}[[rule]]\n{text}\n");
    let swap = |from: &str, to: &str| {
        assert!(GOOD.contains(from), "{from}");
        GOOD.replace(from, to)
    };
    for (config, said) in [
        (rule("methods = [\"GET\"]\npath = \"/admin\""), "guard.toml:8: this rule is never reached"),
        (rule("methods = [\"get\"]\npath = \"/a\""), "guard.toml:8: `get` is no method"),
        (rule("methods = []\npath = \"/a\""), "guard.toml:8: name the methods"),
        (rule("methods = [\"POST\"]\npath = \"/a/../b\""), "guard.toml:8: `/a/../b` is no path"),
        (
            rule("methods = [\"POST\"]\npath = \"/a\"\npublic = true\nmax_age = \"5m\""),
            "a public rule asks for nothing",
        ),
        (rule("methods = [\"POST\"]\npath = \"/a\"\nacr_values = \"\""), "name at least one acr"),
        (rule("methods = [\"POST\"]\npath = \"/a\"\nmax_age = \"5s\""), "is under 30 s"),
        (rule("methods = [\"POST\"]\npath = \"/a\"\naction = \"delete\""), "resource_type = \"Tenant\""),
        (rule("methods = [\"POST\"]\npath = \"/a\"\nresource_type = \"Tenant\""), "belongs to an action"),
        (
            rule("methods = [\"POST\"]\npath = \"/a\"\nmaxage = \"5m\""),
            "guard.toml:11: unknown field `maxage`",
        ),
        (swap("\"nginx\"", "\"any\""), "guard.toml:3: unknown variant `any`"),
        (swap("https://admin", "http://admin"), "must be an https origin"),
        (swap("https://id", "http://id"), "must be an https URL"),
        (swap("\"a secret\"", "\"\""), "must not be empty"),
        (swap("\"a secret\"", "{ env = \"RISER_NO_SUCH\" }"), "RISER_NO_SUCH"),
    ] {
        let (status, text) = check(&config);
        assert_eq!(status, Some(1), "{said}: {text}");
        assert!(text.contains(said), "{said}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains("a secret"), "{text}");
    }
}
