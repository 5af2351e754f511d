//! The payroll demonstration, which is a program of Node's beside this binary: its registration, its settings, and its
//! start where its folder and Node are found. Without them the demonstration goes on, and says how to start it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use riser_server::{SystemRandom, secret_token};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::seed::write_private;
use crate::failure::Failure;

const SECRET_FILE: &str = "payroll-client-secret";
const SETTINGS_FILE: &str = "payroll.json";
/// How long it may take to end.
const STOP: Duration = Duration::from_secs(2);
/// How long it may take until the program says that it listens.
const START: Duration = Duration::from_secs(10);
/// Of what it says when it does not start, in bytes.
const LONGEST_COMPLAINT: u64 = 2048;

/// The payroll application as the provider knows it.
pub struct Payroll {
    address: String,
    settings: PathBuf,
}

/// Whether it runs.
pub enum Started {
    /// It does, until this is dropped or the binary ends.
    Running(Child),
    /// It does not: what to do about it, in one line.
    Not(String),
}

impl Started {
    /// Lets it end: it does so with its standard input, and otherwise it is ended.
    pub async fn stop(self) {
        if let Self::Running(mut child) = self {
            drop(child.stdin.take());
            let _ = tokio::time::timeout(STOP, child.wait()).await;
        }
    }
}

impl Payroll {
    /// Makes its secret, where there is none yet, and its settings for these addresses.
    pub fn prepare(data: &Path, provider: &str, port: u16) -> Result<Self, Failure> {
        let path = data.join(SECRET_FILE);
        let secret = match std::fs::read_to_string(&path) {
            Ok(secret) => secret,
            Err(_) => {
                let secret = secret_token(&SystemRandom).to_string();
                write_private(&path, &secret)?;
                secret
            }
        };
        let this = Self { address: format!("http://127.0.0.1:{port}"), settings: data.join(SETTINGS_FILE) };
        let settings = json!({
            "issuer": provider, "clientId": "payroll", "clientSecret": secret.trim(), "publicUrl": this.address,
            "data": "payroll-accounts.json",
        });
        write_private(&this.settings, &serde_json::to_string_pretty(&settings)?)?;
        Ok(this)
    }

    /// Its entry in the provider's configuration.
    pub fn registration(&self) -> String {
        let address = &self.address;
        format!(
            r#"
[[client]]
client_id = "payroll"
client_name = "Harbour Payroll"
client_secret = {{ file = "{SECRET_FILE}" }}
redirect_uris = ["{address}/callback"]
token_endpoint_auth_method = "client_secret_basic"
resource = "{address}/api"
"#
        )
    }

    /// The same for programs.
    pub fn client(&self) -> Value {
        json!({
            "client_id": "payroll", "token_endpoint_auth_method": "client_secret_basic",
            "redirect_uris": [format!("{}/callback", self.address)], "resource": format!("{}/api", self.address),
        })
    }

    /// Where browsers reach it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Starts it from `folder`, or from where a checkout has it.
    pub async fn start(&self, folder: Option<&Path>) -> Started {
        let Some(folder) = folder.map(Path::to_owned).or_else(find) else {
            return Started::Not("its folder `demo/payroll` is not here; name it with --payroll".to_owned());
        };
        let by_hand = format!("node {} {}", folder.join("server.js").display(), self.settings.display());
        if !folder.join("node_modules").is_dir() {
            let install = format!("npm --prefix {} ci", folder.display());
            return Started::Not(format!("run `{install}`, then start again or `{by_hand}`"));
        }
        match self.run(&folder).await {
            Ok(child) => Started::Running(child),
            Err(error) => Started::Not(format!("{error}; start it yourself: `{by_hand}`")),
        }
    }

    async fn run(&self, folder: &Path) -> Result<Child, Failure> {
        let mut child = Command::new("node")
            .arg(folder.join("server.js"))
            .arg(&self.settings)
            // It ends with its standard input, so that it does not outlive this process, however that ends.
            .arg("--until-stdin-ends")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Failure::new(format!("Node cannot be started: {error}")))?;
        let (Some(stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(Failure::new("Node has no output"));
        };
        let mut lines = BufReader::new(stdout).lines();
        let first = tokio::time::timeout(START, lines.next_line()).await;
        if matches!(first, Ok(Ok(Some(_)))) {
            // Read on, or the program would wait once its pipes are full. Its log is ours from here.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            tokio::spawn(async move {
                let mut lines = BufReader::new(stderr).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    tracing::info!("payroll: {line}");
                }
            });
            return Ok(child);
        }
        // Whatever it waits for: nobody will be there.
        let _ = child.start_kill();
        let mut complaint = String::new();
        let _ = (&mut stderr).take(LONGEST_COMPLAINT).read_to_string(&mut complaint).await;
        let said =
            complaint.lines().find(|line| line.contains("Error")).unwrap_or("it did not start in time");
        Err(Failure::new(said.trim()))
    }
}

/// `demo/payroll` of the checkout in which this runs, or from which the binary was built.
fn find() -> Option<PathBuf> {
    let binary = std::env::current_exe().ok();
    let above = binary.iter().flat_map(|binary| binary.ancestors().skip(1));
    std::iter::once(Path::new("."))
        .chain(above)
        .map(|folder| folder.join("demo/payroll"))
        .find(|folder| folder.join("server.js").is_file())
}
