use http::HeaderMap;
use subtle::ConstantTimeEq as _;

use super::cookies::Cookie;
use crate::{BankError, bank::Bank, secret::Secret, store::Session};

/// Somebody who is signed in.
pub(crate) struct Visitor {
    secret: Secret,
    pub(crate) session: Session,
}

impl Visitor {
    /// Who is signed in at this browser.
    pub(crate) async fn find(bank: &Bank, headers: &HeaderMap) -> Result<Option<Self>, BankError> {
        let Some(secret) = Cookie::Session.read(headers) else { return Ok(None) };
        let session = bank.store.session(secret.hash(), bank.now()).await?;
        Ok(session.map(|session| Self { secret, session }))
    }

    /// What the visitor's pages send back with each change.
    pub(crate) fn csrf_token(&self) -> String {
        self.secret.csrf_token()
    }

    /// Whether a change comes from one of the visitor's own pages: it shows their token, and no header of
    /// the browser's says otherwise (WB-01).
    pub(crate) fn made(&self, bank: &Bank, headers: &HeaderMap, token: Option<&str>) -> bool {
        let shown = token.unwrap_or_default();
        let has_token = bool::from(shown.as_bytes().ct_eq(self.csrf_token().as_bytes()));
        has_token && is_same_origin(bank, headers)
    }
}

/// Whether the browser says that a request comes from the bank itself, or is too old to say anything.
pub(crate) fn is_same_origin(bank: &Bank, headers: &HeaderMap) -> bool {
    let is = |name: &str, expected: &str| headers.get(name).is_none_or(|value| value == expected);
    is("origin", &bank.config.public_url) && is("sec-fetch-site", "same-origin")
}
