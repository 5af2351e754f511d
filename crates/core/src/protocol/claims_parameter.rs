use serde_json::Value;

use super::oauth_error::OauthError;
use super::strict_json::strict_json;
use crate::Acr;

/// What the `claims` parameter asks of an authentication (OIDC Core §5.5). Only `id_token` members can
/// (§5.5.1.1); others are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ClaimsParameter {
    /// `acr` with `value` or `values`.
    pub(super) acr: Option<AcrClaim>,
    /// `sub` with `value`: nobody else may answer (§5.5.1).
    pub(super) sub: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AcrClaim {
    pub(super) values: Vec<Acr>,
    pub(super) essential: bool,
}

impl ClaimsParameter {
    /// Parses the parameter's text. Unknown members are ignored at every level.
    pub(super) fn parse(text: &str) -> Result<Self, OauthError> {
        let malformed = |what: &'static str| OauthError::invalid_request(what);
        let value = strict_json(text).map_err(|_| malformed("claims is not JSON"))?;
        let Value::Object(members) = value else { return Err(malformed("claims must be a JSON object")) };
        for name in ["id_token", "userinfo"] {
            let entries = match members.get(name) {
                None | Some(Value::Null) => continue,
                Some(Value::Object(entries)) => entries,
                Some(_) => return Err(malformed("claims: a member must be an object")),
            };
            if entries.values().any(|entry| !entry.is_null() && !entry.is_object()) {
                return Err(malformed("claims: each claim must be null or an object"));
            }
        }
        let claim = |name: &str| members.get("id_token").and_then(|entries| entries.get(name));
        Ok(Self { acr: acr_claim(claim("acr"))?, sub: sub_claim(claim("sub"))? })
    }
}

fn acr_claim(claim: Option<&Value>) -> Result<Option<AcrClaim>, OauthError> {
    let Some(claim) = claim.and_then(Value::as_object) else { return Ok(None) };
    let texts: Vec<&Value> = match (claim.get("values"), claim.get("value")) {
        (Some(Value::Array(values)), None) => values.iter().collect(),
        (None, Some(value)) => vec![value],
        (None, None) => return Ok(None),
        _ => return Err(OauthError::invalid_request("claims: acr needs one of `value` and `values`")),
    };
    let essential = match claim.get("essential") {
        None => false,
        Some(Value::Bool(essential)) => *essential,
        Some(_) => return Err(OauthError::invalid_request("claims: `essential` must be true or false")),
    };
    let mut values = Vec::new();
    for text in texts {
        let acr = text.as_str().and_then(|text| Acr::parse(text).ok());
        let acr =
            acr.ok_or_else(|| OauthError::invalid_request("claims: an acr must be a text without spaces"))?;
        if !values.contains(&acr) {
            values.push(acr);
        }
    }
    if values.is_empty() {
        return Err(OauthError::invalid_request("claims: acr `values` is empty"));
    }
    Ok(Some(AcrClaim { values, essential }))
}

fn sub_claim(claim: Option<&Value>) -> Result<Option<String>, OauthError> {
    match claim.and_then(|claim| claim.get("value")) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(sub)) => Ok(Some(sub.clone())),
        Some(_) => Err(OauthError::invalid_request("claims: the sub `value` must be a text")),
    }
}
