use riser_store::StoreError;
use rusqlite::{Error, ErrorCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What stops a transaction: an answer of the port, or the database.
#[derive(Debug)]
pub(crate) enum Fault {
    Port(StoreError),
    Sqlite(Error),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Port(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Port(error) => error,
            Fault::Sqlite(error) => port_error(&error),
        }
    }
}

/// The port's word for an error of the database. It never carries a value: neither a statement's nor a row's.
fn port_error(error: &Error) -> StoreError {
    match error {
        Error::SqliteFailure(failure, _) if failure.code == ErrorCode::ConstraintViolation => {
            StoreError::Conflict
        }
        Error::SqliteFailure(failure, _) => StoreError::Unavailable(format!(
            "{} (SQLite {})",
            rusqlite::ffi::code_to_str(failure.extended_code),
            failure.extended_code
        )),
        Error::InvalidColumnType(_, column, _) => damaged("a table", format!("`{column}` has another type")),
        Error::FromSqlConversionFailure(column, ..) | Error::IntegralValueOutOfRange(column, _) => {
            damaged("a table", format!("column {column} of a query does not fit"))
        }
        // The rest are about how a statement was called, and name no value; but their texts are not ours.
        _ => StoreError::Unavailable("the statement could not be run".to_owned()),
    }
}

/// A unique name or credential that exists already, when a constraint says so.
pub(crate) fn taken(what: &'static str) -> impl FnOnce(Error) -> Fault {
    move |error| match port_error(&error) {
        StoreError::Conflict => Fault::Port(StoreError::Taken(what)),
        _ => Fault::Sqlite(error),
    }
}

/// A row that fits no state.
pub(crate) fn damaged(table: &'static str, detail: impl Into<String>) -> StoreError {
    StoreError::Inconsistent { table, detail: detail.into() }
}

/// A value as it is kept.
pub(crate) fn to_json<T: Serialize + ?Sized>(table: &'static str, value: &T) -> Result<String, StoreError> {
    // Only the place and kind of an error: its text may quote the value.
    serde_json::to_string(value)
        .map_err(|error| damaged(table, format!("not writable as JSON: {:?}", error.classify())))
}

/// A value as it was kept.
pub(crate) fn from_json<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| {
        damaged(table, format!("not readable as JSON: {:?} at column {}", error.classify(), error.column()))
    })
}
