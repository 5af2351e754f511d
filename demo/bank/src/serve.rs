use std::{future::Future, sync::Arc, time::Duration};

use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::{BankConfig, BankError, bank::Bank, web};

/// For the headers of a request, so that slow senders do not hold connections.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves the bank on `listener` until `shutdown` is done. The provider need not be up yet.
///
/// # Errors
/// [`BankError`] when the configuration does not fit or the database cannot be opened.
pub async fn serve(
    config: BankConfig,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), BankError> {
    let router = web::router(Arc::new(Bank::new(config)?));
    // Each connection holds a receiver: when all are gone, all have ended.
    let (stopping, stopped) = watch::channel(false);
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, _peer)) => {
                tokio::spawn(connection(stream, router.clone(), stopped.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "A connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(stopped);
    // Nobody listening is nobody to tell.
    let _ = stopping.send(true);
    let _ = tokio::time::timeout(Duration::from_secs(5), stopping.closed()).await;
    Ok(())
}

async fn connection(stream: TcpStream, router: axum::Router, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(served);
    tokio::select! {
        _ended = served.as_mut() => {}
        _ = stopped.changed() => {
            served.as_mut().graceful_shutdown();
            let _ended = served.await;
        }
    }
}
