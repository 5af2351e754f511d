//! The bank over real HTTP, a provider in miniature, and a browser that keeps cookies.

#![allow(clippy::unwrap_used, reason = "a set-up that fails fails the test")]
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod browser;
pub mod issuer;

use std::path::PathBuf;

use riser_demo_bank::{BankConfig, serve};
use tokio::net::TcpListener;

pub use browser::Browser;
pub use issuer::Issuer;

pub const SECRET: &str = "the bank's secret";

/// A running bank, its provider, and its database.
pub struct World {
    pub issuer: Issuer,
    pub bank: String,
    folder: PathBuf,
}

impl World {
    pub async fn start() -> Self {
        let issuer = Issuer::start().await;
        Self::around(issuer).await
    }

    pub async fn around(issuer: Issuer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bank = format!("http://{}", listener.local_addr().unwrap());
        let folder = std::env::temp_dir().join(format!(
            "larchmont-{}-{}",
            std::process::id(),
            listener.local_addr().unwrap().port()
        ));
        std::fs::create_dir_all(&folder).unwrap();
        let config = BankConfig {
            issuer: issuer.url.clone(),
            client_id: "bank".into(),
            client_secret: SECRET.into(),
            public_url: bank.clone(),
            database: folder.join("bank.db"),
        };
        assert!(!format!("{config:?}").contains(SECRET));
        tokio::spawn(serve(config, listener, std::future::pending()));
        Self { issuer, bank, folder }
    }

    /// A new browser.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.bank)
    }

    /// A new browser that signed in.
    pub async fn customer(&self) -> Browser {
        let mut browser = self.browser();
        browser.sign_in().await;
        browser
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
