//! The binary as a person, a script or a service manager runs it.
#![allow(dead_code, reason = "each test uses a part")]

pub mod fido;
pub mod sink;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub const CONFIG: &str = r#"issuer = "https://id.example.com"
[webauthn]
rp_id = "id.example.com"
origins = ["https://id.example.com"]
"#;

pub fn folder(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("riser.toml"), config).unwrap();
    folder
}

pub fn riser(folder: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_riser"))
        .args(args)
        .current_dir(folder)
        .env_remove("RISER_CONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Runs what must succeed.
pub fn done(folder: &Path, args: &[&str], input: &str) -> Value {
    let output = riser(folder, args, input);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", errors(&output));
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

pub fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A server that runs on the `riser.toml` of a folder.
pub struct Server {
    child: Child,
    log: PathBuf,
    address: SocketAddr,
}

impl Server {
    /// Starts one that logs everything it can, on a port of its own, and returns when it is ready.
    pub fn start(folder: &Path, name: &str, environment: &[(&str, &str)]) -> Self {
        let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let config = std::fs::read_to_string(folder.join("riser.toml")).unwrap();
        let config = format!("{config}\n[server]\nlisten = \"{address}\"\n");
        let file = folder.join(format!("{name}.toml"));
        std::fs::write(&file, config).unwrap();
        let log = folder.join(format!("{name}.log"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_riser"))
            .arg("serve")
            .arg("--config")
            .arg(file)
            .env("RUST_LOG", "trace")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_err() {
            let ended = child.try_wait().unwrap();
            let said = || std::fs::read_to_string(&log).unwrap_or_default();
            assert!(ended.is_none() && started.elapsed() < Duration::from_secs(30), "no start: {}", said());
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { child, log, address }
    }

    /// What it answers to a GET: head and body.
    pub fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Tells it to stop, waits until it has, and returns what it said.
    pub fn stop(mut self) -> String {
        let told = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
        let ended = self.child.wait().unwrap();
        let said = std::fs::read_to_string(&self.log).unwrap();
        assert!(ended.success(), "{said}");
        said
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing is left running by a test that fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for what another process does.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(30), "{what}: not within thirty seconds");
        std::thread::sleep(Duration::from_millis(20));
    }
}
