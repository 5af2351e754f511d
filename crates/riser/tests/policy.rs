//! Rules about actions, as an operator tries and changes them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::riser;
use serde_json::{Value, json};

const SECRET: &str = "a-test-secret-of-more-than-128-bits";
const SCHEMA: &str = "entity User;\nentity Account;\naction read, transfer appliesTo \
    { principal: User, resource: Account, context: { amount?: Long } };\n";
const RULES: &str = r#"@id("read") permit(principal, action == Action::"read", resource);
@id("transfer-needs-passkey") @reason("Confirm with your passkey.")
permit(principal, action == Action::"transfer", resource) when { context.held.contains("phr") };
@id("large-ones-freshly")
forbid(principal, action == Action::"transfer", resource)
when { context.request has amount && context.request.amount > 1000 } unless { context.within_5m.contains("phr") };
"#;

fn config(port: u16) -> String {
    format!(
        "issuer = \"http://localhost:{port}\"\n[server]\nlisten = \"127.0.0.1:{port}\"\n[webauthn]\nrp_id = \"localhost\"\n\
         origins = [\"http://localhost:{port}\"]\n[policy]\npath = \"policies\"\nwindows = [\"5m\"]\n[[client]]\n\
         client_id = \"bank\"\nclient_secret = \"{SECRET}\"\nredirect_uris = [\"https://bank.example/cb\"]\n"
    )
}

fn folder(port: u16) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("riser.toml"), config(port)).unwrap();
    std::fs::create_dir(folder.path().join("policies")).unwrap();
    std::fs::write(folder.path().join("policies/bank.cedarschema"), SCHEMA).unwrap();
    write(folder.path(), RULES);
    folder
}

fn write(folder: &Path, rules: &str) {
    std::fs::write(folder.join("policies/bank.cedar"), rules).unwrap();
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn check_counts_the_rules_and_says_file_line_and_cure() {
    let folder = folder(8080);
    let good = riser(folder.path(), &["check"], "");
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stderr));
    let counted = "policies: 3 rule(s), 2 action(s) of the schema, 1 window(s).";
    assert!(text(&good.stdout).contains(counted), "{}", text(&good.stdout));
    let found: Value =
        serde_json::from_slice(&riser(folder.path(), &["check", "--json"], "").stdout).unwrap();
    assert_eq!(found["policy"]["rules"], 3);

    write(folder.path(), &RULES.replace("unless { context.within_5m", "when { context.within_5m"));
    let bad = riser(folder.path(), &["check"], "");
    assert_eq!(bad.status.code(), Some(1));
    let said = text(&bad.stderr);
    assert!(said.contains("policies/bank.cedar:6: ") && said.contains("higher level"), "{said}");
    std::fs::remove_file(folder.path().join("policies/bank.cedar")).unwrap();
    let empty = riser(folder.path(), &["check"], "");
    assert_eq!((empty.status.code(), text(&empty.stderr).contains("no .cedar file")), (Some(1), true));
}

#[test]
#[rustfmt::skip] // a table
fn windows_are_checked_with_the_configuration() {
    for (windows, cure) in [
        ("[\"5\"]", "as in `5m`"),
        ("[\"5m\", \"300s\"]", "each length once"),
        ("[\"1m\", \"2m\", \"3m\", \"4m\", \"5m\"]", "at most 4"),
    ] {
        let folder = folder(8080);
        std::fs::write(folder.path().join("riser.toml"), config(8080).replace("[\"5m\"]", windows)).unwrap();
        let said = text(&riser(folder.path(), &["check"], "").stderr);
        assert!(said.contains("riser.toml:") && said.contains(cure), "{said}");
    }
}

