use riser_core::CredentialId;
use riser_core::assurance::Factor;
use riser_core::audit::{Entry, Event};
use riser_core::step_up::{Decision, Satisfied, Unmet, decide};
use riser_store::{
    AccountChange, AccountEdit, Completion, CredentialUse, Generation, Hashed, NewCredential, SessionChange,
    Spendable, Visit,
};

use super::NewCookie;
use super::failure::{Failure, ended};
use super::scene::Scene;
use crate::app::App;
use crate::error::ApiError;
use crate::hashing::{hashed, secret_token};
use crate::http::Visitor;
use crate::mint;
use crate::respond::code_url;

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
    /// A credential that was registered: the end of an enrolment.
    pub(crate) registers: Option<NewCredential>,
}

/// Carries a visit forward. The scene's progress already holds what the step proved; `decide` says what
/// is next, and it is saved, whole or not at all, before anybody is told.
pub(crate) async fn advance(
    app: &App,
    visitor: &Visitor,
    scene: &mut Scene,
    step: Proved,
) -> Result<NewCookie, ApiError> {
    if scene.request().is_none() {
        return enrolment_step(app, visitor, scene, step).await;
    }
    let Some(session) = scene.session() else { return save(app, scene, step, None).await };
    match decide(&session, &scene.requirement(), &scene.live(), &app.provider.ground) {
        Decision::Satisfied(satisfied) if consented(scene) => {
            complete(app, visitor, scene, step, &satisfied).await
        }
        Decision::Satisfied(_) | Decision::StepUp(_) => save(app, scene, step, None).await,
        Decision::Enrol(_) => save(app, scene, step, Some(Failure::EnrolmentRequired)).await,
        Decision::Unmet(Unmet::UnknownLevel | Unmet::Unreachable) => {
            save(app, scene, step, Some(Failure::Unreachable)).await
        }
    }
}

/// Ends a visit as failed, spending what the last try used.
pub(crate) async fn finish_failed(
    app: &App,
    scene: &mut Scene,
    spends: Vec<(Spendable, Hashed)>,
    failure: Failure,
) -> Result<(), ApiError> {
    let step = Proved { spends, ..Proved::default() };
    save(app, scene, step, Some(failure)).await.map(|_| ())
}

fn consented(scene: &Scene) -> bool {
    scene.request().is_none_or(|stored| !stored.consent) || scene.interaction.progress.consented
}

/// Saves progress: the proofs wait on the visit, and the session is as it was.
async fn save(
    app: &App,
    scene: &mut Scene,
    step: Proved,
    failure: Option<Failure>,
) -> Result<NewCookie, ApiError> {
    let mut audit = factor_proved(scene, &step);
    if let Some(failure) = failure {
        let (visit, entry) = ended(app, scene, failure);
        scene.interaction.progress.outcome = Some(visit);
        audit.push(entry);
    }
    // What the proof uses up is used up now, also when the visit needs another.
    let used = step.credential_use;
    app.store.advance(&scene.interaction, &step.spends, used, scene.now, audit.into()).await?;
    scene.interaction.version += 1;
    Ok(None)
}

fn factor_proved(scene: &Scene, step: &Proved) -> Vec<Entry> {
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

/// The requirement is met: session, code and record in one transaction.
async fn complete(
    app: &App,
    visitor: &Visitor,
    scene: &mut Scene,
    step: Proved,
    satisfied: &Satisfied,
) -> Result<NewCookie, ApiError> {
    let Some(stored) = scene.request() else { return Err(ApiError::internal("no request to complete")) };
    let person = scene.person.as_ref().ok_or_else(|| ApiError::internal("nobody to complete for"))?;
    let minted = mint::code(app, satisfied, &stored.request, person.generation)?;
    let request = &stored.request;
    let next = code_url(&app.provider, &request.redirect_uri, &minted.code, request.state.as_deref());
    let visit = Visit { failed: None, next, until: minted.issue.expires_at };
    let (session, cookie) = session_change(app, visitor, scene)?;
    let running = scene.running();
    let event = if running.is_some() {
        Event::Authenticated {
            user: satisfied.user().clone(),
            session: satisfied.session().clone(),
            interaction: satisfied.interaction().clone(),
            acr: satisfied.acr().cloned(),
            amr: satisfied.amr().to_vec(),
            auth_time: satisfied.auth_time(),
            credentials: satisfied.support().iter().map(|proof| proof.credential.clone()).collect(),
            clone_suspected: step.clone_suspected,
            grant: Some(minted.issue.grant.id().clone()),
            cause: Some(scene.cause(&app.provider.ground.ladder)),
        }
    } else {
        mint::granted_silently(satisfied, &minted.issue.grant)
    };
    let authentication =
        running.map(|running| (scene.session_id(), person.id.clone(), person.generation, running));
    scene.interaction.progress.outcome = Some(visit);
    let completion = Completion {
        interaction: scene.interaction.clone(),
        spends: step.spends,
        session,
        authentication,
        credential_use: step.credential_use,
        edit: None,
        code: Some(minted.issue),
        audit: vec![Entry { at: scene.now, event }],
        letters: Vec::new(),
        now: scene.now,
    };
    app.store.complete(completion).await?;
    Ok(cookie)
}

/// How the browser's session changes when this visit's proofs enter it: a new cookie at each rise.
fn session_change(
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
            browser: None,
        },
    };
    Ok((change, Some(cookie)))
}

/// An enrolment goes in two steps: the person signs in if need be, which begins a session, and registers.
/// Enrolling adds no proof.
async fn enrolment_step(
    app: &App,
    visitor: &Visitor,
    scene: &mut Scene,
    step: Proved,
) -> Result<NewCookie, ApiError> {
    let person = scene.person.clone().ok_or_else(|| ApiError::internal("nobody to enrol for"))?;
    let (session, cookie) = session_change(app, visitor, scene)?;
    let mut audit = factor_proved(scene, &step);
    let authentication = scene.running().filter(|_| scene.presence.is_none());
    let authentication =
        authentication.map(|running| (scene.session_id(), person.id.clone(), person.generation, running));
    if let Some(credential) = &step.registers {
        let next = app.provider.url("/account");
        scene.interaction.progress.outcome =
            Some(Visit { failed: None, next, until: scene.interaction.expires_at });
        audit.push(Entry {
            at: scene.now,
            event: Event::CredentialRegistered {
                user: person.id.clone(),
                credential: credential.id.clone(),
                factor: credential.secret.factor(),
            },
        });
    }
    let edit = step.registers.map(|credential| AccountEdit {
        user: person.id.clone(),
        generation_read: person.generation,
        session: Some(scene.session_id()),
        changes: vec![AccountChange::Register(credential)],
        generation: Generation::Stays,
        recovery: None,
    });
    let began = authentication.as_ref().map(|(sid, ..)| sid.clone());
    // The proofs have entered the session: they wait for nothing more.
    let progress = &mut scene.interaction.progress;
    progress.settle();
    progress.user = Some(person.id.clone());
    progress.began = began.or(progress.began.take());
    let completion = Completion {
        interaction: scene.interaction.clone(),
        spends: step.spends,
        session,
        authentication,
        credential_use: step.credential_use,
        edit,
        code: None,
        audit,
        letters: Vec::new(),
        now: scene.now,
    };
    app.store.complete(completion).await?;
    scene.interaction.version += 1;
    // Who signed in here is there from now on: the state that goes out says what is next.
    if let Some(cookie) = &cookie {
        scene.presence = app.presence(Some(hashed(cookie)), scene.now).await?;
    }
    Ok(cookie)
}
