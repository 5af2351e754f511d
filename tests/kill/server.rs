//! The real binary on a database of its own: started, killed, and started again.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The client that asks, and its secret.
pub const CLIENT: &str = "bank";
pub const SECRET: &str = "a-test-secret-of-more-than-128-bits";
pub const REDIRECT_URI: &str = "https://bank.example/callback";
pub const PASSWORD: &str = "correct horse battery staple";

/// A person, and the link that enrols their passkey.
pub struct Person {
    pub name: String,
    pub link: String,
}

pub struct Server {
    binary: PathBuf,
    folder: tempfile::TempDir,
    address: SocketAddr,
    pub issuer: String,
    running: Option<Child>,
}

impl Server {
    /// A configuration in a folder of its own. Nothing runs yet.
    pub fn install() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let issuer = format!("http://localhost:{}", address.port());
        let configuration = format!(
            r#"issuer = "{issuer}"
[server]
listen = "{address}"
[database]
url = "sqlite://riser.db"
[webauthn]
rp_id = "localhost"
origins = ["{issuer}"]
[[client]]
client_id = "{CLIENT}"
client_secret = "{SECRET}"
redirect_uris = ["{REDIRECT_URI}"]
grant_types = ["authorization_code", "refresh_token"]
"#
        );
        std::fs::write(folder.path().join("riser.toml"), configuration).unwrap();
        Self { binary: binary(), folder, address, issuer, running: None }
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("riser.db")
    }

    /// Starts it on what the last one left, and returns when it can do its work.
    pub fn start(&mut self) {
        let log = self.folder.path().join("server.log");
        let mut command = Command::new(&self.binary);
        command.arg("serve").arg("--config").arg(self.folder.path().join("riser.toml"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        let child = self.running.insert(command.spawn().unwrap());
        let started = Instant::now();
        while !is_ready(self.address) {
            let ended = child.try_wait().unwrap();
            let said = || std::fs::read_to_string(&log).unwrap_or_default();
            assert!(ended.is_none() && started.elapsed() < Duration::from_secs(30), "no start: {}", said());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let mut child = self.running.take().expect("it runs");
        assert!(child.try_wait().unwrap().is_none(), "the server ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// An account with a password and an enrolment link, made as an operator makes them.
    pub fn add_person(&self, name: &str) -> Person {
        self.administer(&["user", "add", name, "--password-stdin"], PASSWORD);
        let link = self.administer(&["grant", "create", "--user", name, "--ceiling", "phr"], "");
        Person { name: name.to_owned(), link: link["url"].as_str().unwrap().to_owned() }
    }

    fn administer(&self, arguments: &[&str], input: &str) -> Value {
        let mut command = Command::new(&self.binary);
        command.args(arguments).arg("--config").arg(self.folder.path().join("riser.toml")).arg("--json");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<[u8; 12]> {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status)
    };
    ask().is_ok_and(|status| status == *b"HTTP/1.1 200")
}

/// The binary of this profile, built now; or the one that `RISER_BIN` names.
fn binary() -> PathBuf {
    if let Some(given) = std::env::var_os("RISER_BIN") {
        let given = PathBuf::from(given);
        assert!(given.is_file(), "RISER_BIN: {} is no file", given.display());
        return given;
    }
    // This program is TARGET/PROFILE/deps/kill-HASH.
    let program = std::env::current_exe().unwrap();
    let profile = program.parent().and_then(Path::parent).unwrap();
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--locked", "-p", "riser", "--target-dir"]).arg(profile.parent().unwrap());
    if profile.file_name().unwrap() == "release" {
        build.arg("--release");
    }
    assert!(build.status().unwrap().success(), "build it first: cargo build -p riser");
    let binary = profile.join("riser");
    assert!(
        binary.is_file(),
        "{} is missing: cargo build -p riser, or name it in RISER_BIN",
        binary.display()
    );
    binary
}
