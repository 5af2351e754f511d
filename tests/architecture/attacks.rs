use crate::{repository, sources};

/// A row of `docs/attacks.md`: the attack, the tests that show it fails, and what is pending.
struct Row {
    id: String,
    tests: Vec<String>,
    pending: String,
}

fn rows() -> Vec<Row> {
    let table =
        std::fs::read_to_string(repository().join("docs/attacks.md")).expect("docs/attacks.md is there");
    let is_id = |cell: &str| cell.split_once('-').is_some_and(|(_, number)| number.parse::<u8>().is_ok());
    table
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|cells| cells.get(1).is_some_and(|id| is_id(id)))
        .map(|cells| {
            let [_, id, _, tests, pending, _] = cells[..] else { panic!("a row has four cells: {cells:?}") };
            let tests = tests.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            Row { id: id.to_owned(), tests, pending: pending.to_owned() }
        })
        .collect()
}

#[test]
fn every_attack_has_a_test_or_says_what_is_pending() {
    let rows = rows();
    assert!(rows.len() > 50, "only {} rows were found: the reading is broken", rows.len());
    let bare: Vec<&str> = rows
        .iter()
        .filter(|row| row.tests.is_empty() && row.pending.is_empty())
        .map(|row| row.id.as_str())
        .collect();
    assert!(bare.is_empty(), "neither proved nor pending: {bare:?}");
}

#[test]
fn every_test_that_the_table_names_exists() {
    let sources = sources();
    let exists = |name: &str| {
        let declared =
            [format!("fn {name}("), format!("fn {name}<"), format!("test(\"{name}"), format!("test(`{name}")];
        sources.iter().any(|file| declared.iter().any(|declared| file.text.contains(declared)))
    };
    let gone: Vec<String> = rows()
        .iter()
        .flat_map(|row| row.tests.iter().map(|test| format!("{}: {test}", row.id)).collect::<Vec<_>>())
        .filter(|named| !exists(named.split(": ").last().unwrap_or_default()))
        .collect();
    assert!(gone.is_empty(), "run scripts/attacks: {gone:#?}");
}
