//! The two cookies: `browser`, which binds visits to a browser and has no authority, and `session`.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use riser_store::Hashed;

use crate::app::App;
use crate::config::Provider;
use crate::error::ApiError;
use crate::hashing::{hashed, secret_token};

/// What a browser presented.
#[derive(Clone, Default)]
pub(crate) struct Cookies {
    /// The stable value of this browser.
    pub(crate) browser: Option<String>,
    /// The session's current value.
    pub(crate) session: Option<Hashed>,
}

const MAX_COOKIE: usize = 128;

fn name(provider: &Provider, which: &str) -> String {
    if provider.is_https() { format!("__Host-riser_{which}") } else { format!("riser_{which}") }
}

impl Cookies {
    /// Reads our cookies. Two of one name are refused: one of them was put there by somebody else (WB-03).
    pub(crate) fn read(headers: &HeaderMap, provider: &Provider) -> Result<Self, ApiError> {
        let (browser, session) = (name(provider, "browser"), name(provider, "session"));
        let mut found = Self::default();
        for pair in headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
        {
            let Some((name, value)) = pair.trim().split_once('=') else { continue };
            let twice = if name == browser {
                found.browser.replace(value.to_owned()).is_some()
            } else if name == session {
                found.session.replace(hashed(value)).is_some()
            } else {
                false
            };
            if twice {
                return Err(ApiError::invalid("a cookie of Riser's stands twice in the request"));
            }
        }
        found.browser = found.browser.filter(|value| (1..=MAX_COOKIE).contains(&value.len()));
        Ok(found)
    }
}

/// The value that a browser is known by: the one that it showed, or one that it is given with the answer.
pub(crate) struct Browser {
    value: String,
    is_new: bool,
}

impl Browser {
    pub(crate) fn of(app: &App, cookies: &Cookies) -> Self {
        match &cookies.browser {
            Some(value) => Self { value: value.clone(), is_new: false },
            None => Self { value: secret_token(&*app.random), is_new: true },
        }
    }

    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// What is kept of it.
    pub(crate) fn hashed(&self) -> Hashed {
        hashed(&self.value)
    }

    /// Gives a new one to the browser: for a year, because losing it only means starting again.
    pub(crate) fn give(&self, provider: &Provider, response: &mut Response<Body>) {
        let cookie = set(provider, "browser", &self.value, "; Max-Age=31536000").filter(|_| self.is_new);
        if let Some(cookie) = cookie {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}

/// `Set-Cookie` for a session's new value. Its end is kept on the server (SP 800-63B-4 §5.1.1).
pub(crate) fn set_session(provider: &Provider, value: &str) -> Option<HeaderValue> {
    set(provider, "session", value, "")
}

/// `Set-Cookie` that makes a browser forget its session.
pub(crate) fn forget_session(provider: &Provider) -> Option<HeaderValue> {
    set(provider, "session", "", "; Max-Age=0")
}

fn set(provider: &Provider, which: &str, value: &str, more: &str) -> Option<HeaderValue> {
    let secure = if provider.is_https() { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}", name(provider, which));
    HeaderValue::from_str(&text).ok()
}
