//! docs/quickstart-nginx.md, executed as it is written: its files, its commands, nginx, a browser, a passkey. Only the
//! ports are others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;
#[path = "../../../tests/guards/nginx.rs"]
#[allow(dead_code, reason = "the tests of the guards use the rest")]
mod nginx;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use riser_testkit::authenticator::{KeyKind, SoftAuthenticator};
use riser_testkit::browser::{Answer, Browser};
use serde_json::json;

use common::done;
use nginx::{Nginx, free_port};

const DOCUMENT: &str = include_str!("../../../docs/quickstart-nginx.md");
const PASSWORD: &str = "correct horse battery staple";
const NAVIGATION: [(&str, &str); 2] = [("accept", "text/html"), ("sec-fetch-mode", "navigate")];

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The document with ports that are free, and which they are.
fn with_own_ports() -> (String, BTreeMap<&'static str, u16>) {
    let mut ports = BTreeMap::new();
    let mut text = DOCUMENT.to_owned();
    for (place, written) in
        [("provider", "8080"), ("site", "8090"), ("guard", "9180"), ("application", "9000")]
    {
        let port = free_port();
        assert!(text.contains(written), "{written}");
        text = text.replace(written, &port.to_string());
        ports.insert(place, port);
    }
    (text, ports)
}

/// The fenced blocks with the name of a file.
fn files(document: &str) -> BTreeMap<String, String> {
    let block = |block: &str| {
        let (first, rest) = block.split_once('\n')?;
        let (_, name) = first.split_once(" file=")?;
        Some((name.to_owned(), rest.to_owned()))
    };
    document.split("```").skip(1).step_by(2).filter_map(block).collect()
}

fn shell(folder: &Path, line: &str) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_riser")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exec {line}")]).current_dir(folder).env("PATH", path);
    command.stdin(Stdio::null());
    command
}

async fn ready(port: u16) {
    let started = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(started.elapsed() < Duration::from_secs(20), "nobody listens on {port}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An application: who is it, and what was done.
async fn application(request: Request) -> String {
    let user = request.headers().get("remote-user").map(|user| user.to_str().unwrap().to_owned());
    format!("{} {} by {}", request.method(), request.uri(), user.unwrap_or_default())
}

#[test]
fn the_quickstart_for_nginx_takes_thirty_lines() {
    let count = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count();
    let lines: usize = files(DOCUMENT).values().map(|text| count(text)).sum();
    let commands = DOCUMENT.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(lines + count(commands) <= 30, "{lines} lines and {} commands", count(commands));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quickstart_for_nginx_works_as_it_is_written() {
    let (document, ports) = with_own_ports();
    let files = files(&document);
    let (provider, site) = (ports["provider"], ports["site"]);
    let issuer = format!("http://localhost:{provider}");
    let folder = common::folder(&format!(
        "issuer = \"{issuer}\"\n[server]\nlisten = \"127.0.0.1:{provider}\"\n[webauthn]\nrp_id = \"localhost\"\n\
         origins = [\"{issuer}\"]\n{}",
        files["client.toml"]
    ));
    let here = folder.path();
    std::fs::write(here.join("guard-secret"), "a-random-secret-of-the-operators-own\n").unwrap();
    std::fs::write(here.join("guard.toml"), &files["guard.toml"]).unwrap();
    done(here, &["user", "add", "ada", "--password-stdin", "--json"], PASSWORD);
    let link = done(here, &["grant", "create", "--user", "ada", "--ceiling", "phr", "--json"], "");
    let serving = shell(here, "riser serve --config riser.toml").stderr(Stdio::null()).spawn().unwrap();
    let _serving = Process(serving);
    ready(provider).await;

    let commands = document.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let [written, guarding] = commands.lines().collect::<Vec<_>>()[..] else {
        panic!("two commands: {commands}")
    };
    assert!(shell(here, written).status().unwrap().success(), "{written}");
    let _guarding = Process(shell(here, guarding).stderr(Stdio::null()).spawn().unwrap());
    ready(ports["guard"]).await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", ports["application"])).await.unwrap();
    let app = Router::new().fallback(application);
    tokio::spawn(riser_forward_auth::serve(app, listener, std::future::pending()));
    let guard = std::fs::read_to_string(here.join("riser-guard.conf")).unwrap();
    let _nginx = Nginx::start(site, &files["site.conf"], &[("riser-guard.conf", &guard)]);

    // "Open it: you are sent to sign in, and come back."
    let address = format!("http://127.0.0.1:{site}");
    let mut browser = Browser::new(&issuer);
    let sent = get(&mut browser, &format!("{address}/")).await;
    let visit = browser.get(sent.location()).await.location().to_owned();
    let signed_in = browser.sign_in(&visit, "ada", PASSWORD).await;
    let back = get(&mut browser, signed_in.json()["next"].as_str().unwrap()).await;
    assert_eq!((back.status, back.location()), (303, "/"), "{back:?}");
    assert_eq!(get(&mut browser, &format!("{address}/")).await.body, "GET / by ada");

    // "Send the form: a page asks you to confirm, you come back to where you were, and the form goes through."
    let key = enrol(&mut browser, link["url"].as_str().unwrap(), &issuer).await;
    let refused = submit(&mut browser, &address).await;
    assert_eq!(refused.status, 401, "{refused:?}");
    let offer = refused.body.split("href=\"/.riser/step-up").nth(1).unwrap().split('"').next().unwrap();
    let sent = get(&mut browser, &format!("{address}/.riser/step-up{offer}")).await;
    let visit = browser.get(sent.location()).await.location().to_owned();
    let proved = browser.passkey(&visit, &key).await;
    let back = get(&mut browser, proved.json()["next"].as_str().unwrap()).await;
    assert_eq!((back.status, back.location()), (303, "/tenants/7"));
    assert_eq!(submit(&mut browser, &address).await.body, "POST /tenants/7/delete by ada");

    // "A program without a session gets a 401."
    let program = Browser::new(&issuer).get(&format!("{address}/tenants")).await;
    assert_eq!((program.status, program.headers["www-authenticate"].as_str()), (401, "Bearer"));
    // "What no rule is about is refused."
    let method = reqwest::Method::DELETE;
    assert_eq!(browser.send(method, &format!("{address}/tenants/7"), &[], None).await.status, 403);
}

async fn get(browser: &mut Browser, address: &str) -> Answer {
    browser.send(reqwest::Method::GET, address, &NAVIGATION, None).await
}

async fn submit(browser: &mut Browser, site: &str) -> Answer {
    let referer = format!("{site}/tenants/7");
    let mut headers = NAVIGATION.to_vec();
    headers.extend([("origin", site), ("referer", referer.as_str())]);
    let address = format!("{site}/tenants/7/delete");
    browser.send(reqwest::Method::POST, &address, &headers, Some(String::new())).await
}

async fn enrol(browser: &mut Browser, link: &str, issuer: &str) -> SoftAuthenticator {
    let visit = browser.get(link).await.location().to_owned();
    let options = browser.post(&format!("{visit}/enrol/passkey/options"), &json!({})).await;
    let mut key = SoftAuthenticator::synced(KeyKind::Es256);
    let registration = key.create(issuer, &options.json()["publicKey"]).unwrap();
    let enrolled = browser.post(&format!("{visit}/enrol/passkey"), &registration).await;
    assert_eq!(enrolled.json()["status"], "done", "{enrolled:?}");
    key
}
