use http::{HeaderMap, HeaderValue, header};

use crate::secret::Secret;

/// A cookie of the gate's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Who is signed in.
    Session,
    /// Which browser it is: what is sealed for one opens for no other. No authority.
    Browser,
}

impl Cookie {
    /// Over TLS nobody but this host can set it (`__Host-`, RFC 6265bis §4.1.3.2).
    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-riser_guard",
            (Self::Session, false) => "riser_guard",
            (Self::Browser, true) => "__Host-riser_guard_browser",
            (Self::Browser, false) => "riser_guard_browser",
        }
    }

    /// Reads it. Two of one name are none: a neighbouring site may have planted one of them (WB-03).
    pub(crate) fn read(self, headers: &HeaderMap, secure: bool) -> Option<Secret> {
        let mut found = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.name(secure))
            .map(|(_, value)| value);
        let value = found.next()?;
        if found.next().is_some() { None } else { Secret::from_browser(value) }
    }

    /// Gives it to the browser, for as long as that is open. `Lax`, because the way back from the provider is a
    /// navigation from another site.
    pub(crate) fn set(self, secret: &Secret, secure: bool, headers: &mut HeaderMap) {
        self.write(secret.expose(), "", secure, headers);
    }

    /// Takes it away from the browser.
    pub(crate) fn clear(self, secure: bool, headers: &mut HeaderMap) {
        self.write("", "; Max-Age=0", secure, headers);
    }

    fn write(self, value: &str, life: &str, secure: bool, headers: &mut HeaderMap) {
        let flag = if secure { "; Secure" } else { "" };
        let cookie = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{life}{flag}", self.name(secure));
        // Base64url and constants are always a header value.
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atk_wb_03_two_cookies_of_one_name_are_none_before_an_application_too() {
        let secret = Secret::generate().unwrap();
        let text = secret.expose();
        let read = |lines: &[String], secure| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, line.parse().unwrap());
            }
            Cookie::Session.read(&headers, secure)
        };
        assert_eq!(read(&[format!("a=b; riser_guard={text}")], false), Some(secret.clone()));
        assert_eq!(read(&[format!("riser_guard={text}; riser_guard={text}")], false), None);
        assert_eq!(read(&[format!("riser_guard={text}"), format!("riser_guard={text}")], false), None);
        assert_eq!(read(&[format!("riser_guard={text}")], true), None);
        assert_eq!(read(&[format!("__Host-riser_guard={text}")], true), Some(secret));
        assert_eq!(read(&["riser_guard=guess".into()], false), None);
    }
}
