//! A metadata service that does not exist.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use serde_json::json;

/// RFC 7468 §5.
pub fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

pub struct Fido {
    /// Its root, as an operator has it.
    pub root_pem: String,
    leaf: Vec<u8>,
    key: KeyPair,
}

impl Fido {
    pub fn new() -> Self {
        let mut root = CertificateParams::new(Vec::new()).unwrap();
        root.distinguished_name.push(DnType::CommonName, "A root");
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let root = CertifiedIssuer::self_signed(root, key).unwrap();
        let mut leaf = CertificateParams::new(vec!["mds.fidoalliance.org".to_owned()]).unwrap();
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let leaf = leaf.signed_by(&key, &root).unwrap().der().to_vec();
        Self { root_pem: pem(root.as_ref().der()), leaf, key }
    }

    /// The BLOB of a number, whose next is due on a day.
    pub fn blob(&self, number: u64, next_update: &str) -> String {
        let header = json!({ "alg": "ES256", "typ": "JWT", "x5c": [STANDARD.encode(&self.leaf)] });
        let payload = json!({ "no": number, "nextUpdate": next_update, "entries": [{
            "aaguid": "00010203-0405-0607-0809-0a0b0c0d0e0f", "statusReports": [],
            "metadataStatement": { "description": "A token", "keyProtection": ["hardware"] },
        }] });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&payload));
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, self.key.serialized_der()).unwrap();
        let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}
