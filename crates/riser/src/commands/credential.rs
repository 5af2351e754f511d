use clap::Subcommand;
use riser_core::account::Notice;
use riser_core::assurance::Ceiling;
use riser_core::audit::Event;
use riser_store::{Secret, Store as _, StoreError, StoredCredential, Told};
use serde_json::json;

use super::{ConfigArg, print, rfc3339};
use crate::failure::Failure;
use crate::installation::{Installation, now, told};

#[derive(Subcommand)]
pub enum Command {
    /// Lists a person's credentials.
    List {
        /// Whose.
        #[arg(long)]
        user: String,
        #[command(flatten)]
        config: ConfigArg,
        /// One JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Revokes a credential: what was proved with it counts for nothing from now on, and every session ends.
    Revoke {
        /// Whose.
        #[arg(long)]
        user: String,
        /// Which, as `list` names it.
        id: String,
        #[command(flatten)]
        config: ConfigArg,
        /// One JSON document.
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::List { user, config, json } => {
            let store = Installation::open(&config.config)?.store;
            let credentials = of(&store, &user).await?;
            let document: Vec<_> = credentials
                .iter()
                .map(|credential| {
                    json!({
                        "id": credential.id.as_str(), "label": credential.label,
                        "factor": credential.secret.factor().name(), "ceiling": credential.ceiling,
                        "rising": credential.rising.as_ref().map(|rising| {
                            json!({ "to": rising.to.as_str(), "at": rfc3339(rising.at) })
                        }),
                        "hardware": Hardware::of(credential).bound, "model": Hardware::of(credential).model,
                        "created_at": rfc3339(credential.created_at),
                        "last_used_at": credential.last_used_at.map(rfc3339),
                        "revoked_at": credential.revoked_at.map(rfc3339),
                    })
                })
                .collect();
            let lines: Vec<String> = credentials
                .iter()
                .map(|credential| {
                    let factor = credential.secret.factor().name();
                    format!("{}  {factor}  {}{}", credential.id, credential.label, remarks(credential))
                })
                .collect();
            print(json, &json!(document), &lines.join("\n"));
            Ok(())
        }
        Command::Revoke { user, id, config, json } => {
            let store = Installation::open(&config.config)?.store;
            let credential =
                of(&store, &user).await?.into_iter().find(|credential| credential.id.as_str() == id);
            let credential = credential.ok_or_else(|| {
                Failure::new(format!("`{user}` has no credential `{id}`: see `riser credential list`"))
            })?;
            let (owner, at) = (credential.user.clone(), now());
            let event = Event::CredentialRevoked { user: owner.clone(), credential: credential.id.clone() };
            let notice = Notice::CredentialRemoved {
                factor: credential.secret.factor(),
                label: credential.label.clone(),
            };
            let told = told(&owner, at, event, notice);
            store.revoke_credential(&credential.id, at, told).await.map_err(|error| match error {
                StoreError::Conflict => Failure::new(format!("`{id}` is revoked: there is nothing to do")),
                error => error.into(),
            })?;
            // What somebody did with it may stand on other proofs by now: all of it ends.
            store.raise_generation(&owner, None, at, Told::nothing()).await.map_err(|error| {
                let cure = format!("run `riser user end-sessions {user}`");
                Failure::new(format!("`{id}` is revoked, but sessions go on ({error}): {cure}"))
            })?;
            print(json, &json!({ "id": id, "revoked": true }), &format!("Revoked {id}."));
            Ok(())
        }
    }
}

async fn of(store: &riser_store_sqlite::SqliteStore, name: &str) -> Result<Vec<StoredCredential>, Failure> {
    let person = store.user_by_name(name).await?;
    let person = person.ok_or_else(|| Failure::new(format!("there is no account of `{name}`")))?;
    Ok(store.credentials(&person.id).await?)
}

/// What is known of the authenticator that holds a credential.
struct Hardware<'a> {
    /// Whether it cannot leave that one; not known to be so for anything but a passkey.
    bound: bool,
    /// What its maker calls it.
    model: Option<&'a str>,
}

impl<'a> Hardware<'a> {
    fn of(credential: &'a StoredCredential) -> Self {
        match &credential.secret {
            Secret::Passkey(passkey) => Self {
                bound: passkey.hardware_bound && !passkey.backup_eligible,
                model: passkey.model.as_deref(),
            },
            _ => Self { bound: false, model: None },
        }
    }
}

/// What a person should know beside the name.
fn remarks(credential: &StoredCredential) -> String {
    let mut remarks = Vec::new();
    if let Ceiling::UpTo(levels) = &credential.ceiling {
        let levels: Vec<&str> = levels.iter().map(|acr| acr.as_str()).collect();
        remarks.push(format!(
            "up to {}",
            if levels.is_empty() { "nothing".to_owned() } else { levels.join(", ") }
        ));
    }
    if let Some(rising) = &credential.rising {
        remarks.push(format!("{} from {}", rising.to, rfc3339(rising.at)));
    }
    let hardware = Hardware::of(credential);
    if hardware.bound {
        remarks.push("hardware".to_owned());
    }
    remarks.extend(hardware.model.map(|model| model.chars().filter(|c| !c.is_control()).collect()));
    let known = if remarks.is_empty() { String::new() } else { format!("  ({})", remarks.join("; ")) };
    let revoked = if credential.revoked_at.is_some() { "  (revoked)" } else { "" };
    known + revoked
}
