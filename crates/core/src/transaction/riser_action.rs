use serde::Deserialize;

use super::details::DetailsError;
use super::text::is_plain;

/// `riser_action`: any action, with the digest of its parameters and what a person reads of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RiserAction {
    #[serde(rename = "type")]
    _type: String,
    action: String,
    resource: String,
    parameters_sha256: String,
    display: Vec<(String, String)>,
}

/// As many rows as fit on a phone without scrolling the button away.
const MAX_ROWS: usize = 12;

pub(super) fn check(entry: &serde_json::Value) -> Result<(), DetailsError> {
    let action: RiserAction =
        serde_json::from_value(entry.clone()).map_err(|error| DetailsError::Malformed(error.to_string()))?;
    if !is_plain(&action.action) {
        return Err(DetailsError::Field("action"));
    }
    if !is_plain(&action.resource) {
        return Err(DetailsError::Field("resource"));
    }
    // base64url of 32 bytes, or lower-case hexadecimal.
    let digest = &action.parameters_sha256;
    let base64url =
        digest.len() == 43 && digest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let hex = digest.len() == 64 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !base64url && !hex {
        return Err(DetailsError::Field("parameters_sha256"));
    }
    let rows_plain = action.display.iter().all(|(label, text)| is_plain(label) && is_plain(text));
    if action.display.is_empty() || action.display.len() > MAX_ROWS || !rows_plain {
        return Err(DetailsError::Field("display"));
    }
    Ok(())
}
