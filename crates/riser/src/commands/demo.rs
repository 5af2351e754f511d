use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use riser_core::Seconds;
use riser_core::assurance::{Ceiling, Factor};
use riser_demo_bank::BankConfig;
use riser_store::Store as _;
use riser_store_sqlite::SqliteStore;
use serde_json::json;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use super::serve::{bind_loopback, start_logs, stop_signal};
use super::user::{self, PasswordRules};
use crate::config::Parts;
use crate::failure::Failure;
use crate::installation::{self, grant_enrolment, open_store};

mod console;
mod payroll;
mod seed;

use payroll::{Payroll, Started};

#[derive(clap::Args)]
pub struct Args {
    /// Where the provider listens; the bank, the admin console and the payroll take the next ports. Loopback only.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the data lives. It survives a restart.
    #[arg(long, default_value = "./riser-demo")]
    data: PathBuf,
    /// The folder of the payroll application, where it is not this checkout's `demo/payroll`.
    #[arg(long, value_name = "DIR")]
    payroll: Option<PathBuf>,
    /// One line of JSON when everything is ready.
    #[arg(long)]
    json: bool,
}

/// How long a recovery waits in the demonstration; a configured one waits an hour or more.
const RECOVERY_DELAY: Seconds = Seconds(60);

/// Where the parts of the demonstration stand.
pub struct Addresses {
    provider: String,
    bank: String,
    bank_port: u16,
    console: String,
    console_port: u16,
    payroll_port: u16,
}

impl Addresses {
    fn from(listen: SocketAddr) -> Result<Self, Failure> {
        if !listen.ip().is_loopback() {
            return Err(Failure::new("the demonstration listens on loopback only: use 127.0.0.1:PORT"));
        }
        let port = listen.port();
        let after = |places: u16| port.checked_add(places).filter(|_| port != 0);
        let ports = after(1).zip(after(2)).zip(after(3));
        let ((bank_port, console_port), payroll_port) =
            ports.ok_or_else(|| Failure::new("choose a port from 1 to 65532"))?;
        Ok(Self {
            // Two sites on one machine: cookies and popups behave as they do in life.
            provider: format!("http://localhost:{port}"),
            bank: format!("http://127.0.0.1:{bank_port}"),
            bank_port,
            console: format!("http://127.0.0.1:{console_port}"),
            console_port,
            payroll_port,
        })
    }
}

pub async fn run(args: Args) -> Result<(), Failure> {
    start_logs(false);
    let addresses = Addresses::from(args.listen)?;
    let seed = seed::Seed::load_or_make(&args.data)?;
    let payroll = Payroll::prepare(&args.data, &addresses.provider, addresses.payroll_port)?;
    let config = seed::write_config(&args.data, &addresses, args.listen, &payroll.registration())?;
    let mut parts = Parts::load(&config)?;
    // What a configuration may not say: nobody waits a day to see a recovery through, and nobody's account is here.
    parts.provider.enrolment.recovery_delay = RECOVERY_DELAY;
    let store = Arc::new(open_store(&parts.database)?);
    let people = people(&store, &seed, &addresses.provider, PasswordRules::of(&parts)).await?;
    let listeners = bind_loopback(args.listen.port()).await?;
    let bank_listener = TcpListener::bind(("127.0.0.1", addresses.bank_port)).await.map_err(|error| {
        Failure::new(format!(
            "port {} for the bank: {error}; choose another with --listen",
            addresses.bank_port
        ))
    })?;
    let console = console::Console::bind(&addresses, &seed).await?;
    let running = installation::app(parts, store).await?;
    let metrics = running.metrics_url();
    let stop = stop_signal();
    let provider = tokio::spawn(running.serve(listeners, stop.clone()));
    let bank = BankConfig {
        issuer: addresses.provider.clone(),
        client_id: "bank".to_owned(),
        client_secret: seed.bank_secret.to_string(),
        public_url: addresses.bank.clone(),
        database: args.data.join("bank.db"),
    };
    let mut told = stop.clone();
    let bank = tokio::spawn(riser_demo_bank::serve(bank, bank_listener, async move {
        let _ = told.wait_for(|stop| *stop).await;
    }));
    let console = tokio::spawn(console.serve(stop.clone()));
    let started = payroll.start(args.payroll.as_deref()).await;
    announce(&args, &addresses, &people, &config, (&payroll, &started), metrics.as_deref());
    provider.await.map_err(|error| Failure::new(format!("the provider stopped: {error}")))??;
    let (bank, console) = (bank.await, console.await);
    started.stop().await;
    bank.map_err(|error| Failure::new(format!("the bank stopped: {error}")))?
        .map_err(|error| Failure::new(format!("the bank: {error}")))?;
    console.map_err(|error| Failure::new(format!("the admin console stopped: {error}")))
}

