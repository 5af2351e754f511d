mod add;
mod change;

use clap::{Args, Subcommand};
use riser_store::{Person, Store as _};
use riser_store_sqlite::SqliteStore;
use serde_json::json;

use super::{ConfigArg, print, rfc3339};
use crate::failure::Failure;
use crate::installation::Installation;

pub use add::{PasswordRules, add};

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
        to: Outcome,
    },
    /// Lists the accounts.
    List {
        #[command(flatten)]
        to: Outcome,
    },
    /// Shuts an account: its sessions and tokens end.
    Disable {
        #[command(flatten)]
        whose: Whose,
    },
    /// Opens an account again. What ended when it was shut does not come back.
    Enable {
        #[command(flatten)]
        whose: Whose,
    },
    /// Sets a password: every session and token of the account ends, and its owner is told.
    SetPassword {
        #[command(flatten)]
        whose: Whose,
        /// Reads the password from standard input; one final newline is dropped.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Changes where notices go; the old address is told too.
    SetEmail {
        #[command(flatten)]
        whose: Whose,
        /// The address.
        #[arg(required_unless_present = "none")]
        email: Option<String>,
        /// Tell nobody any more.
        #[arg(long, conflicts_with = "email")]
        none: bool,
    },
    /// Ends every session and token of an account.
    EndSessions {
        #[command(flatten)]
        whose: Whose,
    },
}

/// On which installation, and how the outcome is said.
#[derive(Args)]
pub struct Outcome {
    #[command(flatten)]
    config: ConfigArg,
    /// One JSON document.
    #[arg(long)]
    json: bool,
}

/// The account that a command is about.
#[derive(Args)]
pub struct Whose {
    /// Whose.
    name: String,
    #[command(flatten)]
    to: Outcome,
}

impl Whose {
    fn open(&self) -> Result<Installation, Failure> {
        Installation::open(&self.to.config.config)
    }

    async fn person(&self, store: &SqliteStore) -> Result<Person, Failure> {
        let name = &self.name;
        let person = store.user_by_name(name).await?;
        person.ok_or_else(|| Failure::new(format!("there is no account of `{name}`")))
    }

    /// Says what was done: a document with the name in it, or a line.
    fn done(&self, mut document: serde_json::Value, line: &str) {
        document["name"] = json!(self.name);
        print(self.to.json, &document, line);
    }
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Add { name, password_stdin, email, to } => {
            let password = if password_stdin { Some(add::read_password()?) } else { None };
            let installation = Installation::open(&to.config.config)?;
            let rules = PasswordRules::of(&installation.parts);
            let id = add(&installation.store, &name, email, password, rules).await?;
            let document = json!({ "id": id.as_str(), "name": name });
            print(to.json, &document, &format!("Made the account of {name}."));
            Ok(())
        }
        Command::List { to } => list(&to).await,
        Command::Disable { whose } => change::disable(&whose).await,
        Command::Enable { whose } => change::enable(&whose).await,
        Command::SetPassword { whose, .. } => add::set_password(&whose).await,
        Command::SetEmail { whose, email, .. } => change::set_email(&whose, email).await,
        Command::EndSessions { whose } => change::end_sessions(&whose).await,
    }
}

async fn list(to: &Outcome) -> Result<(), Failure> {
    let people = Installation::open(&to.config.config)?.store.users().await?;
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
    print(to.json, &json!(document), &lines.join("\n"));
    Ok(())
}
