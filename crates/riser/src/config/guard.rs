//! `guard.toml`: what `riser forward-auth` reads.

use std::path::Path;
use std::sync::Arc;

use riser_core::Seconds;
use riser_forward_auth::{Action, GateConfig, Needs, Rule, Rules, Source as Asks};
use riser_guard::{Requirement, SystemClock};
use serde::Deserialize;
use toml::Spanned;

use super::duration::optional;
use super::file::read_as;
use super::secret::SecretText;
use crate::failure::Failure;

/// The file, as written. An unknown key is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    issuer: Spanned<String>,
    public_url: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default = "listen")]
    listen: String,
    source: SourceName,
    #[serde(default, deserialize_with = "optional")]
    session: Option<Seconds>,
    client: ClientTable,
    #[serde(default)]
    rule: Vec<Spanned<RuleTable>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SourceName {
    Nginx,
    Traefik,
    Caddy,
    Envoy,
}

/// How the provider knows the gate.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientTable {
    client_id: String,
    client_secret: SecretText,
    #[serde(default)]
    resource: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    methods: Vec<String>,
    path: String,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    acr_values: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    max_age: Option<Seconds>,
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    resource_type: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

fn listen() -> String {
    "127.0.0.1:9180".to_owned()
}

/// A gate, and where it listens.
pub struct GuardParts {
    pub gate: GateConfig,
    pub listen: String,
    pub rules: usize,
}

impl GuardParts {
    /// Reads and checks the file; says file, line and cure of what is wrong.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let (file, source): (File, _) = read_as(path)?;
        let spans: Vec<_> = file.rule.iter().map(|rule| rule.span().start).collect();
        let mut rules = Vec::new();
        for table in file.rule {
            let at = table.span().start;
            rules.push(rule(table.into_inner()).map_err(|what| source.failure(at, what))?);
        }
        let count = rules.len();
        let rules = Rules::new(rules)
            .map_err(|(index, error)| source.failure(spans.get(index).copied().unwrap_or_default(), error))?;
        let secret = file.client.client_secret.read(path.parent().unwrap_or(Path::new("")))?;
        let issuer = file.issuer.as_ref();
        let mut gate = GateConfig::new(issuer, &file.client.client_id, &secret, &file.public_url);
        gate.rules = rules;
        gate.clock = Arc::new(SystemClock);
        gate.source = match file.source {
            SourceName::Nginx => Asks::Nginx,
            SourceName::Traefik => Asks::Traefik,
            SourceName::Caddy => Asks::Caddy,
            SourceName::Envoy => Asks::Envoy,
        };
        if let Some(resource) = file.client.resource {
            gate.resource = resource;
        }
        if let Some(name) = file.name {
            gate.name = name;
        }
        if let Some(session) = file.session {
            gate.session = session;
        }
        Ok(Self { gate, listen: file.listen, rules: count })
    }
}

fn rule(table: RuleTable) -> Result<Rule, String> {
    let RuleTable { methods, path, public, acr_values, max_age, action, resource_type, reason } = table;
    let needs = match (public, acr_values.as_deref(), max_age) {
        (true, None, None) => Needs::Nothing,
        (true, _, _) => return Err(riser_forward_auth::RuleError::PublicAndMore.to_string()),
        (false, None, None) => Needs::SignIn,
        (false, None, Some(age)) => Needs::Level(Requirement::fresh(age).map_err(said)?),
        (false, Some(acr), age) => {
            let named = Requirement::new(acr).map_err(said)?;
            Needs::Level(match age {
                Some(age) => named.max_age(age).map_err(said)?,
                None => named,
            })
        }
    };
    let action = match (action, resource_type) {
        (None, None) => None,
        (Some(name), Some(resource_type)) => Some(Action { name, resource_type }),
        (Some(_), None) => {
            return Err("say what the action is done to: resource_type = \"Tenant\"".to_owned());
        }
        (None, Some(_)) => return Err("resource_type belongs to an action: action = \"delete\"".to_owned()),
    };
    Ok(Rule::new(&methods, &path, needs, action).map_err(said)?.reason(reason))
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}
