//! The two cookies: `browser`, which binds visits to a browser and has no authority, and `session`.

use axum::http::{HeaderMap, HeaderValue, header};
use riser_store::Hashed;

use crate::config::Provider;
use crate::error::ApiError;
use crate::hashing::hashed;

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

/// `Set-Cookie` for the browser's stable value: for a year, because losing it only means starting again.
pub(crate) fn set_browser(provider: &Provider, value: &str) -> Option<HeaderValue> {
    set(provider, "browser", value, "; Max-Age=31536000")
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
