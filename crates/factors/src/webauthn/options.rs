//! The options of both ceremonies, in the JSON forms that browsers parse (WebAuthn L3 §5.1.9, §5.1.10).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Algorithm, RelyingParty};

/// For whom a passkey is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User<'a> {
    /// At most 64 bytes that say nothing about the person (§14.6.1) and never change.
    pub handle: &'a [u8],
    /// What the person signs in with.
    pub name: &'a str,
    /// What the person is called.
    pub display_name: &'a str,
}

/// `PublicKeyCredentialRequestOptionsJSON`. `allow` names the credentials that could reach the requirement, with
/// their transports; empty asks for any discoverable one.
#[must_use]
pub fn request_options(
    rp: &RelyingParty,
    challenge: &[u8],
    allow: &[(&[u8], &[String])],
    timeout_ms: u32,
) -> Value {
    json!({
        "challenge": URL_SAFE_NO_PAD.encode(challenge),
        "timeout": timeout_ms,
        "rpId": rp.rp_id(),
        "allowCredentials": descriptors(allow),
        "userVerification": rp.user_verification().name(),
    })
}

/// `PublicKeyCredentialCreationOptionsJSON`. A passkey must be discoverable; `exclude` names those that the
/// person has, so that no authenticator is registered twice (§5.4.3).
#[must_use]
pub fn creation_options(
    rp: &RelyingParty,
    challenge: &[u8],
    user: &User<'_>,
    exclude: &[(&[u8], &[String])],
    timeout_ms: u32,
) -> Value {
    let parameters: Vec<Value> = Algorithm::OFFERED
        .into_iter()
        .map(|algorithm| json!({ "type": "public-key", "alg": algorithm.cose() }))
        .collect();
    json!({
        // §5.4.1: the name is shown by few clients and required by all.
        "rp": { "id": rp.rp_id(), "name": rp.rp_id() },
        "user": {
            "id": URL_SAFE_NO_PAD.encode(user.handle),
            "name": user.name,
            "displayName": user.display_name,
        },
        "challenge": URL_SAFE_NO_PAD.encode(challenge),
        "pubKeyCredParams": parameters,
        "timeout": timeout_ms,
        "excludeCredentials": descriptors(exclude),
        "authenticatorSelection": {
            "residentKey": "required",
            // §5.4.4: for clients of Level 1.
            "requireResidentKey": true,
            "userVerification": rp.user_verification().name(),
        },
        "attestation": "none",
    })
}

fn descriptors(credentials: &[(&[u8], &[String])]) -> Vec<Value> {
    credentials
        .iter()
        .map(|(id, transports)| {
            let mut descriptor = json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) });
            // §5.8.3: no transports means that none are known; an empty list would say the same less clearly.
            if let (Some(object), false) = (descriptor.as_object_mut(), transports.is_empty()) {
                object.insert("transports".to_owned(), json!(transports));
            }
            descriptor
        })
        .collect()
}
