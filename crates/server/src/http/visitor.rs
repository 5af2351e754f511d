use axum::http::{Extensions, HeaderMap, header};

use super::browser_name;
use super::network::Network;

use crate::config::Provider;
use crate::cookies::Cookies;
use crate::error::ApiError;

/// In which form an answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    /// A page.
    Html,
    /// The JSON of the interaction API.
    Json,
}

/// Who sent a request, as far as its headers say.
pub(crate) struct Visitor {
    /// Our cookies.
    pub(crate) cookies: Cookies,
    /// The form of the answer.
    pub(crate) wants: Wants,
    /// Where it came from.
    pub(crate) network: Network,
    /// The browser in a few words, for its owner to tell it from others.
    pub(crate) browser_name: Option<String>,
}

impl Wants {
    /// HTML where it is named, JSON where that is named or what was sent, JSON for programs that say nothing.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if accept.contains("text/html") { Self::Html } else { Self::Json }
    }
}

impl Visitor {
    pub(crate) fn of(
        headers: &HeaderMap,
        extensions: &Extensions,
        provider: &Provider,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            cookies: Cookies::read(headers, provider)?,
            wants: Wants::of(headers),
            network: Network::of(headers, extensions, &provider.trusted_proxies),
            browser_name: browser_name::of(headers),
        })
    }
}