/// A seeded person, with the link to their first passkey while they have none.
struct SeededPerson {
    name: &'static str,
    password: String,
    enrolment_url: Option<String>,
    about: &'static str,
}

async fn people(
    store: &SqliteStore,
    seed: &seed::Seed,
    provider: &str,
    rules: PasswordRules<'_>,
) -> Result<Vec<SeededPerson>, Failure> {
    let mut people = Vec::new();
    for (name, password, enrols, about) in [
        ("ada", &seed.ada, true, "enrols a passkey by the link below"),
        ("grace", &seed.grace, false, "has a password only"),
    ] {
        if store.user_by_name(name).await?.is_none() {
            let password = Zeroizing::new(password.to_string());
            user::add(store, name, Some(format!("{name}@example.com")), Some(password), rules).await?;
        }
        let enrolment_url = if enrols { first_passkey_link(store, name, provider).await? } else { None };
        people.push(SeededPerson { name, password: password.to_string(), enrolment_url, about });
    }
    Ok(people)
}

async fn first_passkey_link(
    store: &SqliteStore,
    name: &str,
    provider: &str,
) -> Result<Option<String>, Failure> {
    let Some(person) = store.user_by_name(name).await? else { return Ok(None) };
    let credentials = store.credentials(&person.id).await?;
    let has_passkey = credentials
        .iter()
        .any(|credential| credential.revoked_at.is_none() && credential.secret.factor() == Factor::Passkey);
    if has_passkey {
        return Ok(None);
    }
    let phr = riser_core::Acr::parse("phr").map_err(Failure::new)?;
    let ceiling = Ceiling::UpTo(std::collections::BTreeSet::from([phr]));
    let (token, _) = grant_enrolment(store, &person, ceiling, Seconds(24 * 3600)).await?;
    Ok(Some(format!("{provider}/grant/{token}")))
}

fn announce(
    args: &Args,
    addresses: &Addresses,
    people: &[SeededPerson],
    config: &Path,
    (payroll, started): (&Payroll, &Started),
    metrics: Option<&str>,
) {
    if args.json {
        let people: Vec<_> = people
            .iter()
            .map(|person| {
                json!({
                    "username": person.name, "password": person.password, "enrolment_url": person.enrolment_url,
                })
            })
            .collect();
        let document = json!({
            "provider": addresses.provider,
            "bank": addresses.bank,
            "admin_console": addresses.console,
            "payroll": matches!(started, Started::Running(_)).then(|| payroll.address()),
            "config": config,
            "metrics": metrics,
            "mail": args.data.join(seed::MAIL_FOLDER),
            "people": people,
            "clients": seed::clients(addresses, payroll.client()),
        });
        println!("{document}");
        return;
    }
    println!("Riser   {}", addresses.provider);
    println!("Bank    {}", addresses.bank);
    println!("Admin   {}", addresses.console);
    match started {
        Started::Running(_) => println!("Payroll {}", payroll.address()),
        Started::Not(why) => println!("Payroll not running: {why}"),
    }
    println!("Metrics {}\n", metrics.unwrap_or("none"));
    for person in people {
        println!("  {:<6} password {}   {}", person.name, person.password, person.about);
        if let Some(url) = &person.enrolment_url {
            println!("         {url}");
        }
    }
    println!("\nTry: open ada's link, sign in with her password, add a passkey.");
    println!(
        "     Then sign in at the bank as ada and send money: the amount and the payee are what you sign."
    );
    println!("     Or at the payroll: her payslips ask for nothing, another account for her salary does.");
    println!("     Then as grace: she has no passkey, and is told how to get one.");
    println!("     Then at the admin console, as ada: deleting a tenant takes a hardware key, and says so.");
    println!("\nLetters to ada and grace are files in {}.", args.data.join(seed::MAIL_FOLDER).display());
    println!("A recovery waits a minute here; elsewhere an hour at least, and a day unless configured.");
    println!("\nAdministration works on the same data:  riser user list --config {}", config.display());
    println!("Stop with Ctrl-C; the data in {} stays.", args.data.display());
}
