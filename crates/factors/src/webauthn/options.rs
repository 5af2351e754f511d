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

/// Which kind of authenticator the client should offer first (WebAuthn L3 §5.8.8). A client may know none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hint {
    /// A key on a keyring.
    SecurityKey,
    /// What is built into the device.
    ClientDevice,
    /// A telephone beside it.
    Hybrid,
}

impl Hint {
    /// Its name in the options.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SecurityKey => "security-key",
            Self::ClientDevice => "client-device",
            Self::Hybrid => "hybrid",
        }
    }
}

/// Where the authenticator must be (WebAuthn L3 §5.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attachment {
    /// In the device.
    Platform,
    /// Outside it.
    CrossPlatform,
}

/// Whether a passkey must be usable without naming it (WebAuthn L3 §5.4.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResidentKey {
    /// Old keys with little room may go without.
    Discouraged,
    /// Where there is room.
    Preferred,
    /// Always.
    #[default]
    Required,
}

/// Whether the authenticator is asked who made it (WebAuthn L3 §5.4.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Conveyance {
    /// It is nobody's business: browsers ask the person before they tell.
    #[default]
    None,
    /// As the maker wrote it. Of use only where somebody is trusted to vouch.
    Direct,
}

/// What a level wants of a new passkey. The default asks for any that is discoverable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes<'a> {
    /// What to offer first, best first.
    pub hints: &'a [Hint],
    /// Where it must be.
    pub attachment: Option<Attachment>,
    /// Whether it must be discoverable.
    pub resident_key: ResidentKey,
    /// Whether its maker must vouch.
    pub conveyance: Conveyance,
}

impl Wishes<'_> {
    /// For a level that wants the key bound to hardware.
    #[must_use]
    pub fn hardware() -> Self {
        Self {
            hints: &[Hint::SecurityKey],
            attachment: Some(Attachment::CrossPlatform),
            resident_key: ResidentKey::Required,
            conveyance: Conveyance::Direct,
        }
    }
}

/// `PublicKeyCredentialRequestOptionsJSON`. `allow` names the credentials that could reach the requirement, with
/// their transports; empty asks for any discoverable one. `hints` say what the client should offer first.
#[must_use]
pub fn request_options(
    rp: &RelyingParty,
    challenge: &[u8],
    allow: &[(&[u8], &[String])],
    timeout_ms: u32,
    hints: &[Hint],
) -> Value {
    let mut options = json!({
        "challenge": URL_SAFE_NO_PAD.encode(challenge),
        "timeout": timeout_ms,
        "rpId": rp.rp_id(),
        "allowCredentials": descriptors(allow),
        "userVerification": rp.user_verification().name(),
    });
    insert_hints(&mut options, hints);
    options
}

/// `PublicKeyCredentialCreationOptionsJSON`. A passkey must be discoverable; `exclude` names those that the
/// person has, so that no authenticator is registered twice (§5.4.3); `wishes` are what a level wants of the passkey.
#[must_use]
pub fn creation_options(
    rp: &RelyingParty,
    challenge: &[u8],
    user: &User<'_>,
    exclude: &[(&[u8], &[String])],
    timeout_ms: u32,
    wishes: &Wishes<'_>,
) -> Value {
    let parameters: Vec<Value> = Algorithm::OFFERED
        .into_iter()
        .map(|algorithm| json!({ "type": "public-key", "alg": algorithm.cose() }))
        .collect();
    let resident_key = match wishes.resident_key {
        ResidentKey::Discouraged => "discouraged",
        ResidentKey::Preferred => "preferred",
        ResidentKey::Required => "required",
    };
    let mut selection = json!({
        "residentKey": resident_key,
        // §5.4.4: for clients of Level 1.
        "requireResidentKey": wishes.resident_key == ResidentKey::Required,
        "userVerification": rp.user_verification().name(),
    });
    let attachment = wishes.attachment.map(|attachment| match attachment {
        Attachment::Platform => "platform",
        Attachment::CrossPlatform => "cross-platform",
    });
    insert(&mut selection, "authenticatorAttachment", attachment.map(Value::from));
    let conveyance = match wishes.conveyance {
        Conveyance::None => "none",
        Conveyance::Direct => "direct",
    };
    let mut options = json!({
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
        "authenticatorSelection": selection,
        "attestation": conveyance,
    });
    insert_hints(&mut options, wishes.hints);
    options
}

/// Clients of Level 2 do not know the member: it is there only when it says something.
fn insert_hints(options: &mut Value, hints: &[Hint]) {
    let names: Vec<&str> = hints.iter().map(|hint| hint.name()).collect();
    insert(options, "hints", Some(json!(names)).filter(|_| !names.is_empty()));
}

fn insert(object: &mut Value, name: &str, value: Option<Value>) {
    if let (Some(object), Some(value)) = (object.as_object_mut(), value) {
        object.insert(name.to_owned(), value);
    }
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
