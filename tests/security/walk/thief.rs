//! The thief: what they have, what they have seen, and what they may do next.

use reqwest::Method;
use riser_core::UserId;
use riser_server::{Clock as _, hashed};
use riser_testkit::account::App;
use riser_testkit::authenticator::SoftAuthenticator;
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::server::TestServer;
use serde_json::{Value, json};

use super::report::{Chance, Report, name_of};
use crate::matrix::people::synced;

/// How much of each kind of thing is remembered.
const MEMORY: usize = 24;

pub struct Thief {
    /// Their own account.
    pub id: UserId,
    pub name: String,
    /// Does not look at tokens.
    pub blind: bool,
    pub steps: usize,
    pub report: Report,
    /// Their own passkeys; the first is registered to their own account.
    pub keys: Vec<SoftAuthenticator>,
    pub chance: Chance,
    /// The victim's cookies, their own, and mixtures.
    pub stolen: Browser,
    pub own: Browser,
    pub old: Vec<Browser>,
    /// Visits, and in which jar each was seen.
    pub visits: Vec<(String, Into)>,
    /// The jar that the next calls are likely to be made with.
    pub prefers: Into,
    /// Names of credentials and sessions, anybody's.
    pub ids: Vec<String>,
    pub csrf: Vec<String>,
    /// Assertions and registrations, sent or not.
    pub responses: Vec<Value>,
    pub apps: Vec<App>,
    pub recovery_codes: Vec<String>,
    pub links: Vec<String>,
    pub codes: Vec<(String, String)>,
    pub tokens: Vec<Value>,
}

/// An account of the thief's own, with a passkey, signed in.
async fn account_of_their_own(
    server: &TestServer,
    name: &str,
    own: &mut Browser,
) -> (UserId, SoftAuthenticator) {
    let id = server.add_user_fast(name).await;
    server.sign_in(own, name).await;
    let mut key = synced();
    let link = server.enrolment_link(&id, "phr").await;
    let visit = own.get(&link).await.location().to_owned();
    own.register(&visit, &mut key).await;
    (id, key)
}

pub fn keep<T>(all: &mut Vec<T>, one: T) {
    if all.len() >= MEMORY {
        all.remove(0);
    }
    all.push(one);
}

impl Thief {
    pub async fn new(server: &TestServer, seed: u64) -> Self {
        let mut own = server.inside();
        let (id, key) = account_of_their_own(server, "thief", &mut own).await;
        let visit = own.account_visit(&json!({ "action": "new_recovery_codes" })).await;
        own.passkey(&visit, &key).await;
        let made = own.post(&format!("{visit}/enrol/recovery-codes"), &json!({})).await.json();
        let codes = made["codes"].as_array().unwrap_or_else(|| panic!("{made}")).iter();
        let recovery_codes = codes.map(|code| code.as_str().unwrap().to_owned()).collect();
        Self {
            id,
            name: "thief".to_owned(),
            blind: false,
            steps: 0,
            report: Report::default(),
            keys: vec![key],
            chance: Chance(seed),
            prefers: Into::Stolen,
            stolen: own.clone(),
            own,
            old: Vec::new(),
            visits: Vec::new(),
            ids: vec!["password of victim".to_owned(), "password of thief".to_owned()],
            csrf: Vec::new(),
            responses: Vec::new(),
            apps: Vec::new(),
            recovery_codes,
            links: Vec::new(),
            codes: Vec::new(),
            tokens: Vec::new(),
        }
    }

    /// A link to their own account, and a sign-in there, or a new account where they have spoilt the last.
    pub async fn renew(&mut self, server: &TestServer) {
        if !self.is_signed_in(server, &self.own, &self.id).await {
            self.own = server.inside();
            let visit = self.own.visit("app", &[]).await;
            if self.own.passkey(&visit, &self.keys[0]).await.status != 200 {
                self.name = format!("thief-{}", self.steps);
                (self.id, self.keys[0]) = account_of_their_own(server, &self.name, &mut self.own).await;
            }
        }
        let link = server.enrolment_link(&self.id, "phr").await;
        keep(&mut self.links, link);
    }

    /// Gets the victim's cookies.
    pub fn take(&mut self, stolen: Browser) {
        keep(&mut self.old, std::mem::replace(&mut self.stolen, stolen));
    }

    pub fn sees(&mut self, visit: String) {
        keep(&mut self.visits, (visit, Into::Stolen));
    }

    /// Whether the stolen cookies still are the victim's.
    pub async fn has(&self, server: &TestServer, victim: &UserId) -> bool {
        self.is_signed_in(server, &self.stolen, victim).await
    }

    pub async fn is_signed_in(&self, server: &TestServer, jar: &Browser, user: &UserId) -> bool {
        let Some(cookie) = jar.session() else { return false };
        let life = server.app.provider.session_life;
        let presence = server.app.store.presence(hashed(cookie), life, server.clock.now()).await.unwrap();
        presence.is_some_and(|presence| presence.person.id == *user)
    }

