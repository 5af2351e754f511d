use clap::Subcommand;
use riser_core::CredentialId;
use riser_core::audit::{Entry, Event};
use riser_store::Store as _;
use serde_json::json;

use super::{ConfigArg, print, rfc3339};
use crate::failure::Failure;
use crate::installation::{Installation, now};

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
    /// Revokes a credential: what was proved with it counts for nothing from now on.
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
                        "created_at": rfc3339(credential.created_at),
                        "last_used_at": credential.last_used_at.map(rfc3339),
                        "revoked_at": credential.revoked_at.map(rfc3339),
                    })
                })
                .collect();
            let lines: Vec<String> = credentials
                .iter()
                .map(|credential| {
                    let revoked = if credential.revoked_at.is_some() { "  (revoked)" } else { "" };
                    format!(
                        "{}  {}  {}{revoked}",
                        credential.id,
                        credential.secret.factor().name(),
                        credential.label
                    )
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
            let event =
                Event::CredentialRevoked { user: credential.user.clone(), credential: credential.id.clone() };
            store
                .revoke_credential(&CredentialId::new(id.clone()), now(), Entry { at: now(), event }.into())
                .await?;
            print(json, &json!({ "id": id, "revoked": true }), &format!("Revoked {id}."));
            Ok(())
        }
    }
}

async fn of(
    store: &riser_store_sqlite::SqliteStore,
    name: &str,
) -> Result<Vec<riser_store::StoredCredential>, Failure> {
    let person = store.user_by_name(name).await?;
    let person = person.ok_or_else(|| Failure::new(format!("there is no account of `{name}`")))?;
    Ok(store.credentials(&person.id).await?)
}