#[test]
fn explain_says_which_rule_which_condition_and_what_would_change_it() {
    let folder = folder(8080);
    let added = riser(folder.path(), &["user", "add", "ada", "--password-stdin"], "correct horse battery\n");
    assert_eq!(added.status.code(), Some(0), "{}", text(&added.stderr));
    let explain = |more: &[&str]| {
        let mut args =
            vec!["policy", "explain", "--user", "ada", "--action", "transfer", "--resource", "Account:1"];
        args.extend_from_slice(more);
        riser(folder.path(), &args, "")
    };
    let said = text(&explain(&["--context", "{\"amount\": 5000}", "--holding", "phr@10m"]).stdout);
    for line in [
        "enrolment_required by large-ones-freshly: phr, at most 300 s old",
        "  permit transfer-needs-passkey (./policies/bank.cedar:2) applies",
        "    yes   (context[\"held\"]).contains(\"phr\")",
        "  forbid large-ones-freshly (./policies/bank.cedar:4) applies",
        "What would change it: ada registers a factor that reaches phr, and proves it.",
    ] {
        let plain = |text: &str| text.replace("./", "").replace(['(', ')', '[', ']', '"', '.'], "");
        assert!(said.lines().any(|found| plain(found).contains(plain(line).trim())), "{line}\n{said}");
    }
    let json: Value = serde_json::from_slice(&explain(&["--holding", "phr", "--json"]).stdout).unwrap();
    assert_eq!(
        (&json["reason"], &json["policies"]),
        (&json!("permitted"), &json!(["transfer-needs-passkey"]))
    );
    assert_eq!(json["rules"].as_array().map(Vec::len), Some(2), "the rules that speak of the action");
    for (args, cure) in
        [(&["--holding", "gold"][..], "no level of the ladder"), (&["--context", "[]"], "no JSON object")]
    {
        let wrong = explain(args);
        assert_eq!((wrong.status.code(), text(&wrong.stderr).contains(cure)), (Some(1), true), "{args:?}");
    }
}

#[test]
fn test_ends_with_1_and_names_the_case_that_does_not_hold() {
    let folder = folder(8080);
    let cases = r#"
[[case]]
name = "everybody reads"
user = "ada"
action = "read"
resource = "Account:1"
expect = "permitted"
policies = ["read"]
[[case]]
name = "a large transfer is proved freshly"
user = "ada"
action = "transfer"
resource = "Account:1"
context = { amount = 5000 }
holding = ["phr@10m"]
can_reach = ["phr"]
expect = "step_up_required"
acr = "phr"
max_age = "5m"
[[case]]
name = "whoever has no passkey needs one"
user = "ada"
action = "transfer"
resource = "Account:1"
can_reach = ["aal2"]
expect = "enrolment_required"
acr = "phr"
"#;
    let test = |name: &str, cases: &str| {
        std::fs::write(folder.path().join(name), cases).unwrap();
        riser(folder.path(), &["policy", "test", name], "")
    };
    let good = test("good.toml", cases);
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stderr));
    assert_eq!(text(&good.stdout).trim(), "3 of 3 decisions hold.");
    for (name, changed) in [
        ("a large transfer is proved freshly", cases.replace("max_age = \"5m\"\n", "")),
        ("everybody reads", cases.replace("\"permitted\"", "\"denied\"")),
        ("everybody reads", cases.replace("[\"read\"]", "[]")),
        ("whoever has no passkey needs one", cases.replace("can_reach = [\"aal2\"]\n", "")),
    ] {
        let bad = test("bad.toml", &changed);
        assert_eq!(bad.status.code(), Some(1));
        assert!(text(&bad.stderr).contains(&format!("`{name}`")), "{}", text(&bad.stderr));
    }
    let misspelt = test("bad.toml", &cases.replace("expect =", "expects ="));
    assert!(text(&misspelt.stderr).contains("bad.toml:"), "{}", text(&misspelt.stderr));
    let as_json = json!({ "case": [{ "name": "n", "user": "ada", "action": "fly", "resource": "Account:1", "expect": "denied" }] });
    assert_eq!(test("good.json", &as_json.to_string()).status.code(), Some(0));
    assert_eq!(test("empty.toml", "case = []\n").status.code(), Some(1), "nothing would be tested");
}

struct Server {
    child: Child,
    port: u16,
    logs: std::sync::mpsc::Receiver<String>,
}

