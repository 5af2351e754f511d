//! The one decision about a request, whoever asks and however it is answered.

use std::sync::Arc;

use http::{HeaderMap, Method, header, request::Parts};
use riser_guard::{ClientCredentials, Decision, Guard, GuardError, Question, UnixTime, Unmet, VerifiedToken};

use crate::{
    asked::Asked,
    config::{GateConfig, GateError},
    cookies::Cookie,
    provider::{Provider, ProviderError},
    rules::{Found, Needs, Rule},
    seal::Sealer,
    sessions::{Session, Sessions},
    verdict::{OURS, Refusal, Verdict, Who},
};

/// The guard of one site. Cheap to clone; make one for a process.
#[derive(Clone)]
pub struct Gate(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: GateConfig,
    pub(crate) guard: Guard,
    pub(crate) client: ClientCredentials,
    pub(crate) provider: Provider,
    pub(crate) sessions: Sessions,
    pub(crate) sealer: Sealer,
}

impl Gate {
    /// A gate. Nothing is fetched yet, so that it may start before its provider.
    ///
    /// # Errors
    /// [`GateError`] when the configuration cannot be used.
    pub fn new(config: GateConfig) -> Result<Self, GateError> {
        config.check()?;
        let guard =
            Guard::builder(&config.issuer, &config.resource).clock(Arc::clone(&config.clock)).build()?;
        Ok(Self(Arc::new(Inner {
            guard,
            client: ClientCredentials::new(&config.client_id, &config.client_secret),
            provider: Provider::new(&config)?,
            sessions: Sessions::new(config.session),
            sealer: Sealer::generate()?,
            config,
        })))
    }

    /// This moment, by the gate's clock.
    pub(crate) fn now(&self) -> UnixTime {
        self.0.guard.now()
    }

    /// What a proxy, or our own layer, asks about.
    pub(crate) fn asked(&self, parts: &Parts) -> Result<Asked, Refusal> {
        let config = &self.0.config;
        Ok(Asked::read(config.source, parts, config.host(), OURS)?)
    }

    /// Decides. First what the request is, then who asks, then whether that suffices: who has no valid token learns
    /// nothing of what is required or exists (RFC 9470 §9).
    pub(crate) async fn judge(&self, asked: &Asked, headers: &HeaderMap) -> Verdict {
        let rule = match self.0.config.rules.find(&asked.method, &asked.path) {
            Found::Rule(rule) if *rule.needs() == Needs::Nothing => return Verdict::Permit(Who::Anybody),
            Found::Rule(rule) => Ok(rule),
            Found::None => Err(Refusal::NoRule),
            Found::CaseMatters => Err(Refusal::CaseMatters),
        };
        let who = match self.who(headers).await {
            Ok(who) => who,
            Err(Unknown::Stranger(error)) => return Verdict::Stranger(error),
            Err(Unknown::Unavailable(why)) => return Verdict::Unavailable(why),
        };
        let rule = match rule {
            Ok(rule) => rule,
            Err(refusal) => return Verdict::Deny(refusal),
        };
        if matches!(who, Who::Session(..)) && !self.is_from_our_pages(&asked.method, headers) {
            return Verdict::Deny(Refusal::CrossSite);
        }
        match self.suffices(rule, asked, &who).await {
            None => Verdict::Permit(who),
            Some(Short::StepUp(needed)) => Verdict::StepUp(needed, who, rule.told().map(str::to_owned)),
            Some(Short::Otherwise(verdict)) => verdict,
        }
    }

