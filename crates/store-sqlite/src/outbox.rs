//! Letters: written in the transaction of what they tell, taken by one sender at a time, and wiped once sent.

use riser_core::{Seconds, UnixTime, UserId};
use riser_store::{Letter, LetterId, LetterLink, OutgoingLetter, StoreError, Told};
use rusqlite::{Connection, params};

use crate::addresses;
use crate::audit::Record;
use crate::error::{Fault, from_json, to_json};
use crate::statements::{Prepared as _, statements};

const TABLE: &str = "outbox";

/// For so long a letter is its taker's alone.
const LEASE: Seconds = Seconds(60);

statements! {
    QUEUE = "INSERT INTO outbox (user, queued_at, address, notice, link, next_try_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?2)";
    IS_DUE = "SELECT 1 FROM outbox WHERE next_try_at <= ?1 AND next_try_at IS NOT NULL LIMIT 1";
    /// The one guard: who moves the time of the next try ahead, has the letter.
    TAKE = "UPDATE outbox SET next_try_at = ?2, attempts = attempts + 1
             WHERE id IN (SELECT id FROM outbox WHERE next_try_at <= ?1 AND next_try_at IS NOT NULL
                           ORDER BY next_try_at LIMIT ?3)
         RETURNING id, address, (SELECT name FROM users WHERE users.id = outbox.user), notice, link,
                   queued_at, attempts";
    SENT = "UPDATE outbox SET done_at = ?2, failure = NULL, next_try_at = NULL, address = NULL, notice = NULL,
                   link = NULL
             WHERE id = ?1 AND done_at IS NULL";
    /// Never before the lease ends: it may be another taker's by now.
    AGAIN = "UPDATE outbox SET next_try_at = max(next_try_at, ?2), failure = ?3
              WHERE id = ?1 AND done_at IS NULL";
    GIVEN_UP = "UPDATE outbox SET done_at = ?2, failure = ?3, next_try_at = NULL, address = NULL,
                       notice = NULL, link = NULL
                 WHERE id = ?1 AND done_at IS NULL";
}

/// A letter, written down by its caller.
struct Post {
    user: UserId,
    notice: String,
    link: Option<String>,
}

impl Post {
    fn of(letter: Letter) -> Result<Self, StoreError> {
        let notice = to_json(TABLE, &letter.notice)?;
        Ok(Self { user: letter.user, notice, link: letter.link.map(|link| link.0) })
    }

    fn queue(&self, db: &Connection, address: &str, now: UnixTime) -> Result<(), Fault> {
        db.run(QUEUE, params![self.user.as_str(), now.0, address, self.notice, self.link])?;
        Ok(())
    }
}

/// The letters of a transaction, written down by its caller.
pub(crate) struct Letters(Vec<Post>);

impl Letters {
    pub(crate) fn of(letters: Vec<Letter>) -> Result<Self, StoreError> {
        Ok(Self(letters.into_iter().map(Post::of).collect::<Result<_, _>>()?))
    }

    /// Queues each to everywhere that its account is told.
    pub(crate) fn queue(&self, db: &Connection, now: UnixTime) -> Result<(), Fault> {
        for post in &self.0 {
            for address in addresses::all(db, &post.user, now)? {
                post.queue(db, &address, now)?;
            }
        }
        Ok(())
    }
}

/// What a transaction tells, written down by its caller.
pub(crate) struct Telling {
    audit: Vec<Record>,
    letters: Letters,
}

impl Telling {
    pub(crate) fn of(told: Told) -> Result<Self, StoreError> {
        Ok(Self { audit: Record::all(&told.audit)?, letters: Letters::of(told.letters)? })
    }

    /// Records the entries and queues the letters.
    pub(crate) fn tell(&self, db: &Connection, now: UnixTime) -> Result<(), Fault> {
        self.record(db)?;
        self.letters.queue(db, now)
    }

    fn record(&self, db: &Connection) -> Result<(), Fault> {
        self.audit.iter().try_for_each(|record| record.append(db))
    }
}

/// Whether anything is due: asked often, and seldom so.
pub(crate) fn is_due(db: &Connection, now: UnixTime) -> Result<bool, Fault> {
    db.holds(IS_DUE, [now.0])
}

pub(crate) fn take(db: &Connection, now: UnixTime, limit: u32) -> Result<Vec<OutgoingLetter>, Fault> {
    let mut letters = db.all(TAKE, params![now.0, now.plus(LEASE).0, limit], |row| {
        Ok(OutgoingLetter {
            id: LetterId(row.get(0)?),
            to: row.get(1)?,
            name: row.get(2)?,
            notice: from_json(TABLE, row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?)?,
            link: row.get::<_, Option<String>>(4)?.map(LetterLink),
            at: UnixTime(row.get(5)?),
            attempt: row.get(6)?,
        })
    })?;
    letters.sort_unstable_by_key(|letter| letter.id);
    Ok(letters)
}

pub(crate) fn sent(db: &Connection, id: LetterId, now: UnixTime) -> Result<(), Fault> {
    db.run(SENT, params![id.0, now.0])?;
    Ok(())
}

pub(crate) fn failed(
    db: &Connection,
    id: LetterId,
    retry_at: Option<UnixTime>,
    reason: &str,
    now: UnixTime,
) -> Result<(), Fault> {
    match retry_at {
        Some(retry_at) => db.run(AGAIN, params![id.0, retry_at.0, reason])?,
        None => db.run(GIVEN_UP, params![id.0, now.0, reason])?,
    };
    Ok(())
}
