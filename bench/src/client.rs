//! An HTTP client that costs little: one connection that is kept, one cookie jar, no redirects followed.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;

use crate::Outcome;

/// A connection to the server.
pub struct Connection {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

/// What one browser holds of the server's: as it would send it.
#[derive(Clone, Default)]
pub struct Jar {
    browser: Option<String>,
    session: Option<String>,
}

/// An answer, read whole.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    location: Option<String>,
    body: Bytes,
}

/// What is sent with a request.
pub enum Sent<'a> {
    /// Nothing: a GET.
    Nothing,
    /// JSON, by a browser's page.
    Json(String),
    /// A form, by a client with this `Authorization`.
    Form(String, &'a str),
}

impl Answer {
    /// Where it leads.
    pub fn location(&self) -> Outcome<&str> {
        let unexpected =
            || format!("no redirect but {} {}", self.status, String::from_utf8_lossy(&self.body));
        Ok(self.location.as_deref().ok_or_else(unexpected)?)
    }

    /// Its JSON, if it is a success.
    pub fn json(&self) -> Outcome<Value> {
        if self.status != 200 {
            return Err(format!("{} {}", self.status, String::from_utf8_lossy(&self.body)).into());
        }
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Jar {
    fn header(&self) -> Option<String> {
        match (&self.browser, &self.session) {
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (Some(browser), Some(session)) => Some(format!("{browser}; {session}")),
        }
    }

    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default().to_owned();
        if pair.starts_with("riser_browser=") {
            self.browser = Some(pair);
        } else if pair.starts_with("riser_session=") {
            self.session = Some(pair);
        }
    }
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = tokio::net::TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { address, sender })
    }

    /// Sends a request with a jar's cookies and keeps what comes back. `to` is a path, or an address of the server.
    pub async fn send(&mut self, jar: &mut Jar, to: &str, sent: Sent<'_>) -> Outcome<Answer> {
        let path = match to.strip_prefix("http://") {
            Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
            None => to,
        };
        let mut request = Request::builder().uri(path).header(HOST, "localhost");
        request = match &sent {
            Sent::Nothing => request.method(Method::GET).header(ACCEPT, "application/json"),
            Sent::Json(_) => request.method(Method::POST).header(CONTENT_TYPE, "application/json"),
            Sent::Form(_, client) => request
                .method(Method::POST)
                .header(AUTHORIZATION, *client)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded"),
        };
        // A client's own request comes from its server, which has no cookies.
        if !matches!(sent, Sent::Form(..))
            && let Some(cookies) = jar.header()
        {
            request = request.header(COOKIE, cookies);
        }
        let body = match sent {
            Sent::Nothing => String::new(),
            Sent::Json(body) | Sent::Form(body, _) => body,
        };
        if self.sender.ready().await.is_err() {
            // It was idle for longer than the server waits.
            *self = Self::open(self.address).await?;
            self.sender.ready().await?;
        }
        let response = self.sender.send_request(request.body(Full::new(Bytes::from(body)))?).await?;
        for cookie in response.headers().get_all(SET_COOKIE) {
            jar.keep(cookie.to_str()?);
        }
        let status = response.status().as_u16();
        let location = response.headers().get(LOCATION).map(|value| value.to_str().map(str::to_owned));
        let location = location.transpose()?;
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, location, body })
    }
}