    /// One of the jars, or a mixture of two; and whether what comes back goes into the stolen jar or the own.
    pub fn jar(&mut self) -> (Browser, Into) {
        if self.chance.in_a_hundred(70) {
            return match self.prefers {
                Into::Own => (self.own.clone(), Into::Own),
                Into::Stolen | Into::Nowhere => (self.stolen.clone(), Into::Stolen),
            };
        }
        match self.chance.below(20) {
            0..=9 => (self.stolen.clone(), Into::Stolen),
            10..=15 => (self.own.clone(), Into::Own),
            16 | 17 => {
                let mut mixed = self.stolen.clone();
                let own = self.own.cookies.get("riser_browser").cloned().unwrap_or_default();
                mixed.cookies.insert("riser_browser".to_owned(), own);
                (mixed, Into::Nowhere)
            }
            18 => {
                let mut mixed = self.own.clone();
                let stolen = self.stolen.cookies.get("riser_browser").cloned().unwrap_or_default();
                mixed.cookies.insert("riser_browser".to_owned(), stolen);
                (mixed, Into::Nowhere)
            }
            _ => match self.chance.of(&self.old) {
                Some(old) => (old.clone(), Into::Nowhere),
                None => (self.stolen.clone(), Into::Stolen),
            },
        }
    }

    pub fn put(&mut self, jar: Browser, into: Into) {
        match into {
            Into::Stolen => self.stolen = jar,
            Into::Own => self.own = jar,
            Into::Nowhere => keep(&mut self.old, jar),
        }
    }

    /// One call. What it is named by is its path without what varies in it.
    pub async fn call(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let (mut jar, into) = self.jar();
        self.call_in(&mut jar, into, method, path, headers, body).await
    }

    pub async fn call_in(
        &mut self,
        jar: &mut Browser,
        into: Into,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        self.steps += 1;
        let answer = jar.send(method.clone(), path, headers, body).await;
        self.put(jar.clone(), into);
        assert!(answer.status < 500, "{method} {path}: {answer:?}");
        let class = match answer.status {
            200..=299 => "done",
            300..=399
                if answer.location().contains("/interaction/") && !answer.location().contains("problem=") =>
            {
                "visit"
            }
            300..=399 if answer.location().contains("code=") => "code",
            300..=399 => "other",
            _ => "refused",
        };
        self.report.count(&format!("{method} {}", name_of(path)), class);
        self.prefers = into;
        self.harvest(&answer);
        answer
    }

    /// Everything in an answer that might be of use.
    pub fn harvest(&mut self, answer: &Answer) {
        if let Some(location) = answer.headers.get("location") {
            self.follow(location.clone());
        }
        if let Some(csrf) = answer.body.split("name=\"csrf\" value=\"").nth(1) {
            keep(&mut self.csrf, csrf.split('"').next().unwrap_or_default().to_owned());
        }
        if let Ok(value) = serde_json::from_str::<Value>(&answer.body) {
            self.read(&value);
        }
    }

    pub fn follow(&mut self, address: String) {
        if let Some(code) = riser_testkit::browser::param(&address, "code") {
            let host = address.split("://").nth(1).unwrap_or_default();
            keep(&mut self.codes, (host.split('.').next().unwrap_or_default().to_owned(), code));
        }
        if let Some((visit, _)) = address.split_once("/interaction/") {
            let id = address.split("/interaction/").nth(1).unwrap_or_default();
            let id = id.split(['?', '/']).next().unwrap_or_default();
            keep(&mut self.visits, (format!("{visit}/interaction/{id}"), self.prefers));
        } else if address.contains("/grant/") {
            keep(&mut self.links, address);
        }
    }

    pub fn read(&mut self, value: &Value) {
        let Value::Object(members) = value else {
            if let Value::Array(all) = value {
                all.iter().for_each(|one| self.read(one));
            }
            return;
        };
        if members.contains_key("access_token") {
            keep(&mut self.tokens, value.clone());
        }
        if members.contains_key("secret") && members.contains_key("uri") {
            keep(&mut self.apps, App::reading(value));
        }
        for (name, member) in members {
            match (name.as_str(), member) {
                ("next", Value::String(text)) => self.follow(text.clone()),
                ("id" | "sid" | "credential", Value::String(text)) => keep(&mut self.ids, text.clone()),
                ("codes", Value::Array(codes)) => {
                    self.recovery_codes =
                        codes.iter().filter_map(|code| code.as_str().map(str::to_owned)).collect();
                }
                (_, Value::Object(_) | Value::Array(_)) => self.read(member),
                _ => {}
            }
        }
    }

    pub async fn json(&mut self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        self.call(Method::POST, path, &headers, Some(body.to_string())).await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let html = self.chance.in_a_hundred(20);
        let accept = if html { "text/html" } else { "application/json" };
        self.call(Method::GET, path, &[("accept", accept)], None).await
    }

    pub fn id(&mut self) -> String {
        self.chance.of(&self.ids).cloned().unwrap_or_default()
    }

    pub fn visit(&mut self) -> String {
        // The newest are the likeliest to be good for something.
        let newest = self.visits.len().saturating_sub(5);
        let from = if self.chance.in_a_hundred(70) { newest } else { 0 };
        let Some((visit, into)) = self.chance.of(&self.visits[from..]).cloned() else {
            return "/interaction/none".to_owned();
        };
        self.prefers = into;
        visit
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Into {
    Stolen,
    Own,
    Nowhere,
}
