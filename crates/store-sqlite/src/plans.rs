//! How the database would run each statement that somebody waits for: by an index, always.

use rusqlite::Connection;

use crate::{audit, consume, credentials, grants, interactions, migrations, people, sessions, sweep};

fn plan(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement.raw_query();
    steps.mapped(|row| row.get::<_, String>("detail")).collect::<Result<_, _>>().unwrap()
}

/// A step that reads a whole table or index, or sorts what it found.
fn is_slow(step: &str) -> bool {
    step.starts_with("SCAN") && step != "SCAN CONSTANT ROW" || step.contains("TEMP B-TREE")
}

#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let mut db = Connection::open_in_memory().unwrap();
    migrations::migrate(&mut db).unwrap();
    let modules = [
        audit::STATEMENTS,
        consume::STATEMENTS,
        credentials::STATEMENTS,
        grants::STATEMENTS,
        interactions::STATEMENTS,
        people::STATEMENTS,
        sessions::STATEMENTS,
        sweep::STATEMENTS,
    ];
    for (name, sql) in modules.into_iter().flatten() {
        let steps = plan(&db, sql);
        assert!(!steps.iter().any(|step| is_slow(step)), "{name}: {steps:#?}");
    }
}

#[test]
fn a_statement_that_reads_a_whole_table_would_be_seen() {
    let mut db = Connection::open_in_memory().unwrap();
    migrations::migrate(&mut db).unwrap();
    for sql in ["SELECT 1 FROM users WHERE email = ?1", "SELECT id FROM sessions ORDER BY last_used_at"] {
        assert!(plan(&db, sql).iter().any(|step| is_slow(step)), "{sql}");
    }
}
