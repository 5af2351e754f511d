//! Attestation (WebAuthn L3 §6.5, §8): who vouches for a new credential.
//!
//! A statement that does not verify is refused. One that verifies and leads to no configured root is accepted
//! and counts for nothing: its certificates are whatever the client made up.

mod android_key;
mod apple;
mod certificate;
mod chain;
mod der;
mod fido_u2f;
mod none;
mod packed;
mod statement;
mod tpm;
mod trust;

use std::fmt;

use riser_core::UnixTime;

use super::{KeyError, RegistrationError};
pub(crate) use certificate::{key_fits, read as read_certificate};
pub use chain::{AttestationRoots, InvalidRoot};
pub(crate) use statement::Statement;
pub use trust::{Anchor, AnchorSource, AttestationTrust};

/// The statement formats that are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttestationFormat {
    /// §8.2.
    Packed,
    /// §8.3.
    Tpm,
    /// §8.4.
    AndroidKey,
    /// §8.6.
    FidoU2f,
    /// §8.7.
    None,
    /// §8.8.
    Apple,
}

impl AttestationFormat {
    const ALL: [Self; 6] =
        [Self::Packed, Self::Tpm, Self::AndroidKey, Self::FidoU2f, Self::None, Self::Apple];

    /// Its identifier in the IANA registry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Packed => "packed",
            Self::Tpm => "tpm",
            Self::AndroidKey => "android-key",
            Self::FidoU2f => "fido-u2f",
            Self::None => "none",
            Self::Apple => "apple",
        }
    }
}

impl fmt::Display for AttestationFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who vouches for a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attestation {
    /// Nobody.
    None,
    /// The credential's own key: nobody, with a signature.
    Self_,
    /// A configured root.
    Chained {
        /// How it was said.
        format: AttestationFormat,
        /// The SHA-256 of the root certificate.
        root: [u8; 32],
    },
    /// Certificates that lead to no configured root, or a key that its maker does not call bound to hardware.
    Unanchored,
}

/// Why a statement does not verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestationError {
    /// A member is missing, superfluous or of another type.
    #[error("the statement's `{0}` is missing, superfluous or of the wrong type")]
    Member(&'static str),
    /// Signed with something that is not verified here.
    #[error("its signature's algorithm is not supported")]
    Algorithm(#[source] KeyError),
    /// Not the algorithm of the key that signed.
    #[error("its `alg` is not the algorithm of the signing key")]
    AlgorithmMismatch,
    /// A certificate cannot be read.
    #[error("one of its certificates is not readable")]
    Certificate,
    /// The certificate is not one that may attest.
    #[error("its certificate must have {0}")]
    Requirement(&'static str),
    /// The certificate is for another model.
    #[error("its certificate is for another model than the authenticator says it is")]
    Aaguid,
    /// The certificate is for another key.
    #[error("it is about another key than the credential's")]
    KeyMismatch,
    /// It is about another ceremony.
    #[error("it is about another ceremony: {0} does not match")]
    Unrelated(&'static str),
    /// The maker says that the key was imported, or is open to every application.
    #[error("the key is not one that its maker would call safe: {0}")]
    KeyProperties(&'static str),
    /// The signature does not verify.
    #[error("its signature does not verify")]
    Signature,
}

/// What a verified statement rests on.
enum Verified<'a> {
    Nothing,
    OwnKey,
    Certificates(Vec<&'a [u8]>),
    /// The maker's certificates, for a key that they do not call bound to hardware.
    Software,
}

/// Verifies a statement (§7.1 steps 21 to 24).
pub(crate) fn verify(
    statement: &Statement<'_>,
    trust: &AttestationTrust<'_>,
    now: UnixTime,
) -> Result<(Attestation, Option<Anchor>), RegistrationError> {
    // Step 21: the format's name, with its case. `compound` and `android-safetynet` are not verified here.
    let format = AttestationFormat::ALL
        .into_iter()
        .find(|format| format.name() == statement.format)
        .ok_or_else(|| RegistrationError::UnsupportedFormat { format: printable(statement.format) })?;
    // Step 22: the statement, by the procedure of its format.
    let verified = match format {
        AttestationFormat::None => none::verify(statement),
        AttestationFormat::Packed => packed::verify(statement),
        AttestationFormat::Tpm => tpm::verify(statement),
        AttestationFormat::AndroidKey => android_key::verify(statement),
        AttestationFormat::FidoU2f => fido_u2f::verify(statement),
        AttestationFormat::Apple => apple::verify(statement),
    }
    .map_err(|why| RegistrationError::Attestation { format, why })?;
    // Steps 23 and 24: the roots of the configuration and of the model.
    let chain = match verified {
        Verified::Nothing => return Ok((Attestation::None, None)),
        Verified::OwnKey => return Ok((Attestation::Self_, None)),
        Verified::Software => return Ok((Attestation::Unanchored, None)),
        Verified::Certificates(chain) => chain,
    };
    let anchored =
        trust.anchor(format, &statement.attested.aaguid, &chain, now).map_err(RegistrationError::Model)?;
    Ok(match anchored {
        Some((root, anchor)) => (Attestation::Chained { format, root }, Some(anchor)),
        None => (Attestation::Unanchored, None),
    })
}

/// A name from outside, for an error's reader.
fn printable(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_graphic()).take(32).collect()
}
