//! Questions as they were asked, for a replay; and where people were seen, for signals.

use riser_core::signals::{FAILURES_COUNT, Sightings};
use riser_core::{SessionId, UnixTime, UserId};
use riser_store::{RecordedDecision, Sighting, StoreError};
use rusqlite::{Connection, params};

use crate::error::{Fault, from_json, to_json};
use crate::statements::{Prepared as _, statements};

const TABLE: &str = "decisions";

statements! {
    KEEP = "INSERT INTO decisions (at, question, facts) VALUES (?1, ?2, ?3)";
    AFTER = "SELECT position, at, question, facts FROM decisions WHERE position > ?1 ORDER BY position LIMIT ?2";
    TOO_OLD = "DELETE FROM decisions WHERE position IN
                  (SELECT position FROM decisions WHERE at <= ?1 LIMIT ?2)";
    LAST = "SELECT max(position) FROM decisions";
    TOO_MANY = "DELETE FROM decisions WHERE position IN
                  (SELECT position FROM decisions WHERE position <= ?1 ORDER BY position LIMIT ?2)";
    PLACE = "UPDATE sessions SET device = ?2, network = ?3 WHERE id = ?1 AND user = ?4";
    SEEN = "INSERT INTO sightings (user, device, network, first_at, last_at) VALUES (?1, ?2, ?3, ?4, ?4)
            ON CONFLICT (user, device, network) DO UPDATE SET last_at = max(last_at, excluded.last_at)";
    OF_SESSION = "SELECT device, network FROM sessions WHERE id = ?1 AND user = ?2";
    OF_USER = "SELECT device, network, first_at, last_at FROM sightings WHERE user = ?1";
    REFUSE = "INSERT INTO refusals (user, at) VALUES (?1, ?2)";
    REFUSED = "SELECT count(*) FROM refusals WHERE user = ?1 AND at > ?2";
    OLD_SIGHTINGS = "DELETE FROM sightings WHERE (user, device, network) IN
                        (SELECT user, device, network FROM sightings WHERE last_at <= ?1 LIMIT ?2)";
    OLD_REFUSALS = "DELETE FROM refusals WHERE position IN
                        (SELECT position FROM refusals WHERE at <= ?1 LIMIT ?2)";
}

/// A question, written down by its caller.
pub(crate) struct Question {
    at: i64,
    question: String,
    facts: String,
}

impl Question {
    pub(crate) fn of(recorded: RecordedDecision) -> Result<Self, StoreError> {
        let facts = to_json(TABLE, &recorded.facts)?;
        Ok(Self { at: recorded.at.0, question: recorded.question, facts })
    }

    pub(crate) fn keep(&self, db: &Connection) -> Result<(), Fault> {
        db.run(KEEP, params![self.at, self.question, self.facts])?;
        Ok(())
    }
}

pub(crate) fn after(
    db: &Connection,
    position: i64,
    limit: u32,
) -> Result<Vec<(i64, RecordedDecision)>, Fault> {
    db.all(AFTER, params![position, limit], |row| {
        let facts = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
        let recorded = RecordedDecision {
            at: UnixTime(row.get(1)?),
            question: row.get(2)?,
            facts: from_json(TABLE, facts)?,
        };
        Ok((row.get(0)?, recorded))
    })
}

/// Removes what is older than `until`, and of the rest what is above `most`; at most `limit` rows of each.
pub(crate) fn trim(db: &Connection, until: UnixTime, most: u32, limit: u32) -> Result<u64, Fault> {
    let mut gone = db.run(TOO_OLD, params![until.0, limit])?;
    let last = db.one(LAST, [], |row| Ok(row.get::<_, Option<i64>>(0)?))?.flatten();
    if let Some(last) = last {
        gone += db.run(TOO_MANY, params![last - i64::from(most), limit])?;
    }
    Ok(gone as u64)
}

pub(crate) fn sight(db: &Connection, sighting: &Sighting) -> Result<(), Fault> {
    let Sighting { user, session, device, network, at } = sighting;
    db.run(PLACE, params![session.as_str(), device.0, network.0, user.as_str()])?;
    db.run(SEEN, params![user.as_str(), device.0, network.0, at.0])?;
    Ok(())
}

pub(crate) fn sightings(
    db: &Connection,
    user: &UserId,
    session: &SessionId,
    now: UnixTime,
) -> Result<Sightings, Fault> {
    type Place = (Option<Vec<u8>>, Option<Vec<u8>>);
    let here: Option<Place> =
        db.one(OF_SESSION, params![session.as_str(), user.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (device, network) = here.unwrap_or_default();
    let seen: Vec<(Vec<u8>, Vec<u8>, i64, i64)> =
        db.all(OF_USER, [user.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let is_device = |found: &Vec<u8>| device.as_ref() == Some(found);
    let is_network = |found: &Vec<u8>| network.as_ref() == Some(found);
    let first = |holds: &dyn Fn(&Vec<u8>, &Vec<u8>) -> bool| {
        seen.iter().filter(|(on, at, ..)| holds(on, at)).map(|(_, _, first, _)| UnixTime(*first)).min()
    };
    let last = |holds: &dyn Fn(&Vec<u8>, &Vec<u8>) -> bool| {
        seen.iter().filter(|(on, at, ..)| holds(on, at)).map(|(.., last)| UnixTime(*last)).max()
    };
    let since = now.minus(FAILURES_COUNT);
    let failures = db.one(REFUSED, params![user.as_str(), since.0], |row| Ok(row.get::<_, u32>(0)?))?;
    Ok(Sightings {
        device_since: first(&|on, _| is_device(on)),
        network_since: first(&|_, at| is_network(at)),
        here_at: last(&|on, at| is_device(on) && is_network(at)),
        elsewhere_at: last(&|on, at| !is_device(on) && !is_network(at)),
        failures: failures.unwrap_or_default(),
    })
}

/// Notes that a proof of somebody was refused.
pub(crate) fn refused(db: &Connection, user: &UserId, at: i64) -> Result<(), Fault> {
    db.run(REFUSE, params![user.as_str(), at])?;
    Ok(())
}

/// A browser or a network that was not seen for so long is new again.
const SIGHTING: riser_core::Seconds = riser_core::Seconds(90 * 24 * 3600);

pub(crate) fn sweep(db: &Connection, now: UnixTime, limit: u32) -> Result<usize, Fault> {
    let sightings = db.run(OLD_SIGHTINGS, params![now.minus(SIGHTING).0, limit])?;
    Ok(sightings + db.run(OLD_REFUSALS, params![now.minus(FAILURES_COUNT).0, limit])?)
}
