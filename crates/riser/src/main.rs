//! The `riser` binary: configuration and commands. The only crate that names a store.

mod clock;
mod commands;
mod config;
mod failure;
mod installation;
mod mail;
mod metadata;
mod policies;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Riser: a stronger proof in the middle of a session, for one action, without logging anyone out.
#[derive(Parser)]
#[command(name = "riser", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The provider and a sample bank on loopback, with seeded people: try it in one minute.
    Demo(commands::demo::Args),
    /// The provider.
    Serve(commands::serve::Args),
    /// Checks a configuration; says file, line and cure.
    Check(commands::check::Args),
    /// Brings the database to this version's schema.
    Migrate(commands::migrate::Args),
    /// People.
    #[command(subcommand)]
    User(commands::user::Command),
    /// Registered clients.
    #[command(subcommand)]
    Client(commands::client::Command),
    /// Registered credentials.
    #[command(subcommand)]
    Credential(commands::credential::Command),
    /// Enrolment links.
    #[command(subcommand)]
    Grant(commands::grant::Command),
    /// The guard in front of applications, for nginx, Traefik, Caddy and Envoy.
    ForwardAuth(commands::forward_auth::Args),
    /// The rules about actions.
    #[command(subcommand)]
    Policy(commands::policy::Command),
}

fn main() -> ExitCode {
    // Wrong usage ends with 2, as clap does by itself.
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::Failure::new(format!("the runtime did not start: {error}")).report(),
    };
    let ended = runtime.block_on(async {
        match cli.command {
            Command::Demo(args) => commands::demo::run(args).await,
            Command::Serve(args) => commands::serve::run(args).await,
            Command::Check(args) => commands::check::run(&args).await,
            Command::Migrate(args) => commands::migrate::run(&args),
            Command::User(command) => commands::user::run(command).await,
            Command::Client(command) => commands::client::run(&command),
            Command::Credential(command) => commands::credential::run(command).await,
            Command::Grant(command) => commands::grant::run(command).await,
            Command::ForwardAuth(args) => commands::forward_auth::run(args).await,
            Command::Policy(command) => commands::policy::run(command).await,
        }
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
