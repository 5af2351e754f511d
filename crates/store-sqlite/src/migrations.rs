//! The schema: numbered files that are only ever added.

use aws_lc_rs::digest::{SHA256, digest};
use riser_store::StoreError;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::{Fault, damaged};

/// Every migration, in order; the first has number 1.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_foundation.sql"),
    include_str!("../migrations/0002_factors_and_accounts.sql"),
    include_str!("../migrations/0003_former_addresses.sql"),
    include_str!("../migrations/0004_blocked_applications.sql"),
    include_str!("../migrations/0005_oauth.sql"),
    include_str!("../migrations/0006_rehearsal.sql"),
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

    /// A database as the first version left it, with a row of each kind that the second one touches.
    fn first_version() -> Connection {
        let mut db = Connection::open_in_memory().unwrap();
        db.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        migrate_with(&mut db, &MIGRATIONS[..1]).unwrap();
        db.execute_batch(
            r#"INSERT INTO users (id, name, generation, created_at) VALUES ('u', 'anna', 1, 5);
            INSERT INTO credentials (rowid, id, user, label, ceiling, created_at, last_used_at, password)
              VALUES (7, 'z', 'u', 'Password', '"unlimited"', 10, 11, 'hash');
            INSERT INTO credentials (rowid, id, user, label, ceiling, created_at, revoked_at, webauthn_id, public_key,
                sign_count, backup_eligible, backup_state, user_verified, hardware_bound, aaguid, transports,
                attestation_object, client_data_json)
              VALUES (9, 'a', 'u', 'Key', '{"up_to":["aal1"]}', 12, 13, x'01', x'02', 3, 1, 0, 1, 0,
                x'000102030405060708090a0b0c0d0e0f', '["usb"]', x'04', x'05');
            INSERT INTO sessions (id, user, generation, cookie, created_at, last_used_at)
              VALUES ('s', 'u', 1, x'06', 20, 21);
            INSERT INTO single_use (kind, hash, payload, expires_at)
              VALUES (4, x'07', '{"user":"u","ceiling":"unlimited","generation":1}', 99);
            INSERT INTO grants (id, user, session, generation, body, created_at)
              VALUES ('g', 'u', 's', 1, '{"id":"g","client":"bank"}', 30);
            INSERT INTO grants (id, created_at, revoked_at) VALUES ('r', 31, 31);
            INSERT INTO attempts (name, tries, last_at) VALUES (x'08', 10, 40);
            INSERT INTO audit (at, event) VALUES (50, '{"event":"user_created","user":"u"}');
            INSERT INTO audit (at, event) VALUES (51,
              '{"event":"factor_proved","user":"u","interaction":"i","credential":"z","factor":"password"}');
            INSERT INTO audit (at, event) VALUES (52, '{"event":"credential_revoked","user":"u","credential":"a"}');"#,
        )
        .unwrap();
        db
    }

    #[test]
    fn what_the_first_version_wrote_is_read_by_the_second() {
        use riser_core::account::Enroller;
        use riser_core::assurance::Ceiling;
        use riser_core::{Acr, UnixTime, UserId};
        use riser_store::{Enrolment, Secret, Spendable};

        let mut db = first_version();
        migrate(&mut db).unwrap();
        let anna = UserId::new("u");
        let credentials = crate::credentials::of_user(&db, &anna).unwrap();
        let [password, key] = credentials.as_slice() else { panic!("two credentials") };
        assert_eq!(
            (password.id.as_str(), key.id.as_str()),
            ("z", "a"),
            "in the order they were registered in"
        );
        assert!(password.secret == Secret::Password("hash".to_owned()));
        assert_eq!((password.created_at, password.last_used_at), (UnixTime(10), Some(UnixTime(11))));
        assert_eq!(key.ceiling, Ceiling::UpTo([Acr::parse("aal1").unwrap()].into()));
        assert_eq!((key.revoked_at, &key.rising), (Some(UnixTime(13)), &None));
        let Secret::Passkey(passkey) = &key.secret else { panic!("a passkey") };
        assert_eq!(
            (&passkey.webauthn_id.0, passkey.sign_count, passkey.backup_eligible),
            (&vec![1], 3, true)
        );
        assert_eq!((passkey.aaguid[15], &passkey.model), (15, &None));
        assert_eq!((&passkey.transports, &passkey.client_data_json), (&vec!["usb".to_owned()], &vec![5]));
        let rowids: Vec<i64> = db
            .prepare("SELECT rowid FROM credentials ORDER BY rowid")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(rowids, [7, 9]);

        let kind = Spendable::Enrolment as i64;
        let payload: String =
            db.query_row("SELECT payload FROM single_use WHERE kind = ?1", [kind], |row| row.get(0)).unwrap();
        let link: Enrolment = crate::error::from_json("single_use", &payload).unwrap();
        assert_eq!((link.opens_at, link.replaces, link.by), (None, None, Enroller::Administrator));
        let client = "SELECT client FROM grants WHERE id = 'g'";
        let client: String = db.query_row(client, [], |row| row.get(0)).unwrap();
        assert_eq!(client, "bank");
        let activity = crate::audit::activity(&db, &anna, None, 9).unwrap();
        let times: Vec<i64> = activity.iter().map(|(_, entry)| entry.at.0).collect();
        assert_eq!(times, [52, 50], "what was recorded before is in the owner's activity too");
        let tries: i64 = db.query_row("SELECT ends_at FROM attempts", [], |row| row.get(0)).unwrap();
        assert_eq!(tries, 40 + 86_400, "who had to wait still has to");

        let problems: i64 =
            db.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
        assert_eq!(problems, 0);
        let orphan = "INSERT INTO credentials (id, user, kind, label, ceiling, created_at, password)
                      VALUES ('o', 'nobody', 'password', 'l', '\"unlimited\"', 0, 'hash')";
        assert!(db.execute(orphan, []).is_err(), "the new table has the old one's references");
    }

    #[test]
    fn a_row_that_is_two_kinds_or_none_is_refused() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        db.execute("INSERT INTO users (id, name, generation, created_at) VALUES ('u', 'anna', 1, 5)", [])
            .unwrap();
        for (kind, columns, values) in [
            ("password", "totp_secret", "x'01'"),
            ("password", "password, totp_secret", "'hash', x'01'"),
            ("recovery_codes", "password", "'hash'"),
            ("totp", "totp_last_step", "1"),
            ("passkey", "webauthn_id", "x'01'"),
            ("recovery_codes", "rising_to", "'phr'"),
            ("sms", "label", "'l'"),
        ] {
            let sql = format!(
                "INSERT INTO credentials (id, user, kind, ceiling, created_at, label, {columns})
                 VALUES ('c', 'u', '{kind}', '\"unlimited\"', 0, 'l', {values})"
            );
            let sql = sql.replace("label, label", "label").replace("'l', 'l'", "'l'");
            let refused = db.execute(&sql, []);
            let constraint = matches!(&refused, Err(rusqlite::Error::SqliteFailure(failure, _))
                if failure.code == rusqlite::ErrorCode::ConstraintViolation);
            assert!(constraint, "{sql}: {refused:?}");
        }
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
