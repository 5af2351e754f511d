use x509_parser::certificate::X509Certificate;
use x509_parser::x509::AttributeTypeAndValue;

use super::certificate::{read, verify_aaguid, verify_end_entity, verify_signature};
use super::{AttestationError, Statement, Verified};

/// WebAuthn L3 §8.2: signed by the maker's key with its certificate, or by the credential's own key.
pub(super) fn verify<'a>(statement: &Statement<'a>) -> Result<Verified<'a>, AttestationError> {
    let algorithm = statement.algorithm()?;
    let signature = statement.bytes("sig")?;
    if statement.get("x5c").is_none() {
        // Self attestation: `alg` is that of the credential.
        if algorithm != statement.public_key.algorithm() {
            return Err(AttestationError::AlgorithmMismatch);
        }
        let verified = statement.public_key.verify(&statement.signed(), signature);
        return verified.map(|()| Verified::OwnKey).map_err(|_| AttestationError::Signature);
    }
    let chain = statement.certificates()?;
    let first = chain.first().ok_or(AttestationError::Member("x5c"))?;
    let certificate = read(first)?;
    verify_signature(&certificate, algorithm, &statement.signed(), signature)?;
    verify_requirements(&certificate)?;
    verify_aaguid(&certificate, &statement.attested.aaguid)?;
    Ok(Verified::Certificates(chain))
}

/// §8.2.1.
fn verify_requirements(certificate: &X509Certificate<'_>) -> Result<(), AttestationError> {
    verify_end_entity(certificate)?;
    let subject = certificate.subject();
    let country = only(subject.iter_country());
    if !country.is_some_and(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())) {
        return Err(AttestationError::Requirement("a subject with a country of two letters"));
    }
    if only(subject.iter_organization()).is_none_or(str::is_empty) {
        return Err(AttestationError::Requirement("a subject with an organization"));
    }
    if !subject.iter_organizational_unit().any(|unit| unit.as_str() == Ok("Authenticator Attestation")) {
        return Err(AttestationError::Requirement("a subject with the unit `Authenticator Attestation`"));
    }
    if subject.iter_common_name().next().is_none() {
        return Err(AttestationError::Requirement("a subject with a common name"));
    }
    Ok(())
}

fn only<'a>(mut values: impl Iterator<Item = &'a AttributeTypeAndValue<'a>>) -> Option<&'a str> {
    let first = values.next()?.as_str().ok()?;
    values.next().is_none().then_some(first)
}
