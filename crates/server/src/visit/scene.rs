use riser_core::account::reach;
use riser_core::assurance::{Ladder, Possession, Properties};
use riser_core::audit::Cause;
use riser_core::session::{Authentication, LiveCredential, Session};
use riser_core::step_up::{Freshness, Requirement};
use riser_core::transaction::Digest;
use riser_core::{CredentialId, InteractionId, Seconds, SessionId, UnixTime, UserId};
use riser_store::{Interaction, Person, Presence, Purpose, Secret, StoredCredential, StoredRequest};
use riser_wire::ProblemKind;

use crate::app::App;
use crate::error::ApiError;
use crate::hashing::{hashed, hashed_bytes};
use crate::http::Visitor;
use crate::openings::Opener;
use crate::trust::Trust;

/// A visit with all that is known of the person in it: loaded once, and then only values.
pub(crate) struct Scene {
    pub(crate) interaction: Interaction,
    /// The session that this visit may add to: the one that was there when it was opened.
    pub(crate) presence: Option<Presence>,
    /// Any other session of this browser, which a new sign-in replaces.
    pub(crate) other_session: Option<SessionId>,
    /// The person: of the session, or named by a proof in this visit.
    pub(crate) person: Option<Person>,
    /// Their live credentials.
    pub(crate) credentials: Vec<StoredCredential>,
    /// The value that this browser is known by.
    pub(crate) browser: String,
    pub(crate) now: UnixTime,
}

impl Scene {
    /// Loads the visit for the browser that it belongs to. A foreign browser finds nothing.
    pub(crate) async fn load(app: &App, id: &str, visitor: &Visitor) -> Result<Self, ApiError> {
        let not_found =
            || ApiError::new(ProblemKind::InteractionNotFound, "start again from the application");
        let browser = visitor.cookies.browser.clone().ok_or_else(not_found)?;
        let interaction = app.store.interaction(&InteractionId::new(id)).await?.ok_or_else(not_found)?;
        if interaction.browser != hashed(&browser) {
            return Err(not_found());
        }
        let now = app.now();
        let over = match &interaction.progress.outcome {
            Some(outcome) => outcome.until <= now,
            None => interaction.expires_at <= now,
        };
        if over {
            return Err(ApiError::new(ProblemKind::InteractionExpired, "start again from the application"));
        }
        let current = app.presence(visitor.cookies.session, now).await?;
        Self::assemble(app, interaction, current, browser, now).await
    }

    /// The visit as it stands, with the browser's current session.
    pub(crate) async fn assemble(
        app: &App,
        interaction: Interaction,
        current: Option<Presence>,
        browser: String,
        now: UnixTime,
    ) -> Result<Self, ApiError> {
        let opened_in = match &interaction.purpose {
            Purpose::Authorize(stored) => stored.session.clone(),
            Purpose::Enrol { session, .. } | Purpose::Account { session, .. } => session.clone(),
            // A recovery stands beside every session: whoever is signed in here is not who is recovered.
            Purpose::Recover => None,
        };
        // From a sign-in on, an enrolment belongs to the session that it began.
        let opened_in = opened_in.or_else(|| interaction.progress.began.clone());
        let ended = interaction.progress.outcome.is_some();
        let (presence, other_session) = match (opened_in, current) {
            (Some(sid), Some(current)) if current.session.id == sid => (Some(current), None),
            // Its session has ended, or another stands in its place: nothing can be added to it.
            (Some(_), other) if !ended => {
                drop(other);
                return Err(ApiError::new(
                    ProblemKind::InteractionExpired,
                    "the session has ended; sign in again",
                ));
            }
            (_, current) => (None, current.map(|current| current.session.id)),
        };
        let (person, credentials) = match &presence {
            Some(presence) => (Some(presence.person.clone()), presence.credentials.clone()),
            None => match &interaction.progress.user {
                Some(user) => person_with_credentials(app, user).await?,
                None => (None, Vec::new()),
            },
        };
        Ok(Self { interaction, presence, other_session, person, credentials, browser, now })
    }

