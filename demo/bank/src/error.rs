use riser_guard::ConfigError;

/// What can go wrong in the bank apart from a visitor's own mistakes.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    /// The configuration does not fit.
    #[error("the bank's configuration: {0}")]
    Config(#[from] ConfigError),
    /// A URL of the configuration is not one.
    #[error("`{0}` is not a URL")]
    Url(String),
    /// The HTTP client could not be set up.
    #[error("the bank's HTTP client cannot be set up")]
    HttpClient(#[source] reqwest::Error),
    /// The database failed; what was under way is undone.
    #[error("the bank's database")]
    Database(#[from] rusqlite::Error),
    /// A task ended without a result.
    #[error("a task of the bank was cancelled")]
    Cancelled,
    /// No random numbers.
    #[error("no randomness is available")]
    NoRandomness,
    /// A page could not be written.
    #[error("a page cannot be written")]
    Page(#[from] askama::Error),
}
