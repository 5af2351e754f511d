use std::path::{Path, PathBuf};

use riser_core::assurance::{Ladder, LadderError, LevelSpec, default_ladder};
use riser_core::protocol::Client;
use riser_core::step_up::Ground;
use riser_core::transaction::DetailsType;
use riser_core::{Acr, ClientId, Seconds};
use riser_factors::password::Blocklist;
use riser_policy::Policies;
use riser_server::{ClientSecret, Provider, RegisteredClient, Sealing, enrollable};
use riser_store::SessionLife;
use riser_tokens::{Jwks, KeySet};
use serde::Deserialize as _;
use toml::Spanned;

use super::file::{ClientTable, File, JwksText, LevelTable, SecretsTable, Source, read};
use super::mail::{MailParts, mail};
use super::policy::{PolicyFolder, RehearsalParts, folder};
use super::secret::SecretText;
use super::webauthn::TrustParts;
use super::{rules, webauthn};
use crate::failure::Failure;

/// The checked parts of a configuration.
pub struct Parts {
    /// What the server needs.
    pub provider: Provider,
    /// Where it listens.
    pub listen: String,
    /// Where its metrics are read, if anywhere.
    pub metrics: Option<String>,
    /// Where its database is.
    pub database: PathBuf,
    /// The identifiers of its clients, in the order of the file.
    pub clients: Vec<(ClientId, String)>,
    /// Whose word on authenticators counts.
    pub trust: TrustParts,
    /// What secrets are kept under.
    pub sealing: Sealing,
    /// Passwords that nobody may have.
    pub blocklist: Blocklist,
    /// How many of them the operator wrote down.
    pub blocklist_lines: usize,
    /// How owners are told.
    pub mail: Option<MailParts>,
    /// Where the rules about actions are, and what they say.
    pub policy: Option<(PolicyFolder, Policies)>,
    /// How decisions are rehearsed.
    pub rehearsal: Option<RehearsalParts>,
}

const SCOPES: &str = "openid profile";

impl Parts {
    /// Reads and checks a configuration.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let (file, source) = read(path)?;
        let base = path.parent().unwrap_or(Path::new("."));
        Self::of(file, &source, base)
    }

    fn of(file: File, source: &Source, base: &Path) -> Result<Self, Failure> {
        let ladder = ladder(&file.assurance.level, source)?;
        let mut clients = Vec::new();
        let mut names = Vec::new();
        for table in file.client {
            let at = table.span().start;
            let registered =
                client(table.into_inner(), &ladder, base).map_err(|error| source.failure(at, error))?;
            names.push((registered.client.id.clone(), registered.client.name.clone()));
            clients.push(registered);
        }
        let strong = strong_level(&ladder).ok_or_else(|| source.failure(0, "the ladder has no level"))?;
        let mut types = DetailsType::built_in(&strong);
        for table in file.authorization_details_type {
            let at = table.span().start;
            let table = table.into_inner();
            if !ladder.knows(&table.acr) {
                return Err(source.failure(at, format!("acr `{}` is no level of the ladder", table.acr)));
            }
            let known = types.iter_mut().find(|kind| kind.name == table.name).ok_or_else(|| {
                source.failure(
                    at,
                    format!("type `{}` is not known: use payment_initiation or riser_action", table.name),
                )
            })?;
            known.acr = table.acr;
        }
        let relying_party = webauthn::relying_party(&file.webauthn, source)?;
        let trust = webauthn::trust(&file.webauthn, source, base)?;
        let life = SessionLife {
            absolute: file.session.lifetime.unwrap_or(Seconds(12 * 3600)),
            idle: file.session.idle.unwrap_or(Seconds(30 * 60)),
        };
        let enrolment = rules::enrolment(&file.enrolment, &ladder, source)?;
        let mut provider = Provider::new(
            file.issuer,
            clients,
            Ground { ladder, enrollable: enrollable(trust.vouches_for_hardware()) },
            types,
            relying_party,
            life,
        )
        .map_err(|error| source.failure(0, error))?;
        provider.enrolment = enrolment;
        provider.budgets = rules::budgets(&file.limits);
        provider.trusted_proxies = rules::trusted_proxies(&file.server.trusted_proxies, source)?;
        let (blocklist, blocklist_lines) = rules::blocklist(&file.passwords, source, base)?;
        let mail = file
            .mail
            .map(|table| {
                let at = table.span().start;
                mail(table.into_inner(), at, source, base)
            })
            .transpose()?;
        let sealing = match &file.secrets {
            Some(table) => sealing(table, source, base)?,
            None => Sealing::none(),
        };
        let (policy, rehearsal) = match file.policy {
            Some(table) => {
                let (folder, rehearsal) = folder(table, source, base)?;
                let policies = folder.load(&provider.ground.ladder)?;
                (Some((folder, policies)), Some(rehearsal))
            }
            None => (None, None),
        };
        let at = file.database.url.span().start;
        let database = file.database.url.get_ref().strip_prefix("sqlite://").ok_or_else(|| {
            source.failure(at, "database.url: write `sqlite://PATH` (PostgreSQL comes with a later version)")
        })?;
        Ok(Self {
            provider,
            listen: file.server.listen,
            metrics: file.server.metrics,
            database: base.join(database),
            clients: names,
            trust,
            sealing,
            blocklist,
            blocklist_lines,
            mail,
            policy,
            rehearsal,
        })
    }
}

