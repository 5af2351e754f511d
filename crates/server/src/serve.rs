use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::app::App;
use crate::http::Peer;
use crate::router::router;

/// How long a connection may take to send its headers, against slow ones (AB-11).
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long requests in flight may take once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How many connections are served at once; more wait in the listener's queue.
const MAX_CONNECTIONS: usize = 4096;

/// Tells a server to stop taking connections and to finish what is running.
pub type Shutdown = watch::Receiver<bool>;

/// Serves the provider on every listener until told to stop.
///
/// An accept loop of our own: axum's leaves hyper's header timeout without effect.
pub async fn serve(app: Arc<App>, listeners: Vec<TcpListener>, shutdown: Shutdown) {
    serve_router(router(app), listeners, shutdown).await;
}

/// Serves what a router answers, on every listener until told to stop.
pub(crate) async fn serve_router(router: axum::Router, listeners: Vec<TcpListener>, shutdown: Shutdown) {
    let permits = Arc::new(tokio::sync::Semaphore::new(MAX_CONNECTIONS));
    let loops = listeners
        .into_iter()
        .map(|listener| tokio::spawn(accept(listener, router.clone(), permits.clone(), shutdown.clone())))
        .collect::<Vec<_>>();
    for accepting in loops {
        if let Err(error) = accepting.await {
            tracing::error!(%error, "An accept loop ended by itself");
        }
    }
    // Every connection gives its permit back when it ends.
    let all = u32::try_from(MAX_CONNECTIONS).unwrap_or(u32::MAX);
    if tokio::time::timeout(DRAIN, permits.acquire_many(all)).await.is_err() {
        tracing::warn!("Connections were still open when the time to drain them ended");
    }
}

async fn accept(
    listener: TcpListener,
    router: axum::Router,
    permits: Arc<tokio::sync::Semaphore>,
    mut shutdown: Shutdown,
) {
    loop {
        let Ok(permit) = permits.clone().acquire_owned().await else { return };
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told(&mut shutdown) => return,
        };
        match stream {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                let (router, shutdown) = (router.clone(), shutdown.clone());
                tokio::spawn(async move {
                    connection(stream, peer, router, shutdown).await;
                    drop(permit);
                });
            }
            Err(error) => {
                // Out of file descriptors, say: wait for some to come back.
                tracing::warn!(%error, "A connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(
    stream: tokio::net::TcpStream,
    peer: std::net::SocketAddr,
    router: axum::Router,
    mut shutdown: Shutdown,
) {
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    tokio::select! {
        _ended = served.as_mut() => {}
        () = told(&mut shutdown) => {
            served.as_mut().graceful_shutdown();
            let _ended = served.await;
        }
    }
}

async fn told(shutdown: &mut Shutdown) {
    // A sender that is gone is a program that is ending.
    let _ = shutdown.wait_for(|stop| *stop).await;
}
