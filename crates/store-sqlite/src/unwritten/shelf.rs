//! A bounded table in memory. While a transaction is under way on an entry, it is held: nobody else gets it,
//! and what becomes of it is said once, when it is known how the transaction ended.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// What there is room for. What is over makes room for what comes; what is not over is never pushed out.
pub(super) struct Shelf<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// Those that are over, in the order in which they make room.
    over: VecDeque<K>,
    /// In bytes, by the weights that callers give.
    room: usize,
}

struct Entry<V> {
    value: V,
    weight: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Free,
    Held,
    Over,
}

/// Whether a value was put on the shelf.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put<V> {
    Kept,
    /// There is another of its name.
    Taken,
    /// There is no room: it belongs in the file.
    Full(V),
}

/// Whether an entry was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// It is the caller's until it is settled.
    Yes,
    /// Somebody else holds it, it is over, or it is not as the caller wants it.
    Refused,
    /// Not on the shelf: perhaps in the file.
    Elsewhere,
}

impl<K: Eq + Hash + Clone, V> Shelf<K, V> {
    pub(super) fn with_room(bytes: usize) -> Self {
        Self { entries: HashMap::new(), over: VecDeque::new(), room: bytes }
    }

    pub(super) fn put(&mut self, key: K, value: V, weight: usize) -> Put<V> {
        if self.entries.contains_key(&key) {
            return Put::Taken;
        }
        while self.room < weight {
            let Some(oldest) = self.over.pop_front() else { return Put::Full(value) };
            self.remove(&oldest);
        }
        self.room -= weight;
        self.entries.insert(key, Entry { value, weight, state: State::Free });
        Put::Kept
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// Holds an entry, if nobody does and it is as wanted.
    pub(super) fn hold(&mut self, key: &K, is_wanted: impl FnOnce(&V) -> bool) -> Held {
        match self.entries.get_mut(key) {
            None => Held::Elsewhere,
            Some(entry) if entry.state == State::Free && is_wanted(&entry.value) => {
                entry.state = State::Held;
                Held::Yes
            }
            Some(_) => Held::Refused,
        }
    }

    /// Gives a held entry back as it was.
    pub(super) fn release(&mut self, key: &K) {
        if let Some(entry) = self.entries.get_mut(key).filter(|entry| entry.state == State::Held) {
            entry.state = State::Free;
        }
    }

    /// Ends a held entry. It can be looked at until its room is needed.
    pub(super) fn end(&mut self, key: &K, change: impl FnOnce(&mut V)) {
        if let Some(entry) = self.entries.get_mut(key).filter(|entry| entry.state == State::Held) {
            change(&mut entry.value);
            entry.state = State::Over;
            self.over.push_back(key.clone());
        }
    }

    pub(super) fn remove(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.room += entry.weight;
        }
    }

    /// Removes what is of no more use and not held; how many went.
    pub(super) fn sweep(&mut self, is_useless: impl Fn(&V) -> bool) -> usize {
        let (before, mut freed) = (self.entries.len(), 0);
        self.entries.retain(|_, entry| {
            let stays = entry.state == State::Held || !is_useless(&entry.value);
            freed += if stays { 0 } else { entry.weight };
            stays
        });
        self.room += freed;
        let entries = &self.entries;
        self.over.retain(|key| entries.contains_key(key));
        before - self.entries.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, entry)| (key, &entry.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_over_is_never_pushed_out_and_what_is_over_makes_room() {
        let mut shelf = Shelf::with_room(2);
        assert_eq!((shelf.put(1, 'a', 1), shelf.put(2, 'b', 1)), (Put::Kept, Put::Kept));
        assert_eq!(shelf.put(3, 'c', 1), Put::Full('c'), "a flood goes to the file");
        assert_eq!(shelf.hold(&1, |_| true), Held::Yes);
        assert_eq!(shelf.put(3, 'c', 1), Put::Full('c'), "nor is what somebody holds");
        shelf.end(&1, |value| *value = 'A');
        assert_eq!(shelf.get(&1), Some(&'A'), "it can still be looked at");
        assert_eq!(shelf.put(3, 'c', 1), Put::Kept);
        assert_eq!((shelf.get(&1), shelf.get(&2), shelf.get(&3)), (None, Some(&'b'), Some(&'c')));
        assert_eq!(shelf.put(3, 'd', 0), Put::Taken);
    }

    #[test]
    fn what_is_held_is_nobody_elses() {
        let mut shelf = Shelf::with_room(9);
        shelf.put(1, 'a', 1);
        assert_eq!(shelf.hold(&2, |_| true), Held::Elsewhere);
        assert_eq!(shelf.hold(&1, |value| *value == 'b'), Held::Refused);
        assert_eq!(shelf.hold(&1, |_| true), Held::Yes);
        assert_eq!(shelf.hold(&1, |_| true), Held::Refused);
        shelf.release(&1);
        assert_eq!(shelf.hold(&1, |_| true), Held::Yes, "as it was");
        shelf.end(&1, |_| ());
        shelf.release(&1);
        assert_eq!(shelf.hold(&1, |_| true), Held::Refused, "what is over stays over");
    }

    #[test]
    fn room_that_was_swept_can_be_used_again() {
        let mut shelf = Shelf::with_room(2);
        for round in 0..100 {
            assert_eq!(shelf.put(round, round, 2), Put::Kept);
            if round % 2 == 0 {
                shelf.hold(&round, |_| true);
                assert_eq!(shelf.sweep(|_| true), 0, "not what somebody holds");
                shelf.end(&round, |_| ());
            }
            assert_eq!(shelf.sweep(|value| *value == round), 1);
        }
        assert!(shelf.over.is_empty() && shelf.entries.is_empty());
    }
}
