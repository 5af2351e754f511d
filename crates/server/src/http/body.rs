use axum::body::Body as HttpBody;
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt as _, Limited};
use riser_core::protocol::Params;
use riser_wire::ProblemKind;

use crate::error::ApiError;

/// How long a body may take to arrive, against slow ones (AB-11).
const BODY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// A posted body: from a program, or from one of our own pages' forms.
pub(crate) enum Body {
    /// `application/json`, as text.
    Json(String),
    /// `application/x-www-form-urlencoded`.
    Form(Params),
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(body: HttpBody, limit: usize) -> Result<Vec<u8>, ApiError> {
    let whole = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, limit).collect()).await;
    match whole.map_err(|_| ApiError::invalid("the body did not arrive in time"))? {
        Ok(collected) => Ok(collected.to_bytes().to_vec()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Err(ApiError::new(ProblemKind::PayloadTooLarge, "the body is larger than any valid one"))
        }
        Err(_) => Err(ApiError::invalid("the body did not arrive whole")),
    }
}

/// The pairs of a form body or a query, in order, with repetitions. What is not UTF-8 is refused: read as
/// replacement characters, two different requests would be one.
pub(crate) fn form_pairs(bytes: &[u8]) -> Result<Vec<(String, String)>, ApiError> {
    if !is_utf8(bytes) {
        return Err(ApiError::invalid("the parameters are not UTF-8"));
    }
    Ok(form_urlencoded::parse(bytes).map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
}

/// Whether text is UTF-8 once its percent escapes are read.
pub(crate) fn is_utf8(escaped: &[u8]) -> bool {
    percent_encoding::percent_decode(escaped).decode_utf8().is_ok()
}

/// Whether the request is of a media type, whatever its parameters.
pub(crate) fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let one = values.next().and_then(|value| value.to_str().ok());
    let essence = one.and_then(|value| value.split(';').next()).map(str::trim);
    values.next().is_none() && essence.is_some_and(|essence| essence.eq_ignore_ascii_case(wanted))
}

impl Body {
    /// Reads JSON or a form; any other type is refused: a cross-site page can send `text/plain` unasked.
    pub(crate) async fn read(headers: &HeaderMap, body: HttpBody, limit: usize) -> Result<Self, ApiError> {
        if is_of_type(headers, "application/json") {
            let text = String::from_utf8(read(body, limit).await?);
            return text.map(Self::Json).map_err(|_| ApiError::invalid("the body is not UTF-8"));
        }
        if is_of_type(headers, "application/x-www-form-urlencoded") {
            let (params, error) = Params::new(form_pairs(&read(body, limit).await?)?);
            return match error {
                None => Ok(Self::Form(params)),
                Some(error) => Err(ApiError::invalid(error.to_string())),
            };
        }
        Err(ApiError::invalid("send application/json, or a form of our own"))
    }

    /// Refuses a JSON body that is no object, or has a member that the call does not know: a misspelt one is
    /// not silently ignored.
    pub(crate) fn only(&self, names: &[&str]) -> Result<(), ApiError> {
        let Self::Json(text) = self else { return Ok(()) };
        match object(text)?.keys().find(|name| !names.contains(&name.as_str())) {
            None => Ok(()),
            Some(_) => Err(ApiError::invalid("the body has a member that this call does not know")),
        }
    }

    /// A text member.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, ApiError> {
        match self {
            Self::Form(params) => Ok(params.get(name).map(str::to_owned)),
            Self::Json(text) => match object(text)?.remove(name) {
                None => Ok(None),
                Some(serde_json::Value::String(value)) => Ok(Some(value)),
                Some(_) => Err(ApiError::invalid(format!("`{name}` must be a text"))),
            },
        }
    }

    /// Whether a member is true.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self {
            Self::Form(params) => Ok(params.get(name) == Some("true")),
            Self::Json(text) => match object(text)?.remove(name) {
                None => Ok(false),
                Some(serde_json::Value::Bool(value)) => Ok(value),
                Some(_) => Err(ApiError::invalid(format!("`{name}` must be true or false"))),
            },
        }
    }

    /// The form's hidden value.
    pub(crate) fn csrf(&self) -> Option<Option<&str>> {
        match self {
            Self::Form(params) => Some(params.get("csrf")),
            Self::Json(_) => None,
        }
    }
}

fn object(text: &str) -> Result<serde_json::Map<String, serde_json::Value>, ApiError> {
    match riser_core::protocol::strict_json(text) {
        Ok(serde_json::Value::Object(members)) => Ok(members),
        Ok(_) => Err(ApiError::invalid("the body must be a JSON object")),
        Err(_) => Err(ApiError::invalid("the body is not JSON, or repeats a name")),
    }
}
