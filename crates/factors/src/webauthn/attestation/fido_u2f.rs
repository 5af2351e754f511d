use super::certificate::{read, verify_signature};
use super::{AttestationError, Statement, Verified};
use crate::webauthn::Algorithm;

/// WebAuthn L3 §8.6: what a U2F token signed at its registration.
pub(super) fn verify<'a>(statement: &Statement<'a>) -> Result<Verified<'a>, AttestationError> {
    let chain = statement.certificates()?;
    let [der] = chain.as_slice() else { return Err(AttestationError::Member("x5c")) };
    let certificate = read(der)?;
    // U2F knows P-256 alone.
    if statement.public_key.algorithm() != Algorithm::Es256 {
        return Err(AttestationError::AlgorithmMismatch);
    }
    let signed = [
        &[0],
        statement.rp_id_hash,
        statement.client_data_hash,
        statement.attested.id,
        statement.public_key.raw(),
    ]
    .concat();
    verify_signature(&certificate, Algorithm::Es256, &signed, statement.bytes("sig")?)?;
    Ok(Verified::Certificates(chain))
}
