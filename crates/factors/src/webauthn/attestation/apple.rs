use x509_parser::der_parser::asn1_rs::Tag;
use x509_parser::der_parser::oid;
use x509_parser::der_parser::oid::Oid;

use super::certificate::{extension, read, verify_same_key};
use super::{AttestationError, Statement, Verified, der};

const APPLE_NONCE: Oid<'static> = oid!(1.2.840.113635.100.8.2);

/// WebAuthn L3 §8.8: a certificate for this key, made for this ceremony.
pub(super) fn verify<'a>(statement: &Statement<'a>) -> Result<Verified<'a>, AttestationError> {
    let chain = statement.certificates()?;
    let certificate = read(chain.first().ok_or(AttestationError::Member("x5c"))?)?;
    let value = extension(&certificate, &APPLE_NONCE)?
        .ok_or(AttestationError::Requirement("Apple's extension with the nonce"))?;
    if nonce(value) != Some(&statement.nonce()[..]) {
        return Err(AttestationError::Unrelated("the nonce"));
    }
    verify_same_key(&certificate, statement.public_key)?;
    Ok(Verified::Certificates(chain))
}

/// `SEQUENCE { [1] EXPLICIT OCTET STRING }`
fn nonce(value: &[u8]) -> Option<&[u8]> {
    let members = der::all(der::content(&der::one(value)?, Tag::Sequence)?)?;
    let [member] = members.as_slice() else { return None };
    der::content(&der::tagged(member, 1)?, Tag::OctetString)
}