/// The keys of `[secrets]`.
fn sealing(table: &Spanned<SecretsTable>, source: &Source, base: &Path) -> Result<Sealing, Failure> {
    let at = table.span().start;
    let wrong = |what: &dyn std::fmt::Display| source.failure(at, format!("[secrets] {what}"));
    let mut keys = Vec::new();
    for text in std::iter::once(&table.get_ref().key).chain(&table.get_ref().previous) {
        if matches!(text, SecretText::Plain(_)) {
            return Err(wrong(&"keep keys out of this file: `{ file = \"...\" }` or `{ env = \"...\" }`"));
        }
        keys.push(text.read(base).map_err(|failure| wrong(&failure))?);
    }
    Sealing::new(keys.iter().map(|key| key.as_str())).map_err(|error| wrong(&error))
}

/// The level that a transaction needs unless it is configured: `phr` where the ladder has it, else the
/// strongest of the file.
fn strong_level(ladder: &Ladder) -> Option<Acr> {
    let names = ladder.names();
    names.iter().find(|name| name.as_str() == "phr").or(names.first()).map(|name| (*name).clone())
}

fn ladder(tables: &[Spanned<LevelTable>], source: &Source) -> Result<Ladder, Failure> {
    let specs: Vec<LevelSpec> = if tables.is_empty() {
        default_ladder()
    } else {
        let table = |table: &Spanned<LevelTable>| {
            let LevelTable { acr, aliases, alternatives, lifetime } = table.get_ref();
            LevelSpec {
                acr: acr.clone(),
                aliases: aliases.clone(),
                alternatives: alternatives.clone(),
                lifetime: *lifetime,
            }
        };
        tables.iter().map(table).collect()
    };
    Ladder::new(&specs).map_err(|error| {
        let at = level_of(&error).and_then(|index| tables.get(index)).map_or(0, |table| table.span().start);
        source.failure(at, error)
    })
}

fn level_of(error: &LadderError) -> Option<usize> {
    match error {
        LadderError::Empty => None,
        LadderError::NameTaken { level, .. }
        | LadderError::Unreachable { level, .. }
        | LadderError::Contradiction { level, .. }
        | LadderError::AsksForAbsence { level, .. }
        | LadderError::LifetimeTooShort { level, .. }
        | LadderError::SameAs { level, .. }
        | LadderError::OutOfOrder { level, .. }
        | LadderError::Outlives { level, .. } => Some(*level),
    }
}

fn client(table: ClientTable, ladder: &Ladder, base: &Path) -> Result<RegisteredClient, String> {
    let secret = match &table.client_secret {
        None => None,
        Some(text) => Some(text.read(base).map_err(|failure| failure.to_string())?),
    };
    if let Some(secret) = &secret
        && secret.len() < 22
    {
        return Err(format!(
            "client `{}`: a client_secret holds at least 128 random bits (22 characters)",
            table.client_id
        ));
    }
    let keys = table.jwks.as_ref().map(|jwks| client_keys(jwks, base)).transpose();
    let keys = keys.map_err(|what| format!("client `{}`: jwks: {what}", table.client_id))?;
    let scopes =
        table.scope.as_deref().unwrap_or(SCOPES).split_ascii_whitespace().map(str::to_owned).collect();
    let client = Client {
        name: table.client_name.unwrap_or_else(|| table.client_id.clone()),
        id: ClientId::new(table.client_id),
        redirect_uris: table.redirect_uris,
        post_logout_redirect_uris: table.post_logout_redirect_uris,
        auth_method: table.token_endpoint_auth_method,
        grant_types: table.grant_types,
        minimum_acr: table.minimum_acr,
        acr_values_mode: table.acr_values_mode,
        default_max_age: table.default_max_age,
        resource: table.resource,
        id_token_alg: table.id_token_signed_response_alg,
        scopes,
        dpop_bound: table.dpop_bound_access_tokens,
        require_pushed: table.require_pushed_authorization_requests,
        enrolment_ceiling: table.enrolment_ceiling,
    };
    let client = client.check(ladder).map_err(|error| error.to_string())?;
    let secret = secret.as_deref().map(|secret| ClientSecret::new(secret));
    let registered = RegisteredClient { client, secret, keys };
    registered.check().map_err(|error| error.to_string())?;
    Ok(registered)
}

/// The keys that a client signs with. Those that are for something else are passed over (RFC 7517 §5).
fn client_keys(text: &JwksText, base: &Path) -> Result<KeySet, String> {
    let set = match text {
        JwksText::Inline(value) => Jwks::deserialize(value).map_err(|error| error.to_string())?,
        JwksText::File { file } => {
            let text = std::fs::read_to_string(base.join(file))
                .map_err(|error| format!("`{}` cannot be read: {error}", file.display()))?;
            serde_json::from_str(&text).map_err(|error| format!("`{}`: {error}", file.display()))?
        }
    };
    KeySet::new(&set).map_err(|error| error.to_string())
}
