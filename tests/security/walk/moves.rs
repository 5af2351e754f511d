//! What the thief may do next.

use reqwest::Method;
use riser_core::UserId;
use riser_testkit::flow::{authorize_path, basic, claims};
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::{Value, json};

use super::thief::{Into, Thief, keep};
use crate::matrix::people::synced;

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
