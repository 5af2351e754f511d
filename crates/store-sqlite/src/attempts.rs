//! Tries: taken before they are made, by the arithmetic of `core`.

use std::collections::BTreeMap;

use riser_core::UnixTime;
use riser_core::abuse::{Budget, Tries};
use riser_store::{Hashed, Reserved};
use rusqlite::{Connection, params};

use crate::error::Fault;
use crate::statements::{Prepared as _, statements};

statements! {
    KEPT = "SELECT tries, waits, last_at FROM attempts WHERE name = ?1";
    KEEP = "INSERT INTO attempts (name, tries, waits, last_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (name) DO UPDATE
               SET tries = excluded.tries, waits = excluded.waits, last_at = excluded.last_at,
                   ends_at = excluded.ends_at";
    CLEAR = "DELETE FROM attempts WHERE name = ?1";
    GIVE_BACK = "UPDATE attempts SET tries = tries - 1 WHERE name = ?1 AND tries > 0";
}

/// Takes one try of each name, or of none: what is read here is changed by nobody before it is written.
pub(crate) fn reserve(db: &Connection, tries: &[(Hashed, Budget)], now: UnixTime) -> Result<Reserved, Fault> {
    let mut taken: BTreeMap<Hashed, (Tries, UnixTime)> = BTreeMap::new();
    let (mut wait, mut last) = (None, None);
    // Whose tries they are: the other names only limit them.
    let first = tries.first().map(|(name, _)| *name);
    for (name, budget) in tries {
        let kept = match taken.get(name) {
            Some((before, _)) => Some(*before),
            None => find(db, *name)?,
        };
        match budget.reserve(kept, now) {
            Ok(now_taken) => {
                if first == Some(*name) {
                    last = budget.reserve(Some(now_taken), now).err();
                }
                let forgotten = now_taken.last_at.plus(budget.longest.max(budget.wait));
                taken.insert(*name, (now_taken, forgotten));
            }
            Err(again_at) => wait = wait.max(Some(again_at)),
        }
    }
    if let Some(again_at) = wait {
        return Ok(Reserved::Wait(again_at));
    }
    for (name, (tries, forgotten)) in taken {
        let values = params![name.0, tries.count, tries.waits, tries.last_at.0, forgotten.0];
        db.run(KEEP, values)?;
    }
    Ok(last.map_or(Reserved::Go, |again_at| Reserved::GoLast { again_at }))
}

fn find(db: &Connection, name: Hashed) -> Result<Option<Tries>, Fault> {
    db.one(KEPT, [name.0], |row| {
        Ok(Tries { count: row.get(0)?, waits: row.get(1)?, last_at: UnixTime(row.get(2)?) })
    })
}

pub(crate) fn clear(db: &Connection, names: &[Hashed], one_back: &[Hashed]) -> Result<(), Fault> {
    for name in names {
        db.run(CLEAR, [name.0])?;
    }
    for name in one_back {
        db.run(GIVE_BACK, [name.0])?;
    }
    Ok(())
}
