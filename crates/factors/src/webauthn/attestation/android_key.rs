use x509_parser::der_parser::asn1_rs::{Any, Class, Tag};
use x509_parser::der_parser::oid;
use x509_parser::der_parser::oid::Oid;

use super::certificate::{extension, read, verify_same_key, verify_signature};
use super::{AttestationError, Statement, Verified, der};

const KEY_DESCRIPTION: Oid<'static> = oid!(1.3.6.1.4.1.11129.2.1.17);

// Fields of an AuthorizationList.
const PURPOSE: u32 = 1;
const ALL_APPLICATIONS: u32 = 600;
const ORIGIN: u32 = 702;

/// KM_PURPOSE_SIGN.
const SIGN: &[u8] = &[2];
/// KM_ORIGIN_GENERATED.
const GENERATED: &[u8] = &[0];

/// WebAuthn L3 §8.4: the phone's keystore describes the credential's key.
pub(super) fn verify<'a>(statement: &Statement<'a>) -> Result<Verified<'a>, AttestationError> {
    let algorithm = statement.algorithm()?;
    let chain = statement.certificates()?;
    let certificate = read(chain.first().ok_or(AttestationError::Member("x5c"))?)?;
    verify_signature(&certificate, algorithm, &statement.signed(), statement.bytes("sig")?)?;
    verify_same_key(&certificate, statement.public_key)?;

    let value = extension(&certificate, &KEY_DESCRIPTION)?
        .ok_or(AttestationError::Requirement("Android's key description"))?;
    let description = KeyDescription::read(value)
        .ok_or(AttestationError::Requirement("a readable key description of Android's"))?;
    if description.challenge != statement.client_data_hash {
        return Err(AttestationError::Unrelated("the attestation challenge"));
    }
    for list in [&description.software, &description.hardware] {
        // The key must be scoped to the RP ID, so it cannot be open to all applications.
        if list.field(ALL_APPLICATIONS).is_some() {
            return Err(AttestationError::KeyProperties("it is open to all applications"));
        }
        if list.field(ORIGIN).is_some_and(|field| !is_integer(field, ORIGIN, GENERATED)) {
            return Err(AttestationError::KeyProperties("it was not generated in the keystore"));
        }
        if list.field(PURPOSE).is_some_and(|field| !is_set_with(field, PURPOSE, SIGN)) {
            return Err(AttestationError::KeyProperties("its purpose is not to sign"));
        }
    }
    // Origin and purpose count where the secure hardware enforces them; a software keystore binds nothing. The
    // vector of WebAuthn L3 §16 leaves both lists empty, so that absence is not refused: it only counts for less.
    let hardware = &description.hardware;
    if hardware.field(ORIGIN).is_some() && hardware.field(PURPOSE).is_some() && !description.in_software {
        Ok(Verified::Certificates(chain))
    } else {
        Ok(Verified::Software)
    }
}

/// Android's KeyDescription, as far as §8.4 asks.
struct KeyDescription<'a> {
    in_software: bool,
    challenge: &'a [u8],
    software: AuthorizationList<'a>,
    hardware: AuthorizationList<'a>,
}

impl<'a> KeyDescription<'a> {
    fn read(value: &'a [u8]) -> Option<Self> {
        let fields = der::all(der::content(&der::one(value)?, Tag::Sequence)?)?;
        let [_version, level, _keymint, keymint_level, challenge, _unique_id, software, hardware] =
            fields.as_slice()
        else {
            return None;
        };
        let is_software = |level| Some(der::content(level, Tag::Enumerated)? == [0]);
        Some(Self {
            in_software: is_software(level)? || is_software(keymint_level)?,
            challenge: der::content(challenge, Tag::OctetString)?,
            software: AuthorizationList::read(software)?,
            hardware: AuthorizationList::read(hardware)?,
        })
    }
}

struct AuthorizationList<'a>(Vec<Any<'a>>);

impl<'a> AuthorizationList<'a> {
    fn read(value: &Any<'a>) -> Option<Self> {
        der::all(der::content(value, Tag::Sequence)?).map(Self)
    }

    fn field(&self, number: u32) -> Option<&Any<'a>> {
        self.0.iter().find(|field| field.class() == Class::ContextSpecific && field.tag() == Tag(number))
    }
}

fn is_integer(field: &Any<'_>, number: u32, expected: &[u8]) -> bool {
    der::tagged(field, number).and_then(|value| der::content(&value, Tag::Integer)) == Some(expected)
}

fn is_set_with(field: &Any<'_>, number: u32, expected: &[u8]) -> bool {
    der::tagged(field, number)
        .and_then(|value| der::content(&value, Tag::Set))
        .and_then(der::all)
        .is_some_and(|values| values.iter().any(|value| der::content(value, Tag::Integer) == Some(expected)))
}
