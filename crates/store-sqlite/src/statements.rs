//! Prepared statements: every one is a constant of the module that owns its table, prepared once a
//! connection. All that run while somebody waits are declared with [`statements!`], so that a test can ask
//! the database how it would run each: by an index, always.

use rusqlite::{Connection, OptionalExtension as _, Params, Row};

use crate::error::Fault;

/// Declares a module's statements, and a list of them for the test of query plans.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* const $name: &str = $sql;)+
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}
pub(crate) use statements;

/// Running a statement that is prepared once.
pub(crate) trait Prepared {
    /// Runs it; how many rows changed.
    fn run(&self, sql: &'static str, params: impl Params) -> Result<usize, rusqlite::Error>;
    /// Its first row.
    fn one<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault>;
    /// All of its rows.
    fn all<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault>;
    /// Whether it has a row.
    fn holds(&self, sql: &'static str, params: impl Params) -> Result<bool, Fault> {
        Ok(self.one(sql, params, |_| Ok(()))?.is_some())
    }
}

impl Prepared for Connection {
    fn run(&self, sql: &'static str, params: impl Params) -> Result<usize, rusqlite::Error> {
        self.prepare_cached(sql)?.execute(params)
    }

    fn one<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut statement = self.prepare_cached(sql)?;
        let row = statement.query_row(params, |row| Ok(map(row))).optional()?;
        row.transpose()
    }

    fn all<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        mut map: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(map(row)?);
        }
        Ok(found)
    }
}
