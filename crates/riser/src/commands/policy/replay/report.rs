//! What a replay found: for programs, and as a table.

use std::collections::{BTreeMap, BTreeSet};

use riser_core::UnixTime;
use riser_policy::{Difference, RecordedQuestion};
use serde_json::{Value, json};

use super::run::Asked;

/// What was found.
#[derive(Default)]
pub struct Report {
    decisions: u64,
    from: Option<UnixTime>,
    until: Option<UnixTime>,
    differences: BTreeMap<Difference, u64>,
    /// Requests that the new rules could not be asked, though those in force could.
    cannot_be_asked: u64,
    person_days: BTreeSet<(String, i64)>,
    people: BTreeMap<String, Counts>,
    pub actions: BTreeMap<String, Counts>,
    total: Counts,
    /// What the rules of the shadow had answered at the time.
    shadow: BTreeMap<Difference, u64>,
}

/// What people or an action come to.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    decisions: u64,
    pub prompts_before: u64,
    pub prompts_after: u64,
    asked_more: u64,
    asked_less: u64,
    pub refused: u64,
}

impl Counts {
    fn add(&mut self, difference: Difference, was: &Asked, is: &Asked) {
        self.decisions += 1;
        self.prompts_before += u64::from(was.prompted);
        self.prompts_after += u64::from(is.prompted);
        self.asked_more += u64::from(difference == Difference::AskedMore);
        self.asked_less += u64::from(difference == Difference::AskedLess);
        self.refused += u64::from(difference == Difference::Refused);
    }

    fn document(&self) -> Value {
        json!({
            "decisions": self.decisions, "prompts": { "before": self.prompts_before, "after": self.prompts_after },
            "asked_more": self.asked_more, "asked_less": self.asked_less, "refused": self.refused,
        })
    }
}

/// A day in seconds.
const DAY: i64 = 86_400;

impl Report {
    /// Adds a request, and what it comes to under both sets.
    pub fn add(&mut self, at: UnixTime, question: &RecordedQuestion, was: &Asked, is: &Asked) {
        let difference = was.outcome.against(&is.outcome);
        let request = &question.request;
        self.decisions += 1;
        self.from = Some(self.from.map_or(at, |from| from.min(at)));
        self.until = Some(self.until.map_or(at, |until| until.max(at)));
        *self.differences.entry(difference).or_default() += 1;
        self.cannot_be_asked += u64::from(is.outcome.fault && !was.outcome.fault);
        self.person_days.insert((request.user.clone(), at.0.div_euclid(DAY)));
        self.people.entry(request.user.clone()).or_default().add(difference, was, is);
        self.actions.entry(request.action.clone()).or_default().add(difference, was, is);
        self.total.add(difference, was, is);
        if let Some(shadow) = &question.shadow {
            *self.shadow.entry(question.decided.against(shadow)).or_default() += 1;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.decisions == 0
    }

    /// Prompts for each person on each day that they were seen on, before and after.
    #[allow(clippy::cast_precision_loss, reason = "a mean for people")]
    pub fn per_person_and_day(&self) -> (f64, f64) {
        let days = self.person_days.len().max(1) as f64;
        (self.total.prompts_before as f64 / days, self.total.prompts_after as f64 / days)
    }

    /// For programs.
    pub fn document(&self) -> Value {
        let counts = |of: &BTreeMap<Difference, u64>| -> Value {
            let count = |kind: Difference| (kind.name(), of.get(&kind).copied().unwrap_or_default());
            Difference::ALL
                .map(count)
                .into_iter()
                .collect::<BTreeMap<_, _>>()
                .into_iter()
                .map(|(name, count)| (name.to_owned(), json!(count)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let (before, after) = self.per_person_and_day();
        let all = |of: &BTreeMap<String, Counts>| -> Value {
            of.iter()
                .map(|(name, counts)| (name.clone(), counts.document()))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        json!({
            "decisions": self.decisions, "from": self.from, "until": self.until,
            "people": all(&self.people), "actions": all(&self.actions),
            "differences": counts(&self.differences), "cannot_be_asked": self.cannot_be_asked,
            "prompts": { "before": self.total.prompts_before, "after": self.total.prompts_after },
            "prompts_per_person_and_day": { "before": before, "after": after },
            "shadow": if self.shadow.is_empty() { Value::Null } else { counts(&self.shadow) },
        })
    }

    /// A table for people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} decisions about {} people. Of these the new rules would",
            self.decisions,
            self.people.len()
        )];
        for (kind, words) in [
            (Difference::Same, "answer as before"),
            (Difference::AskedMore, "ask for more"),
            (Difference::AskedLess, "ask for less"),
            (Difference::AskedOtherwise, "ask for another level or age"),
            (Difference::Refused, "refuse"),
            (Difference::NotRefused, "no longer refuse"),
        ] {
            lines.push(format!("  {:>8}  {words}", self.differences.get(&kind).copied().unwrap_or_default()));
        }
        if self.cannot_be_asked > 0 {
            lines.push(format!(
                "  {:>8}  of the refused cannot be asked: the new schema wants what was not recorded",
                self.cannot_be_asked
            ));
        }
        let (before, after) = self.per_person_and_day();
        lines.push(format!("Prompts per person and day: {before:.2} before, {after:.2} after.\n"));
        lines.extend(table("action", self.actions.iter()));
        lines.push(String::new());
        let mut people: Vec<_> = self.people.iter().collect();
        people.sort_by_key(|(_, of)| {
            std::cmp::Reverse((of.prompts_after.abs_diff(of.prompts_before), of.refused))
        });
        lines.extend(table("person", people.into_iter().take(MOST_PEOPLE)));
        if self.people.len() > MOST_PEOPLE {
            lines.push(format!("... and {} more; all of them with --json", self.people.len() - MOST_PEOPLE));
        }
        if !self.shadow.is_empty() {
            let of = |kind| self.shadow.get(&kind).copied().unwrap_or_default();
            let all: u64 = self.shadow.values().sum();
            lines.push(format!(
                "\nThe shadow, when it was asked: {} of {all} as the rules in force, {} more, {} less, {} refused.",
                of(Difference::Same),
                of(Difference::AskedMore),
                of(Difference::AskedLess),
                of(Difference::Refused),
            ));
        }
        lines
    }
}

/// Those whose prompts change most are shown.
const MOST_PEOPLE: usize = 15;

fn table<'r>(of: &str, rows: impl Iterator<Item = (&'r String, &'r Counts)>) -> Vec<String> {
    let head = format!(
        "{of:<24} {:>9} {:>8} {:>8} {:>6} {:>6} {:>8}",
        "decisions", "prompts", "then", "more", "less", "refused"
    );
    let row = |(name, counts): (&String, &Counts)| {
        format!(
            "{:<24} {:>9} {:>8} {:>8} {:>6} {:>6} {:>8}",
            // A name from outside says nothing to the terminal.
            name.chars().filter(|letter| !letter.is_control()).take(24).collect::<String>(),
            counts.decisions,
            counts.prompts_before,
            counts.prompts_after,
            counts.asked_more,
            counts.asked_less,
            counts.refused,
        )
    };
    std::iter::once(head).chain(rows.map(row)).collect()
}
