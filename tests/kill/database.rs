//! What the database holds after the last kill, beside what the clients were told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::client::claim;
use crate::worker::{Record, Session, Step};

/// `kind` of a row of `single_use`.
const CEREMONY: i64 = 1;
const CODE: i64 = 2;
const ELEVATION: i64 = 5;

/// A value that is used once.
struct SingleUse {
    kind: i64,
    hash: Vec<u8>,
    /// Of a ceremony.
    challenge: Vec<u8>,
    /// The grant of a code or an elevation; the visit of a ceremony.
    of: String,
    registers: bool,
    spent: bool,
}

/// The rows, as they are.
pub struct Found {
    whole: String,
    positions: Vec<i64>,
    events: Vec<Value>,
    /// Grants in force; and all that were revoked.
    grants: BTreeSet<String>,
    single_use: Vec<SingleUse>,
    /// Session and visit of each proof that a session holds.
    proved: BTreeSet<(String, String)>,
}

/// Reads everything that the checks look at.
pub fn read(path: &Path) -> Found {
    // Not read-only: the first to open it after a kill recovers its log.
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let all = |sql: &str| -> Vec<Vec<rusqlite::types::Value>> {
        let mut statement = db.prepare(sql).unwrap();
        let width = statement.column_count();
        let rows = statement.query_map([], |row| (0..width).map(|column| row.get(column)).collect()).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let text = |value: &rusqlite::types::Value| match value {
        rusqlite::types::Value::Text(text) => text.clone(),
        other => panic!("not a text: {other:?}"),
    };
    let integer = |value: &rusqlite::types::Value| match value {
        rusqlite::types::Value::Integer(number) => *number,
        other => panic!("not a number: {other:?}"),
    };
    let single_use = |row: &Vec<rusqlite::types::Value>| {
        let (kind, payload) = (integer(&row[0]), text(&row[2]));
        // An elevation's is the grant itself, not JSON.
        let body: Value = serde_json::from_str(&payload).unwrap_or_default();
        let of = match kind {
            CEREMONY => body["interaction"].as_str().unwrap().to_owned(),
            CODE => body["id"].as_str().unwrap().to_owned(),
            _ => payload,
        };
        let rusqlite::types::Value::Blob(hash) = row[1].clone() else { panic!("no hash") };
        let spent = row[3] != rusqlite::types::Value::Null;
        let challenge = body["challenge"].as_array().into_iter().flatten();
        let challenge = challenge.map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect();
        SingleUse { kind, hash, challenge, of, registers: body["registers"] == true, spent }
    };
    let audit = all("SELECT position, event FROM audit ORDER BY position");
    Found {
        whole: text(&all("PRAGMA integrity_check")[0][0]),
        positions: audit.iter().map(|row| integer(&row[0])).collect(),
        events: audit.iter().map(|row| serde_json::from_str(&text(&row[1])).unwrap()).collect(),
        grants: all("SELECT id FROM grants WHERE body IS NOT NULL").iter().map(|row| text(&row[0])).collect(),
        single_use: all("SELECT kind, hash, payload, spent_at FROM single_use")
            .iter()
            .map(single_use)
            .collect(),
        proved: all("SELECT session, interaction FROM authentications")
            .iter()
            .map(|row| (text(&row[0]), text(&row[1])))
            .collect(),
    }
}

impl Found {
    /// How many events of a name there are for each value of a member.
    fn count(&self, event: &str, member: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for found in self.events.iter().filter(|found| found["event"] == event) {
            if let Some(value) = found[member].as_str() {
                *counts.entry(value.to_owned()).or_default() += 1;
            }
        }
        counts
    }

    fn of_kind(&self, kind: i64) -> impl Iterator<Item = &SingleUse> {
        self.single_use.iter().filter(move |value| value.kind == kind)
    }

    fn named(&self, kind: i64, spent: bool) -> BTreeSet<String> {
        self.of_kind(kind).filter(|value| value.spent == spent).map(|value| value.of.clone()).collect()
    }

    /// The file is undamaged, and the log has no gap.
    pub fn is_whole(&self) {
        assert_eq!(self.whole, "ok");
        let last = i64::try_from(self.positions.len()).unwrap();
        assert!(self.positions.iter().copied().eq(1..=last), "the audit log has a gap");
    }

    /// What a client was told is there, whole: the proof, the grant and their entries; and its challenge is not
    /// to be answered again.
    pub fn holds_what_was_acknowledged(&self, records: &[Record]) {
        let authenticated = self.count("authenticated", "interaction");
        let issued = self.count("tokens_issued", "grant");
        let consumed = self.count("elevation_spent", "grant");
        for step_up in records.iter().flat_map(Record::step_ups) {
            let visit = &step_up.interaction;
            assert_eq!(
                authenticated.get(visit),
                Some(&1),
                "{visit}: no `authenticated` of an answered proof"
            );
            // A challenge that is not there cannot be answered either.
            let mut same = self.of_kind(CEREMONY).filter(|value| value.challenge == step_up.challenge);
            assert!(same.all(|ceremony| ceremony.spent), "{visit}: the challenge of an answered proof");
            let code = hash(&step_up.code);
            assert!(self.of_kind(CODE).any(|value| value.hash == code), "{visit}: its code");
            let Some(token) = &step_up.access_token else { continue };
            let grant = claim(token, "grant_id").unwrap();
            assert!(self.grants.contains(&grant), "{visit}: a token was answered that has no grant");
            assert_eq!(issued.get(&grant), Some(&1), "{visit}: a token without its audit entry");
            let sid = claim(token, "sid").unwrap();
            assert!(
                self.proved.contains(&(sid, visit.clone())),
                "{visit}: the session does not hold its proof"
            );
            if step_up.consumed == Step::Done {
                assert_eq!(
                    consumed.get(&grant),
                    Some(&1),
                    "{visit}: an elevation that was answered as spent"
                );
            }
        }
        let sessions = || records.iter().flat_map(|record| &record.sessions);
        for visit in sessions().filter_map(|session: &Session| session.lost_in.as_ref()) {
            assert_eq!(authenticated.get(visit), Some(&1), "{visit}: done without its entry");
        }
    }

    /// No visit was completed, no code redeemed and no elevation spent more than once.
    pub fn used_nothing_twice(&self) {
        for (event, member) in [
            ("authenticated", "interaction"),
            ("authenticated", "grant"),
            ("tokens_issued", "grant"),
            ("elevation_spent", "grant"),
        ] {
            let twice: Vec<_> =
                self.count(event, member).into_iter().filter(|(_, count)| *count > 1).collect();
            assert!(twice.is_empty(), "{event} more than once: {twice:?}");
        }
        assert!(self.count("reuse_detected", "grant").is_empty(), "nobody has used anything twice yet");
    }

    /// Each effect has its entry and each entry its effect, whether anybody was told or not.
    pub fn has_an_entry_for_each_effect(&self) {
        let keys = |counts: BTreeMap<String, usize>| counts.into_keys().collect::<BTreeSet<_>>();
        let issued = keys(self.count("tokens_issued", "grant"));
        same(&self.grants, &issued, "grants in force, and `tokens_issued`");
        same(&self.named(CODE, true), &issued, "spent codes, and `tokens_issued`");
        let granted = keys(self.count("authenticated", "grant"));
        let silently = keys(self.count("granted_silently", "grant"));
        let codes: BTreeSet<_> = self.of_kind(CODE).map(|value| value.of.clone()).collect();
        same(&codes, &granted.union(&silently).cloned().collect(), "codes, and what granted them");
        let consumed = keys(self.count("elevation_spent", "grant"));
        same(&self.named(ELEVATION, true), &consumed, "spent elevations, and `elevation_spent`");
        let answered: Vec<_> =
            self.of_kind(CEREMONY).filter(|value| value.spent && !value.registers).collect();
        let completed = keys(self.count("authenticated", "interaction"));
        assert!(
            answered.iter().all(|value| completed.contains(&value.of)),
            "a challenge spent without an entry"
        );
        let in_sessions: BTreeSet<_> = self.proved.iter().map(|(_, visit)| visit.clone()).collect();
        assert!(completed.is_subset(&in_sessions), "`authenticated`, and the sessions' proofs");
    }
}

fn same(left: &BTreeSet<String>, right: &BTreeSet<String>, what: &str) {
    let apart: Vec<_> = left.symmetric_difference(right).collect();
    assert!(apart.is_empty(), "{what} differ in {apart:?}");
}

/// What the database keeps of a secret value. PKCE hashes in the same way.
fn hash(value: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(riser_tokens::s256(value)).unwrap()
}
