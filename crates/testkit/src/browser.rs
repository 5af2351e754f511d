//! A browser, as far as HTTP goes.

use std::collections::BTreeMap;

use http_body_util::BodyExt as _;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, SET_COOKIE};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// One browser, as far as HTTP goes: a cookie jar, no redirects followed unasked.
#[derive(Clone)]
pub struct Browser {
    issuer: String,
    way: Way,
    /// The cookies that it holds.
    pub cookies: BTreeMap<String, String>,
}

/// How requests reach the server.
#[derive(Clone)]
enum Way {
    /// Through a socket, as in life.
    Socket(reqwest::Client),
    /// Straight into the router, for tests that send very many.
    Inside(axum::Router),
}

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its headers; of several of one name the last.
    pub headers: BTreeMap<String, String>,
    /// The text.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.body))
    }

    /// Where a redirect leads.
    #[must_use]
    pub fn location(&self) -> &str {
        self.headers.get("location").unwrap_or_else(|| panic!("no redirect: {self:?}"))
    }

    /// A parameter of the address that a redirect, or the `next` of a state, leads to.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<String> {
        match self.headers.get("location") {
            Some(location) => param(location, name),
            None => param(self.json()["next"].as_str()?, name),
        }
    }

    /// The last part of a problem's type.
    #[must_use]
    pub fn problem(&self) -> String {
        self.json()["type"].as_str().and_then(|kind| kind.rsplit('/').next()).unwrap_or_default().to_owned()
    }
}

/// A parameter of an address.
#[must_use]
pub fn param(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

impl Browser {
    /// A browser that has never been here.
    #[must_use]
    pub fn new(issuer: &str) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let way = Way::Socket(client.expect("a client"));
        Self { issuer: issuer.to_owned(), way, cookies: BTreeMap::new() }
    }

    /// The same, without a socket between it and the server. The server does not see a network address.
    #[must_use]
    pub fn inside(issuer: &str, router: axum::Router) -> Self {
        Self { issuer: issuer.to_owned(), way: Way::Inside(router), cookies: BTreeMap::new() }
    }

    /// Where it goes.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Sends a request with the jar's cookies and keeps what comes back.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let address =
            if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.issuer) };
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        let jar = jar.join("; ");
        if !jar.is_empty() {
            all.push((COOKIE.as_str(), &jar));
        }
        let (status, headers, body) = self.way.carry(method, &address, &all, body).await;
        for cookie in headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().expect("an ASCII cookie");
            let (name, value) =
                text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let headers = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        Answer { status, headers, body }
    }

    /// A GET that wants JSON.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[(ACCEPT.as_str(), "application/json")], None).await
    }

    /// A POST of JSON.
    pub async fn post(&mut self, path: &str, body: &Value) -> Answer {
        let headers = [(ACCEPT.as_str(), "application/json"), (CONTENT_TYPE.as_str(), "application/json")];
        self.send(Method::POST, path, &headers, Some(body.to_string())).await
    }

    /// A POST of a form.
    pub async fn form(&mut self, path: &str, headers: &[(&str, &str)], pairs: &[(&str, &str)]) -> Answer {
        // The serializer is not held across the wait: many threads may send forms at once.
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut all = vec![(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send(Method::POST, path, &all, Some(body)).await
    }

    /// The value of the session cookie.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.cookies.get("riser_session").map(String::as_str)
    }

    /// Names and proves a person by password in a visit.
    pub async fn sign_in(&mut self, visit: &str, name: &str, password: &str) -> Answer {
        self.post(&format!("{visit}/identifier"), &json!({ "username": name })).await;
        self.post(&format!("{visit}/password"), &json!({ "password": password })).await
    }
}

impl Way {
    async fn carry(
        &self,
        method: Method,
        address: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> (u16, HeaderMap, String) {
        match self {
            Self::Socket(client) => {
                let mut request = client.request(method, address);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                if let Some(body) = body {
                    request = request.body(body);
                }
                let response = request.send().await.expect("the server answers");
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                (status, headers, response.text().await.expect("a whole body"))
            }
            Self::Inside(router) => {
                let mut request = axum::http::Request::builder().method(method).uri(path_of(address));
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let request = request.body(axum::body::Body::from(body.unwrap_or_default()));
                let answered = router.clone().oneshot(request.expect("a request")).await;
                let (parts, body) = answered.unwrap_or_else(|never| match never {}).into_parts();
                let bytes = body.collect().await.expect("a whole body").to_bytes();
                (parts.status.as_u16(), parts.headers, String::from_utf8_lossy(&bytes).into_owned())
            }
        }
    }
}

/// The path and query of an absolute address.
fn path_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.find('/').map_or("/", |slash| rest.get(slash..).unwrap_or("/"))
}
