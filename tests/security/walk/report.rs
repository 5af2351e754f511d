//! Chance that can be repeated, and what became of the calls.

use std::collections::BTreeMap;
use std::fmt;

/// A small generator of choices (splitmix64): a seed gives the same choices again.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit.max(1) as u64).unwrap()
    }

    pub fn in_a_hundred(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { all.get(self.below(all.len())) }
    }
}

/// What became of the calls: endpoint, and the class of answers.
#[derive(Default)]
pub struct Report {
    calls: BTreeMap<(String, &'static str), usize>,
}

impl Report {
    pub fn count(&mut self, what: &str, class: &'static str) {
        *self.calls.entry((what.to_owned(), class)).or_default() += 1;
    }

    fn of(&self, what: &str, class: &str) -> usize {
        self.calls.iter().filter(|((w, c), _)| w == what && *c == class).map(|(_, count)| count).sum()
    }

    /// The thief did what a thief can do, often.
    pub fn is_not_vacuous(&self, steps: usize) {
        for (what, class, one_in) in [
            ("GET /authorize", "visit", 120),
            ("GET /authorize", "code", 300),
            ("token of the victim", "done", 500),
            ("token of the thief", "done", 800),
            ("POST /account/visits", "done", 160),
            ("POST /account/visits", "refused", 800),
            ("GET /account", "done", 400),
            ("GET visit", "done", 120),
            ("POST visit/passkey/options", "done", 120),
            ("POST visit/passkey", "done", 800),
            ("POST visit/passkey", "refused", 200),
            ("POST visit/enrol/passkey/options", "done", 1600),
            ("POST visit/enrol/passkey/options", "refused", 400),
            ("POST visit/enrol/passkey", "done", 2000),
            ("POST visit/enrol/passkey", "refused", 400),
            ("POST visit/enrol/totp/options", "refused", 400),
            ("POST visit/enrol/totp", "refused", 400),
            ("POST visit/enrol/password", "refused", 400),
            ("POST visit/enrol/recovery-codes", "refused", 400),
            ("POST visit/password", "refused", 400),
            ("POST visit/recovery-code", "refused", 400),
            ("POST visit/recovery", "refused", 400),
            ("GET /recovery", "visit", 400),
            ("GET /grant", "visit", 2000),
        ] {
            let count = self.of(what, class);
            assert!(count * one_in >= steps, "{what} {class}: only {count} of {steps}\n{self}");
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.calls.iter().try_for_each(|((what, class), count)| writeln!(f, "{count:>7} {class:<8} {what}"))
    }
}

/// The name of an address: without ids, tokens and queries.
pub fn name_of(path: &str) -> String {
    let path = path.split_once("://").map_or(path, |(_, rest)| &rest[rest.find('/').unwrap_or(0)..]);
    let path = path.split('?').next().unwrap_or_default();
    let mut parts = path.split('/').skip(1);
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("interaction", Some(_)) => {
            let rest: Vec<&str> = parts.collect();
            if rest.is_empty() { "visit".to_owned() } else { format!("visit/{}", rest.join("/")) }
        }
        (first @ ("grant" | "cancel"), _) => format!("/{first}"),
        ("account", Some("sessions")) => "/account/sessions".to_owned(),
        _ => path.to_owned(),
    }
}
