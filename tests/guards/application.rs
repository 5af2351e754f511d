//! An application that knows nothing of OpenID: it answers with what it was asked, and remembers it.

use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What reached the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub remote_user: Vec<String>,
}

#[derive(Clone, Default)]
pub struct Application(Arc<Mutex<Vec<Seen>>>);

impl Application {
    /// Starts it; the port that it listens on.
    pub async fn start() -> (Self, u16) {
        let application = Self::default();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(riser_forward_auth::serve(application.router(), listener, std::future::pending()));
        (application, port)
    }

    pub fn router(&self) -> Router {
        Router::new().fallback(echo).with_state(self.clone())
    }

    /// What has reached it since this was last asked.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

async fn echo(State(application): State<Application>, request: Request) -> Json<Value> {
    let headers = request.headers();
    let all = |name: &str| -> Vec<String> {
        headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    };
    let seen = Seen {
        method: request.method().to_string(),
        target: request.uri().to_string(),
        remote_user: all("remote-user"),
    };
    let said = json!({
        "method": seen.method, "target": seen.target, "remote_user": seen.remote_user,
        "subject": all("x-riser-subject"), "acr": all("x-riser-acr"), "auth_time": all("x-riser-auth-time"),
    });
    application.0.lock().unwrap().push(seen);
    Json(said)
}
