/// Why the store did not do what it was asked. Nothing was changed, unless a variant says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed or spent it first.
    #[error("it was changed or spent by somebody else first")]
    Conflict,
    /// A name or a credential that must be unique is taken.
    #[error("`{0}` is already taken")]
    Taken(&'static str),
    /// The database was written by a newer version of this program.
    #[error("the database has schema {found}, and this version knows up to {known}: use a newer version")]
    NewerSchema {
        /// In the database.
        found: i64,
        /// In this program.
        known: i64,
    },
    /// A row that fits no state: written by something else, or damaged.
    #[error("a row of `{table}` is not one that this version wrote: {detail}")]
    Inconsistent {
        /// Where.
        table: &'static str,
        /// What does not fit.
        detail: String,
    },
    /// The database cannot answer: gone, full, locked or damaged.
    #[error("the database is not available: {0}")]
    Unavailable(String),
}
