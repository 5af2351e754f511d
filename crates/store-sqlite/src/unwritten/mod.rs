//! Visits and ceremonies that were only opened. Losing one means "start again", so it is not worth a place in
//! the file: it is kept in memory, found there first, and spent there under the same guards. It is written
//! when a durable step goes on from it, when memory has no room for it, and when the store is closed.
//!
//! What a transaction needs of them is held until it has ended. A hold that is lost on the way (its thread
//! died, its caller gave up in the queue) spends what it held: nobody knows any more how it ended.

mod shelf;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use riser_core::{InteractionId, UnixTime};
use riser_store::{Ceremony, Hashed, Interaction, Spendable, Spent, StoreError};
use rusqlite::Connection;
use serde::Serialize;

use crate::consume;
use crate::error::{Fault, to_json};
use crate::interactions::Opening;
use shelf::{Held, Put, Shelf};

/// What the visits may take together, by [`weight`]. What comes above it is written to the file at once, as
/// everything else is: a flood of visits fills a disk that is swept, and not the memory.
const VISITS: usize = 12 * 1024 * 1024;
/// The same for ceremonies.
const CEREMONIES: usize = 4 * 1024 * 1024;
/// What a ceremony takes, its place in the table included.
const CEREMONY: usize = 512;

/// The visits and ceremonies that are not in the file.
pub(crate) struct Unwritten {
    tables: Mutex<Tables>,
}

struct Tables {
    visits: Shelf<InteractionId, Interaction>,
    ceremonies: Shelf<Hashed, Spent<Ceremony>>,
}

/// What one transaction holds.
pub(crate) struct Hold {
    from: Arc<Unwritten>,
    now: UnixTime,
    visit: Option<Visit>,
    ceremonies: Vec<Hashed>,
    end: End,
}

/// A held visit, and what it becomes.
struct Visit {
    id: InteractionId,
    /// Ended, and repeated from memory; or else in the file from now on.
    ended: Option<Box<Interaction>>,
}

/// What becomes of what is held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// It is as it was: nothing was asked of the file yet, or the file refused.
    AsItWas,
    /// It is gone: it was asked, and nobody knows how that ended.
    Lost,
    /// It is spent, and the visit has moved.
    Done,
}

impl Unwritten {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self::with_room(VISITS, CEREMONIES))
    }

    fn with_room(visits: usize, ceremonies: usize) -> Self {
        let tables = Tables { visits: Shelf::with_room(visits), ceremonies: Shelf::with_room(ceremonies) };
        Self { tables: Mutex::new(tables) }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // No change of the tables is in two parts that could panic between them.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a visit, or gives it back for the file.
    pub(crate) fn open(&self, visit: Interaction) -> Result<Option<Interaction>, StoreError> {
        let weight = weight(&visit)?;
        match self.tables().visits.put(visit.id.clone(), visit, weight) {
            Put::Kept => Ok(None),
            Put::Full(visit) => Ok(Some(visit)),
            Put::Taken => Err(StoreError::Conflict),
        }
    }

    pub(crate) fn visit(&self, id: &InteractionId) -> Option<Interaction> {
        self.tables().visits.get(id).cloned()
    }

    /// Keeps a ceremony, or gives it back for the file.
    pub(crate) fn begin(
        &self,
        challenge: Hashed,
        value: Ceremony,
        expires_at: UnixTime,
    ) -> Result<Option<Ceremony>, StoreError> {
        let ceremony = Spent { value, expires_at, spent_at: None };
        match self.tables().ceremonies.put(challenge, ceremony, CEREMONY) {
            Put::Kept => Ok(None),
            Put::Full(ceremony) => Ok(Some(ceremony.value)),
            Put::Taken => Err(StoreError::Conflict),
        }
    }

    pub(crate) fn ceremony(&self, challenge: Hashed) -> Option<Spent<Ceremony>> {
        self.tables().ceremonies.get(&challenge).cloned()
    }

    /// Holds what a step of a visit needs of these, and takes it out of `spends`: what is left there is the
    /// file's. A conflict when somebody else holds or has spent any of it, or the visit has moved or ended.
    pub(crate) fn hold(
        self: &Arc<Self>,
        visit: &Interaction,
        spends: &mut Vec<(Spendable, Hashed)>,
        now: UnixTime,
    ) -> Result<Hold, StoreError> {
        let mut hold = Hold::nothing(self, now);
        let mut tables = self.tables();
        let mut refused = false;
        spends.retain(|(kind, hash)| {
            if *kind != Spendable::Ceremony {
                return true;
            }
            let held =
                tables.ceremonies.hold(hash, |found| found.spent_at.is_none() && found.expires_at > now);
            match held {
                Held::Yes => hold.ceremonies.push(*hash),
                Held::Refused => refused = true,
                Held::Elsewhere => {}
            }
            held == Held::Elsewhere
        });
        let stands = |found: &Interaction| {
            found.version == visit.version && found.progress.outcome.is_none() && found.expires_at > now
        };
        match tables.visits.hold(&visit.id, stands) {
            Held::Yes => hold.visit = Some(Visit { id: visit.id.clone(), ended: None }),
            Held::Refused => refused = true,
            Held::Elsewhere => {}
        }
        drop(tables);
        // Dropped, a hold that has asked nothing of the file gives back what it has.
        if refused { Err(StoreError::Conflict) } else { Ok(hold) }
    }

    /// Visits of somebody that nobody ended before they were over.
    pub(crate) fn unanswered(&self, after: UnixTime, until: UnixTime) -> Vec<Interaction> {
        let over = |visit: &&Interaction| {
            let somebodys = visit.session().is_some() || visit.progress.user.is_some();
            let ended_itself = visit.progress.outcome.is_none() && visit.expires_at <= until;
            somebodys && ended_itself && after < visit.expires_at
        };
        self.tables().visits.iter().map(|(_, visit)| visit).filter(over).cloned().collect()
    }

    /// Removes what would not be in the file any more either.
    pub(crate) fn sweep(&self, visits_until: UnixTime, ceremonies_until: UnixTime) -> usize {
        let mut tables = self.tables();
        tables.visits.sweep(|visit| visit.expires_at <= visits_until)
            + tables.ceremonies.sweep(|ceremony| ceremony.expires_at <= ceremonies_until)
    }

    /// Writes all of it down: the store closes, and whoever is in a visit goes on after the restart. A spent
    /// ceremony is left out: one that is not found is as good.
    pub(crate) fn write(&self, db: &Connection) -> Result<(), Fault> {
        let tables = self.tables();
        for (_, visit) in tables.visits.iter() {
            Opening::of(visit)?.keep(db)?;
        }
        for (challenge, ceremony) in tables.ceremonies.iter().filter(|(_, found)| found.spent_at.is_none()) {
            let payload = to_json(consume::TABLE, &ceremony.value)?;
            consume::keep(db, Spendable::Ceremony, *challenge, &payload, ceremony.expires_at)?;
        }
        Ok(())
    }
}

