use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use riser_factors::webauthn::{
    AttestationRoots, Certification, MetadataPolicy, MetadataSigner, RelyingParty, UserVerification,
    parse_aaguid,
};
use serde::Deserialize;
use toml::Spanned;

use super::file::Source;
use crate::failure::Failure;

/// `[webauthn]`: who asks for passkeys, and whose word on authenticators counts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webauthn {
    rp_id: Spanned<String>,
    origins: Vec<String>,
    #[serde(default)]
    user_verification: UserVerificationText,
    related_origins: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    attestation_roots: Vec<Spanned<String>>,
    metadata: Option<MetadataTable>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UserVerificationText {
    #[default]
    Required,
    Preferred,
}

/// `[webauthn.metadata]`: the FIDO metadata, as a file that something else fetches.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MetadataTable {
    blob: String,
    root: Spanned<String>,
    min_certification: Option<Spanned<String>>,
    allow: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    deny: Vec<Spanned<String>>,
}

/// Whose word on authenticators counts.
pub struct TrustParts {
    /// The operator's own roots.
    pub roots: AttestationRoots,
    /// How many files of them there are.
    pub root_files: usize,
    /// Which models count.
    pub policy: MetadataPolicy,
    /// The metadata.
    pub metadata: Option<MetadataFile>,
}

/// Where metadata comes from.
#[derive(Clone)]
pub struct MetadataFile {
    /// The BLOB.
    pub blob: PathBuf,
    /// Who signs it.
    pub signer: MetadataSigner,
}

impl TrustParts {
    /// Whether anybody is trusted to say that a key is bound to its hardware.
    pub fn vouches_for_hardware(&self) -> bool {
        !self.roots.is_empty() || self.metadata.is_some()
    }
}

/// The relying party of the table.
pub fn relying_party(table: &Webauthn, source: &Source) -> Result<RelyingParty, Failure> {
    let verification = match table.user_verification {
        UserVerificationText::Required => UserVerification::Required,
        UserVerificationText::Preferred => UserVerification::Preferred,
    };
    let party = RelyingParty::new(table.rp_id.get_ref(), table.origins.iter().cloned(), verification)
        .map_err(|error| source.failure(table.rp_id.span().start, format!("[webauthn]: {error}")))?;
    let Some(related) = &table.related_origins else { return Ok(party) };
    party
        .with_related_origins(related.get_ref().iter().cloned())
        .map_err(|error| source.failure(related.span().start, format!("[webauthn] related_origins: {error}")))
}

/// The trust of the table. The metadata itself is read at the start, when its last number is known.
pub fn trust(table: &Webauthn, source: &Source, base: &Path) -> Result<TrustParts, Failure> {
    let mut certificates = Vec::new();
    for file in &table.attestation_roots {
        certificates.extend(read_certificates(file, source, base, "attestation_roots")?);
    }
    let roots = AttestationRoots::from_der(certificates)
        .map_err(|error| source.failure(0, format!("[webauthn] attestation_roots: {error}")))?;
    let root_files = table.attestation_roots.len();
    let Some(metadata) = &table.metadata else {
        return Ok(TrustParts { roots, root_files, policy: MetadataPolicy::default(), metadata: None });
    };
    let at = metadata.root.span().start;
    let signers = read_certificates(&metadata.root, source, base, "metadata root")?;
    let signers = AttestationRoots::from_der(signers)
        .map_err(|error| source.failure(at, format!("[webauthn.metadata] root: {error}")))?;
    let min_certification = match &metadata.min_certification {
        None => None,
        Some(name) => Some(Certification::from_name(name.get_ref()).ok_or_else(|| {
            source.failure(
                name.span().start,
                "[webauthn.metadata] min_certification: write L1, L1plus, L2, L2plus, L3 or L3plus",
            )
        })?),
    };
    let models = |names: &[Spanned<String>]| names.iter().map(|name| model(name, source)).collect();
    let allow: Option<BTreeSet<[u8; 16]>> = metadata.allow.as_deref().map(models).transpose()?;
    let policy = MetadataPolicy { min_certification, allow, deny: models(&metadata.deny)? };
    let file = MetadataFile { blob: base.join(&metadata.blob), signer: MetadataSigner::fido(signers) };
    Ok(TrustParts { roots, root_files, policy, metadata: Some(file) })
}

fn model(name: &Spanned<String>, source: &Source) -> Result<[u8; 16], Failure> {
    parse_aaguid(name.get_ref()).ok_or_else(|| {
        let cure = "is no AAGUID: write `00010203-0405-0607-0809-0a0b0c0d0e0f`";
        source.failure(name.span().start, format!("[webauthn.metadata]: `{}` {cure}", name.get_ref()))
    })
}

/// The certificates of a file: PEM, any number of them, or one in DER.
fn read_certificates(
    file: &Spanned<String>,
    source: &Source,
    base: &Path,
    key: &str,
) -> Result<Vec<Vec<u8>>, Failure> {
    let wrong = |what: String| {
        source.failure(file.span().start, format!("[webauthn] {key} `{}`: {what}", file.get_ref()))
    };
    let bytes = std::fs::read(base.join(file.get_ref()))
        .map_err(|error| wrong(format!("cannot be read: {error}")))?;
    if bytes.first() == Some(&0x30) {
        return Ok(vec![bytes]);
    }
    let blocks = x509_parser::pem::Pem::iter_from_buffer(&bytes);
    let certificates: Vec<Vec<u8>> = blocks
        .map(|block| block.ok().filter(|block| block.label == "CERTIFICATE").map(|block| block.contents))
        .collect::<Option<_>>()
        .ok_or_else(|| wrong("holds something else than PEM certificates".to_owned()))?;
    if certificates.is_empty() {
        return Err(wrong("holds no certificate, in PEM or DER".to_owned()));
    }
    Ok(certificates)
}
