use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::{Acr, Seconds};

/// A step-up challenge: RFC 9470 §3, `401` with `error="insufficient_user_authentication"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// Acceptable levels in order of preference; one of them is required.
    pub acr_values: Vec<Acr>,
    /// The oldest acceptable authentication.
    pub max_age: Option<Seconds>,
    /// Scopes that are lacking as well (RFC 9470 §3, one round trip for both).
    pub scope: Option<String>,
}

/// The step-up as a program reads it from a decision or from the body of a guard's `401`. Clients copy
/// its members verbatim into their authorization request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepUp {
    /// Space-separated, in order of preference.
    pub acr_values: String,
    /// Seconds; absent when any age will do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_age: Option<Seconds>,
    /// The transaction to approve (RFC 9396 §2), when the action is bound.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authorization_details: Option<serde_json::Value>,
    /// The header of the same challenge, ready to send.
    pub www_authenticate: String,
}

/// A header that is not a step-up challenge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChallenge {
    /// Another scheme, or another error than `insufficient_user_authentication`.
    #[error("not a step-up challenge")]
    NotStepUp,
    /// A parameter that RFC 9470 §3 defines has no valid value.
    #[error("the challenge's `{0}` is malformed")]
    Malformed(&'static str),
}

impl Challenge {
    /// The value of `WWW-Authenticate` (RFC 9470 §3).
    #[must_use]
    pub fn to_header(&self) -> String {
        let mut header = String::from(
            "Bearer error=\"insufficient_user_authentication\", \
             error_description=\"A stronger or more recent authentication is required\"",
        );
        if !self.acr_values.is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(header, ", acr_values=\"{}\"", join(&self.acr_values));
        }
        if let Some(Seconds(max_age)) = self.max_age {
            let _ = write!(header, ", max_age=\"{max_age}\"");
        }
        if let Some(scope) = &self.scope {
            let _ = write!(header, ", scope=\"{scope}\"");
        }
        header
    }

    /// The challenge as a body member, with the transaction to approve.
    #[must_use]
    pub fn to_step_up(&self, authorization_details: Option<serde_json::Value>) -> StepUp {
        StepUp {
            acr_values: join(&self.acr_values),
            max_age: self.max_age,
            authorization_details,
            www_authenticate: self.to_header(),
        }
    }

    /// Reads a `WWW-Authenticate` value, with the `Bearer` or `DPoP` scheme (RFC 9470 §3).
    ///
    /// # Errors
    /// [`InvalidChallenge`] for anything but a well-formed step-up challenge.
    pub fn parse(header: &str) -> Result<Self, InvalidChallenge> {
        let (scheme, params) = header.trim().split_once(' ').ok_or(InvalidChallenge::NotStepUp)?;
        if !scheme.eq_ignore_ascii_case("bearer") && !scheme.eq_ignore_ascii_case("dpop") {
            return Err(InvalidChallenge::NotStepUp);
        }
        let mut challenge = Self::default();
        let mut is_step_up = false;
        for (name, value) in parameters(params).ok_or(InvalidChallenge::NotStepUp)? {
            match name.to_ascii_lowercase().as_str() {
                "error" => is_step_up = value == "insufficient_user_authentication",
                "acr_values" => {
                    challenge.acr_values =
                        Acr::parse_list(&value).map_err(|_| InvalidChallenge::Malformed("acr_values"))?;
                }
                "max_age" => {
                    let max_age = Seconds::parse(&value).ok_or(InvalidChallenge::Malformed("max_age"))?;
                    challenge.max_age = Some(max_age);
                }
                "scope" => challenge.scope = Some(value),
                _ => {}
            }
        }
        if is_step_up { Ok(challenge) } else { Err(InvalidChallenge::NotStepUp) }
    }
}

fn join(values: &[Acr]) -> String {
    values.iter().map(Acr::as_str).collect::<Vec<_>>().join(" ")
}

/// The auth-params of one challenge (RFC 9110 §11.2): `name=token` or `name="quoted"`, comma-separated.
fn parameters(text: &str) -> Option<Vec<(String, String)>> {
    let mut params = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let end = after.find(',').unwrap_or(after.len());
                let (token, left) = after.split_at(end);
                (token.trim().to_owned(), left)
            }
        };
        params.push((name.trim().to_owned(), value));
        let left = left.trim_start();
        rest = match left.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if left.is_empty() => left,
            None => return None,
        };
    }
    Some(params)
}

/// The inside of a quoted-string and what follows its closing quote.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((index, char)) = chars.next() {
        match char {
            '"' => return Some((value, text.get(index + 1..)?)),
            '\\' => value.push(chars.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acrs(text: &str) -> Vec<Acr> {
        Acr::parse_list(text).unwrap()
    }

    #[test]
    fn rfc_9470_3_a_challenge_survives_its_header() {
        for (acr_values, max_age, scope) in [
            ("phr", Some(Seconds(300)), None),
            ("phrh phr", None, Some("payments".to_owned())),
            ("", None, None),
        ] {
            let challenge = Challenge { acr_values: acrs(acr_values), max_age, scope };
            assert_eq!(Challenge::parse(&challenge.to_header()), Ok(challenge));
        }
    }

    #[test]
    fn std_su_03_max_age_is_a_token_or_a_quoted_string_but_an_integer() {
        let header = "DPoP error=\"insufficient_user_authentication\", max_age=5";
        assert_eq!(Challenge::parse(header).unwrap().max_age, Some(Seconds(5)));
        let header = "Bearer error=\"insufficient_user_authentication\", max_age=\"soon\"";
        assert_eq!(Challenge::parse(header), Err(InvalidChallenge::Malformed("max_age")));
    }

    #[test]
    fn another_error_or_scheme_is_not_a_step_up() {
        for header in
            ["", "Bearer", "Basic realm=\"x\"", "Bearer error=\"invalid_token\"", "Bearer error=\"insuff"]
        {
            assert_eq!(Challenge::parse(header), Err(InvalidChallenge::NotStepUp), "{header}");
        }
    }
}
