//! The server that is measured: a `riser serve` of its own on a fresh database, and what the system says of it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

/// The client that the load comes from, and its secret.
pub const CLIENT: &str = "bench";
/// Made up here, good for nothing elsewhere.
pub const CLIENT_SECRET: &str = "the-benchmark-is-its-only-user";
/// Nobody listens there: the load reads the code out of the address.
pub const REDIRECT_URI: &str = "http://127.0.0.1/callback";

/// Linux reports a process's time in hundredths of a second, whatever its own clock is.
const TICKS_PER_SECOND: f64 = 100.0;
/// How long a start may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// There is no server to measure.
#[derive(Debug)]
pub struct Missing(PathBuf);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is missing: cargo build --release -p riser", self.0.display())
    }
}

impl std::error::Error for Missing {}

/// A configuration and a folder for its database.
pub struct Installation {
    binary: PathBuf,
    folder: tempfile::TempDir,
    /// Where the server listens.
    pub address: SocketAddr,
    /// The issuer, and the origin of its pages.
    pub issuer: String,
    server_cpu: usize,
    pins: bool,
}

/// A running server; killed when it is dropped.
pub struct Server(Child);

impl Installation {
    /// Writes a configuration into a fresh folder.
    pub fn prepare(data: Option<&Path>, server_cpu: usize) -> Outcome<Self> {
        Self::prepare_with(data, server_cpu, "")
    }

    /// The same, with more in the configuration.
    pub fn prepare_with(data: Option<&Path>, server_cpu: usize, more: &str) -> Outcome<Self> {
        let program = std::env::current_exe()?;
        let beside = program.parent().unwrap_or(Path::new("."));
        let binary = beside.join("riser");
        if !binary.is_file() {
            return Err(Missing(binary).into());
        }
        let folder = tempfile::Builder::new().prefix("riser-bench-").tempdir_in(data.unwrap_or(beside))?;
        // Free now; nobody else takes it in the meantime unless a machine is very busy.
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let issuer = format!("http://localhost:{}", address.port());
        let cores = std::thread::available_parallelism()?.get();
        let pins = cores > 1 && server_cpu < cores && runs("taskset", &["--version"]);
        let this = Self { binary, folder, address, issuer, server_cpu, pins };
        std::fs::write(this.config(), this.configuration() + more)?;
        Ok(this)
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("riser.toml")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    fn configuration(&self) -> String {
        let Self { issuer, address, .. } = self;
        format!(
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
client_secret = "{CLIENT_SECRET}"
redirect_uris = ["{REDIRECT_URI}"]
token_endpoint_auth_method = "client_secret_basic"
"#
        )
    }

    /// Sends the load to the other cores, if there are any. Whether the server has its core to itself.
    pub fn pin_the_rest(&self) -> bool {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let others: Vec<String> =
            (0..cores).filter(|core| *core != self.server_cpu).map(|core| core.to_string()).collect();
        let own = std::process::id().to_string();
        self.pins && runs("taskset", &["--all-tasks", "--cpu-list", "--pid", &others.join(","), &own])
    }

    /// Starts the server; how long it took until `/readyz` said that it can do its work.
    pub fn start(&self) -> Outcome<(Server, Duration)> {
        let mut command = if self.pins {
            let mut command = Command::new("taskset");
            command.args(["--cpu-list", &self.server_cpu.to_string()]).arg(&self.binary);
            command
        } else {
            Command::new(&self.binary)
        };
        command.arg("serve").arg("--config").arg(self.config());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(self.log())?);
        let started = Instant::now();
        let mut server = Server(command.spawn()?);
        while !self.is_ready() {
            if server.0.try_wait()?.is_some() || started.elapsed() > PATIENCE {
                return Err(format!("the server did not start:\n{}", self.server_log()).into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok((server, started.elapsed()))
    }

    fn is_ready(&self) -> bool {
        let ask = || -> std::io::Result<[u8; 12]> {
            let mut stream = TcpStream::connect(self.address)?;
            stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
            let mut status = [0; 12];
            stream.read_exact(&mut status)?;
            Ok(status)
        };
        ask().is_ok_and(|status| status == *b"HTTP/1.1 200")
    }

    /// What the server said, for when it went wrong.
    pub fn server_log(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Runs an administrative command with `--json`.
    pub fn administer(&self, arguments: &[&str], input: &str) -> Outcome<serde_json::Value> {
        let mut command = Command::new(&self.binary);
        command.args(arguments).arg("--config").arg(self.config()).arg("--json");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// How large the binary is.
    pub fn binary_size(&self) -> Outcome<u64> {
        Ok(std::fs::metadata(&self.binary)?.len())
    }
}

impl Server {
    /// The processor time that it has used so far, in seconds.
    pub fn cpu_seconds(&self) -> Outcome<f64> {
        cpu_seconds(&self.0.id().to_string())
    }

    /// Its resident memory in bytes.
    pub fn resident(&self) -> Outcome<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        let kib: u64 = kib.ok_or("the system does not say how much memory is resident")?.trim().parse()?;
        Ok(kib * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that is killed loses nothing: that is what its database is for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The processor time of a process (`self`, or its number): user and system, of all of its threads.
pub fn cpu_seconds(process: &str) -> Outcome<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name in parentheses, which may hold anything.
    let after = stat.rsplit_once(')').map(|(_, after)| after).ok_or("/proc/PID/stat has another form")?;
    let mut times = after.split_ascii_whitespace().skip(11).map(str::parse::<u32>);
    match (times.next(), times.next()) {
        (Some(user), Some(system)) => Ok(f64::from(user? + system?) / TICKS_PER_SECOND),
        _ => Err("/proc/PID/stat has another form".into()),
    }
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
