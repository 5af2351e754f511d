//! For tests that send very many requests or make very many people: no sockets, no disk, and passwords that
//! cost nothing to compare.

use std::path::Path;
use std::sync::Arc;

use riser_core::assurance::Ceiling;
use riser_core::audit::{Entry, Event};
use riser_core::{CredentialId, UserId};
use riser_server::{Clock as _, SystemRandom, secret_token};
use riser_store::{NewCredential, NewUser, Secret};
use riser_store_sqlite::SqliteStore;

use crate::browser::Browser;
use crate::server::{Setup, TestServer};

/// Argon2id of [`PASSWORD`](crate::server::PASSWORD) with the least that Argon2 can cost.
const CHEAP_HASH: &str =
    "$argon2id$v=19$m=8,t=1,p=1$Zm9yIHRlc3RzIG9ubHkuLg$qMMyJzVeMNnp3MRPZYPiEF8v3xbqV7oFLI7QZoz0VMY";

/// A folder in memory where the system has one.
const MEMORY: &str = "/dev/shm";

impl TestServer {
    /// Starts a provider whose database is in memory where that can be.
    pub async fn start_fast(setup: Setup) -> Self {
        let folder = match Path::new(MEMORY).is_dir() {
            true => tempfile::tempdir_in(MEMORY),
            false => tempfile::tempdir(),
        };
        let folder = folder.expect("a folder");
        let store = SqliteStore::open(&folder.path().join("riser.db")).expect("a database");
        Self::start_on(setup, folder, Arc::new(store)).await
    }

    /// Starts a provider on the database at `path`, which stays when the provider goes.
    pub async fn start_at(setup: Setup, path: &Path) -> Self {
        let store = SqliteStore::open(path).expect("a database");
        Self::start_on(setup, tempfile::tempdir().expect("a folder"), Arc::new(store)).await
    }

    /// A new browser that reaches the server without a socket.
    #[must_use]
    pub fn inside(&self) -> Browser {
        Browser::inside(&self.issuer, riser_server::router(self.app.clone()))
    }

    /// Makes a person with the usual password, which costs nothing to make or to compare.
    pub async fn add_user_fast(&self, name: &str) -> UserId {
        let user = UserId::new(secret_token(&SystemRandom)[..22].to_owned());
        let credential = NewCredential {
            id: CredentialId::new(format!("password of {name}")),
            label: "Password".to_owned(),
            ceiling: Ceiling::Unlimited,
            rising: None,
            secret: Secret::Password(CHEAP_HASH.to_owned()),
        };
        let new = NewUser {
            id: user.clone(),
            name: name.to_owned(),
            email: Some(format!("{name}@example.com")),
            credentials: vec![credential],
        };
        let now = self.clock.now();
        let event = Event::UserCreated { user: user.clone() };
        self.app.store.create_user(new, now, Entry { at: now, event }).await.expect("a new user");
        user
    }
}
