//! A browser as far as the bank can tell: cookies, redirects, and the page's own requests.

use std::collections::BTreeMap;

use reqwest::{Client, RequestBuilder, redirect::Policy};
use serde_json::{Value, json};

#[derive(Clone)]
pub struct Browser {
    bank: String,
    http: Client,
    pub cookies: BTreeMap<String, String>,
    /// The last `Set-Cookie` lines.
    pub set_cookies: Vec<String>,
    pub csrf_token: String,
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| json!(self.body))
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
    /// The last part of the problem's type.
    pub fn problem(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned()
    }
}

/// A transfer as the page sends it.
pub fn transfer(amount: &str, key: &str) -> Value {
    json!({ "payee": "ACME GmbH", "iban": "DE89370400440532013000", "amount": amount, "idempotency_key": key })
}

impl Browser {
    pub fn new(bank: &str) -> Self {
        Self {
            bank: bank.into(),
            http: Client::builder().redirect(Policy::none()).build().unwrap(),
            cookies: BTreeMap::new(),
            set_cookies: Vec::new(),
            csrf_token: String::new(),
        }
    }

    async fn send(&mut self, request: RequestBuilder) -> Answer {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let request = if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) };
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let lines = headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned());
        self.set_cookies = lines.collect();
        for line in &self.set_cookies {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            match value {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.into(), value.into()),
            };
        }
        Answer { status, headers, body: response.text().await.unwrap() }
    }

    /// Loads an address of the bank's, without following redirects.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.bank));
        self.send(request).await
    }

    /// Loads an address of the bank's as a link from another site.
    pub async fn get_from_elsewhere(&mut self, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.bank)).header("sec-fetch-site", "cross-site");
        self.send(request).await
    }

    /// Visits the provider from `path`, and says where it sends the browser back to.
    pub async fn visit(&mut self, path: &str) -> String {
        let there = self.get(path).await;
        assert_eq!(there.status, 303, "{}", there.body);
        let provider = self.http.get(there.header("location")).send().await.unwrap();
        let back = provider.headers()["location"].to_str().unwrap();
        back.strip_prefix(&self.bank).unwrap().to_owned()
    }

    /// There and back.
    pub async fn round_trip(&mut self, path: &str) -> Answer {
        let back = self.visit(path).await;
        self.get(&back).await
    }

    pub async fn sign_in(&mut self) {
        let back = self.round_trip("/login").await;
        assert_eq!((back.status, back.header("location")), (303, "/"), "{}", back.body);
        let home = self.get("/").await.body;
        let (_, rest) = home.split_once("name=\"csrf-token\" content=\"").unwrap();
        self.csrf_token = rest.split('"').next().unwrap().to_owned();
    }

    /// Sends a transfer as the page does.
    pub async fn send_transfer(&mut self, body: &Value) -> Answer {
        let token = self.csrf_token.clone();
        let origin = self.bank.clone();
        self.send_transfer_with(
            body,
            &[("x-csrf-token", &token), ("origin", &origin), ("sec-fetch-site", "same-origin")],
        )
        .await
    }

    pub async fn send_transfer_with(&mut self, body: &Value, headers: &[(&str, &str)]) -> Answer {
        let mut request = self
            .http
            .post(format!("{}/api/transfers", self.bank))
            .header("content-type", "application/json")
            .body(body.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    pub async fn post_form(&mut self, path: &str, body: &str) -> Answer {
        let request = self
            .http
            .post(format!("{}{path}", self.bank))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_owned());
        self.send(request).await
    }

    /// Sends a transfer that nobody approved yet, and says under which name it waits.
    pub async fn propose(&mut self, body: &Value) -> String {
        let answer = self.send_transfer(body).await;
        assert_eq!(answer.status, 401, "{}", answer.body);
        answer.json()["transfer"].as_str().unwrap().to_owned()
    }

    /// The step-up for a transfer that waits, in a popup.
    pub async fn approve(&mut self, transfer: &str) -> Answer {
        self.round_trip(&format!("/step-up/start?transfer={transfer}&mode=popup")).await
    }

    pub async fn progress(&mut self, transfer: &str) -> Value {
        self.get(&format!("/api/transfers/{transfer}")).await.json()
    }

    pub async fn balance(&mut self) -> String {
        let home = self.get("/").await.body;
        let (_, rest) = home.split_once("data-testid=\"balance\">").unwrap();
        rest.split('<').next().unwrap().to_owned()
    }
}
