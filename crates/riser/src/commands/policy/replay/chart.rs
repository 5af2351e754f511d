//! A replay as a picture: the prompts of each action, before and after.

use askama::Template;

use super::report::Report;
use crate::failure::Failure;

/// Actions whose prompts change most have a pair of bars.
const MOST: usize = 12;
/// Of the longest bar, in the picture's units.
const LONGEST: u64 = 420;
const ROW: usize = 44;
const HEAD: usize = 84;

#[derive(Template)]
#[template(path = "replay.svg")]
struct Chart {
    height: usize,
    before: String,
    after: String,
    rows: Vec<Row>,
    more: usize,
}

struct Row {
    name: String,
    y: usize,
    before: u64,
    after: u64,
    refused: u64,
    before_long: u64,
    after_long: u64,
}

/// The chart.
pub fn of(report: &Report) -> Result<String, Failure> {
    let mut actions: Vec<_> = report.actions.iter().collect();
    actions.sort_by_key(|(_, of)| std::cmp::Reverse(of.prompts_after.abs_diff(of.prompts_before)));
    let most = actions.iter().map(|(_, of)| of.prompts_before.max(of.prompts_after)).max();
    let long = |prompts: u64| prompts.saturating_mul(LONGEST) / most.unwrap_or(1).max(1);
    let row = |(index, (name, of)): (usize, &(&String, &super::report::Counts))| Row {
        name: name.chars().take(40).collect(),
        y: HEAD + index * ROW,
        before: of.prompts_before,
        after: of.prompts_after,
        refused: of.refused,
        before_long: long(of.prompts_before),
        after_long: long(of.prompts_after),
    };
    let rows: Vec<Row> = actions.iter().take(MOST).enumerate().map(row).collect();
    let (before, after) = report.per_person_and_day();
    let chart = Chart {
        height: HEAD + rows.len() * ROW + 40,
        before: format!("{before:.2}"),
        after: format!("{after:.2}"),
        more: actions.len() - rows.len(),
        rows,
    };
    chart.render().map_err(Failure::new)
}
