use std::path::{Path, PathBuf};

use riser_core::assurance::SlotSpec;
use riser_core::protocol::{AcrValuesMode, GrantType, SigningAlgorithm, TokenEndpointAuthMethod};
use riser_core::{Acr, Seconds};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::duration::optional;
use super::mail::MailTable;
use super::rules::{Enrolment, Limits, PasswordRules};
use super::secret::SecretText;
use super::webauthn::Webauthn;
use crate::failure::Failure;

/// `riser.toml`, as written. An unknown key is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub issuer: String,
    #[serde(default)]
    pub server: Server,
    #[serde(default)]
    pub database: Database,
    pub webauthn: Webauthn,
    pub mail: Option<Spanned<MailTable>>,
    #[serde(default)]
    pub enrolment: Enrolment,
    #[serde(default)]
    pub passwords: PasswordRules,
    #[serde(default)]
    pub limits: Limits,
    pub secrets: Option<Spanned<SecretsTable>>,
    #[serde(default)]
    pub session: Session,
    #[serde(default)]
    pub assurance: Assurance,
    pub policy: Option<Spanned<PolicyTable>>,
    #[serde(default)]
    pub client: Vec<Spanned<ClientTable>>,
    #[serde(default)]
    pub authorization_details_type: Vec<Spanned<DetailsTypeTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    pub listen: String,
    pub trusted_proxies: Vec<Spanned<String>>,
    pub metrics: Option<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8080".to_owned(), trusted_proxies: Vec::new(), metrics: None }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    pub url: Spanned<String>,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: Spanned::new(0..0, "sqlite://riser.db".to_owned()) }
    }
}

/// What secrets are kept under: the key that seals, and those of before, which only open.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretsTable {
    pub key: SecretText,
    #[serde(default)]
    pub previous: Vec<SecretText>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    #[serde(deserialize_with = "optional")]
    pub lifetime: Option<Seconds>,
    #[serde(deserialize_with = "optional")]
    pub idle: Option<Seconds>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Assurance {
    pub level: Vec<Spanned<LevelTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelTable {
    pub acr: Acr,
    #[serde(default)]
    pub aliases: Vec<Acr>,
    pub alternatives: Vec<Vec<SlotSpec>>,
    #[serde(default, deserialize_with = "optional")]
    pub lifetime: Option<Seconds>,
}

/// Fields as RFC 7591 names them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientTable {
    pub client_id: String,
    #[serde(default)]
    pub client_name: Option<String>,
    #[serde(default)]
    pub client_secret: Option<SecretText>,
    #[serde(default)]
    pub jwks: Option<JwksText>,
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    #[serde(default = "basic")]
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    #[serde(default = "code")]
    pub grant_types: Vec<GrantType>,
    #[serde(default)]
    pub scope: Option<String>,
    #[serde(default)]
    pub minimum_acr: Option<Acr>,
    #[serde(default)]
    pub acr_values_mode: AcrValuesMode,
    #[serde(default)]
    pub default_max_age: Option<Seconds>,
    #[serde(default)]
    pub resource: Option<String>,
    #[serde(default)]
    pub id_token_signed_response_alg: SigningAlgorithm,
    #[serde(default)]
    pub require_pushed_authorization_requests: bool,
    #[serde(default)]
    pub dpop_bound_access_tokens: bool,
    #[serde(default)]
    pub enrolment_ceiling: Option<Acr>,
}

/// A client's public keys: in place, or in a file.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum JwksText {
    /// `{ file = "..." }`
    File {
        /// Its path.
        file: PathBuf,
    },
    /// `{ keys = [...] }`, as RFC 7517 §5 has it.
    Inline(serde_json::Value),
}

/// RFC 7591 §2: what a client may do that does not say.
fn code() -> Vec<GrantType> {
    vec![GrantType::AuthorizationCode]
}

fn basic() -> TokenEndpointAuthMethod {
    TokenEndpointAuthMethod::ClientSecretBasic
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyTable {
    pub path: PathBuf,
    #[serde(default)]
    pub windows: Vec<Spanned<String>>,
    #[serde(default, deserialize_with = "optional")]
    pub record: Option<Seconds>,
    #[serde(default)]
    pub record_limit: Option<u32>,
    #[serde(default)]
    pub shadow: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetailsTypeTable {
    #[serde(rename = "type")]
    pub name: String,
    pub acr: Acr,
}

/// Reads a configuration; `check` names the file and the line of what is wrong.
pub fn read(path: &Path) -> Result<(File, Source), Failure> {
    read_as(path)
}

/// The same for another kind of file.
pub fn read_as<T: DeserializeOwned>(path: &Path) -> Result<(T, Source), Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{}: cannot be read: {error}", path.display())))?;
    let source = Source { name: path.display().to_string(), text };
    let file = toml::from_str(&source.text)
        .map_err(|error| source.failure(error.span().map_or(0, |span| span.start), error.message()))?;
    Ok((file, source))
}

/// The text that a configuration was read from, for saying where.
pub struct Source {
    name: String,
    text: String,
}

impl Source {
    /// A failure at a byte of the text.
    pub fn failure(&self, at: usize, what: impl std::fmt::Display) -> Failure {
        let line = self.text.get(..at).unwrap_or(&self.text).matches('\n').count() + 1;
        Failure::new(format!("{}:{line}: {what}", self.name))
    }
}
