use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::canonical::Digest;
use super::{display, payment_initiation, riser_action};
use crate::Acr;

/// The largest `authorization_details` that is read, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// A type of authorization details that this provider accepts (RFC 9396 §2.1), and the level it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailsType {
    /// Its name.
    pub name: String,
    /// The least level for a transaction of this type.
    pub acr: Acr,
    /// How its entries are checked and shown.
    pub shape: Shape,
}

/// How entries of a type are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The built-in payment.
    PaymentInitiation,
    /// The built-in general action.
    RiserAction,
}

impl DetailsType {
    /// The two types that every installation has.
    #[must_use]
    pub fn built_in(acr: &Acr) -> Vec<Self> {
        [("payment_initiation", Shape::PaymentInitiation), ("riser_action", Shape::RiserAction)]
            .into_iter()
            .map(|(name, shape)| Self { name: name.to_owned(), acr: acr.clone(), shape })
            .collect()
    }
}

/// Why `authorization_details` were refused: `invalid_authorization_details` (RFC 9396 §5).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetailsError {
    /// Not JSON, or not of the type's shape.
    #[error("authorization_details: {0}")]
    Malformed(String),
    /// Larger than any valid one.
    #[error("authorization_details is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// Not exactly one entry.
    #[error("authorization_details must be an array of exactly one object")]
    NotOneEntry,
    /// No such type here.
    #[error("authorization_details: this type is not supported")]
    UnknownType,
    /// A field's value is not acceptable.
    #[error("authorization_details: `{0}` is not valid")]
    Field(&'static str),
}

/// A transaction to approve: one entry, of a known type, checked field by field. What is kept is what was
/// sent: display, digest, token and evidence all come from this one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationDetails {
    array: Value,
    digest: Digest,
    acr: Acr,
    name: String,
    rows: Vec<(String, String)>,
}

impl AuthorizationDetails {
    /// Parses the parameter's text.
    ///
    /// # Errors
    /// [`DetailsError`] for anything but one entry of a known type with valid fields.
    pub fn parse(text: &str, types: &[DetailsType]) -> Result<Self, DetailsError> {
        if text.len() > MAX_BYTES {
            return Err(DetailsError::TooLarge);
        }
        let array = parse_array(text)?;
        let entry = match array.as_array().map(Vec::as_slice) {
            Some([entry]) if entry.is_object() => entry,
            _ => return Err(DetailsError::NotOneEntry),
        };
        let name = entry.get("type").and_then(Value::as_str).ok_or(DetailsError::UnknownType)?;
        let kind = types.iter().find(|kind| kind.name == name).ok_or(DetailsError::UnknownType)?;
        let rows = match kind.shape {
            Shape::PaymentInitiation => {
                payment_initiation::check(entry)?;
                display::payment(entry)
            }
            Shape::RiserAction => {
                riser_action::check(entry)?;
                display::action(entry)
            }
        };
        let digest = Digest::of(&array).map_err(|error| DetailsError::Malformed(error.to_string()))?;
        Ok(Self { digest, acr: kind.acr.clone(), name: name.to_owned(), rows, array })
    }

    /// The whole array, as granted and as hashed.
    #[must_use]
    pub fn array(&self) -> &Value {
        &self.array
    }

    /// The one binding.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The least level for it.
    #[must_use]
    pub fn acr(&self) -> &Acr {
        &self.acr
    }

    /// Its type.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.name
    }

    /// The action that it names, where its type has one.
    #[must_use]
    pub fn action(&self) -> Option<&str> {
        self.array.get(0)?.get("action")?.as_str()
    }

    /// What a person sees of it.
    #[must_use]
    pub fn rows(&self) -> &[(String, String)] {
        &self.rows
    }
}

/// JSON in which no object says a name twice: readers that differ on which one counts would sign one
/// thing and execute another.
fn parse_array(text: &str) -> Result<Value, DetailsError> {
    crate::protocol::strict_json(text).map_err(|error| DetailsError::Malformed(error.to_string()))
}
