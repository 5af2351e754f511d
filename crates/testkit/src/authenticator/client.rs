//! The browser's half: reading options, and saying what the ceremony was for.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::{Lies, SoftAuthenticatorError};

pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes(value: Option<&Value>) -> Result<Vec<u8>, SoftAuthenticatorError> {
    value
        .and_then(Value::as_str)
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        .ok_or(SoftAuthenticatorError("the options lack a base64url member"))
}

/// Options in their JSON form.
pub(super) struct Options<'a> {
    members: &'a Value,
    challenge: &'a str,
}

impl<'a> Options<'a> {
    pub(super) fn read(options: &'a Value) -> Result<Self, SoftAuthenticatorError> {
        let members = options.get("publicKey").unwrap_or(options);
        let challenge = members
            .get("challenge")
            .and_then(Value::as_str)
            .ok_or(SoftAuthenticatorError("the options have no challenge"))?;
        Ok(Self { members, challenge })
    }

    pub(super) fn rp_id_of_creation(&self, origin: &str) -> Result<String, SoftAuthenticatorError> {
        rp_id(self.members.pointer("/rp/id"), origin)
    }

    pub(super) fn rp_id_of_request(&self, origin: &str) -> Result<String, SoftAuthenticatorError> {
        rp_id(self.members.get("rpId"), origin)
    }

    pub(super) fn offers(&self, algorithm: i64) -> bool {
        let offered = self.members.get("pubKeyCredParams").and_then(Value::as_array);
        offered.is_some_and(|list| {
            list.iter().any(|entry| entry.get("alg").and_then(Value::as_i64) == Some(algorithm))
        })
    }

    pub(super) fn ids(&self, list: &str) -> Result<Vec<Vec<u8>>, SoftAuthenticatorError> {
        let descriptors = self.members.get(list).and_then(Value::as_array);
        descriptors.into_iter().flatten().map(|descriptor| bytes(descriptor.get("id"))).collect()
    }

    pub(super) fn user_handle(&self) -> Result<Vec<u8>, SoftAuthenticatorError> {
        bytes(self.members.pointer("/user/id"))
    }
}

/// The RP ID, or the origin's host where none is named. Whether the origin may use it is for the server's tests.
fn rp_id(named: Option<&Value>, origin: &str) -> Result<String, SoftAuthenticatorError> {
    if let Some(name) = named.and_then(Value::as_str) {
        return Ok(name.to_owned());
    }
    let url = url::Url::parse(origin).map_err(|_| SoftAuthenticatorError("not an origin"))?;
    url.host_str().map(str::to_owned).ok_or(SoftAuthenticatorError("the origin has no host"))
}

/// The client data, before any lie.
pub(super) struct ClientData<'a> {
    kind: &'a str,
    origin: &'a str,
    challenge: &'a str,
}

impl<'a> ClientData<'a> {
    pub(super) fn new(kind: &'a str, origin: &'a str, options: &Options<'a>) -> Self {
        Self { kind, origin, challenge: options.challenge }
    }

    /// Serialized as browsers do (WebAuthn L3 §5.8.1.1), with the lies.
    pub(super) fn to_json(&self, lies: &Lies) -> String {
        if let Some(all) = &lies.client_data_json {
            return all.clone();
        }
        let quoted = |text: &str| Value::from(text).to_string();
        let challenge =
            lies.challenge.as_ref().map_or(Cow::Borrowed(self.challenge), |c| base64url(c).into());
        let mut json = format!(
            r#"{{"type":{},"challenge":{},"origin":{},"crossOrigin":{}"#,
            quoted(lies.client_data_type.as_deref().unwrap_or(self.kind)),
            quoted(&challenge),
            quoted(lies.origin.as_deref().unwrap_or(self.origin)),
            lies.cross_origin.unwrap_or(false),
        );
        if let Some(top) = &lies.top_origin {
            json.push_str(r#","topOrigin":"#);
            json.push_str(&quoted(top));
        }
        json.push('}');
        json
    }
}
