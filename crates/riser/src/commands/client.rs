use clap::Subcommand;
use serde_json::json;

use super::{ConfigArg, print};
use crate::config::Parts;
use crate::failure::Failure;

#[derive(Subcommand)]
pub enum Command {
    /// Lists the clients of the configuration.
    List {
        #[command(flatten)]
        config: ConfigArg,
        /// One JSON document.
        #[arg(long)]
        json: bool,
    },
}

pub fn run(command: &Command) -> Result<(), Failure> {
    let Command::List { config, json } = command;
    let parts = Parts::load(&config.config)?;
    let document: Vec<_> = parts
        .clients
        .iter()
        .map(|(id, name)| json!({ "client_id": id.as_str(), "client_name": name }))
        .collect();
    let lines: Vec<String> = parts.clients.iter().map(|(id, name)| format!("{id}  {name}")).collect();
    print(*json, &json!(document), &lines.join("\n"));
    Ok(())
}
