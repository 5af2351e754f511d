//! What a demonstration starts from: made once, kept in its data folder.

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use riser_server::{Random as _, SystemRandom, secret_token};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Addresses;
use crate::failure::Failure;

/// Passwords and secrets of one demonstration: random, so that no two installations share them.
#[derive(Serialize, Deserialize)]
pub struct Seed {
    pub ada: String,
    pub grace: String,
    pub bank_secret: String,
    /// Made later than the others: a folder of an earlier version has none.
    #[serde(default)]
    pub console_secret: String,
}

const SEED_FILE: &str = "demo-secrets.json";
/// Where the letters of a demonstration are put, in its data folder.
pub const MAIL_FOLDER: &str = "mail";
const KEY_FILE: &str = "secrets.key";
const BANK_SECRET_FILE: &str = "bank-client-secret";
const CONSOLE_SECRET_FILE: &str = "admin-console-client-secret";
/// Certificates of makers of security keys, for whoever wants to try the hardware level: in the data folder.
const ROOTS_FOLDER: &str = "attestation-roots";

impl Seed {
    /// Reads the seed of a data folder, or makes folder and seed.
    pub fn load_or_make(data: &Path) -> Result<Self, Failure> {
        let folder = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
        folder.map_err(|error| Failure::new(format!("{}: cannot be made: {error}", data.display())))?;
        // Beside the seed and not in it: a folder of before gets its key too.
        let key = data.join(KEY_FILE);
        if !key.exists() {
            write_private(&key, &STANDARD.encode(SystemRandom.bytes32()))?;
        }
        let path = data.join(SEED_FILE);
        let mut seed = match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| {
                Failure::new(format!("{}: {error}; remove the folder to start anew", path.display()))
            })?,
            Err(_) => Self {
                ada: passphrase(),
                grace: passphrase(),
                bank_secret: secret_token(&SystemRandom),
                console_secret: String::new(),
            },
        };
        if seed.console_secret.is_empty() {
            seed.console_secret = secret_token(&SystemRandom);
            write_private(&path, &serde_json::to_string_pretty(&seed)?)?;
            write_private(&data.join(BANK_SECRET_FILE), &seed.bank_secret)?;
            write_private(&data.join(CONSOLE_SECRET_FILE), &seed.console_secret)?;
        }
        Ok(seed)
    }
}

/// Twenty random characters in groups that can be typed.
fn passphrase() -> String {
    let letters: Vec<char> =
        secret_token(&SystemRandom).chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    letters
        .chunks(5)
        .map(|group| group.iter().collect::<String>().to_lowercase())
        .collect::<Vec<_>>()
        .join("-")
}

pub fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::new(format!("{}: cannot be written: {error}", path.display())))
}

/// Writes the configuration for these addresses, with what `others` registers beside the bank and the admin console;
/// administrative commands take it too.
pub fn write_config(
    data: &Path,
    addresses: &Addresses,
    listen: SocketAddr,
    others: &str,
) -> Result<PathBuf, Failure> {
    let Addresses { provider, bank, console, .. } = addresses;
    let path = data.join("riser.toml");
    let roots = attestation_roots(data)?;
    let text = format!(
        r#"# Written by `riser demo` at each start.
issuer = "{provider}"

[server]
listen = "{listen}"
metrics = "127.0.0.1:0"

[database]
url = "sqlite://riser.db"

[secrets]
key = {{ file = "{KEY_FILE}" }}

[webauthn]
rp_id = "localhost"
origins = ["{provider}"]
attestation_roots = [{roots}]

[mail]
from = "Riser <no-reply@example.com>"
folder = "{MAIL_FOLDER}"

[[client]]
client_id = "bank"
client_name = "Larchmont Bank"
client_secret = {{ file = "{BANK_SECRET_FILE}" }}
redirect_uris = ["{bank}/callback"]
token_endpoint_auth_method = "client_secret_basic"
resource = "{bank}/api"
{others}

# The admin console's guard.
[[client]]
client_id = "admin-console"
client_name = "Larchmont Hosting"
client_secret = {{ file = "{CONSOLE_SECRET_FILE}" }}
redirect_uris = ["{console}/.riser/callback"]
token_endpoint_auth_method = "client_secret_basic"
grant_types = ["authorization_code", "refresh_token"]
resource = "{console}"

# For your own client: a public one, with PKCE.
[[client]]
client_id = "playground"
client_name = "Playground"
redirect_uris = ["http://127.0.0.1:9090/callback"]
token_endpoint_auth_method = "none"
grant_types = ["authorization_code", "refresh_token"]
resource = "http://127.0.0.1:9090/api"
"#
    );
    write_private(&path, &text)?;
    Ok(path)
}

/// The files in the folder of roots, as the configuration names them.
fn attestation_roots(data: &Path) -> Result<String, Failure> {
    // No folder, no roots: then no key counts as hardware, and the console says so.
    let Ok(entries) = std::fs::read_dir(data.join(ROOTS_FOLDER)) else { return Ok(String::new()) };
    let names: Result<Vec<_>, _> = entries.map(|entry| entry.map(|entry| entry.file_name())).collect();
    let mut names: Vec<_> = names.map_err(Failure::new)?;
    names.sort();
    let quoted = names
        .iter()
        .map(|name| toml::Value::String(format!("{ROOTS_FOLDER}/{}", name.to_string_lossy())).to_string());
    Ok(quoted.collect::<Vec<_>>().join(", "))
}

/// The clients as a program reads them.
pub fn clients(addresses: &Addresses, payroll: serde_json::Value) -> serde_json::Value {
    let Addresses { bank, console, .. } = addresses;
    json!([
        {
            "client_id": "bank", "token_endpoint_auth_method": "client_secret_basic",
            "redirect_uris": [format!("{bank}/callback")], "resource": format!("{bank}/api"),
        },
        payroll,
        {
            "client_id": "admin-console", "token_endpoint_auth_method": "client_secret_basic",
            "redirect_uris": [format!("{console}/.riser/callback")], "resource": console,
        },
        {
            "client_id": "playground", "token_endpoint_auth_method": "none",
            "redirect_uris": ["http://127.0.0.1:9090/callback"], "resource": "http://127.0.0.1:9090/api",
        },
    ])
}
