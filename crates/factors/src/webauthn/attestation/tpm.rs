use aws_lc_rs::digest::{self, SHA256, SHA384, SHA512, digest};
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::oid;
use x509_parser::der_parser::oid::Oid;
use x509_parser::extensions::GeneralName;

use super::certificate::{read, verify_aaguid, verify_end_entity, verify_signature};
use super::{AttestationError, Statement, Verified};
use crate::webauthn::Algorithm;
use crate::webauthn::cose::rsa_public_key;

// TPM 2.0 Library, Part 2: Structures.
const TPM_GENERATED_VALUE: u32 = 0xff54_4347;
const TPM_ST_ATTEST_CERTIFY: u16 = 0x8017;
const TPM_ALG_RSA: u16 = 0x0001;
const TPM_ALG_SHA256: u16 = 0x000b;
const TPM_ALG_SHA384: u16 = 0x000c;
const TPM_ALG_SHA512: u16 = 0x000d;
const TPM_ALG_NULL: u16 = 0x0010;
const TPM_ALG_ECC: u16 = 0x0023;
const TPM_ECC_NIST_P256: u16 = 0x0003;
const TPM_ECC_NIST_P384: u16 = 0x0004;
/// An exponent of 0 stands for this one.
const DEFAULT_EXPONENT: u32 = 65_537;

/// tcg-kp-AIKCertificate.
const AIK_USAGE: Oid<'static> = oid!(2.23.133.8.3);
/// Manufacturer, model and version of the TPM (TPM 2.0 EK Profile §3.2.9).
const TPM_ATTRIBUTES: [Oid<'static>; 3] = [oid!(2.23.133.2.1), oid!(2.23.133.2.2), oid!(2.23.133.2.3)];

/// WebAuthn L3 §8.3: a TPM certifies the credential's key with one of its own.
pub(super) fn verify<'a>(statement: &Statement<'a>) -> Result<Verified<'a>, AttestationError> {
    if statement.text("ver")? != "2.0" {
        return Err(AttestationError::Member("ver"));
    }
    let algorithm = statement.algorithm()?;
    let public_area = statement.bytes("pubArea")?;
    let cert_info = statement.bytes("certInfo")?;

    // The public area is the credential's key.
    let area = PublicArea::read(public_area).ok_or(AttestationError::Member("pubArea"))?;
    if area.key != *statement.public_key.raw() {
        return Err(AttestationError::KeyMismatch);
    }

    // The certified object is this public area, and the certificate was asked for by this ceremony.
    let info = CertInfo::read(cert_info).ok_or(AttestationError::Member("certInfo"))?;
    let hash = match algorithm {
        Algorithm::Es256 | Algorithm::Rs256 => &SHA256,
        Algorithm::Es384 => &SHA384,
        Algorithm::EdDsa => return Err(AttestationError::AlgorithmMismatch),
    };
    if info.extra_data != digest(hash, &statement.signed()).as_ref() {
        return Err(AttestationError::Unrelated("extraData"));
    }
    let name = [&area.name_algorithm.to_be_bytes(), digest(area.name_hash, public_area).as_ref()].concat();
    if info.name != name {
        return Err(AttestationError::KeyMismatch);
    }

    let chain = statement.certificates()?;
    let certificate = read(chain.first().ok_or(AttestationError::Member("x5c"))?)?;
    verify_signature(&certificate, algorithm, cert_info, statement.bytes("sig")?)?;
    verify_requirements(&certificate)?;
    verify_aaguid(&certificate, &statement.attested.aaguid)?;
    Ok(Verified::Certificates(chain))
}

/// §8.3.1.
fn verify_requirements(certificate: &X509Certificate<'_>) -> Result<(), AttestationError> {
    verify_end_entity(certificate)?;
    if certificate.subject().iter().next().is_some() {
        return Err(AttestationError::Requirement("an empty subject"));
    }
    let names = match certificate.subject_alternative_name() {
        Ok(Some(names)) => &names.value.general_names,
        _ => return Err(AttestationError::Requirement("a subject alternative name")),
    };
    let named = |oid: &Oid<'_>| {
        names.iter().any(|name| match name {
            GeneralName::DirectoryName(directory) => directory.iter_by_oid(oid).next().is_some(),
            _ => false,
        })
    };
    if !TPM_ATTRIBUTES.iter().all(named) {
        return Err(AttestationError::Requirement("the manufacturer, model and version of the TPM"));
    }
    match certificate.extended_key_usage() {
        Ok(Some(usage)) if usage.value.other.contains(&AIK_USAGE) => Ok(()),
        _ => Err(AttestationError::Requirement("the usage tcg-kp-AIKCertificate")),
    }
}

/// TPMT_PUBLIC of a signing key.
struct PublicArea {
    name_algorithm: u16,
    name_hash: &'static digest::Algorithm,
    /// In the form of [`PublicKey::raw`](crate::webauthn::PublicKey).
    key: Vec<u8>,
}

impl PublicArea {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let kind = reader.u16()?;
        let name_algorithm = reader.u16()?;
        let name_hash = match name_algorithm {
            TPM_ALG_SHA256 => &SHA256,
            TPM_ALG_SHA384 => &SHA384,
            TPM_ALG_SHA512 => &SHA512,
            _ => return None,
        };
        let _object_attributes = reader.u32()?;
        let _auth_policy = reader.sized()?;
        // A key that signs has no symmetric algorithm.
        if reader.u16()? != TPM_ALG_NULL {
            return None;
        }
        reader.scheme()?;
        let key = match kind {
            TPM_ALG_RSA => {
                let _key_bits = reader.u16()?;
                let exponent = match reader.u32()? {
                    0 => DEFAULT_EXPONENT,
                    exponent => exponent,
                };
                rsa_public_key(reader.sized()?, without_leading_zeros(&exponent.to_be_bytes()))?
            }
            TPM_ALG_ECC => {
                let width: usize = match reader.u16()? {
                    TPM_ECC_NIST_P256 => 32,
                    TPM_ECC_NIST_P384 => 48,
                    _ => return None,
                };
                reader.scheme()?;
                let mut point = vec![4];
                for coordinate in [reader.sized()?, reader.sized()?] {
                    // A TPM may leave leading zeros out.
                    point.resize(point.len() + width.checked_sub(coordinate.len())?, 0);
                    point.extend_from_slice(coordinate);
                }
                point
            }
            _ => return None,
        };
        reader.0.is_empty().then_some(Self { name_algorithm, name_hash, key })
    }
}

/// TPMS_ATTEST of TPM2_Certify.
struct CertInfo<'a> {
    extra_data: &'a [u8],
    name: &'a [u8],
}

impl<'a> CertInfo<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        if reader.u32()? != TPM_GENERATED_VALUE || reader.u16()? != TPM_ST_ATTEST_CERTIFY {
            return None;
        }
        let _qualified_signer = reader.sized()?;
        let extra_data = reader.sized()?;
        // clockInfo (clock, resetCount, restartCount, safe) and firmwareVersion.
        reader.take(8 + 4 + 4 + 1 + 8)?;
        let name = reader.sized()?;
        let _qualified_name = reader.sized()?;
        reader.0.is_empty().then_some(Self { extra_data, name })
    }
}

/// Big-endian fields, one after the other.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// A TPM2B: its length, then so many bytes.
    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    /// An algorithm that brings a hash unless it is TPM_ALG_NULL.
    fn scheme(&mut self) -> Option<()> {
        if self.u16()? != TPM_ALG_NULL {
            self.u16()?;
        }
        Some(())
    }
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}
