//! DER values, as far as the makers' extensions need them.

use x509_parser::der_parser::asn1_rs::{Any, Class, FromDer, Tag};

/// More values than a key description has.
const MAX_VALUES: usize = 64;

/// The one value that `bytes` is.
pub(super) fn one(bytes: &[u8]) -> Option<Any<'_>> {
    match Any::from_der(bytes) {
        Ok(([], value)) => Some(value),
        _ => None,
    }
}

/// The values that stand one after the other in a SEQUENCE or SET.
pub(super) fn all(mut bytes: &[u8]) -> Option<Vec<Any<'_>>> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        if values.len() == MAX_VALUES {
            return None;
        }
        let (rest, value) = Any::from_der(bytes).ok()?;
        values.push(value);
        bytes = rest;
    }
    Some(values)
}

/// The content of a value of this universal type.
pub(super) fn content<'a>(value: &Any<'a>, tag: Tag) -> Option<&'a [u8]> {
    (value.class() == Class::Universal && value.tag() == tag).then_some(value.data)
}

/// The value within `[number] EXPLICIT`.
pub(super) fn tagged<'a>(value: &Any<'a>, number: u32) -> Option<Any<'a>> {
    (value.class() == Class::ContextSpecific && value.tag() == Tag(number)).then(|| one(value.data))?
}
