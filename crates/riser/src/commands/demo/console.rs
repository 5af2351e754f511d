//! The admin console of the demonstration, with its guard in the same process: nobody has to install a proxy to try it.
//! docs/quickstart-nginx.md has the same guard before a process of its own.

use riser_core::Seconds;
use riser_demo_admin_console::{Tenants, router};
use riser_forward_auth::{Gate, GateConfig, Needs, Rule, Rules};
use riser_guard::Requirement;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Addresses;
use super::seed::Seed;
use crate::failure::Failure;

/// How long a hardware key that was shown counts.
const WINDOW: Seconds = Seconds(300);

/// What people are told when they try.
const REASON: &str =
    "Deleting a tenant takes a hardware key; a passkey that is synced between devices is none.";

/// The console, ready to serve.
pub struct Console {
    gate: Gate,
    listener: TcpListener,
}

impl Console {
    /// Takes its port.
    pub async fn bind(addresses: &Addresses, seed: &Seed) -> Result<Self, Failure> {
        let mut config =
            GateConfig::new(&addresses.provider, "admin-console", &seed.console_secret, &addresses.console);
        "Larchmont Hosting".clone_into(&mut config.name);
        config.rules = rules()?;
        let gate = Gate::new(config)?;
        let port = addresses.console_port;
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
            Failure::new(format!("port {port} for the admin console: {error}; choose another with --listen"))
        })?;
        Ok(Self { gate, listener })
    }

    /// Serves until told to stop.
    pub async fn serve(self, mut stop: watch::Receiver<bool>) {
        let guarded = router(Tenants::default()).layer(self.gate.layer());
        riser_forward_auth::serve(guarded, self.listener, async move {
            let _ = stop.wait_for(|stop| *stop).await;
        })
        .await;
    }
}

/// Styles for anybody, reading for who is signed in, deleting with a hardware key, and nothing else.
fn rules() -> Result<Rules, Failure> {
    let rule = |method: &str, path: &str, needs: Needs| Rule::new(&[method.to_owned()], path, needs, None);
    let hardware = Requirement::new("phrh")?.max_age(WINDOW)?;
    let rules = vec![
        rule("GET", "/assets/**", Needs::Nothing)?,
        rule("POST", "/tenants/*/delete", Needs::Level(hardware))?.reason(Some(REASON.to_owned())),
        rule("GET", "/**", Needs::SignIn)?,
    ];
    Rules::new(rules).map_err(|(_, error)| Failure::new(error))
}
