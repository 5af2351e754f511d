//! A look at the structure of CBOR before a decoder sees it: how long it is, how deep, how many items.
//!
//! Nothing is decoded here. Lengths are compared with what is there before anything is allocated, and nesting
//! is counted on an array of fixed size, so no input can exhaust memory or stack.

use std::io::Cursor;

use ciborium::Value;

/// CTAP2 canonical CBOR nests four deep; an attestation object within its statement's arrays needs no more.
const MAX_DEPTH: usize = 8;
/// Items of one encoding. A certificate chain and a key take thirty.
const MAX_ITEMS: usize = 512;

/// Why bytes were not decoded as CBOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// It ends within an item.
    #[error("the CBOR ends too early")]
    Truncated,
    /// Something follows the item.
    #[error("bytes follow the CBOR item")]
    TrailingBytes,
    /// Nested too deeply.
    #[error("the CBOR is nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// Too many items.
    #[error("the CBOR has more than {MAX_ITEMS} items")]
    TooManyItems,
    /// Indefinite lengths, tags and reserved values are not CTAP2 canonical CBOR.
    #[error("the CBOR has an indefinite length, a tag or a reserved value")]
    NotCanonical,
    /// A map says a key twice.
    #[error("a CBOR map says a key twice")]
    DuplicateKey,
    /// Not what belongs there.
    #[error("the CBOR is not of the expected type")]
    Type,
}

/// The length of the first item in `bytes`, which may be followed by more.
pub(crate) fn item_len(bytes: &[u8]) -> Result<usize, CborError> {
    // How many items each open array or map still expects.
    let mut open = [0u64; MAX_DEPTH];
    let mut depth = 0;
    let mut at = 0;
    for _ in 0..MAX_ITEMS {
        let (major, argument, head) = head(bytes.get(at..).unwrap_or_default())?;
        at += head;
        // 0 and 1 are integers and 7 simple values and floats: nothing follows their head.
        let children = match major {
            0 | 1 | 7 => 0,
            2 | 3 => {
                let length = usize::try_from(argument).map_err(|_| CborError::Truncated)?;
                if length > bytes.len().saturating_sub(at) {
                    return Err(CborError::Truncated);
                }
                at += length;
                0
            }
            4 => argument,
            5 => argument.checked_mul(2).ok_or(CborError::Truncated)?,
            // CTAP2 §8: no tags.
            _ => return Err(CborError::NotCanonical),
        };
        if children > 0 {
            *open.get_mut(depth).ok_or(CborError::TooDeep)? = children;
            depth += 1;
            continue;
        }
        // The item is complete, and with it every container whose last item it was.
        while let Some(left) = depth.checked_sub(1).and_then(|top| open.get_mut(top)) {
            *left -= 1;
            if *left > 0 {
                break;
            }
            depth -= 1;
        }
        if depth == 0 {
            return Ok(at);
        }
    }
    Err(CborError::TooManyItems)
}

/// The head of an item: its major type, its argument, and how many bytes they take.
fn head(bytes: &[u8]) -> Result<(u8, u64, usize), CborError> {
    let first = *bytes.first().ok_or(CborError::Truncated)?;
    let (major, additional) = (first >> 5, first & 0x1f);
    let width = match additional {
        0..=23 => return Ok((major, u64::from(additional), 1)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        // 28 to 30 are reserved, 31 is an indefinite length or a break.
        _ => return Err(CborError::NotCanonical),
    };
    let argument = bytes.get(1..1 + width).ok_or(CborError::Truncated)?;
    let value = argument.iter().fold(0, |value: u64, byte| (value << 8) | u64::from(*byte));
    Ok((major, value, 1 + width))
}

/// Checks that `bytes` is one well-formed map and nothing else, without decoding it.
pub(crate) fn check_map(bytes: &[u8]) -> Result<(), CborError> {
    if bytes.first().is_some_and(|first| first >> 5 != 5) {
        return Err(CborError::Type);
    }
    if item_len(bytes)? == bytes.len() { Ok(()) } else { Err(CborError::TrailingBytes) }
}

/// Decodes `bytes`, which must be one item and nothing else, with no key twice in any map.
pub(crate) fn decode(bytes: &[u8]) -> Result<Value, CborError> {
    if item_len(bytes)? != bytes.len() {
        return Err(CborError::TrailingBytes);
    }
    let value: Value = ciborium::de::from_reader_with_recursion_limit(Cursor::new(bytes), 2 * MAX_DEPTH)
        .map_err(|_| CborError::NotCanonical)?;
    check_keys(&value)?;
    Ok(value)
}

/// Recursion is bounded: what arrives here is at most `MAX_DEPTH` deep.
fn check_keys(value: &Value) -> Result<(), CborError> {
    match value {
        Value::Array(items) => items.iter().try_for_each(check_keys),
        Value::Map(entries) => {
            for (index, (key, item)) in entries.iter().enumerate() {
                if entries.iter().take(index).any(|(other, _)| other == key) {
                    return Err(CborError::DuplicateKey);
                }
                check_keys(key)?;
                check_keys(item)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
