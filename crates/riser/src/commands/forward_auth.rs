//! `riser forward-auth`: the guard as a service that a proxy asks about each request.

use std::path::PathBuf;

use riser_forward_auth::Gate;
use tokio::net::TcpListener;

use super::serve::{start_logs, stop_signal};
use crate::config::GuardParts;
use crate::failure::Failure;

#[derive(clap::Args)]
pub struct Args {
    /// The configuration file: docs/quickstart-nginx.md.
    #[arg(long, default_value = "guard.toml", env = "RISER_GUARD_CONFIG")]
    config: PathBuf,
    /// Says whether the configuration can be used, and ends.
    #[arg(long)]
    check: bool,
    /// Prints the lines to include in nginx's server block, and ends.
    #[arg(long)]
    nginx_conf: bool,
    /// Structured logs, one JSON object a line.
    #[arg(long)]
    log_json: bool,
}

pub async fn run(args: Args) -> Result<(), Failure> {
    start_logs(args.log_json);
    let GuardParts { gate: config, listen, rules } = GuardParts::load(&args.config)?;
    let public_url = config.public_url.clone();
    let gate = Gate::new(config)?;
    if args.nginx_conf {
        print!("{}", riser_forward_auth::nginx_conf(&listen));
        return Ok(());
    }
    if args.check {
        println!("{}: {rules} rules for {public_url}", args.config.display());
        return Ok(());
    }
    let listener = TcpListener::bind(&listen)
        .await
        .map_err(|error| Failure::new(format!("{listen}: cannot listen: {error}")))?;
    tracing::info!(%listen, %public_url, rules, "The guard answers");
    let mut stop = stop_signal();
    riser_forward_auth::serve(gate.service(), listener, async move {
        let _ = stop.wait_for(|stop| *stop).await;
    })
    .await;
    Ok(())
}
