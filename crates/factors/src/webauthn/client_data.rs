//! The client data (WebAuthn L3 §5.8.1): what the browser says the ceremony was for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::RelyingParty;
use super::json::MAX_CLIENT_DATA;
use super::members::{Member, Members};

/// What is wrong with the client data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientDataError {
    /// Not UTF-8, not JSON, or a name is said twice.
    #[error(
        "clientDataJSON is not an object in UTF-8 in which each name stands once: the client is not a browser we know"
    )]
    Malformed,
    /// A member is missing or of another type.
    #[error("clientDataJSON's `{0}` is missing or of the wrong type: the client is not a browser we know")]
    Member(&'static str),
    /// Made for another purpose: a registration, a sign-in and a payment never stand in for each other.
    #[error("clientDataJSON's `type` is not `{expected}`: this response was made for another purpose")]
    Type {
        /// What this ceremony takes.
        expected: &'static str,
    },
    /// Not our challenge of this ceremony.
    #[error("the challenge is not the one of this ceremony: ask for new options and try again")]
    Challenge,
    /// Another page.
    #[error(
        "the origin is not one of ours: open the sign-in page itself, or add the origin to the configuration"
    )]
    Origin,
    /// In a frame of another site.
    #[error("the ceremony ran in a frame of another site: open the page in a window of its own")]
    CrossOrigin,
    /// Below another site's page.
    #[error("the ceremony ran below a page of another site: open the page in a window of its own")]
    TopOrigin,
}

/// The two ceremonies that this crate verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ceremony {
    Create,
    Get,
}

impl Ceremony {
    fn client_data_type(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// Verifies the client data. The steps have the same order in both ceremonies; the numbers are those of
/// WebAuthn L3 §7.1, with §7.2 in brackets. What was hashed and signed are the raw bytes, never this reading of them.
pub(crate) fn verify_client_data(
    rp: &RelyingParty,
    ceremony: Ceremony,
    challenge: &[u8],
    raw: &[u8],
) -> Result<(), ClientDataError> {
    // Steps 5 and 6 (8 and 9): UTF-8 and JSON.
    let data = read(raw)?;

    // Step 7 (10): type. It also keeps `payment.get` (SPC) out.
    let expected = ceremony.client_data_type();
    if data.text("type").ok_or(ClientDataError::Member("type"))? != expected {
        return Err(ClientDataError::Type { expected });
    }

    // Step 8 (11): challenge, compared in its one base64url spelling.
    let given = data.text("challenge").ok_or(ClientDataError::Member("challenge"))?;
    let ours = URL_SAFE_NO_PAD.encode(challenge);
    // An empty challenge of ours would be answered by anybody.
    if challenge.is_empty() || !bool::from(given.as_bytes().ct_eq(ours.as_bytes())) {
        return Err(ClientDataError::Challenge);
    }

    // Step 9 (12): origin, from the exact list.
    if !rp.accepts_origin(data.text("origin").ok_or(ClientDataError::Member("origin"))?) {
        return Err(ClientDataError::Origin);
    }

    // Step 10 (13): crossOrigin. We are never framed.
    match data.get("crossOrigin") {
        None | Some(Member::Bool(false)) => {}
        Some(Member::Bool(true)) => return Err(ClientDataError::CrossOrigin),
        Some(_) => return Err(ClientDataError::Member("crossOrigin")),
    }

    // Step 11 (14): topOrigin. It is there only when framed; its mere presence is a refusal.
    if data.get("topOrigin").is_some() {
        return Err(ClientDataError::TopOrigin);
    }
    Ok(())
}

/// The challenge that the client data names, for finding the ceremony. It proves nothing: the ceremony's own
/// challenge is then compared in [`verify_client_data`]. `None` when it cannot be read.
pub(crate) fn claimed_challenge(raw: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(read(raw).ok()?.text("challenge")?).ok()
}

/// Steps 5 and 6 (8 and 9), for both readers of it.
fn read(raw: &[u8]) -> Result<Members<'_>, ClientDataError> {
    if raw.len() > MAX_CLIENT_DATA {
        return Err(ClientDataError::Malformed);
    }
    // UTF-8 decode, which strips a byte order mark. Unlike the WHATWG decoder, invalid bytes are refused.
    let text = std::str::from_utf8(raw).map_err(|_| ClientDataError::Malformed)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Members that we do not know are allowed (§5.8.1); doubled ones are not.
    serde_json::from_str(text).map_err(|_| ClientDataError::Malformed)
}
