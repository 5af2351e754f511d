//! Removing what has ended. What would still be recognised as used again is kept for that.

use riser_core::{Seconds, UnixTime};
use riser_store::Spendable;
use rusqlite::{Connection, params};

use crate::error::Fault;
use crate::statements::{Prepared as _, statements};
use crate::{addresses, rehearsal, seen};

/// A spent code is remembered for as long as what it bought lives by itself, and a good deal longer: who
/// tries it again has stolen it (RFC 6749 §4.1.2).
const SPENT_CODE: Seconds = Seconds(60 * 60);
/// A visit's end can still be asked for by the page that shows it.
pub(crate) const INTERACTION: Seconds = Seconds(60 * 60);
/// No session is used for longer than this without rest.
const SESSION: Seconds = Seconds(24 * 60 * 60);
/// A letter that was sent has no text any more; that it was sent can be looked up for so long. One that
/// nobody came for in that time is too old to be sent.
const LETTER: Seconds = Seconds(30 * 24 * 60 * 60);
/// Past the time in which a recovery can be asked about.
const RECOVERY: Seconds = Seconds(90 * 24 * 60 * 60);

statements! {
    SINGLE_USE = "DELETE FROM single_use WHERE rowid IN
                      (SELECT rowid FROM single_use WHERE kind = ?1 AND expires_at <= ?2 LIMIT ?3)";
    INTERACTIONS = "DELETE FROM interactions WHERE rowid IN
                      (SELECT rowid FROM interactions WHERE expires_at <= ?1 LIMIT ?2)";
    ENDED_SESSIONS = "SELECT id FROM sessions WHERE ended_at <= ?1 AND ended_at IS NOT NULL LIMIT ?2";
    OLD_SESSIONS = "SELECT id FROM sessions WHERE created_at <= ?1 AND last_used_at <= ?1 LIMIT ?2";
    AUTHENTICATIONS = "DELETE FROM authentications WHERE session = ?1";
    SESSIONS = "DELETE FROM sessions WHERE id = ?1";
    GRANTS = "DELETE FROM grants WHERE rowid IN
                  (SELECT g.rowid FROM grants AS g WHERE g.created_at <= ?1
                      AND NOT EXISTS (SELECT 1 FROM sessions AS s WHERE s.id = g.session) LIMIT ?2)";
    TRIES = "DELETE FROM attempts WHERE name IN (SELECT name FROM attempts WHERE ends_at <= ?1 LIMIT ?2)";
    LETTERS_DONE = "DELETE FROM outbox WHERE id IN
                        (SELECT id FROM outbox WHERE done_at <= ?1 AND done_at IS NOT NULL LIMIT ?2)";
    LETTERS_LEFT = "DELETE FROM outbox WHERE id IN
                        (SELECT id FROM outbox WHERE next_try_at <= ?1 AND next_try_at IS NOT NULL LIMIT ?2)";
    RECOVERIES = "DELETE FROM recoveries WHERE id IN
                      (SELECT id FROM recoveries WHERE expires_at <= ?1 LIMIT ?2)";
}

pub(crate) fn sweep(db: &Connection, now: UnixTime, limit: u32) -> Result<u64, Fault> {
    let mut gone = 0;
    for kind in Spendable::ALL {
        let ended = if kind == Spendable::Code { now.minus(SPENT_CODE) } else { now };
        gone += db.run(SINGLE_USE, params![kind as i64, ended.0, limit])?;
    }
    gone += db.run(INTERACTIONS, params![now.minus(INTERACTION).0, limit])?;
    gone += db.run(TRIES, params![now.0, limit])?;
    gone += db.run(LETTERS_DONE, params![now.minus(LETTER).0, limit])?;
    gone += db.run(LETTERS_LEFT, params![now.minus(LETTER).0, limit])?;
    gone += db.run(RECOVERIES, params![now.minus(RECOVERY).0, limit])?;
    gone += addresses::sweep(db, now, limit)?;
    gone += seen::sweep(db, now, limit)?;
    gone += rehearsal::sweep(db, now, limit)?;
    for (which, until) in [(ENDED_SESSIONS, now), (OLD_SESSIONS, now.minus(SESSION))] {
        let ended: Vec<String> = db.all(which, params![until.0, limit], |row| Ok(row.get(0)?))?;
        for session in ended {
            db.run(AUTHENTICATIONS, [&session])?;
            gone += db.run(SESSIONS, [&session])?;
        }
    }
    // After the sessions: a grant whose session is gone stands on nothing.
    gone += db.run(GRANTS, params![now.minus(SESSION).0, limit])?;
    Ok(gone as u64)
}
