//! A person at their own account, and what becomes of it.

use riser_factors::totp::{STEP, TotpSecret};
use riser_store::OutgoingLetter;
use serde_json::{Value, json};

use crate::authenticator::SoftAuthenticator;
use crate::browser::{Answer, Browser};
use crate::clock::FakeClock;
use crate::server::{PASSWORD, TestServer};

/// An authenticator app.
#[derive(Clone, Debug)]
pub struct App {
    secret: TotpSecret,
}

impl App {
    /// The app that has read what an enrolment offered.
    #[must_use]
    pub fn reading(offered: &Value) -> Self {
        let text: String = offered["secret"].as_str().expect("a secret").split_whitespace().collect();
        let bytes = data_encoding::BASE32_NOPAD.decode(text.as_bytes()).expect("base32");
        Self { secret: TotpSecret::from_stored(&bytes).expect("twenty bytes") }
    }

    /// The bytes that it shares with the server.
    #[must_use]
    pub fn secret(&self) -> &[u8] {
        self.secret.as_bytes()
    }

    /// The code that it shows.
    #[must_use]
    pub fn code(&self, clock: &FakeClock) -> String {
        use riser_server::Clock as _;
        let oracle = rfc_4226::code(self.secret.as_bytes(), clock.now().0.div_euclid(STEP));
        format!("{oracle:06}")
    }
}

/// RFC 4226 §5.3, written down once more: what the server has must not be its own oracle.
mod rfc_4226 {
    use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};

    pub(super) fn code(secret: &[u8], step: i64) -> u32 {
        let tag = sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret), &step.to_be_bytes());
        let bytes = tag.as_ref();
        let offset = usize::from(bytes[19] & 0x0f);
        let four: [u8; 4] = bytes[offset..offset + 4].try_into().expect("four bytes");
        (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000
    }
}

impl Browser {
    /// Opens a visit to one's own account for an action; its address.
    pub async fn account_visit(&mut self, action: &Value) -> String {
        let opened = self.try_account_visit(action).await;
        assert_eq!(opened.status, 200, "{opened:?}");
        let id = opened.json()["id"].as_str().expect("an id").to_owned();
        format!("{}/interaction/{id}", self.issuer())
    }

    /// Asks for a visit to one's own account.
    pub async fn try_account_visit(&mut self, action: &Value) -> Answer {
        self.post("/account/visits", action).await
    }

    /// Confirms a visit by the password of [`TestServer::add_user`].
    pub async fn confirm_by_password(&mut self, visit: &str) -> Answer {
        self.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await
    }

    /// Registers a passkey in a visit that is ready for it.
    pub async fn register(&mut self, visit: &str, key: &mut SoftAuthenticator) -> Answer {
        let options = self.post(&format!("{visit}/enrol/passkey/options"), &json!({})).await;
        if options.status != 200 {
            return options;
        }
        let made = key.create(self.issuer(), &options.json()["publicKey"]).expect("a registration");
        self.post(&format!("{visit}/enrol/passkey"), &made).await
    }

    /// Registers an authenticator app in a visit that is ready for it.
    pub async fn register_totp(&mut self, visit: &str, clock: &FakeClock) -> App {
        let offered = self.post(&format!("{visit}/enrol/totp/options"), &json!({})).await;
        assert_eq!(offered.status, 200, "{offered:?}");
        let app = App::reading(&offered.json());
        let done = self.post(&format!("{visit}/enrol/totp"), &json!({ "code": app.code(clock) })).await;
        assert_eq!(done.json()["status"], "done", "{done:?}");
        app
    }

    /// What `/account` tells a program.
    pub async fn account(&mut self) -> Value {
        self.get("/account").await.json()
    }
}

impl TestServer {
    /// The letters that are due and that no earlier call has taken.
    pub async fn letters(&self) -> Vec<OutgoingLetter> {
        use riser_server::Clock as _;
        let now = self.clock.now();
        let letters = self.app.store.due_letters(now, 100).await.expect("a store");
        for letter in &letters {
            self.app.store.letter_sent(letter.id, now).await.expect("a store");
        }
        letters
    }

    /// Their kinds, in order.
    pub async fn notices(&self) -> Vec<String> {
        let kind = |letter: &OutgoingLetter| {
            let value = serde_json::to_value(&letter.notice).expect("JSON");
            value["notice"].as_str().unwrap_or_default().to_owned()
        };
        self.letters().await.iter().map(kind).collect()
    }
}