impl Server {
    fn start(folder: &Path, port: u16) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_riser"))
            .arg("serve")
            .current_dir(folder)
            .env_remove("RISER_CONFIG")
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (tell, logs) = std::sync::mpsc::channel();
        let errors = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            errors.lines().map_while(Result::ok).for_each(|line| drop(tell.send(line)))
        });
        let server = Self { child, port, logs };
        server.wait_for("Riser serves");
        server
    }

    fn wait_for(&self, text: &str) -> String {
        loop {
            let line =
                self.logs.recv_timeout(Duration::from_secs(30)).unwrap_or_else(|_| panic!("no `{text}`"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Whether ada may read, as nobody who is signed in.
    fn permits(&self) -> bool {
        use base64::Engine as _;
        let auth = base64::engine::general_purpose::STANDARD.encode(format!("bank:{SECRET}"));
        let body = json!({
            "subject": { "type": "user", "id": "ada" }, "action": { "name": "read" },
            "resource": { "type": "Account", "id": "1" },
        })
        .to_string();
        let request = format!(
            "POST /access/v1/evaluation HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Basic {auth}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer.contains("\"decision\":true")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_change_is_in_force_without_a_restart_and_a_broken_one_is_not() {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let folder = folder(port);
    let server = Server::start(folder.path(), port);
    assert!(server.permits());
    write(folder.path(), "@id(\"broken\") permit(principal, action,");
    let said = server.wait_for("those in force stay");
    assert!(said.contains("bank.cedar:1"), "{said}");
    assert!(server.permits(), "the rules that were in force");
    write(folder.path(), &RULES.replace("@id(\"read\") permit", "@id(\"read\") forbid"));
    server.wait_for("are renewed");
    assert!(!server.permits());
    write(folder.path(), RULES);
    server.wait_for("are renewed");
    assert!(server.permits());
}

/// The counters of `/metrics` at a port.
fn metrics(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_new_set_is_rehearsed_on_what_was_recorded_and_a_broken_shadow_hurts_nobody() {
    let free = || TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let (port, counts) = (free(), free());
    let folder = folder(port);
    let path = folder.path();
    let config = config(port)
        .replace("[policy]\n", "[policy]\nrecord = \"7d\"\nrecord_limit = 5\nshadow = \"next\"\n")
        .replace("[server]\n", &format!("[server]\nmetrics = \"127.0.0.1:{counts}\"\n"));
    std::fs::write(path.join("riser.toml"), config).unwrap();
    let nothing = riser(path, &["policy", "replay", "--policies", "policies"], "");
    assert_eq!(nothing.status.code(), Some(1));
    assert!(text(&nothing.stderr).contains("no decision is recorded"), "{}", text(&nothing.stderr));

    let next = path.join("next");
    std::fs::create_dir(&next).unwrap();
    std::fs::write(next.join("bank.cedarschema"), SCHEMA).unwrap();
    std::fs::write(next.join("bank.cedar"), "@id(\"broken\") permit(principal,").unwrap();
    let server = Server::start(path, port);
    server.wait_for("The rules of the shadow cannot be used");
    assert!(server.permits(), "the rules in force are as they were");
    let stricter = RULES.replace(
        "Action::\"read\", resource);",
        "Action::\"read\", resource) when { context.held.contains(\"aal2\") };",
    );
    std::fs::write(next.join("bank.cedar"), &stricter).unwrap();
    server.wait_for("tried in the shadow");
    assert!(server.permits() && server.permits(), "and the shadow is never enforced");
    common::until("the shadow counts what it would have asked", || {
        metrics(counts).contains("riser_decisions_shadow_total{difference=\"asked_more\"} 2")
    });
    // The server may run beside it.
    let replay = |more: &[&str]| {
        let mut args = vec!["policy", "replay", "--policies", "next"];
        args.extend(more);
        let output = riser(path, &args, "");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let found: Value = serde_json::from_str(&replay(&["--json", "--chart", "replay.svg"])).unwrap();
    assert_eq!((&found["decisions"], &found["differences"]["asked_more"]), (&json!(3), &json!(1)), "{found}");
    // Whoever is asked is asked once, and holds it then.
    assert_eq!(found["prompts"], json!({ "before": 0, "after": 1 }));
    assert_eq!(found["prompts_per_person_and_day"], json!({ "before": 0.0, "after": 1.0 }));
    assert_eq!(found["people"]["ada"]["prompts"]["after"], 1);
    assert_eq!(found["shadow"]["asked_more"], 2);
    let table = replay(&[]);
    for line in
        ["3 decisions about 1 people", "Prompts per person and day: 0.00 before, 1.00 after.", "The shadow"]
    {
        assert!(table.contains(line), "{line} is not in\n{table}");
    }
    let chart = std::fs::read_to_string(path.join("replay.svg")).unwrap();
    assert!(chart.starts_with("<svg") && chart.contains(">read</text>"), "{chart}");
    let same: Value = serde_json::from_str(&{
        let output = riser(path, &["policy", "replay", "--policies", "policies", "--json"], "");
        text(&output.stdout)
    })
    .unwrap();
    assert_eq!(same["differences"]["same"], 3);
    let broken = riser(path, &["policy", "replay", "--policies", "nowhere"], "");
    assert_eq!(broken.status.code(), Some(1));
}
