use std::io::Read as _;

use clap::Subcommand;
use riser_core::assurance::Ceiling;
use riser_core::audit::{Entry, Event};
use riser_core::{CredentialId, UserId};
use riser_factors::password::{Password, SOLE_FACTOR_MIN};
use riser_server::{Random as _, SystemRandom};
use riser_store::{NewCredential, NewUser, Secret, Store as _, StoreError};
use serde_json::json;
use zeroize::Zeroizing;

use super::{ConfigArg, print, rfc3339};
use crate::failure::Failure;
use crate::installation::{Installation, fresh_id, now, passwords};

#[derive(Subcommand)]
pub enum Command {
    /// Makes an account.
    Add {
        /// What the person signs in with.
        name: String,
        /// Reads the password from standard input; one final newline is dropped.
        #[arg(long)]
        password_stdin: bool,
        /// Where notices go.
        #[arg(long)]
        email: Option<String>,
        #[command(flatten)]
        config: ConfigArg,
        /// One JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Lists the accounts.
    List {
        #[command(flatten)]
        config: ConfigArg,
        /// One JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Shuts an account: its sessions and tokens end.
    Disable {
        /// Whose.
        name: String,
        #[command(flatten)]
        config: ConfigArg,
        /// One JSON document.
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Add { name, password_stdin, email, config, json } => {
            let password = if password_stdin { Some(read_password()?) } else { None };
            let installation = Installation::open(&config.config)?;
            let id = add(&installation.store, &name, email, password).await?;
            print(json, &json!({ "id": id.as_str(), "name": name }), &format!("Made the account of {name}."));
            Ok(())
        }
        Command::List { config, json } => {
            let people = Installation::open(&config.config)?.store.users().await?;
            let document: Vec<_> = people
                .iter()
                .map(|person| {
                    json!({
                        "id": person.id.as_str(), "name": person.name, "email": person.email,
                        "disabled": person.disabled, "created_at": rfc3339(person.created_at),
                    })
                })
                .collect();
            let lines: Vec<String> = people
                .iter()
                .map(|person| format!("{}{}", person.name, if person.disabled { "  (disabled)" } else { "" }))
                .collect();
            print(json, &json!(document), &lines.join("\n"));
            Ok(())
        }
        Command::Disable { name, config, json } => {
            let store = Installation::open(&config.config)?.store;
            let person = store.user_by_name(&name).await?;
            let person = person.ok_or_else(|| Failure::new(format!("there is no account of `{name}`")))?;
            let event = Event::UserDisabled { user: person.id.clone() };
            store.disable_user(&person.id, now(), Entry { at: now(), event }.into()).await?;
            print(json, &json!({ "name": name, "disabled": true }), &format!("Shut the account of {name}."));
            Ok(())
        }
    }
}

fn read_password() -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin().read_to_string(&mut text)?;
    let bare = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Zeroizing::new(bare.strip_suffix('\r').unwrap_or(bare).to_owned()))
}

/// Makes an account. What its creator registers in this act is as good as its proofs: no ceiling.
pub async fn add(
    store: &riser_store_sqlite::SqliteStore,
    name: &str,
    email: Option<String>,
    password: Option<Zeroizing<String>>,
) -> Result<UserId, Failure> {
    let fits = (1..=128).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(char::is_control);
    if !fits {
        return Err(Failure::new(
            "a name has 1 to 128 characters, without spaces around it or control characters",
        ));
    }
    let mut credentials = Vec::new();
    if let Some(text) = password {
        let password = Password::for_enrolment(&text, SOLE_FACTOR_MIN)?;
        let mut salt = [0; 16];
        salt.copy_from_slice(&SystemRandom.bytes32()[..16]);
        let hash = passwords().hash(&password, salt).await?;
        credentials.push(NewCredential {
            id: CredentialId::new(fresh_id()),
            label: "Password".to_owned(),
            ceiling: Ceiling::Unlimited,
            rising: None,
            secret: Secret::Password(hash.as_str().to_owned()),
        });
    }
    let id = UserId::new(fresh_id());
    let user = NewUser { id: id.clone(), name: name.to_owned(), email, credentials };
    let event = Event::UserCreated { user: id.clone() };
    match store.create_user(user, now(), Entry { at: now(), event }).await {
        Ok(()) => Ok(id),
        Err(StoreError::Taken(_)) => Err(Failure::new(format!("the name `{name}` is taken: choose another"))),
        Err(error) => Err(error.into()),
    }
}