    async fn who(&self, headers: &HeaderMap) -> Result<Who, Unknown> {
        // A token that is shown decides, and is not passed over for a cookie.
        if headers.contains_key(header::AUTHORIZATION) {
            return match self.0.guard.verify_request(headers).await {
                Ok(token) => Ok(Who::Bearer(Arc::new(token))),
                Err(GuardError::Unavailable(error)) => Err(Unknown::Unavailable(error.to_string())),
                Err(error) => Err(Unknown::Stranger(error)),
            };
        }
        let stranger = || Unknown::Stranger(GuardError::NoToken);
        let session = self.session(headers).ok_or_else(stranger)?;
        match self.live_token(&session).await {
            Ok(Some(token)) => Ok(Who::Session(session, token)),
            Ok(None) => Err(stranger()),
            Err(error) => Err(Unknown::Unavailable(error)),
        }
    }

    /// Who is signed in at this browser.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Option<Arc<Session>> {
        let secret = Cookie::Session.read(headers, self.0.config.is_secure())?;
        self.0.sessions.find(&secret, self.now())
    }

    /// The token of a sign-in, refreshed when it has run out: every few minutes the provider says anew whether the
    /// sign-in stands and what it still counts for. `None` when it has ended there.
    async fn live_token(&self, session: &Session) -> Result<Option<Arc<VerifiedToken>>, String> {
        let now = self.now();
        let token = session.token();
        if now < token.claims().exp {
            return Ok(Some(token));
        }
        let mut refresh = session.refresh.lock().await;
        let token = session.token();
        if now < token.claims().exp {
            return Ok(Some(token));
        }
        let Some(secret) = refresh.clone() else { return Ok(None) };
        let refreshed = match self.0.provider.refresh(&secret, now).await {
            Ok(refreshed) => refreshed,
            Err(ProviderError::Refused(why)) => {
                tracing::info!(why, "A sign-in has ended at the provider");
                *refresh = None;
                return Ok(None);
            }
            Err(error) => return Err(error.to_string()),
        };
        // Spent, whatever comes of the token.
        *refresh = refreshed.refresh;
        match self.0.guard.verify(&refreshed.access_token).await {
            Ok(token) if token.subject() == session.subject => {
                let token = Arc::new(token);
                session.renew(Arc::clone(&token));
                Ok(Some(token))
            }
            Ok(_) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Whether a browser says nothing against its request being one of the site's own pages' (WB-01): the cookie comes
    /// with it whoever made it.
    fn is_from_our_pages(&self, method: &Method, headers: &HeaderMap) -> bool {
        let all_are =
            |name: &str, expected: &str| headers.get_all(name).iter().all(|value| value == expected);
        let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        all_are("origin", &self.0.config.public_url) && (is_safe || all_are("sec-fetch-site", "same-origin"))
    }

    async fn suffices(&self, rule: &Rule, asked: &Asked, who: &Who) -> Option<Short> {
        let (Who::Session(_, token) | Who::Bearer(token)) = who else {
            return Some(Short::Otherwise(Verdict::Stranger(GuardError::NoToken)));
        };
        if let Needs::Level(requirement) = rule.needs() {
            match token.require(requirement, self.now()) {
                Ok(_satisfied) => {}
                Err(Unmet::StepUp(needed)) => return Some(Short::StepUp(needed)),
                Err(unmet) => return Some(Short::Otherwise(Verdict::Unmet(unmet))),
            }
        }
        let action = rule.action()?;
        // Nothing of what the client sent but the path: its headers are no signals (RS-07).
        let question = Question::new(&action.name, &action.resource_type, rule.resource(&asked.path));
        match self.0.guard.decide(&self.0.client, token, &question).await {
            Ok(Decision::Permit) => None,
            Ok(Decision::StepUp(needed) | Decision::Enrol(needed)) => Some(Short::StepUp(needed)),
            Ok(Decision::Deny { message }) => Some(Short::Otherwise(Verdict::Deny(Refusal::Rules(message)))),
            Err(error) => Some(Short::Otherwise(Verdict::Unavailable(error.to_string()))),
        }
    }
}

/// Why it is not known who asks.
enum Unknown {
    Stranger(GuardError),
    Unavailable(String),
}

/// What a valid token falls short of.
enum Short {
    StepUp(riser_guard::StepUpNeeded),
    Otherwise(Verdict),
}
