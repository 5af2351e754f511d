//! The JSON forms of WebAuthn L3 §5.1: read strictly, because two readers that differ are two opinions.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::client_data::claimed_challenge;
use super::members::{Member, Members};

/// The largest response that is looked at. A long id and a certificate chain take a tenth of it.
pub(crate) const MAX_RESPONSE: usize = 64 * 1024;
/// The largest clientDataJSON.
pub(crate) const MAX_CLIENT_DATA: usize = 16 * 1024;
/// The largest authenticator data of an assertion: a header and some extensions.
const MAX_AUTHENTICATOR_DATA: usize = 16 * 1024;
/// The largest signature: RSA of 8192 bits.
const MAX_SIGNATURE: usize = 1024;
/// WebAuthn L3 §7.1 step 25.
pub(crate) const MAX_CREDENTIAL_ID: usize = 1023;
/// WebAuthn L3 §5.4.3: a user handle has at most 64 bytes.
const MAX_USER_HANDLE: usize = 64;

/// Why a response is not one of the forms. The client's script is at fault, not the person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// Longer than any honest response.
    #[error("the response is larger than {max} bytes: send the credential's toJSON() and nothing else")]
    TooLarge {
        /// The most there may be.
        max: usize,
    },
    /// Not JSON, or a name is said twice.
    #[error(
        "the response is not JSON in which every object says each name once: send the credential's toJSON()"
    )]
    NotJson,
    /// A member is missing or of another type.
    #[error("the response's `{0}` is missing or of the wrong type: send the credential's toJSON()")]
    Member(&'static str),
    /// A member is not base64url.
    #[error("the response's `{0}` is not base64url without padding: send the credential's toJSON()")]
    NotBase64Url(&'static str),
    /// A member is longer than it can be.
    #[error("the response's `{0}` is longer than WebAuthn allows")]
    MemberTooLong(&'static str),
    /// Another type of credential.
    #[error("the response's `type` is not `public-key`")]
    Type,
    /// Two names for one credential.
    #[error("the response's `id` and `rawId` are not the same credential")]
    Id,
}

/// A `RegistrationResponseJSON` (WebAuthn L3 §5.1.8), decoded but not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationResponse {
    pub(crate) id: Vec<u8>,
    pub(crate) client_data_json: Vec<u8>,
    pub(crate) attestation_object: Vec<u8>,
    pub(crate) transports: Vec<String>,
}

impl RegistrationResponse {
    /// Decodes the form. Members that are not needed are ignored; what is in the signed parts counts.
    ///
    /// # Errors
    /// [`ResponseError`].
    pub fn parse(json: &[u8]) -> Result<Self, ResponseError> {
        let (id, members) = outer(json)?;
        let response = members.object("response")?;
        let transports = match response.get("transports") {
            Some(Member::Texts(texts)) => texts.iter().map(|text| text.clone().into_owned()).collect(),
            Some(_) => return Err(ResponseError::Member("response.transports")),
            None => Vec::new(),
        };
        Ok(Self {
            id,
            client_data_json: response.bytes("clientDataJSON", MAX_CLIENT_DATA)?,
            attestation_object: response.bytes("attestationObject", MAX_RESPONSE)?,
            transports,
        })
    }

    /// The authenticator's name of the credential.
    #[must_use]
    pub fn webauthn_id(&self) -> &[u8] {
        &self.id
    }

    /// The challenge that it says it answers, for finding the ceremony's row. It proves nothing.
    #[must_use]
    pub fn claimed_challenge(&self) -> Option<Vec<u8>> {
        claimed_challenge(&self.client_data_json)
    }
}

/// An `AuthenticationResponseJSON` (WebAuthn L3 §5.1.8), decoded but not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationResponse {
    pub(crate) id: Vec<u8>,
    pub(crate) client_data_json: Vec<u8>,
    pub(crate) authenticator_data: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) user_handle: Option<Vec<u8>>,
}

impl AuthenticationResponse {
    /// Decodes the form. Members that are not needed are ignored.
    ///
    /// # Errors
    /// [`ResponseError`].
    pub fn parse(json: &[u8]) -> Result<Self, ResponseError> {
        let (id, members) = outer(json)?;
        let response = members.object("response")?;
        let user_handle = match response.get("userHandle") {
            None | Some(Member::Null) => None,
            Some(_) => Some(response.bytes("userHandle", MAX_USER_HANDLE)?),
        };
        Ok(Self {
            id,
            client_data_json: response.bytes("clientDataJSON", MAX_CLIENT_DATA)?,
            authenticator_data: response.bytes("authenticatorData", MAX_AUTHENTICATOR_DATA)?,
            signature: response.bytes("signature", MAX_SIGNATURE)?,
            user_handle,
        })
    }

    /// The authenticator's name of the credential: what the caller looks it up by.
    #[must_use]
    pub fn webauthn_id(&self) -> &[u8] {
        &self.id
    }

    /// Whom the authenticator holds the credential for (WebAuthn L3 §7.2 step 6). The caller compares it with the
    /// owner of the credential, and requires it when nobody was identified before the ceremony.
    #[must_use]
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.user_handle.as_deref()
    }

    /// The challenge that it says it answers, for finding the ceremony's row. It proves nothing.
    #[must_use]
    pub fn claimed_challenge(&self) -> Option<Vec<u8>> {
        claimed_challenge(&self.client_data_json)
    }
}

fn outer(json: &[u8]) -> Result<(Vec<u8>, Members<'_>), ResponseError> {
    if json.len() > MAX_RESPONSE {
        return Err(ResponseError::TooLarge { max: MAX_RESPONSE });
    }
    let members: Members<'_> = serde_json::from_slice(json).map_err(|_| ResponseError::NotJson)?;
    if members.text("type") != Some("public-key") {
        return Err(ResponseError::Type);
    }
    let id = members.bytes("rawId", MAX_CREDENTIAL_ID)?;
    // One decoder takes one spelling only, so equal texts are equal ids and the reverse.
    if members.text("id") != members.text("rawId") {
        return Err(ResponseError::Id);
    }
    Ok((id, members))
}

impl Members<'_> {
    fn object(&self, name: &'static str) -> Result<&Self, ResponseError> {
        match self.get(name) {
            Some(Member::Object(members)) => Ok(members),
            _ => Err(ResponseError::Member(name)),
        }
    }

    fn bytes(&self, name: &'static str, max: usize) -> Result<Vec<u8>, ResponseError> {
        let text = self.text(name).ok_or(ResponseError::Member(name))?;
        // Strict: no padding, no other alphabet, no stray bits at the end.
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ResponseError::NotBase64Url(name))?;
        if bytes.len() > max { Err(ResponseError::MemberTooLong(name)) } else { Ok(bytes) }
    }
}
