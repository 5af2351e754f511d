use std::collections::BTreeSet;

use clap::Subcommand;
use riser_core::Acr;
use riser_core::assurance::Ceiling;
use riser_store::Store as _;
use serde_json::json;

use super::{ConfigArg, print, rfc3339};
use crate::config::parse_duration;
use crate::failure::Failure;
use crate::installation::{Installation, grant_enrolment};

#[derive(Subcommand)]
pub enum Command {
    /// Makes a link with which a person may enrol one credential.
    Create {
        /// For whom.
        #[arg(long)]
        user: String,
        /// How far the credential may lift a session: a level of the ladder.
        #[arg(long)]
        ceiling: String,
        /// How long the link works.
        #[arg(long, default_value = "24h", value_parser = parse_duration)]
        expires: riser_core::Seconds,
        #[command(flatten)]
        config: ConfigArg,
        /// One JSON document.
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(command: Command) -> Result<(), Failure> {
    let Command::Create { user, ceiling, expires, config, json } = command;
    let installation = Installation::open(&config.config)?;
    let ladder = &installation.parts.provider.ground.ladder;
    let acr = Acr::parse(&ceiling).ok().filter(|acr| ladder.knows(acr)).ok_or_else(|| {
        let names: Vec<&str> = ladder.names().iter().map(|acr| acr.as_str()).collect();
        Failure::new(format!("`{ceiling}` is no level of the ladder: use one of {}", names.join(", ")))
    })?;
    let person = installation.store.user_by_name(&user).await?.filter(|person| !person.disabled);
    let person = person.ok_or_else(|| Failure::new(format!("there is no open account of `{user}`")))?;
    let ceiling = Ceiling::UpTo(BTreeSet::from([acr]));
    let (token, expires_at) = grant_enrolment(&*installation.store, &person, ceiling, expires).await?;
    let url = format!("{}/grant/{token}", installation.parts.provider.issuer());
    let expires_at = rfc3339(expires_at);
    print(
        json,
        &json!({ "url": url, "expires_at": expires_at }),
        &format!("{url}\nIt works once, until {expires_at}. {user} opens it and signs in."),
    );
    Ok(())
}
