//! Benchmarks as programs: complete round trips over HTTP, against a release `riser serve` that is started here
//! on a fresh database. What is measured is printed beside its bar; no figure makes the program fail.

mod client;
mod decide;
mod flood;
mod limit;
mod load;
mod people;
mod report;
mod server_process;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use load::Kind;
use server_process::{Installation, Missing};

/// Whatever stops a measurement, in words.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Measures complete round trips against a release `riser serve`.
#[derive(Parser)]
#[command(name = "riser-bench", about)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Step-ups by passkey: authorize, options, assertion, code, token.
    StepUp(Options),
    /// Requests that the session satisfies already: authorize, code, token.
    Silent(Options),
    /// Passwords faster than they can be hashed, and whether the server still answers.
    Flood(FloodOptions),
    /// A decision among 1,000 rules, beside Cedar's evaluation of the 20 that speak of the action.
    Decide,
}

#[derive(Args)]
struct FloodOptions {
    /// How many passwords.
    #[arg(long, default_value_t = 10_000)]
    checks: usize,
    /// How many at any moment.
    #[arg(long, default_value_t = 1_000)]
    at_once: usize,
}

#[derive(Args)]
struct Options {
    /// How long to measure.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How long to load the server before that.
    #[arg(long, default_value_t = 2)]
    warm_up: u64,
    /// Round trips under way at once, each on a connection of its own.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..))]
    concurrency: u64,
    /// Signed-in sessions that take turns; at least one for each round trip under way. With few, each steps up
    /// several times a second, and holds more proofs of the last ten minutes than any person makes.
    #[arg(long, default_value_t = 4096)]
    sessions: u64,
    /// Accounts that the sessions are of.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..))]
    people: u64,
    /// The core that the server has to itself; the load comes from the others.
    #[arg(long, default_value_t = 0)]
    server_cpu: usize,
    /// Where the database's temporary folder is made: a disk, not memory. The program's own folder by default.
    #[arg(long)]
    data: Option<std::path::PathBuf>,
    /// One JSON document.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let measured = match Cli::parse().what {
        What::StepUp(options) => measure(Kind::StepUp, &options).map(|report| told(&report, options.json)),
        What::Silent(options) => measure(Kind::Silent, &options).map(|report| told(&report, options.json)),
        What::Flood(options) => flood(&options),
        What::Decide => decide::measure().map(|decided| decided.to_string()),
    };
    match measured {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("riser-bench: {error}");
            ExitCode::from(if error.is::<Missing>() { 2 } else { 1 })
        }
    }
}

fn told(report: &report::Report, json: bool) -> String {
    if json { report.to_json() } else { report.to_string() }
}

fn flood(options: &FloodOptions) -> Outcome<String> {
    // Every name is its own; the network that they all come from is not what is measured.
    let installation = Installation::prepare_with(None, 0, "[limits]\nnetwork_attempts = 1000000\n")?;
    let (server, _) = installation.start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let flooded = flood::run(&installation, &server, options.checks, options.at_once.max(1));
    Ok(runtime.block_on(flooded)?.to_string())
}

fn measure(kind: Kind, options: &Options) -> Outcome<report::Report> {
    let installation = Installation::prepare(options.data.as_deref(), options.server_cpu)?;
    let pinned = installation.pin_the_rest();
    let limit = limit::measure()?;

    // The first start makes the database and its keys; the second is every later one.
    let (first, first_ready) = installation.start()?;
    drop(first);
    let (server, ready) = installation.start()?;
    std::thread::sleep(Duration::from_secs(1));
    let idle = server.resident()?;

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let accounts = people::add_accounts(&installation, options.people)?;
    let count = options.sessions.max(options.concurrency);
    let sessions = runtime.block_on(people::sign_in(&installation, accounts, count))?;
    let plan = load::Plan {
        kind,
        concurrency: options.concurrency,
        warm_up: Duration::from_secs(options.warm_up),
        measured: Duration::from_secs(options.seconds),
    };
    let loaded = runtime.block_on(load::run(&installation, &server, sessions, &plan));
    let loaded = loaded.map_err(|error| format!("{error}\n{}", installation.server_log()))?;
    Ok(report::Report {
        kind: kind.name(),
        concurrency: options.concurrency,
        sessions: count,
        server_has_its_own_core: pinned,
        round_trips: loaded.latencies.len(),
        round_trips_per_second: loaded.per_second(),
        p50_ms: loaded.quantile_ms(0.50),
        p99_ms: loaded.quantile_ms(0.99),
        server_cpu_us: loaded.server_cpu_us(),
        server_cpu_share: loaded.server_share(),
        generator_cpu_share: loaded.generator_share(),
        verify_us: limit.verify_us,
        sign_us: limit.sign_us,
        limit_us: kind.limit_us(&limit),
        first_ready_ms: first_ready.as_secs_f64() * 1e3,
        ready_ms: ready.as_secs_f64() * 1e3,
        resident_idle_bytes: idle,
        resident_after_bytes: server.resident()?,
        binary_bytes: installation.binary_size()?,
    })
}
