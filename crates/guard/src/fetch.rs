use std::time::Duration;

use reqwest::{Client, RequestBuilder, redirect::Policy};
use riser_tokens::Jwks;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    config::{ConfigError, is_trustworthy},
    source::{FetchError, Fetching, JwksSource},
};

/// The longest document that is read, in bytes.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// For the whole exchange.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks the provider over HTTP: its metadata (OIDC Discovery §4), then its keys. No redirect is followed,
/// each exchange ends within 5 seconds, and at most 256 KiB are read.
#[derive(Clone, Debug)]
pub struct HttpSource {
    issuer: String,
    client: Client,
}

/// The members of the metadata that a guard reads.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl HttpSource {
    /// A source for the provider `issuer`.
    ///
    /// # Errors
    /// [`ConfigError`] when the issuer cannot be one, or no HTTP client can be set up.
    pub fn new(issuer: &str) -> Result<Self, ConfigError> {
        crate::config::check_issuer(issuer)?;
        Ok(Self { issuer: issuer.to_owned(), client: client()? })
    }

    async fn fetch_keys(&self) -> Result<Jwks, FetchError> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let metadata: Metadata = get(&self.client, &url).await?;
        // OIDC Discovery §4.3: exactly the same, or one issuer could speak for another.
        if metadata.issuer != self.issuer {
            return Err(FetchError::WrongIssuer(metadata.issuer));
        }
        if !is_trustworthy(&metadata.jwks_uri) {
            return Err(FetchError::Malformed { url, detail: "jwks_uri is not an https URL".to_owned() });
        }
        get(&self.client, &metadata.jwks_uri).await
    }
}

impl JwksSource for HttpSource {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(self.fetch_keys())
    }
}

/// A client that keeps to the limits above.
pub(crate) fn client() -> Result<Client, ConfigError> {
    Client::builder()
        .redirect(Policy::none())
        .timeout(TIMEOUT)
        .user_agent(concat!("riser-guard/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| ConfigError::HttpClient(error.to_string()))
}

async fn get<T: DeserializeOwned>(client: &Client, url: &str) -> Result<T, FetchError> {
    let (status, body) = exchange(client.get(url).header("accept", "application/json"), url).await?;
    if status != 200 {
        return Err(FetchError::Status { url: url.to_owned(), status });
    }
    serde_json::from_slice(&body)
        .map_err(|error| FetchError::Malformed { url: url.to_owned(), detail: error.to_string() })
}

/// Sends `request` and reads its answer up to the limit.
pub(crate) async fn exchange(request: RequestBuilder, url: &str) -> Result<(u16, Vec<u8>), FetchError> {
    let unreachable = |_| FetchError::Unreachable(url.to_owned());
    let mut response = request.send().await.map_err(unreachable)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(FetchError::TooLarge(url.to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, body))
}
