//! base64url as RFC 7515 §2 has it: no padding, no white space, no left-over bits.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The encoding of `bytes`.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends the encoding of `bytes`.
pub(crate) fn encode_onto(bytes: impl AsRef<[u8]>, text: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

/// The bytes of `text`, or nothing when it is not the one valid encoding of them.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7515_2_only_the_canonical_encoding_is_read() {
        assert_eq!(decode("AQ"), Some(vec![1]));
        for text in ["AQ==", "AQ=", "AR", "A", " AQ", "AQ\n", "A+/A", "AQ.", "ÄQ"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
