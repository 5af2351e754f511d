//! Makers of authenticators that do not exist, and a metadata service that describes them.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
};
use serde_json::{Value, json};

use super::authenticator::{Attester, KeyKind, SoftKey};
use super::base64url;

pub const FIDO_AAGUID: &[u64] = &[1, 3, 6, 1, 4, 1, 45724, 1, 1, 4];

/// A certificate authority: its parameters, its key and its certificate.
pub struct Authority {
    pub params: CertificateParams,
    pub key: KeyPair,
    pub der: Vec<u8>,
}

pub fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

pub fn changed(
    mut params: CertificateParams,
    change: impl FnOnce(&mut CertificateParams),
) -> CertificateParams {
    change(&mut params);
    params
}

impl Authority {
    pub fn root(name: &str) -> Self {
        let (params, key) = (authority_params(name), KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap());
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { params, key, der }
    }

    pub fn below(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let der = self.issue(&params, &key);
        Self { params, key, der }
    }

    pub fn issue(&self, params: &CertificateParams, key: &KeyPair) -> Vec<u8> {
        params.signed_by(key, &Issuer::from_params(&self.params, &self.key)).unwrap().der().to_vec()
    }
}

/// What §8.2.1 requires.
pub fn leaf_params() -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    let name = &mut params.distinguished_name;
    name.remove(DnType::CommonName);
    for (kind, value) in [
        (DnType::CountryName, "DE"),
        (DnType::OrganizationName, "A maker"),
        (DnType::OrganizationalUnitName, "Authenticator Attestation"),
        (DnType::CommonName, "A token"),
    ] {
        name.push(kind, value);
    }
    params.is_ca = IsCa::ExplicitNoCa;
    params
}

pub fn octets(oid: &[u64], bytes: &[u8]) -> CustomExtension {
    let length = u8::try_from(bytes.len()).unwrap();
    CustomExtension::from_oid_content(oid, [&[0x04, length][..], bytes].concat())
}

/// A leaf under the last of `chain`, and the whole chain with it in front.
pub fn maker(issuer: &Authority, params: &CertificateParams, above: &[&Authority]) -> Attester {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut chain = vec![issuer.issue(params, &key)];
    chain.extend(above.iter().map(|authority| authority.der.clone()));
    Attester::Maker { key: SoftKey::from_pkcs8(KeyKind::Es256, key.serialized_der()).unwrap(), chain }
}

/// A metadata service: its signing key, and the certificates that lead to its root.
pub struct Service {
    pub key: KeyPair,
    pub chain: Vec<Vec<u8>>,
}

impl Service {
    /// One that `root` vouches for, under `name`.
    pub fn below(root: &Authority, name: &str) -> Self {
        Self::with_key(root, name, KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap())
    }

    pub fn with_key(root: &Authority, name: &str, key: KeyPair) -> Self {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        Self { chain: vec![root.issue(&params, &key)], key }
    }

    /// Its BLOB of `payload`.
    pub fn blob(&self, payload: &Value) -> Vec<u8> {
        self.signed(&json!({ "alg": "ES256", "typ": "JWT", "x5c": self.x5c() }), &payload.to_string())
    }

    pub fn x5c(&self) -> Vec<String> {
        self.chain.iter().map(|der| STANDARD.encode(der)).collect()
    }

    /// With a header of the caller's, signed as its `alg` says.
    pub fn signed(&self, header: &Value, payload: &str) -> Vec<u8> {
        let signed =
            format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(payload.as_bytes()));
        let (message, random) = (signed.as_bytes(), SystemRandom::new());
        let signature = if let "RS256" | "PS256" = header["alg"].as_str().unwrap_or_default() {
            let key = RsaKeyPair::from_pkcs8(self.key.serialized_der()).unwrap();
            let padding = if header["alg"] == "RS256" { &RSA_PKCS1_SHA256 } else { &RSA_PSS_SHA256 };
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(padding, &random, message, &mut signature).unwrap();
            signature
        } else {
            let der = self.key.serialized_der();
            let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).unwrap();
            key.sign(&random, message).unwrap().as_ref().to_vec()
        };
        format!("{signed}.{}", base64url(&signature)).into_bytes()
    }
}

/// The entry of a model that keeps its keys in hardware.
pub fn entry(aaguid: &str, roots: &[&Authority], reports: Value) -> Value {
    let roots: Vec<String> = roots.iter().map(|root| STANDARD.encode(&root.der)).collect();
    json!({
        "aaguid": aaguid,
        "metadataStatement": {
            "description": format!("Model {aaguid}"),
            "schema": 3,
            "icon": "data:image/png;base64,AAAA",
            "attestationTypes": ["basic_full"],
            "keyProtection": ["hardware", "secure_element"],
            "attestationRootCertificates": roots,
            "authenticatorGetInfo": { "versions": ["FIDO_2_1"], "aaguid": "ignored" },
        },
        "statusReports": reports,
        "timeOfLastStatusChange": "2024-01-01",
    })
}

pub fn payload(entries: &[Value]) -> Value {
    json!({ "legalHeader": "none", "no": 42, "nextUpdate": "2026-12-01", "entries": entries })
}
