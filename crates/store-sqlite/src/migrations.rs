//! The schema: numbered files that are only ever added.

use aws_lc_rs::digest::{SHA256, digest};
use riser_store::StoreError;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::{Fault, damaged};

/// Every migration, in order; the first has number 1.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_foundation.sql"),
    include_str!("../migrations/0002_factors_and_accounts.sql"),
];

/// Brings the database to this version's schema. The whole of it is one transaction: of two processes that
/// start together, one migrates and the other finds it done.
pub(crate) fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    migrate_with(db, MIGRATIONS)
}

fn migrate_with(db: &mut Connection, migrations: &[&str]) -> Result<(), StoreError> {
    let mut run = || -> Result<(), Fault> {
        let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        tx.execute_batch(
            "CREATE TABLE IF NOT EXISTS schema (version INTEGER PRIMARY KEY, checksum BLOB NOT NULL) STRICT",
        )?;
        let found: i64 =
            tx.query_row("SELECT coalesce(max(version), 0) FROM schema", [], |row| row.get(0))?;
        let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
        if found > known {
            return Err(StoreError::NewerSchema { found, known }.into());
        }
        for (version, sql) in (1_i64..).zip(migrations) {
            let checksum = digest(&SHA256, sql.as_bytes());
            let applied: Option<Vec<u8>> = tx
                .query_row("SELECT checksum FROM schema WHERE version = ?1", [version], |row| row.get(0))
                .optional()?;
            match applied {
                Some(applied) if applied == checksum.as_ref() => {}
                Some(_) => {
                    let detail =
                        format!("migration {version} is not the one that this database was made with");
                    return Err(damaged("schema", detail).into());
                }
                None if version <= found => {
                    return Err(damaged("schema", format!("migration {version} is missing")).into());
                }
                None => {
                    tx.execute_batch(sql)?;
                    tx.execute(
                        "INSERT INTO schema (version, checksum) VALUES (?1, ?2)",
                        params![version, checksum.as_ref()],
                    )?;
                }
            }
        }
        tx.commit()?;
        Ok(())
    };
    Ok(run()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_made_once_and_found_again() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        migrate(&mut db).unwrap();
        let versions: i64 = db.query_row("SELECT count(*) FROM schema", [], |row| row.get(0)).unwrap();
        assert_eq!(versions, i64::try_from(MIGRATIONS.len()).unwrap());
    }

    #[test]
    fn an_added_migration_is_applied_and_an_older_program_then_refuses() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        let mut newer = MIGRATIONS.to_vec();
        newer.push("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT");
        migrate_with(&mut db, &newer).unwrap();
        let known = i64::try_from(MIGRATIONS.len()).unwrap();
        assert_eq!(migrate(&mut db), Err(StoreError::NewerSchema { found: known + 1, known }));
    }

    #[test]
    fn an_edited_migration_is_refused() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        let edited = format!("{} ", MIGRATIONS[0]);
        let mut others = MIGRATIONS.to_vec();
        others[0] = &edited;
        let result = migrate_with(&mut db, &others);
        assert!(matches!(result, Err(StoreError::Inconsistent { table: "schema", .. })), "{result:?}");
    }

    #[test]
    fn a_failing_migration_leaves_nothing() {
        let mut db = Connection::open_in_memory().unwrap();
        let result =
            migrate_with(&mut db, &["CREATE TABLE one (id INTEGER) STRICT; CREATE TABLE one (id INTEGER)"]);
        assert!(result.is_err());
        let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 0);
    }
}
