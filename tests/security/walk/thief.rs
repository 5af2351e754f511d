//! The thief: what they have, what they have seen, and what they may do next.

use std::collections::BTreeMap;
use std::fmt;

use reqwest::Method;
use riser_core::UserId;
use riser_server::{Clock as _, hashed};
use riser_testkit::account::App;
use riser_testkit::authenticator::SoftAuthenticator;
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::{authorize_path, basic, claims};
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::{Value, json};

use crate::matrix::people::synced;

/// How much of each kind of thing is remembered.
const MEMORY: usize = 24;

/// A small generator of choices (splitmix64): a seed gives the same choices again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit.max(1) as u64).unwrap()
    }

    fn in_a_hundred(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { all.get(self.below(all.len())) }
    }
}

/// What became of the calls: endpoint, and the class of answers.
#[derive(Default)]
pub struct Report {
    calls: BTreeMap<(String, &'static str), usize>,
}

impl Report {
    fn count(&mut self, what: &str, class: &'static str) {
        *self.calls.entry((what.to_owned(), class)).or_default() += 1;
    }

    fn of(&self, what: &str, class: &str) -> usize {
        self.calls.iter().filter(|((w, c), _)| w == what && *c == class).map(|(_, count)| count).sum()
    }

    /// The thief did what a thief can do, often.
    pub fn is_not_vacuous(&self, steps: usize) {
        for (what, class, one_in) in [
            ("GET /authorize", "visit", 120),
            ("GET /authorize", "code", 300),
            ("token of the victim", "done", 500),
            ("token of the thief", "done", 800),
            ("POST /account/visits", "done", 160),
            ("POST /account/visits", "refused", 800),
            ("GET /account", "done", 400),
            ("GET visit", "done", 120),
            ("POST visit/passkey/options", "done", 120),
            ("POST visit/passkey", "done", 800),
            ("POST visit/passkey", "refused", 200),
            ("POST visit/enrol/passkey/options", "done", 1600),
            ("POST visit/enrol/passkey/options", "refused", 400),
            ("POST visit/enrol/passkey", "done", 2000),
            ("POST visit/enrol/passkey", "refused", 400),
            ("POST visit/enrol/totp/options", "refused", 400),
            ("POST visit/enrol/totp", "refused", 400),
            ("POST visit/enrol/password", "refused", 400),
            ("POST visit/enrol/recovery-codes", "refused", 400),
            ("POST visit/password", "refused", 400),
            ("POST visit/recovery-code", "refused", 400),
            ("POST visit/recovery", "refused", 400),
            ("GET /recovery", "visit", 400),
            ("GET /grant", "visit", 2000),
        ] {
            let count = self.of(what, class);
            assert!(count * one_in >= steps, "{what} {class}: only {count} of {steps}\n{self}");
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.calls.iter().try_for_each(|((what, class), count)| writeln!(f, "{count:>7} {class:<8} {what}"))
    }
}

pub struct Thief {
    /// Their own account.
    id: UserId,
    name: String,
    /// Does not look at tokens.
    pub blind: bool,
    pub steps: usize,
    pub report: Report,
    /// Their own passkeys; the first is registered to their own account.
    pub keys: Vec<SoftAuthenticator>,
    chance: Chance,
    /// The victim's cookies, their own, and mixtures.
    stolen: Browser,
    own: Browser,
    old: Vec<Browser>,
    /// Visits, and in which jar each was seen.
    visits: Vec<(String, Into)>,
    /// The jar that the next calls are likely to be made with.
    prefers: Into,
    /// Names of credentials and sessions, anybody's.
    ids: Vec<String>,
    csrf: Vec<String>,
    /// Assertions and registrations, sent or not.
    responses: Vec<Value>,
    apps: Vec<App>,
    recovery_codes: Vec<String>,
    links: Vec<String>,
    codes: Vec<(String, String)>,
    tokens: Vec<Value>,
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

fn keep<T>(all: &mut Vec<T>, one: T) {
    if all.len() >= MEMORY {
        all.remove(0);
    }
    all.push(one);
}

const STEPS: [&str; 16] = [
    "identifier",
    "password",
    "passkey/options",
    "passkey",
    "totp",
    "recovery-code",
    "recovery",
    "consent",
    "enrol/passkey/options",
    "enrol/passkey",
    "enrol/totp/options",
    "enrol/totp",
    "enrol/password",
    "enrol/recovery-codes",
    "cancel",
    "nothing",
];

const ACTIONS: [&str; 9] = [
    "view",
    "add_passkey",
    "add_hardware_key",
    "add_totp",
    "set_password",
    "new_recovery_codes",
    "rename",
    "remove",
    "set_email",
];

const ACRS: [&str; 6] = ["", "aal1", "aal2", "phr", "phrh", "phr aal1"];

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

