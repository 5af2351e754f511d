//! The BLOB's payload: the members that count, and none that do not (icons, user interfaces, curves).

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER_PERMISSIVE;
use jiff::civil::Date;
use jiff::tz::Offset;
use riser_core::UnixTime;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::MetadataError;
use super::model::{KeyId, Legibility, Model, Protection, Report, Status, Verification};
use crate::webauthn::AttestationRoots;

const DAY: i64 = 24 * 60 * 60;

/// How a statement is anchored in certificates (FIDO Registry §3.6). The others have none.
const BY_CERTIFICATES: [&str; 3] = ["basic_full", "attca", "anonca"];

pub(super) struct Payload {
    pub(super) number: u64,
    pub(super) overdue: UnixTime,
    pub(super) entries: Vec<MaybeEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPayload {
    no: u64,
    next_update: String,
    entries: Vec<MaybeEntry>,
}

/// An entry, or what can be read of it.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum MaybeEntry {
    Whole(Entry),
    Named(Named),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
pub(super) struct Named {
    aaguid: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    aaguid: Option<String>,
    attestation_certificate_key_identifiers: Option<Vec<String>>,
    metadata_statement: Option<Statement>,
    status_reports: Vec<StatusReport>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    #[serde(default)]
    description: String,
    #[serde(default)]
    attestation_root_certificates: Vec<String>,
    #[serde(default)]
    attestation_types: Vec<String>,
    #[serde(default)]
    key_protection: Vec<String>,
    /// FIDO Metadata Statement §4: absent, it is true.
    is_fresh_user_verification_required: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusReport {
    status: String,
    effective_date: Option<String>,
}

/// The models, and how much could not be read.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) by_aaguid: BTreeMap<[u8; 16], Model>,
    pub(super) by_key: BTreeMap<KeyId, Model>,
    pub(super) skipped: usize,
}

impl Payload {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, MetadataError> {
        let wrong = "it has no `no`, `nextUpdate` and `entries`";
        let raw: RawPayload = serde_json::from_slice(bytes).map_err(|_| MetadataError::Payload(wrong))?;
        let due = day(&raw.next_update).ok_or(MetadataError::Payload("its `nextUpdate` is not a date"))?;
        Ok(Self { number: raw.no, overdue: UnixTime(due.0.saturating_add(DAY)), entries: raw.entries })
    }
}

/// A model's name as it is written: 32 hexadecimal digits, with dashes or without. That of nobody, all zero, is none.
#[must_use]
pub fn parse_aaguid(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let bytes = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
    bytes.try_into().ok().filter(|aaguid| *aaguid != [0; 16])
}

pub(super) fn read_entries(raw: Vec<MaybeEntry>) -> Entries {
    let mut entries = Entries::default();
    for entry in raw {
        match entry {
            MaybeEntry::Whole(entry) => entries.add(entry),
            MaybeEntry::Named(Named { aaguid }) => {
                entries.skipped += 1;
                if let Some(aaguid) = parse_aaguid(&aaguid) {
                    entries.by_aaguid.insert(aaguid, Model::unreadable());
                }
            }
            MaybeEntry::Other(IgnoredAny) => entries.skipped += 1,
        }
    }
    entries
}

impl Entries {
    fn add(&mut self, entry: Entry) {
        let aaguid = entry.aaguid.as_deref().map(parse_aaguid);
        let identifiers = entry.attestation_certificate_key_identifiers.unwrap_or_default();
        let keys: Option<Vec<KeyId>> = identifiers.iter().map(|text| key_id(text)).collect();
        let (Some(keys), false) = (keys, aaguid == Some(None)) else {
            self.skipped += 1;
            return;
        };
        // Neither: an authenticator of UAF, which is named by its `aaid` and never comes here.
        let model = match read_model(entry.metadata_statement.unwrap_or_default(), &entry.status_reports) {
            Some((model, unread)) => {
                self.skipped += unread;
                model
            }
            None => {
                self.skipped += 1;
                Model::unreadable()
            }
        };
        if let Some(aaguid) = aaguid.flatten() {
            self.skipped += usize::from(insert_once(&mut self.by_aaguid, aaguid, model.clone()));
        }
        for key in keys {
            self.skipped += usize::from(insert_once(&mut self.by_key, key, model.clone()));
        }
    }
}

/// A model that is described twice is described by nobody.
fn insert_once<K: Ord + Copy>(models: &mut BTreeMap<K, Model>, key: K, model: Model) -> bool {
    let twice = models.insert(key, model).is_some();
    if twice {
        models.insert(key, Model::unreadable());
    }
    twice
}

/// The model, and how many of its roots could not be read. `None` when one of its reports has no date that is one.
fn read_model(statement: Statement, reports: &[StatusReport]) -> Option<(Model, usize)> {
    let mut read = Vec::with_capacity(reports.len());
    for report in reports {
        let since = match &report.effective_date {
            Some(text) => Some(day(text)?),
            None => None,
        };
        read.extend(Status::from_name(&report.status).map(|status| Report { status, since }));
    }
    let chained = statement.attestation_types.iter().any(|kind| BY_CERTIFICATES.contains(&&**kind));
    let texts = if chained { statement.attestation_root_certificates } else { Vec::new() };
    let (roots, unread) = AttestationRoots::readable(texts.iter().map(|text| root(text)));
    let model = Model {
        legibility: Legibility::Read,
        description: statement.description,
        roots,
        verification: match statement.is_fresh_user_verification_required {
            Some(false) => Verification::Remembered,
            Some(true) | None => Verification::Fresh,
        },
        protection: protection(&statement.key_protection),
        reports: read,
    };
    Some((model, unread))
}

/// FIDO Registry §3.2: `software` excludes the others, and `remote_handle` alone says where the key is, not how.
fn protection(names: &[String]) -> Protection {
    let has = |name: &str| names.iter().any(|given| given == name);
    if (has("hardware") || has("secure_element") || has("tee")) && !has("software") {
        Protection::Hardware
    } else {
        Protection::Other
    }
}

/// Base64, which some makers break into lines.
fn root(text: &str) -> Vec<u8> {
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    // Not a certificate either, so it is counted with those that are none.
    STANDARD.decode(text).unwrap_or_default()
}

fn key_id(text: &str) -> Option<KeyId> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The first moment of a day, in UTC. Some dates have a time, which adds nothing.
fn day(text: &str) -> Option<UnixTime> {
    let date: Date = text.get(..10)?.parse().ok()?;
    Some(UnixTime(Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_second()))
}