    /// On whose count the visit was opened, and its challenges are: the person's whose session was there, or that of
    /// where it comes from.
    pub(crate) fn opener(&self, visitor: &Visitor) -> Opener<'_> {
        let signed_in = match &self.interaction.purpose {
            Purpose::Authorize(stored) => stored.session.is_some(),
            Purpose::Enrol { session, .. } | Purpose::Account { session, .. } => session.is_some(),
            Purpose::Recover => false,
        };
        match self.presence.as_ref().filter(|_| signed_in) {
            Some(presence) => Opener::Person(&presence.person.id),
            None => Opener::Network(visitor.network),
        }
    }

    /// Refuses a visit that has ended.
    pub(crate) fn pending(self) -> Result<Self, ApiError> {
        match self.interaction.progress.outcome {
            None => Ok(self),
            Some(_) => Err(ApiError::new(ProblemKind::InteractionClosed, "this visit has already ended")),
        }
    }

    pub(crate) fn request(&self) -> Option<&StoredRequest> {
        match &self.interaction.purpose {
            Purpose::Authorize(stored) => Some(stored),
            Purpose::Enrol { .. } | Purpose::Account { .. } | Purpose::Recover => None,
        }
    }

    /// What this visit requires. Of an enrolment: that the person is signed in, however.
    pub(crate) fn requirement(&self, app: &App) -> Requirement {
        match &self.interaction.purpose {
            Purpose::Authorize(stored) => stored.requirement.clone(),
            Purpose::Enrol { .. } | Purpose::Recover => {
                Requirement::new(self.interaction.id.clone(), self.now)
            }
            // What was fixed on arrival, and whatever the account has come to reach meanwhile (SU-28).
            Purpose::Account { requirement, .. } => reach(&app.provider.ground.ladder, &self.live(app))
                .into_iter()
                .fold(Requirement::clone(requirement), |joined, acr| joined.with_floor(vec![acr])),
        }
    }

    /// The transaction that the proof must be bound to.
    pub(crate) fn binding(&self) -> Option<Digest> {
        self.request().and_then(|stored| stored.requirement.binding())
    }

    /// Why the person is asked.
    pub(crate) fn cause(&self, ladder: &Ladder) -> Cause {
        match &self.interaction.purpose {
            Purpose::Authorize(stored) => Cause::Request {
                client: stored.request.client.clone(),
                acr_values: stored.requirement.acceptable(ladder),
                max_age: match stored.requirement.freshness() {
                    Freshness::AnyAge => None,
                    Freshness::Within(max_age) => Some(max_age),
                    Freshness::ThisInteraction => Some(Seconds(0)),
                },
                transaction: stored.request.details.as_ref().map(|details| details.type_name().to_owned()),
                action: stored
                    .request
                    .details
                    .as_ref()
                    .and_then(|details| details.action())
                    .map(str::to_owned),
                displayed: stored
                    .request
                    .details
                    .as_ref()
                    .map(|details| details.rows().to_vec())
                    .unwrap_or_default(),
            },
            Purpose::Enrol { .. } => Cause::EnrolmentLink,
            Purpose::Account { action, .. } => Cause::Account(action.clone()),
            Purpose::Recover => Cause::Recovery,
        }
    }

    /// The only person who may act here, where the request or the link names one.
    pub(crate) fn subject(&self) -> Option<&UserId> {
        match &self.interaction.purpose {
            Purpose::Authorize(stored) => stored.subject.as_ref(),
            Purpose::Enrol { enrolment, .. } => Some(&enrolment.user),
            Purpose::Account { .. } | Purpose::Recover => None,
        }
    }

    /// A credential's name for its owner.
    pub(crate) fn label_of(&self, credential: &CredentialId) -> Option<String> {
        self.credentials.iter().find(|stored| stored.id == *credential).map(|stored| stored.label.clone())
    }

    /// The session's identifier: the one that is there, or the one that a sign-in here will begin. It is
    /// fixed by the visit, because a transaction's challenge is bound to it before the session begins.
    pub(crate) fn session_id(&self) -> SessionId {
        match &self.presence {
            Some(presence) => presence.session.id.clone(),
            None => session_begun_by(&self.interaction.id),
        }
    }

    /// The session as it stands, with the proofs of this visit as the authentication that they would be.
    pub(crate) fn session(&self) -> Option<Session> {
        let user = self.person.as_ref()?.id.clone();
        let session = match &self.presence {
            Some(presence) => presence.session.clone(),
            None => Session { id: self.session_id(), user, authentications: Vec::new() },
        };
        Some(match self.running() {
            Some(running) => session.with(running),
            None => session,
        })
    }

    /// The proofs of this visit as an authentication completed now.
    pub(crate) fn running(&self) -> Option<Authentication> {
        let proofs = self.interaction.progress.proved();
        (!proofs.is_empty()).then(|| Authentication {
            at: self.now,
            interaction: self.interaction.id.clone(),
            bound_to: self.binding(),
            proofs,
        })
    }

    pub(crate) fn live(&self, app: &App) -> Vec<LiveCredential> {
        live(app, &self.credentials, self.now)
    }
}

fn session_begun_by(interaction: &InteractionId) -> SessionId {
    use base64::Engine as _;
    let digest = hashed_bytes(format!("riser/sid/1 {interaction}").as_bytes());
    SessionId::new(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest.0))
}

pub(crate) async fn person_with_credentials(
    app: &App,
    user: &UserId,
) -> Result<(Option<Person>, Vec<StoredCredential>), ApiError> {
    let person = app.store.user(user).await?.filter(|person| !person.disabled);
    let credentials = match &person {
        Some(person) => app.store.credentials(&person.id).await?,
        None => Vec::new(),
    };
    Ok((person, credentials.into_iter().filter(|credential| credential.revoked_at.is_none()).collect()))
}

/// Credentials as a decision sees them at `now`.
pub(crate) fn live(app: &App, credentials: &[StoredCredential], now: UnixTime) -> Vec<LiveCredential> {
    live_credentials(&app.trust, credentials, now)
}

/// Credentials as a decision sees them at `now`, by the word of `trust`. Recovery codes are none: they open a recovery
/// and prove nothing to anyone else.
#[must_use]
pub fn live_credentials(
    trust: &Trust,
    credentials: &[StoredCredential],
    now: UnixTime,
) -> Vec<LiveCredential> {
    let trust = trust.now();
    let properties = |secret: &Secret| match secret {
        Secret::Password(_) => Some(Properties::Knowledge),
        Secret::Totp(_) => Some(Properties::Possession(Possession::default())),
        Secret::RecoveryCodes => None,
        Secret::Passkey(passkey) => Some(Properties::Possession(Possession {
            // A first verification seen later raises nothing (WebAuthn §7.2, last step).
            user_verified: passkey.user_verified,
            phishing_resistant: true,
            hardware_bound: trust.is_hardware_bound(passkey, now),
        })),
    };
    credentials
        .iter()
        .filter(|credential| credential.revoked_at.is_none())
        .filter_map(|credential| {
            Some(LiveCredential {
                id: credential.id.clone(),
                factor: credential.secret.factor(),
                properties: properties(&credential.secret)?,
                ceiling: credential.ceiling_at(now),
            })
        })
        .collect()
}
