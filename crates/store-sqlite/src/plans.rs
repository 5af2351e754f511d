//! How the database would run each statement that somebody waits for: by an index, always.

use rusqlite::Connection;

use crate::{
    account, addresses, attempts, audit, blocks, connection, consume, credentials, edit, grants,
    interactions, migrations, outbox, people, recoveries, rehearsal, seen, sessions, sweep,
};

fn plan(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement.raw_query();
    steps.mapped(|row| row.get::<_, String>("detail")).collect::<Result<_, _>>().unwrap()
}

fn database() -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    connection::settle(&db).unwrap();
    migrations::migrate(&mut db).unwrap();
    db
}

fn modules() -> [&'static [(&'static str, &'static str)]; 17] {
    [
        account::STATEMENTS,
        addresses::STATEMENTS,
        attempts::STATEMENTS,
        audit::STATEMENTS,
        blocks::STATEMENTS,
        consume::STATEMENTS,
        credentials::STATEMENTS,
        edit::STATEMENTS,
        grants::STATEMENTS,
        interactions::STATEMENTS,
        outbox::STATEMENTS,
        people::STATEMENTS,
        recoveries::STATEMENTS,
        rehearsal::STATEMENTS,
        seen::STATEMENTS,
        sessions::STATEMENTS,
        sweep::STATEMENTS,
    ]
}

/// A step that reads a whole table or index, or sorts what it found.
fn is_slow(step: &str) -> bool {
    step.starts_with("SCAN") && step != "SCAN CONSTANT ROW" || step.contains("TEMP B-TREE")
}

#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let db = database();
    for (name, sql) in modules().into_iter().flatten() {
        let steps = plan(&db, sql);
        assert!(!steps.iter().any(|step| is_slow(step)), "{name}: {steps:#?}");
    }
}

#[test]
fn a_statement_that_reads_a_whole_table_would_be_seen() {
    let db = database();
    for sql in ["SELECT 1 FROM users WHERE email = ?1", "SELECT id FROM sessions ORDER BY last_used_at"] {
        assert!(plan(&db, sql).iter().any(|step| is_slow(step)), "{sql}");
    }
}

#[test]
fn no_statement_is_prepared_again_for_other_values() {
    let db = database();
    for (name, sql) in modules().into_iter().flatten() {
        let mut statement = db.prepare(sql).unwrap();
        for value in [1, 2, 3] {
            for parameter in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(parameter, value).unwrap();
            }
            // Whether it finds anything, or a constraint refuses it, is of no interest here.
            let mut rows = statement.raw_query();
            while let Ok(Some(_)) = rows.next() {}
        }
        let again = statement.get_status(rusqlite::StatementStatus::RePrepare);
        assert_eq!(again, 0, "{name} is prepared anew when it is given other values");
    }
}
