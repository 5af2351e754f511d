//! A browser and a relying party that survive a server which does not answer.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use riser_testkit::browser::param;
use riser_testkit::flow::{CHALLENGE, VERIFIER};
use serde_json::{Value, json};

use crate::server::{CLIENT, PASSWORD, REDIRECT_URI, SECRET};

/// No answer, or not the whole of one: whether the request had its effect is not known.
#[derive(Debug)]
pub struct Interrupted;

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The name of a problem, or the OAuth error.
    pub fn error(&self) -> String {
        let body = self.json();
        let problem = body["type"].as_str().and_then(|kind| kind.rsplit('/').next());
        problem.or(body["error"].as_str()).unwrap_or_default().to_owned()
    }

    /// The same, unless the visit is gone: one that was only opened goes with the server, and its person starts
    /// again.
    pub fn or_start_again(self) -> Result<Self, Interrupted> {
        if self.status == 404 && self.error() == "interaction_not_found" {
            Err(Interrupted)
        } else {
            Ok(self)
        }
    }

    /// The visit that a redirect leads to.
    pub fn visit(&self) -> String {
        let location = self.location.as_deref().unwrap_or_default();
        assert!(location.contains("/interaction/"), "no visit: {self:?}");
        location.to_owned()
    }

    /// A parameter of the address that a redirect, or the `next` of a state, leads to.
    pub fn param(&self, name: &str) -> Option<String> {
        match &self.location {
            Some(location) => param(location, name),
            None => param(self.json()["next"].as_str()?, name),
        }
    }
}

/// One browser: its cookies as it would send them.
#[derive(Clone)]
pub struct Browser {
    http: reqwest::Client,
    issuer: String,
    browser: Option<String>,
    pub session: Option<String>,
}

impl Browser {
    pub fn new(issuer: &str) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self { http, issuer: issuer.to_owned(), browser: None, session: None }
    }

    /// Cookies are kept only of an answer that came whole: it is the answer that acknowledges.
    async fn send(&mut self, request: reqwest::RequestBuilder) -> Result<Answer, Interrupted> {
        let response = request.send().await.map_err(|_| Interrupted)?;
        let status = response.status().as_u16();
        let location = response.headers().get(LOCATION).map(|value| value.to_str().unwrap().to_owned());
        let cookies: Vec<String> = response
            .headers()
            .get_all(SET_COOKIE)
            .iter()
            .map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned())
            .collect();
        let body = response.text().await.map_err(|_| Interrupted)?;
        for cookie in cookies {
            match cookie.split_once('=') {
                Some(("riser_browser", _)) => self.browser = Some(cookie),
                Some(("riser_session", _)) => self.session = Some(cookie),
                _ => panic!("a cookie of nobody's: {cookie}"),
            }
        }
        let answer = Answer { status, location, body };
        assert!(status < 500, "{answer:?}");
        Ok(answer)
    }

    fn cookies(&self) -> String {
        let both = [&self.browser, &self.session];
        both.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("; ")
    }

    pub async fn get(&mut self, address: &str) -> Result<Answer, Interrupted> {
        let request = self.http.get(address).header(COOKIE, self.cookies());
        self.send(request.header("accept", "application/json")).await
    }

    pub async fn post(&mut self, address: &str, body: &Value) -> Result<Answer, Interrupted> {
        let request = self.http.post(address).header(COOKIE, self.cookies());
        self.send(request.header(CONTENT_TYPE, "application/json").body(body.to_string())).await
    }

    pub async fn authorize(&mut self, more: &[(&str, &str)]) -> Result<Answer, Interrupted> {
        let mut url = url::Url::parse(&format!("{}/authorize", self.issuer)).unwrap();
        url.query_pairs_mut()
            .extend_pairs([
                ("client_id", CLIENT),
                ("redirect_uri", REDIRECT_URI),
                ("response_type", "code"),
                ("scope", "openid"),
                ("state", "the-state"),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ])
            .extend_pairs(more);
        self.get(url.as_str()).await
    }

    /// Signs in by password, in a visit.
    pub async fn password(&mut self, visit: &str, name: &str) -> Result<(), Interrupted> {
        let named = self.post(&format!("{visit}/identifier"), &json!({ "username": name })).await?;
        assert_eq!(named.status, 200, "{named:?}");
        let proved = self.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await?;
        assert_eq!(proved.status, 200, "{proved:?}");
        Ok(())
    }

    /// The client's request from its own server: without cookies.
    async fn back_channel(&mut self, path: &str, pairs: &[(&str, &str)]) -> Result<Answer, Interrupted> {
        let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")));
        let mut form = url::Url::parse("http://form.example/").unwrap();
        form.query_pairs_mut().extend_pairs(pairs);
        let request = self.http.post(format!("{}{path}", self.issuer)).header(AUTHORIZATION, basic);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(form.query().unwrap().to_owned())).await
    }

    pub async fn redeem(&mut self, code: &str) -> Result<Answer, Interrupted> {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        self.back_channel("/token", &pairs).await
    }

    pub async fn consume(&mut self, token: &str) -> Result<Answer, Interrupted> {
        self.back_channel("/elevation/consume", &[("token", token)]).await
    }

    pub async fn userinfo(&mut self, token: &str) -> Result<Answer, Interrupted> {
        let bearer = format!("Bearer {token}");
        self.send(self.http.get(format!("{}/userinfo", self.issuer)).header(AUTHORIZATION, bearer)).await
    }
}

/// A member of a token's claims. That tokens verify is other tests' business.
pub fn claim(token: &str, name: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    claims[name].as_str().map(str::to_owned)
}
