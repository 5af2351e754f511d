use http::{HeaderMap, HeaderValue, header};

use crate::{BankConfig, secret::Secret};

/// A cookie of the bank's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The session of who is signed in.
    Session,
    /// Ties a sign-in that is under way to the browser that began it.
    SignIn,
}

impl Cookie {
    fn name(self) -> &'static str {
        match self {
            Self::Session => "bank_session",
            Self::SignIn => "bank_signin",
        }
    }

    fn max_age(self) -> u32 {
        match self {
            Self::Session => 8 * 3600,
            Self::SignIn => 15 * 60,
        }
    }

    /// Reads it. Two of one name are none: a neighbouring site may have planted one of them (WB-03).
    pub(crate) fn read(self, headers: &HeaderMap) -> Option<Secret> {
        let mut found = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.name())
            .map(|(_, value)| value);
        let value = found.next()?;
        if found.next().is_some() { None } else { Secret::from_browser(value) }
    }

    /// Gives it to the browser. `Lax`, because the way back from the provider is a navigation from
    /// another site; changes are guarded by a token as well.
    pub(crate) fn set(self, secret: &Secret, config: &BankConfig, headers: &mut HeaderMap) {
        self.write(secret.expose(), self.max_age(), config, headers);
    }

    /// Takes it away from the browser.
    pub(crate) fn clear(self, config: &BankConfig, headers: &mut HeaderMap) {
        self.write("", 0, config, headers);
    }

    fn write(self, value: &str, max_age: u32, config: &BankConfig, headers: &mut HeaderMap) {
        let secure = if config.is_secure() { "; Secure" } else { "" };
        let cookie =
            format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}", self.name());
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
    fn atk_wb_03_two_cookies_of_one_name_are_none() {
        let secret = Secret::generate().unwrap();
        let text = secret.expose();
        let read = |lines: &[String]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, line.parse().unwrap());
            }
            Cookie::Session.read(&headers)
        };
        assert_eq!(read(&[format!("a=b; bank_session={text}")]), Some(secret.clone()));
        assert_eq!(read(&[format!("bank_session={text}; bank_session={text}")]), None);
        assert_eq!(read(&[format!("bank_session={text}"), format!("bank_session={text}")]), None);
        assert_eq!(read(&["bank_session=guess".into()]), None);
        assert_eq!(read(&[format!("bank_signin={text}")]), None);
        assert_eq!(read(&[]), None);
    }
}
