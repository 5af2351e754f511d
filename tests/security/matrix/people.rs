//! People of each kind, with each session, and what can be read of them.

use riser_core::UserId;
use riser_core::assurance::Factor;
use riser_factors::webauthn::{AttestationRoots, MetadataPolicy};
use riser_server::{Clock as _, RegisteredClient, Trust};
use riser_testkit::account::App;
use riser_testkit::authenticator::{Attester, KeyKind, SoftAuthenticator, attestation_root};
use riser_testkit::browser::Browser;
use riser_testkit::server::{PASSWORD, Setup, TestServer};
use serde_json::json;

use super::{Held, Kind};

/// Somebody, and all that they have.
pub struct Person {
    pub id: UserId,
    pub name: String,
    /// The browser whose session is in question.
    pub browser: Browser,
    /// Where they are signed in too, by password.
    pub elsewhere: Browser,
    pub passkey: Option<SoftAuthenticator>,
    pub hardware: Option<SoftAuthenticator>,
    pub app: Option<App>,
    pub made_at: i64,
    /// The `sid` of that session.
    pub sid: String,
}

pub async fn server() -> TestServer {
    server_with(Vec::new()).await
}

pub async fn server_with(clients: Vec<RegisteredClient>) -> TestServer {
    let roots = AttestationRoots::from_der([attestation_root().unwrap()]).unwrap();
    let trust = Trust::new(roots, MetadataPolicy::default(), None);
    let server = TestServer::start_fast(Setup { clients, trust, ..Setup::default() }).await;
    server.add_user_fast("mallory").await;
    server
}

pub fn synced() -> SoftAuthenticator {
    SoftAuthenticator::synced(KeyKind::Es256)
}

pub fn hardware() -> SoftAuthenticator {
    SoftAuthenticator::security_key(KeyKind::Es256).attested_by(Attester::w3c().unwrap())
}

async fn by_link(
    server: &TestServer,
    user: &UserId,
    browser: &mut Browser,
    ceiling: &str,
    key: &mut SoftAuthenticator,
) {
    let link = server.enrolment_link(user, ceiling).await;
    let visit = browser.get(&link).await.location().to_owned();
    let done = browser.register(&visit, key).await;
    assert_eq!(done.json()["status"], "done", "{done:?}");
}

/// A code that no earlier one has used up.
pub fn fresh_code(server: &TestServer, app: &App) -> String {
    server.clock.advance(30);
    app.code(&server.clock)
}

/// Makes a person of a kind with a session that holds `held`, which is a minute old.
pub async fn person(server: &TestServer, kind: Kind, held: Held) -> Person {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("person-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let id = server.add_user_fast(&name).await;
    let mut elsewhere = server.inside();
    server.sign_in(&mut elsewhere, &name).await;
    let (mut passkey, mut key, mut app) = (None, None, None);
    if matches!(kind, Kind::Passkey | Kind::Hardware) {
        let mut made = synced();
        by_link(server, &id, &mut elsewhere, "phr", &mut made).await;
        passkey = Some(made);
    }
    if kind == Kind::Hardware {
        let mut made = hardware();
        by_link(server, &id, &mut elsewhere, "phrh", &mut made).await;
        key = Some(made);
    }
    if kind == Kind::Totp {
        let link = server.enrolment_link(&id, "aal2").await;
        let visit = elsewhere.get(&link).await.location().to_owned();
        app = Some(elsewhere.register_totp(&visit, &server.clock).await);
    }
    let mut browser = server.inside();
    if held != Held::Nobody {
        server.sign_in(&mut browser, &name).await;
        browser.tokens("bank", &[]).await;
    }
    match held {
        Held::Nobody | Held::Aal1 => {}
        Held::Aal2 => {
            let visit = browser.visit("app", &[("acr_values", "aal2")]).await;
            let code = fresh_code(server, app.as_ref().unwrap());
            let done = browser.post(&format!("{visit}/totp"), &json!({ "code": code })).await;
            assert!(done.param("code").is_some(), "{done:?}");
        }
        Held::Phr => {
            browser.step_up("app", &[("acr_values", "phr")], passkey.as_ref().unwrap()).await;
        }
        Held::Phrh => {
            browser.step_up("app", &[("acr_values", "phrh")], key.as_ref().unwrap()).await;
        }
        Held::Lapsed => {
            let (level, with) = match (&key, &passkey) {
                (Some(key), _) => ("phrh", key),
                (None, passkey) => ("phr", passkey.as_ref().unwrap()),
            };
            browser.step_up("app", &[("acr_values", level)], with).await;
            server.clock.advance(16 * 60);
        }
    }
    server.clock.advance(60);
    let made_at = server.clock.now().0;
    let sid = browser.held().await["sid"].as_str().unwrap_or_default().to_owned();
    Person { id, name, browser, elsewhere, passkey, hardware: key, app, made_at, sid }
}

/// What there is to be seen of an account in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Live credentials: id, factor, name, ceiling, and a password's hash.
    credentials: Vec<(String, Factor, String, String, String)>,
    recovery_codes: Option<String>,
    email: Option<String>,
    sessions: usize,
    applications: usize,
    recovery: bool,
}

