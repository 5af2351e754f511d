use std::{future::Future, pin::Pin};

use riser_tokens::Jwks;

/// A fetch under way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Jwks, FetchError>> + Send + 'a>>;

/// Where a guard gets the provider's public keys from. The default asks the provider; another may read a
/// file, or share one fetch among many guards.
pub trait JwksSource: Send + Sync + 'static {
    /// Fetches the whole set anew. The guard caches, and asks seldom.
    fn fetch(&self) -> Fetching<'_>;
}

/// Why the provider could not be asked. The guard then denies: it is not that the token is bad.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No answer within the time, or none at all.
    #[error("`{0}` cannot be reached")]
    Unreachable(String),
    /// An answer other than 200; redirects are not followed.
    #[error("`{url}` answered {status}")]
    Status {
        /// What was asked.
        url: String,
        /// Its HTTP status.
        status: u16,
    },
    /// A body over 256 KiB.
    #[error("`{0}` sent too much")]
    TooLarge(String),
    /// Not the JSON document that it should be, or keys that cannot be trusted.
    #[error("`{url}` is not valid: {detail}")]
    Malformed {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The metadata is another issuer's (OIDC Discovery §4.3).
    #[error("the metadata names the issuer `{0}`, which is not byte for byte the configured one")]
    WrongIssuer(String),
    /// A fetch failed a moment ago; it is not yet time for another.
    #[error("the provider could not be asked a moment ago")]
    HeldOff,
}
