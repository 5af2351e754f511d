use riser_core::audit::Entry;
use riser_core::step_up::{Decision, Satisfied, Unmet, decide};
use riser_store::{Completion, Hashed, Purpose, Spendable, Visit};

use super::failure::{Failure, ended};
use super::scene::Scene;
use super::step::{Proved, authenticated, factor_proved, session_change};
use super::{NewCookie, account, accounting, enrolment, recovery};
use crate::app::App;
use crate::error::ApiError;
use crate::http::Visitor;
use crate::metrics::Metrics;
use crate::mint;
use crate::prompts::prompts_of;
use crate::respond::code_url;

/// Carries a visit forward. The scene's progress already holds what the step proved; `decide` says what
/// is next, and it is saved, whole or not at all, before anybody is told.
pub(crate) async fn advance(
    app: &App,
    visitor: &Visitor,
    scene: &mut Scene,
    step: Proved,
) -> Result<NewCookie, ApiError> {
    let answered = step.spends.iter().any(|(kind, _)| *kind == Spendable::Ceremony);
    let cookie = match &scene.interaction.purpose {
        Purpose::Authorize(_) => request_step(app, visitor, scene, step).await,
        Purpose::Enrol { .. } => enrolment::step(app, visitor, scene, step).await,
        Purpose::Account { .. } => account::step(app, visitor, scene, step).await,
        Purpose::Recover => recovery::step(app, scene, step).await,
    }?;
    if answered {
        app.ceremony_done(scene.opener(visitor));
    }
    Ok(cookie)
}

/// A visit for an application's request.
async fn request_step(
    app: &App,
    visitor: &Visitor,
    scene: &mut Scene,
    step: Proved,
) -> Result<NewCookie, ApiError> {
    let Some(session) = scene.session() else { return save(app, scene, step, None).await };
    if let Some(stored) = scene.request()
        && app.store.is_blocked(&session.user, &stored.request.client).await?
    {
        return save(app, scene, step, Some(Failure::Blocked)).await;
    }
    match decide(&session, &scene.requirement(app), &scene.live(app), &app.provider.ground) {
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
pub(super) async fn save(
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
    let ended = Metrics::prompt_of(&audit);
    app.store.advance(&scene.interaction, &step.spends, step.credential_use, scene.now, audit.into()).await?;
    app.metrics.prompt(ended);
    scene.interaction.version += 1;
    Ok(None)
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
        let grant = minted.issue.grant.id().clone();
        authenticated(app, scene, satisfied, step.clone_suspected, Some(grant))
    } else {
        mint::granted_silently(satisfied, &minted.issue.grant)
    };
    let authentication =
        running.map(|running| (scene.session_id(), person.id.clone(), person.generation, running));
    let client = request.client.clone();
    scene.interaction.progress.outcome = Some(visit);
    let completion = Completion {
        interaction: scene.interaction.clone(),
        spends: step.spends,
        session,
        authentication,
        credential_use: step.credential_use,
        edit: None,
        code: Some(minted.issue),
        answers: Some(prompts_of(satisfied.user(), &client)),
        audit: vec![Entry { at: scene.now, event }],
        letters: Vec::new(),
        now: scene.now,
    };
    accounting::complete(app, visitor, completion).await?;
    app.visit_done(scene.opener(visitor), Some(&client));
    Ok(cookie)
}
