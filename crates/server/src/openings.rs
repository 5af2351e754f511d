//! How many visits and challenges are open, and for whom: a flood of them fills memory and disk (AB-10).
//!
//! Counted by each node for itself, since it is its own memory that it guards, and in a table that is bounded too. Who
//! is signed in has a count of their own: whatever their network or the application's other visitors do, they get in.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use riser_core::quota::{Opened, Quota};
use riser_core::{ClientId, UnixTime, UserId};
use riser_store::Hashed;
use riser_wire::Seconds;

use crate::app::App;
use crate::error::ApiError;
use crate::hashing::hashed;
use crate::http::Network;

/// The most names that are counted apart: about 6 MB.
const MOST: usize = 65_536;

/// The counts.
#[derive(Debug)]
pub struct Openings {
    most: usize,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    counts: HashMap<Hashed, (Opened, Quota)>,
    /// When it was last looked through for what can be forgotten.
    swept_at: Option<UnixTime>,
}

/// On whose count something is opened.
#[derive(Clone, Copy)]
pub(crate) enum Opener<'a> {
    /// Somebody who is signed in.
    Person(&'a UserId),
    /// Nobody that is known yet.
    Network(Network),
}

impl Default for Openings {
    fn default() -> Self {
        Self { most: MOST, table: Mutex::default() }
    }
}

impl Openings {
    /// Takes a place of each name, or of none.
    fn take(&self, names: &[(Hashed, Quota)], now: UnixTime) -> Result<(), UnixTime> {
        let mut table = self.lock();
        let mut taken = Vec::new();
        for (name, quota) in names {
            let name = if table.has_room(self.most, name, now) { *name } else { rest() };
            let kept = table.counts.get(&name).map(|(kept, _)| *kept);
            taken.push((name, (quota.take(kept, now)?, *quota)));
        }
        table.counts.extend(taken);
        Ok(())
    }

    fn give_back(&self, names: &[(Hashed, Quota)]) {
        let mut table = self.lock();
        for (name, _) in names {
            // What was opened while the table was full was counted elsewhere, and is forgotten in time.
            if let Some((kept, _)) = table.counts.get_mut(name) {
                *kept = kept.less_one();
            }
        }
    }

    /// A count is whole at any moment: a lock that a panic poisoned still holds good ones.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn has_room(&mut self, most: usize, name: &Hashed, now: UnixTime) -> bool {
        if self.counts.len() < most || self.counts.contains_key(name) {
            return true;
        }
        // Once a second: whoever fills the table must not also choose how often all of it is read.
        if self.swept_at.is_none_or(|swept| now.since(swept) != 0) {
            self.swept_at = Some(now);
            self.counts.retain(|_, (kept, quota)| kept.count > 0 && !quota.forgets(kept, now));
        }
        self.counts.len() < most
    }
}

/// What there is no room to count apart shares one count: the stricter, and those that are counted stay so.
fn rest() -> Hashed {
    hashed("the rest")
}

impl Opener<'_> {
    /// Whose place a visit to somebody's account, or for a link, takes.
    fn name(self, what: &str) -> Hashed {
        match self {
            Self::Person(user) => hashed(&format!("{what} of {user}")),
            Self::Network(network) => hashed(&format!("{what} from {network}")),
        }
    }
}

impl App {
    /// Lets a visit be opened, if it is not one too many.
    pub(crate) fn admit_visit(
        &self,
        opener: Opener<'_>,
        client: Option<&ClientId>,
        now: UnixTime,
    ) -> Result<(), ApiError> {
        self.openings.take(&self.visit(opener, client), now).map_err(|until| crowded(until, now))
    }

    /// A visit that was opened so came to its end: its place is free.
    pub(crate) fn visit_done(&self, opener: Opener<'_>, client: Option<&ClientId>) {
        self.openings.give_back(&self.visit(opener, client));
    }

    /// Lets a challenge be made, if it is not one too many.
    pub(crate) fn admit_ceremony(&self, opener: Opener<'_>, now: UnixTime) -> Result<(), ApiError> {
        self.openings.take(&self.ceremony(opener), now).map_err(|until| crowded(until, now))
    }

    /// A challenge was answered well.
    pub(crate) fn ceremony_done(&self, opener: Opener<'_>) {
        self.openings.give_back(&self.ceremony(opener));
    }

    fn visit(&self, opener: Opener<'_>, client: Option<&ClientId>) -> Vec<(Hashed, Quota)> {
        let budgets = &self.provider.budgets;
        let mut names = vec![(opener.name("visits"), budgets.visits)];
        // Whoever floods an application from everywhere keeps out those who are nobody yet, and nobody else.
        if let (Opener::Network(_), Some(client)) = (opener, client) {
            names.push((hashed(&format!("visits for {client}")), budgets.client_visits));
        }
        names
    }

    fn ceremony(&self, opener: Opener<'_>) -> [(Hashed, Quota); 1] {
        [(opener.name("ceremonies"), self.provider.budgets.ceremonies)]
    }
}

fn crowded(until: UnixTime, now: UnixTime) -> ApiError {
    ApiError::Crowded(Seconds(u32::try_from(until.since(now)).unwrap_or(1).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { most: 2, within: Seconds(600) };

    fn small(most: usize) -> Openings {
        Openings { most, ..Openings::default() }
    }

    fn name(number: usize) -> Hashed {
        hashed(&number.to_string())
    }

    #[test]
    fn a_place_is_taken_of_all_names_or_of_none() {
        let openings = small(9);
        let both = [(name(1), QUOTA), (name(2), QUOTA)];
        assert_eq!(openings.take(&both[1..], UnixTime(0)), Ok(()));
        assert_eq!(openings.take(&both, UnixTime(0)), Ok(()));
        for _ in 0..5 {
            assert_eq!(openings.take(&both, UnixTime(1)), Err(UnixTime(600)));
        }
        assert_eq!(openings.take(&both[..1], UnixTime(1)), Ok(()), "nothing was taken of the first");
        openings.give_back(&both);
        assert_eq!(openings.take(&both, UnixTime(1)), Ok(()));
    }

    #[test]
    fn atk_ab_10_a_full_table_grows_no_more_and_keeps_whom_it_knows() {
        let openings = small(100);
        assert_eq!(openings.take(&[(name(0), QUOTA)], UnixTime(0)), Ok(()));
        let passed =
            (1..100_000).filter(|number| openings.take(&[(name(*number), QUOTA)], UnixTime(1)).is_ok());
        assert_eq!(passed.count(), 99 + 2, "those that are counted apart, and the one count of the rest");
        assert_eq!(openings.lock().counts.len(), 101);
        assert_eq!(openings.take(&[(name(0), QUOTA)], UnixTime(2)), Ok(()), "whom it knows");
        // And later there is room again.
        assert_eq!(openings.take(&[(name(100_000), QUOTA)], UnixTime(601)), Ok(()));
        assert!(openings.lock().counts.len() <= 2);
    }
}