impl Hold {
    fn nothing(from: &Arc<Unwritten>, now: UnixTime) -> Self {
        Self { from: from.clone(), now, visit: None, ceremonies: Vec::new(), end: End::AsItWas }
    }

    /// Whether the visit is among what is held, and so not in the file.
    pub(crate) fn has_visit(&self) -> bool {
        self.visit.is_some()
    }

    /// Says that the step ends the visit: memory repeats its end, and it is never written.
    pub(crate) fn ends_with(&mut self, mut ended: Interaction) {
        ended.version += 1;
        if let Some(visit) = &mut self.visit {
            visit.ended = Some(Box::new(ended));
        }
    }

    /// From here on the file is asked: if nothing more is heard, it may have been done.
    pub(crate) fn asked(mut self) -> Self {
        self.end = End::Lost;
        self
    }

    /// The transaction has ended: what it held is spent and has moved, or is as it was.
    pub(crate) fn settle(mut self, committed: bool) {
        self.end = if committed { End::Done } else { End::AsItWas };
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut tables = self.from.tables();
        let now = self.now;
        for challenge in &self.ceremonies {
            match self.end {
                End::AsItWas => tables.ceremonies.release(challenge),
                End::Lost | End::Done => {
                    tables.ceremonies.end(challenge, |ceremony| ceremony.spent_at = Some(now));
                }
            }
        }
        if let Some(Visit { id, ended }) = self.visit.take() {
            match (self.end, ended) {
                (End::AsItWas, _) => tables.visits.release(&id),
                (End::Done, Some(ended)) => tables.visits.end(&id, |visit| *visit = *ended),
                // In the file from now on; or nowhere.
                (End::Done, None) | (End::Lost, _) => tables.visits.remove(&id),
            }
        }
    }
}

/// About what a visit takes in memory: what it takes as text, some times over, and its place in the table.
fn weight(visit: &Interaction) -> Result<usize, StoreError> {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    fn count(value: &impl Serialize) -> Result<usize, StoreError> {
        let mut counter = Counter(0);
        serde_json::to_writer(&mut counter, value)
            .map_err(|error| crate::error::damaged("interactions", format!("{:?}", error.classify())))?;
        Ok(counter.0)
    }
    Ok(1024 + 3 * (count(&visit.purpose)? + count(&visit.progress)?))
}

#[cfg(test)]
mod tests;
