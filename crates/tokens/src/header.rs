use serde::Deserialize;

use crate::{Algorithm, TokenType, encoding::encode, present::Present};

/// The members of a JOSE header that are read (RFC 7515 §4.1). A key, or the address of one, that a token
/// brings with it is not among them: it must never be used. A member given twice is an error.
#[derive(Debug, Deserialize)]
pub(crate) struct Header {
    pub(crate) alg: String,
    #[serde(default)]
    pub(crate) typ: Option<String>,
    #[serde(default)]
    pub(crate) kid: Option<String>,
    /// No extension is implemented, so any `crit` names one that is not understood (RFC 7515 §4.1.11).
    #[serde(default)]
    pub(crate) crit: Present,
}

/// The encoded header of every token of one key and kind, ready to be signed over.
pub(crate) fn encoded(algorithm: Algorithm, typ: TokenType, kid: &str) -> String {
    // A thumbprint is base64url, and the other two are constants: nothing needs an escape.
    encode(format!(r#"{{"alg":"{algorithm}","typ":"{}","kid":"{kid}"}}"#, typ.as_str()))
}