pub async fn account(server: &TestServer, user: &UserId) -> Account {
    use riser_store::Secret;
    let (store, now) = (&server.app.store, server.clock.now());
    let life = server.app.provider.session_life;
    let live = store.credentials(user).await.unwrap();
    let live: Vec<_> = live.into_iter().filter(|stored| stored.revoked_at.is_none()).collect();
    let hash = |secret: &Secret| match secret {
        Secret::Password(hash) => hash.clone(),
        _ => String::new(),
    };
    let codes = live.iter().find(|stored| stored.secret == Secret::RecoveryCodes);
    let mut credentials: Vec<_> = live
        .iter()
        .filter(|stored| stored.secret != Secret::RecoveryCodes)
        .map(|stored| {
            let ceiling = format!("{:?} {:?}", stored.ceiling, stored.rising);
            let id = stored.id.as_str().to_owned();
            (id, stored.secret.factor(), stored.label.clone(), ceiling, hash(&stored.secret))
        })
        .collect();
    credentials.sort_by(|a, b| a.0.cmp(&b.0));
    Account {
        credentials,
        recovery_codes: codes.map(|stored| stored.id.as_str().to_owned()),
        email: store.user(user).await.unwrap().unwrap().email,
        sessions: store.sessions_of(user, life, now).await.unwrap().len(),
        applications: store.applications_of(user, life, now).await.unwrap().len(),
        recovery: store.open_recovery(user, now).await.unwrap().is_some(),
    }
}

impl Account {
    /// What became of it, in one word a kind of change. Sessions that end with a raised generation are not
    /// named: that is how the change works.
    pub fn changed_to(&self, after: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for now in &after.credentials {
            match self.credentials.iter().find(|before| before.0 == now.0) {
                None => found.push(format!("+{}", now.1.name())),
                Some(before) if before.2 != now.2 => found.push("renamed".to_owned()),
                Some(before) if before.4 != now.4 => found.push("password".to_owned()),
                Some(before) if before != now => found.push("ceiling".to_owned()),
                Some(_) => {}
            }
        }
        for before in &self.credentials {
            if !after.credentials.iter().any(|now| now.0 == before.0) {
                found.push(format!("-{}", before.1.name()));
            }
        }
        if self.recovery_codes != after.recovery_codes {
            found.push("codes".to_owned());
        }
        if self.email != after.email {
            found.push("email".to_owned());
        }
        if self.recovery != after.recovery {
            found.push("recovery".to_owned());
        }
        if found.is_empty() && self.sessions != after.sessions {
            found.push("session".to_owned());
        }
        if found.is_empty() && self.applications != after.applications {
            found.push("application".to_owned());
        }
        found
    }

    pub fn credential(&self, factor: Factor) -> Option<&str> {
        self.credentials.iter().find(|stored| stored.1 == factor).map(|stored| stored.0.as_str())
    }
}

/// Begins a recovery of what the person holds; the cookies of its browser and its visit.
pub async fn recovery(server: &TestServer, person: &mut Person, kind: Kind) -> (Browser, String) {
    let (mut browser, visit) = recovery_with_code(server, person, kind).await;
    let held = account(server, &person.id).await;
    let lost = [Factor::Passkey, Factor::Totp].iter().find_map(|factor| held.credential(*factor)).unwrap();
    let begun = browser.post(&format!("{visit}/recovery"), &json!({ "lost": lost })).await;
    assert_eq!(begun.json()["status"], "done", "{begun:?}");
    (browser, visit)
}

/// A recovery in which password and code are given, and which waits for what is lost.
pub async fn recovery_with_code(server: &TestServer, person: &mut Person, kind: Kind) -> (Browser, String) {
    let mut elsewhere = person.elsewhere.clone();
    let visit = elsewhere.account_visit(&json!({ "action": "new_recovery_codes" })).await;
    let strongest = kind.proofs().last().copied().unwrap();
    super::cells::prove(server, &mut elsewhere, None, &visit, person, strongest).await;
    let made = elsewhere.post(&format!("{visit}/enrol/recovery-codes"), &json!({})).await.json();
    person.elsewhere = elsewhere;
    let code = made["codes"][0].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    let mut browser = server.inside();
    let visit = browser.get("/recovery").await.location().to_owned();
    browser.sign_in(&visit, &person.name, PASSWORD).await;
    let asked = browser.post(&format!("{visit}/recovery-code"), &json!({ "code": code })).await;
    assert_eq!(asked.json()["recovery"]["asks"], "lost", "{asked:?}");
    (browser, visit)
}
