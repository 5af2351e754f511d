use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{Elevation, FetchError, Guard, fetch::exchange};

/// This API as the provider knows it.
#[derive(Clone)]
pub struct ClientCredentials {
    id: String,
    secret: String,
}

/// An elevation that this process spent and nobody else can: do the action now.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Spent(Elevation);

/// An elevation that is not ours to use. Whatever the reason, do not do the action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsumeError {
    /// Somebody spent it before: the action was done, or is being done.
    #[error("the elevation was already used")]
    AlreadyUsed,
    /// The provider does not let us: wrong credentials, another's token, a lapsed one.
    #[error("the provider refused with status {0}")]
    Refused(u16),
    /// The provider did not answer. It may have spent the elevation all the same.
    #[error(transparent)]
    Unavailable(#[from] FetchError),
}

impl ClientCredentials {
    /// The identifier and secret that the provider gave to this API.
    #[must_use]
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: secret.into() }
    }

    /// `client_secret_basic` (RFC 6749 §2.3.1): form-encoded, then base64.
    pub(crate) fn header(&self) -> String {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&self.id), encode(&self.secret));
        format!("Basic {}", STANDARD.encode(pair))
    }
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Guard {
    /// Spends `elevation` at the provider (`POST /elevation/consume`): of all who try, on all machines, one
    /// wins. For APIs without a database of their own; with one, insert [`Elevation::txn`] under a unique
    /// key together with the action's effect, which also survives a crash between the two.
    ///
    /// # Errors
    /// [`ConsumeError`]: whatever it is, the action must not be done.
    pub async fn consume(
        &self,
        client: &ClientCredentials,
        elevation: Elevation,
    ) -> Result<Spent, ConsumeError> {
        let url = format!("{}/elevation/consume", self.issuer().trim_end_matches('/'));
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", elevation.token().expose())
            .finish();
        let request = self
            .0
            .client
            .post(&url)
            .header("authorization", client.header())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(body);
        match exchange(request, &url).await? {
            (200, _) => Ok(Spent(elevation)),
            (409, _) => Err(ConsumeError::AlreadyUsed),
            (status, _) => Err(ConsumeError::Refused(status)),
        }
    }
}

impl Spent {
    /// The elevation that was spent.
    pub fn elevation(&self) -> &Elevation {
        &self.0
    }
}