    async fn is_signed_in(&self, server: &TestServer, jar: &Browser, user: &UserId) -> bool {
        let Some(cookie) = jar.session() else { return false };
        let life = server.app.provider.session_life;
        let presence = server.app.store.presence(hashed(cookie), life, server.clock.now()).await.unwrap();
        presence.is_some_and(|presence| presence.person.id == *user)
    }

    /// One of the jars, or a mixture of two; and whether what comes back goes into the stolen jar or the own.
    fn jar(&mut self) -> (Browser, Into) {
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

    fn put(&mut self, jar: Browser, into: Into) {
        match into {
            Into::Stolen => self.stolen = jar,
            Into::Own => self.own = jar,
            Into::Nowhere => keep(&mut self.old, jar),
        }
    }

    /// One call. What it is named by is its path without what varies in it.
    async fn call(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let (mut jar, into) = self.jar();
        self.call_in(&mut jar, into, method, path, headers, body).await
    }

    async fn call_in(
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
    fn harvest(&mut self, answer: &Answer) {
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

    fn follow(&mut self, address: String) {
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

    fn read(&mut self, value: &Value) {
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

    async fn json(&mut self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        self.call(Method::POST, path, &headers, Some(body.to_string())).await
    }

    async fn get(&mut self, path: &str) -> Answer {
        let html = self.chance.in_a_hundred(20);
        let accept = if html { "text/html" } else { "application/json" };
        self.call(Method::GET, path, &[("accept", accept)], None).await
    }

    fn id(&mut self) -> String {
        self.chance.of(&self.ids).cloned().unwrap_or_default()
    }

    fn visit(&mut self) -> String {
        // The newest are the likeliest to be good for something.
        let newest = self.visits.len().saturating_sub(5);
        let from = if self.chance.in_a_hundred(70) { newest } else { 0 };
        let Some((visit, into)) = self.chance.of(&self.visits[from..]).cloned() else {
            return "/interaction/none".to_owned();
        };
        self.prefers = into;
        visit
    }

    /// Does one thing, of one call or of a few. An error is a breach.
    pub async fn step(&mut self, server: &TestServer, victim: &UserId) -> Result<(), String> {
        self.prefers = if self.chance.in_a_hundred(65) { Into::Stolen } else { Into::Own };
        match self.chance.below(100) {
            0..=13 => self.authorize().await,
            14..=20 => {
                let action = *self.chance.of(&ACTIONS).unwrap();
                self.open_visit(action).await;
            }
            21..=24 => self.change(server).await,
            25..=31 => {
                let visit = self.visit();
                self.get(&visit).await;
            }
            32..=35 => {
                let path =
                    *self.chance.of(&["/account", "/account", "/", "/account?news=passkey_added"]).unwrap();
                self.get(path).await;
            }
            36..=45 => {
                let visit = self.visit();
                self.use_passkey(server, visit).await;
            }
            46..=53 => {
                let visit = self.visit();
                self.enrol_passkey(server, visit).await;
            }
            54..=74 => {
                let step = *self.chance.of(&STEPS).unwrap();
                self.post_step(server, step).await;
            }
            75..=78 => self.form_step(server).await,
            79..=82 => self.recover(server).await,
            83 | 84 => self.open_link().await,
            85..=87 => self.end().await,
            88 | 89 => self.machine().await,
            _ => self.redeem().await,
        }
        self.check_tokens(victim)
    }

    async fn authorize(&mut self) {
        let client = *self.chance.of(&["app", "bank", "shop", "floored", "voluntary"]).unwrap();
        let acr = *self.chance.of(&ACRS).unwrap();
        let prompt = *self.chance.of(&["", "", "", "none", "login", "consent", "select_account"]).unwrap();
        let max_age = *self.chance.of(&["", "", "0", "60", "9999999"]).unwrap();
        let hint = *self.chance.of(&["", "", "victim", "thief"]).unwrap();
        let path = authorize_path(
            client,
            &[("acr_values", acr), ("prompt", prompt), ("max_age", max_age), ("login_hint", hint)],
        );
        let answer = self.get(&path).await;
        if answer.headers.get("location").is_some_and(|to| to.contains("code=")) {
            self.redeem().await;
        }
    }

    async fn redeem(&mut self) {
        let newest = self.codes.len().saturating_sub(2);
        let from = if self.chance.in_a_hundred(80) { newest } else { 0 };
        let Some((client, code)) = self.chance.of(&self.codes[from..]).cloned() else { return };
        self.steps += 1;
        // The application's own back end redeems: the thief only sees that it is done.
        let answer = self.own.clone().redeem(&client, &code).await;
        self.report.count("POST /token", if answer.status == 200 { "done" } else { "refused" });
        self.harvest(&answer);
        if answer.status == 200 && self.chance.in_a_hundred(30) {
            let refresh = answer.json()["refresh_token"].as_str().unwrap_or_default().to_owned();
            self.steps += 1;
            let again = self.own.clone().refresh(&client, &refresh).await;
            self.harvest(&again);
        }
    }

    /// No token names the victim above what the stolen session holds.
    fn check_tokens(&mut self, victim: &UserId) -> Result<(), String> {
        for tokens in std::mem::take(&mut self.tokens) {
            for name in ["access_token", "id_token"] {
                let Some(token) = tokens[name].as_str() else { continue };
                let all = claims(token);
                if all["sub"] != victim.as_str() {
                    self.report.count("token of the thief", "done");
                    continue;
                }
                self.report.count("token of the victim", "done");
                let reaches = |acr: &Value| acr.is_null() || acr == "aal1";
                let lists = all["acr_satisfied"].as_array().is_none_or(|all| all.iter().all(reaches));
                let amr = all["amr"].is_null() || all["amr"] == json!(["pwd"]);
                if !self.blind && (!reaches(&all["acr"]) || !lists || !amr) {
                    return Err(format!("a token names the victim with {} {}", all["acr"], all["amr"]));
                }
            }
        }
        Ok(())
    }

    async fn open_visit(&mut self, action: &str) {
        let mut body = json!({ "action": action });
        match action {
            "rename" => {
                body["credential"] = json!(self.id());
                body["label"] = json!("The thief's");
            }
            "remove" => body["credential"] = json!(self.id()),
            "set_email" => body["email"] = json!("thief@example.net"),
            _ => {}
        }
        let opened = self.json("/account/visits", &body).await;
        if opened.status == 200 {
            let id = opened.json()["id"].as_str().unwrap_or_default().to_owned();
            let issuer = self.own.issuer().to_owned();
            keep(&mut self.visits, (format!("{issuer}/interaction/{id}"), self.prefers));
        }
    }

    /// A change in the right order: asked for, confirmed by a passkey of the thief's, made.
    async fn change(&mut self, server: &TestServer) {
        let action = *self
            .chance
            .of(&["add_passkey", "add_passkey", "add_totp", "set_password", "new_recovery_codes"])
            .unwrap();
        self.open_visit(action).await;
        let Some((visit, into)) = self.visits.last().cloned() else { return };
        self.prefers = into;
        self.use_passkey(server, visit.clone()).await;
        self.prefers = into;
        match action {
            "add_passkey" => self.enrol_passkey(server, visit).await,
            "add_totp" => {
                self.json(&format!("{visit}/enrol/totp/options"), &json!({})).await;
                let code = self.apps.last().map(|app| app.code(&server.clock)).unwrap_or_default();
                self.json(&format!("{visit}/enrol/totp"), &json!({ "code": code })).await;
            }
            "set_password" => {
                // Their own stays what it is: a bad one is refused at the end of the same way.
                let short = json!({ "password": "too short" });
                self.json(&format!("{visit}/enrol/password"), &short).await;
            }
            _ => {
                self.json(&format!("{visit}/enrol/recovery-codes"), &json!({})).await;
            }
        }
    }

    async fn use_passkey(&mut self, server: &TestServer, visit: String) {
        let options = self.json(&format!("{visit}/passkey/options"), &json!({})).await;
        if options.status == 200 {
            let options = &options.json()["publicKey"];
            let fits = self.keys.iter().find_map(|key| key.get(&server.issuer, options).ok());
            let any = fits.or_else(|| {
                let mut key = self.chance.of(&self.keys)?.clone();
                key.lies.ignore_allow = true;
                key.get(&server.issuer, options).ok()
            });
            if let Some(assertion) = any {
                keep(&mut self.responses, assertion);
            }
        }
        let Some(response) = self.response() else { return };
        // To the same visit, or to another.
        let to = if self.chance.in_a_hundred(85) { visit } else { self.visit() };
        self.json(&format!("{to}/passkey"), &response).await;
    }

    fn response(&mut self) -> Option<Value> {
        let newest = self.responses.len().saturating_sub(1);
        let from = if self.chance.in_a_hundred(85) { newest } else { 0 };
        self.chance.of(&self.responses[from..]).cloned()
    }

    async fn enrol_passkey(&mut self, server: &TestServer, visit: String) {
        let options = self.json(&format!("{visit}/enrol/passkey/options"), &json!({})).await;
        let mut made = None;
        if options.status == 200 {
            let mut key = synced();
            if let Ok(registration) = key.create(&server.issuer, &options.json()["publicKey"]) {
                keep(&mut self.responses, registration);
                made = Some(key);
            }
        }
        let Some(response) = self.response() else { return };
        let to = if self.chance.in_a_hundred(85) { visit } else { self.visit() };
        let done = self.json(&format!("{to}/enrol/passkey"), &response).await;
        if let Some(key) = made.filter(|_| done.status == 200) {
            if self.keys.len() > 8 {
                self.keys.remove(2);
            }
            self.keys.push(key);
        }
    }

    fn code(&mut self, server: &TestServer) -> String {
        match self.chance.below(3) {
            0 => format!("{:06}", self.chance.below(1_000_000)),
            1 => self.chance.of(&self.recovery_codes).cloned().unwrap_or_default(),
            _ => self.chance.of(&self.apps).map(|app| app.code(&server.clock)).unwrap_or_default(),
        }
    }

    fn body(&mut self, server: &TestServer, step: &str) -> Value {
        if self.chance.in_a_hundred(6) {
            let junk =
                [json!({}), json!({ "x": 1 }), json!([]), json!({ "code": 7 }), json!({ "acr": "phr" })];
            return self.chance.of(&junk).cloned().unwrap();
        }
        match step {
            "identifier" => {
                let own = self.name.clone();
                json!({ "username": self.chance.of(&["victim", &own, "Victim", "nobody"]).unwrap() })
            }
            // Guesses are dear to make; a few are enough.
            "password" if self.chance.in_a_hundred(12) => json!({ "password": PASSWORD.to_uppercase() }),
            "password" => json!({ "password": "x".repeat(300) }),
            "totp" | "enrol/totp" | "recovery-code" => json!({ "code": self.code(server) }),
            "recovery" => json!({ "lost": self.id() }),
            "consent" => json!({ "approve": true }),
            "passkey" | "enrol/passkey" => self.response().unwrap_or_default(),
            "enrol/password" => json!({ "password": "the window of the thief is blue" }),
            _ => json!({}),
        }
    }

    async fn post_step(&mut self, server: &TestServer, step: &str) {
        let visit = self.visit();
        let body = self.body(server, step);
        self.json(&format!("{visit}/{step}"), &body).await;
    }

    async fn form_step(&mut self, server: &TestServer) {
        let visit = self.visit();
        let (path, body) = if self.chance.in_a_hundred(40) {
            let action = *self.chance.of(&ACTIONS).unwrap();
            let body = json!({ "action": action, "credential": self.id(), "label": "x", "email": "thief@example.net" });
            ("/account/visits".to_owned(), body)
        } else {
            let step = *self.chance.of(&STEPS).unwrap();
            (format!("{visit}/{step}"), self.body(server, step))
        };
        // The page as it is to this jar, and its form.
        self.call(Method::GET, &visit, &[("accept", "text/html")], None).await;
        let csrf =
            self.chance.of(&self.csrf[self.csrf.len().saturating_sub(3)..]).cloned().unwrap_or_default();
        let members = body.as_object().cloned().unwrap_or_default();
        let pairs = members.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let form = form.append_pair("csrf", &csrf).extend_pairs(pairs).finish();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")];
        self.call(Method::POST, &path, &headers, Some(form)).await;
    }

    async fn recover(&mut self, server: &TestServer) {
        let (mut jar, into) = self.jar();
        let opened = self
            .call_in(&mut jar, into, Method::GET, "/recovery", &[("accept", "application/json")], None)
            .await;
        let visit = opened.headers.get("location").cloned().unwrap_or_default();
        let own = self.chance.in_a_hundred(50);
        let name = if own { self.name.clone() } else { "victim".to_owned() };
        // Their own password they know; what is too long is refused before it costs anything.
        let knows = own && self.chance.in_a_hundred(10);
        let password = if knows { PASSWORD.to_owned() } else { "x".repeat(300) };
        let code = self.code(server);
        for (step, body) in [
            ("identifier", json!({ "username": name })),
            ("password", json!({ "password": password })),
            ("recovery-code", json!({ "code": code })),
            ("recovery", json!({ "lost": self.id() })),
        ] {
            if self.chance.in_a_hundred(85) {
                let headers = [("content-type", "application/json"), ("accept", "application/json")];
                let path = format!("{visit}/{step}");
                self.call_in(&mut jar, Into::Nowhere, Method::POST, &path, &headers, Some(body.to_string()))
                    .await;
            }
        }
    }

    async fn open_link(&mut self) {
        let Some(link) = self.chance.of(&self.links).cloned() else { return };
        self.get(&link).await;
    }

    async fn end(&mut self) {
        let id = self.id();
        let (path, body) = match self.chance.below(8) {
            0..=2 => (format!("/account/sessions/{}/end", id.replace(' ', "%20")), json!({})),
            3 => ("/account/applications/revoke".to_owned(), json!({ "client_id": "bank" })),
            4 => ("/account/recoveries/cancel".to_owned(), json!({})),
            5 => ("/account/rises/cancel".to_owned(), json!({ "credential": id })),
            6 => (format!("/cancel/{}", id.replace(' ', "%20")), json!({})),
            // Signing out would only end the walk.
            _ => ("/account/nothing".to_owned(), json!({})),
        };
        self.json(&path, &body).await;
    }

    async fn machine(&mut self) {
        let client = *self.chance.of(&["app", "shop", "desk"]).unwrap();
        let header = basic(client);
        let headers =
            [("authorization", header.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        let body = "username=victim&ceiling=phr".to_owned();
        self.call(Method::POST, "/enrolment/grants", &headers, Some(body)).await;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Into {
    Stolen,
    Own,
    Nowhere,
}

/// The name of an address: without ids, tokens and queries.
fn name_of(path: &str) -> String {
    let path = path.split_once("://").map_or(path, |(_, rest)| &rest[rest.find('/').unwrap_or(0)..]);
    let path = path.split('?').next().unwrap_or_default();
    let mut parts = path.split('/').skip(1);
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("interaction", Some(_)) => {
            let rest: Vec<&str> = parts.collect();
            if rest.is_empty() { "visit".to_owned() } else { format!("visit/{}", rest.join("/")) }
        }
        (first @ ("grant" | "cancel"), _) => format!("/{first}"),
        ("account", Some("sessions")) => "/account/sessions".to_owned(),
        _ => path.to_owned(),
    }
}
