//! How the file is opened, by the writer and by the readers.

use std::path::Path;
use std::time::{Duration, Instant};

use riser_store::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::Fault;

/// How long another process's transaction is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// More than there are statements: none is ever prepared twice.
const STATEMENTS: usize = 128;

/// Opens the connection that writes, and makes the file if there is none.
pub(crate) fn writing(path: &Path) -> Result<Connection, StoreError> {
    create_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> Result<Connection, Fault> {
        let db = Connection::open_with_flags(path, flags)?;
        settle(&db)?;
        write_ahead(&db)?;
        // A checkpoint each 16 MB of log instead of 4: pages that change often are written back once.
        // A small cache: SQLite walks through all of it at each commit, and what it lacks the system has.
        db.execute_batch(
            "PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA wal_autocheckpoint = 4000;
             PRAGMA journal_size_limit = 67108864;
             PRAGMA cache_size = -8192;
             PRAGMA temp_store = MEMORY;",
        )?;
        Ok(db)
    };
    Ok(open()?)
}

/// Opens a connection that only reads.
pub(crate) fn reading(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> Result<Connection, Fault> {
        let db = Connection::open_with_flags(path, flags)?;
        settle(&db)?;
        db.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16384;")?;
        Ok(db)
    };
    Ok(open()?)
}

/// What every connection has.
pub(crate) fn settle(db: &Connection) -> Result<(), Fault> {
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without this, SQLite plans a statement with a range or a limit anew for each value that it is given:
    // many times the cost of running it.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// The log and its index take the file's own mode, so this is the only place that sets one.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| {
        StoreError::Unavailable(format!("`{}` cannot be opened: {}", path.display(), error.kind()))
    })
}

/// Turns the write-ahead log on. The first switch needs the file alone, and SQLite does not wait for that.
fn write_ahead(db: &Connection) -> Result<(), Fault> {
    let started = Instant::now();
    loop {
        let mode = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                let detail = format!("the file cannot have a write-ahead log (journal mode `{mode}`)");
                return Err(StoreError::Unavailable(detail).into());
            }
            Err(rusqlite::Error::SqliteFailure(failure, _))
                if failure.code == ErrorCode::DatabaseBusy && started.elapsed() < BUSY_TIMEOUT =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(error.into()),
        }
    }
}
