use riser_core::assurance::Factor;
use riser_core::audit::{Entry, Event};
use riser_core::step_up::Satisfied;
use riser_core::{CredentialId, GrantId};
use riser_factors::totp::TotpSecret;
use riser_store::{
    AccountEdit, Completion, CredentialUse, Hashed, Passkey, Secret, SessionChange, Spendable, Told, Totp,
};

use super::NewCookie;
use super::accounting::{answered_by_signing_in, complete, prompted};
use super::scene::Scene;
use crate::app::App;
use crate::error::ApiError;
use crate::hashing::{hashed, secret_token};
use crate::http::Visitor;
use crate::sealing::Owner;

/// What one step of a visit brings.
#[derive(Default)]
pub(crate) struct Proved {
    /// The factor and credential, for the log.
    pub(crate) proof: Option<(Factor, CredentialId)>,
    /// What it spends.
    pub(crate) spends: Vec<(Spendable, Hashed)>,
    /// What it leaves on the credential.
    pub(crate) credential_use: Option<CredentialUse>,
    /// Whether a counter went backwards.
    pub(crate) clone_suspected: bool,
    /// What is to be registered.
    pub(crate) brings: Option<Brought>,
}

/// What a person brings to be registered, verified by its own verifier. How far it may lift a session is not
/// its to say.
pub(crate) enum Brought {
    /// A passkey and the name it is given.
    Passkey(String, Box<Passkey>),
    /// The secret of an authenticator app that has shown its first code, and that code's step.
    Totp(TotpSecret, i64),
    /// The hash of a new password.
    Password(String),
    /// The hashes of new recovery codes.
    RecoveryCodes(Vec<Hashed>),
}

impl Brought {
    /// The name that its owner sees at first.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Passkey(label, _) => label.clone(),
            Self::Totp(..) => "Authenticator app".to_owned(),
            Self::Password(_) => "Password".to_owned(),
            Self::RecoveryCodes(_) => "Recovery codes".to_owned(),
        }
    }

    pub(super) fn factor(&self) -> Factor {
        match self {
            Self::Passkey(..) => Factor::Passkey,
            Self::Totp(..) => Factor::Totp,
            Self::Password(_) => Factor::Password,
            Self::RecoveryCodes(_) => Factor::RecoveryCode,
        }
    }

    /// What is kept of it as the credential `id`.
    pub(super) fn secret(self, app: &App, id: &CredentialId) -> Result<Secret, ApiError> {
        Ok(match self {
            Self::Passkey(_, passkey) => Secret::Passkey(*passkey),
            Self::Totp(secret, step) => {
                let owner = Owner::Totp(id.as_str());
                let secret = app.sealing.seal(owner, secret.as_bytes()).map_err(ApiError::internal)?;
                Secret::Totp(Totp { secret, last_step: Some(step) })
            }
            Self::Password(hash) => Secret::Password(hash),
            Self::RecoveryCodes(_) => Secret::RecoveryCodes,
        })
    }
}

/// The record of a proof that was made.
pub(super) fn factor_proved(scene: &Scene, step: &Proved) -> Vec<Entry> {
    let Some((factor, credential)) = &step.proof else { return Vec::new() };
    let Some(person) = &scene.person else { return Vec::new() };
    let event = Event::FactorProved {
        user: person.id.clone(),
        interaction: scene.interaction.id.clone(),
        credential: credential.clone(),
        factor: *factor,
    };
    vec![Entry { at: scene.now, event }]
}

/// The record of a completed authentication.
pub(super) fn authenticated(
    app: &App,
    scene: &Scene,
    satisfied: &Satisfied,
    clone_suspected: bool,
    grant: Option<GrantId>,
) -> Event {
    Event::Authenticated {
        user: satisfied.user().clone(),
        session: satisfied.session().clone(),
        interaction: satisfied.interaction().clone(),
        acr: satisfied.acr().cloned(),
        amr: satisfied.amr().to_vec(),
        auth_time: satisfied.auth_time(),
        credentials: satisfied.support().iter().map(|proof| proof.credential.clone()).collect(),
        clone_suspected,
        grant,
        cause: Some(scene.cause(&app.provider.ground.ladder)),
        prompt: prompted(app, scene),
    }
}

/// How the browser's session changes when this visit's proofs enter it: a new cookie at each rise.
pub(super) fn session_change(
    app: &App,
    visitor: &Visitor,
    scene: &Scene,
) -> Result<(SessionChange, NewCookie), ApiError> {
    if scene.interaction.progress.proved().is_empty() {
        return Ok((SessionChange::Keep, None));
    }
    let cookie = secret_token(&*app.random);
    let change = match &scene.presence {
        Some(presence) => SessionChange::Rise {
            from: visitor.cookies.session.ok_or_else(|| ApiError::internal("a session without a cookie"))?,
            to: hashed(&cookie),
            superseded: presence.session.superseded(scene.now),
        },
        None => SessionChange::Begin {
            cookie: hashed(&cookie),
            replaces: scene.other_session.clone(),
            browser: visitor.browser_name.clone(),
        },
    };
    Ok((change, Some(cookie)))
}

/// Enters the proofs of a visit into the session, with what else the step does, and the visit goes on. An
/// application's request does not come here: its end is a code.
pub(super) async fn enter(
    app: &App,
    visitor: &Visitor,
    scene: &mut Scene,
    step: Proved,
    edit: Option<AccountEdit>,
    told: Told,
) -> Result<NewCookie, ApiError> {
    let person = scene.person.clone().ok_or_else(|| ApiError::internal("nobody's session"))?;
    let (session, cookie) = session_change(app, visitor, scene)?;
    let mut audit = factor_proved(scene, &step);
    audit.extend(told.audit);
    audit.extend(answered_by_signing_in(app, scene, &person.id));
    let authentication =
        scene.running().map(|running| (scene.session_id(), person.id.clone(), person.generation, running));
    let began = authentication.as_ref().filter(|_| scene.presence.is_none()).map(|(sid, ..)| sid.clone());
    // The proofs have entered the session: they wait for nothing more.
    let progress = &mut scene.interaction.progress;
    progress.settle();
    progress.user = Some(person.id);
    progress.began = began.or(progress.began.take());
    let completion = Completion {
        interaction: scene.interaction.clone(),
        spends: step.spends,
        session,
        authentication,
        credential_use: step.credential_use,
        edit,
        code: None,
        answers: None,
        audit,
        letters: told.letters,
        now: scene.now,
    };
    complete(app, visitor, completion).await?;
    if scene.interaction.progress.outcome.is_some() {
        app.visit_done(scene.opener(visitor), None);
    }
    scene.interaction.version += 1;
    // Who signed in here is there from now on: the state that goes out says what is next.
    if let Some(cookie) = cookie.as_deref().filter(|_| scene.interaction.progress.outcome.is_none()) {
        scene.presence = app.presence(Some(hashed(cookie)), scene.now).await?;
    }
    Ok(cookie)
}
