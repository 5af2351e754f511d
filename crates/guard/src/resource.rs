//! An API that describes itself: RFC 9728, which MCP servers build on. A client without a token finds the provider by
//! the challenge; one whose token lacks a scope gets 403 with the scope; one whose person must prove more, 401.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    Guard, Requirement,
    config::{ConfigError, is_trustworthy},
};

/// Where the description is, and what a client asks for at first.
#[derive(Clone, Debug)]
pub(crate) struct ProtectedResource {
    url: String,
    scopes: Vec<String>,
}

impl ProtectedResource {
    pub(crate) fn new(url: &str, scopes: &[&str]) -> Result<Self, ConfigError> {
        // It stands in a quoted header parameter.
        let fits = url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if !fits || !is_trustworthy(url) {
            return Err(ConfigError::Resource(url.to_owned()));
        }
        for scope in scopes {
            Requirement::new("any")?.scope(scope)?;
        }
        Ok(Self { url: url.to_owned(), scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect() })
    }
}

impl Guard {
    /// The description of this API (RFC 9728 §2), to be served as JSON at the address that the guard was built with;
    /// none where it was built with none.
    #[must_use]
    pub fn resource_metadata(&self) -> Option<Value> {
        let resource = self.0.resource.as_ref()?;
        let mut document = json!({
            "resource": self.audience(),
            "authorization_servers": [self.issuer()],
            "bearer_methods_supported": ["header"],
        });
        if !resource.scopes.is_empty() {
            document["scopes_supported"] = json!(resource.scopes);
        }
        Some(document)
    }

    /// A challenge, and where the API describes itself (RFC 9728 §5.1); at a first request also what to ask for.
    pub(crate) fn with_resource(&self, challenge: &str, first: bool) -> String {
        let Some(resource) = &self.0.resource else { return challenge.to_owned() };
        let mut all = challenge.to_owned();
        let separator = if challenge.contains(' ') { "," } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(all, "{separator} resource_metadata=\"{}\"", resource.url);
        if first && !resource.scopes.is_empty() {
            let _ = write!(all, ", scope=\"{}\"", resource.scopes.join(" "));
        }
        all
    }
}
