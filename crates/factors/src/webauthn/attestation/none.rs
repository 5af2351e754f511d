use super::{AttestationError, Statement, Verified};

/// WebAuthn L3 §8.7: nothing is said, so nothing may stand there.
pub(super) fn verify<'a>(statement: &Statement<'a>) -> Result<Verified<'a>, AttestationError> {
    if statement.entries.is_empty() {
        Ok(Verified::Nothing)
    } else {
        Err(AttestationError::Member("attStmt"))
    }
}
