use std::io::IsTerminal as _;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use super::ConfigArg;
use crate::failure::Failure;
use crate::installation::Installation;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Structured logs, one JSON object a line.
    #[arg(long)]
    log_json: bool,
}

pub async fn run(args: Args) -> Result<(), Failure> {
    start_logs(args.log_json);
    let installation = Installation::open(&args.config.config)?;
    let listen = installation.parts.listen.clone();
    let running = installation.app().await?;
    let listener = TcpListener::bind(&listen)
        .await
        .map_err(|error| Failure::new(format!("{listen}: cannot listen: {error}")))?;
    tracing::info!(issuer = running.app.provider.issuer(), %listen, "Riser serves");
    if let Some(url) = running.metrics_url() {
        tracing::info!(%url, "Metrics are read there, by whoever reaches it");
    }
    running.serve(vec![listener], stop_signal()).await?;
    tracing::info!("Riser has stopped");
    Ok(())
}

/// Logs to standard error: `RUST_LOG` chooses, `info` by default.
pub fn start_logs(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Colours are for a person at a terminal; in a file they are noise.
        .with_ansi(std::io::stderr().is_terminal());
    // A second subscriber in one process is refused; the first one stays.
    let _ = if json { logs.json().try_init() } else { logs.try_init() };
}

/// Becomes true at SIGTERM or Ctrl-C.
pub fn stop_signal() -> watch::Receiver<bool> {
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        let interrupted = tokio::signal::ctrl_c();
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! {
                    _ = interrupted => {}
                    _ = terminated.recv() => {}
                }
            }
            Err(_) => {
                let _ = interrupted.await;
            }
        }
        let _ = tell.send(true);
    });
    told
}

/// Listens on both loopback families, so that `localhost` works whichever a browser tries first.
pub async fn bind_loopback(port: u16) -> Result<Vec<TcpListener>, Failure> {
    let v4 = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        Failure::new(format!("port {port} on 127.0.0.1: {error}; choose another with --listen"))
    })?;
    let mut listeners = vec![v4];
    // A machine without IPv6 still runs the demonstration.
    if let Ok(v6) = TcpListener::bind(("::1", port)).await {
        listeners.push(v6);
    }
    Ok(listeners)
}
