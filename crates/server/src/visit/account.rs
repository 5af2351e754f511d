//! A visit to one's own account. The proof that is given in it releases the one action that the visit was
//! opened for, in the same transaction.

use riser_core::InteractionId;
use riser_core::account::{AccountAction, may_remove, required};
use riser_core::assurance::Factor;
use riser_core::audit::Entry;
use riser_core::session::INTERACTION_LIFETIME;
use riser_core::step_up::{Decision, Satisfied, decide};
use riser_store::{
    AccountEdit, Hashed, Interaction, Presence, Progress, Purpose, StoredCredential, Told, Visit,
};
use riser_wire::ProblemKind;

use super::NewCookie;
use super::advance::save;
use super::change::{Change, enrolled, last_way_in, simple_change};
use super::failure::Failure;
use super::scene::{Scene, live};
use super::step::{Proved, authenticated, enter};
use crate::app::App;
use crate::error::ApiError;
use crate::http::Visitor;
use crate::mint::uuid_from;

/// Opens a visit for `action`. Without a session there is only the account to be opened: the person signs in.
///
/// # Errors
/// What cannot be done at all is refused before anything is proved.
pub(crate) fn open_account(
    app: &App,
    action: AccountAction,
    presence: Option<&Presence>,
    browser: Hashed,
) -> Result<Interaction, ApiError> {
    let now = app.now();
    let id = InteractionId::new(uuid_from(app).to_string());
    let credentials = presence.map(|presence| live(app, &presence.credentials, now)).unwrap_or_default();
    if presence.is_none() && action.changes() {
        return Err(ApiError::new(ProblemKind::SignInRequired, "Open your account first, then change it."));
    }
    if let (Some(credential), Some(presence)) = (action.credential(), presence) {
        if !presence.credentials.iter().any(|stored| stored.id == *credential) {
            return Err(ApiError::new(ProblemKind::CredentialNotUsable, "There is no such credential."));
        }
        let removes = matches!(action, AccountAction::Remove { .. });
        if removes && !may_remove(credential, &credentials, &app.provider.ground.ladder) {
            return Err(last_way_in());
        }
    }
    may_register(app, &action, presence.map(|presence| presence.credentials.as_slice()).unwrap_or_default())?;
    let requirement = required(&action, id.clone(), now, &credentials, &app.provider.ground.ladder);
    Ok(Interaction {
        id,
        browser,
        purpose: Purpose::Account {
            action,
            requirement: Box::new(requirement),
            session: presence.map(|presence| presence.session.id.clone()),
        },
        progress: Progress::beginning(None),
        version: 0,
        expires_at: now.plus(INTERACTION_LIFETIME),
    })
}

/// Refuses what the operator lets nobody register by themselves (SU-25). A password that is there may always be
/// another: that registers nothing new.
///
/// # Errors
/// [`ProblemKind::EnrolmentNotPermitted`], which says whom to ask.
pub(crate) fn may_register(
    app: &App,
    action: &AccountAction,
    credentials: &[StoredCredential],
) -> Result<(), ApiError> {
    let Some(factor) = action.registers().filter(|factor| !app.provider.enrolment.lets(*factor)) else {
        return Ok(());
    };
    if factor == Factor::Password && credentials.iter().any(|stored| stored.secret.factor() == factor) {
        return Ok(());
    }
    Err(ApiError::new(
        ProblemKind::EnrolmentNotPermitted,
        "Ask your administrator for an enrolment link: with it you can add what you need.",
    ))
}

/// The action of a visit whose person has proved enough for it.
pub(crate) fn released<'s>(app: &App, scene: &'s Scene) -> Option<&'s AccountAction> {
    let Purpose::Account { action, .. } = &scene.interaction.purpose else { return None };
    let session = scene.session()?;
    let decision = decide(&session, &scene.requirement(app), &scene.live(app), &app.provider.ground);
    matches!(decision, Decision::Satisfied(_)).then_some(action)
}

pub(super) async fn step(
    app: &App,
    visitor: &Visitor,
    scene: &mut Scene,
    mut step: Proved,
) -> Result<NewCookie, ApiError> {
    let Purpose::Account { action, .. } = &scene.interaction.purpose else {
        return Err(ApiError::internal("not a visit to an account"));
    };
    let action = action.clone();
    let Some(session) = scene.session() else { return save(app, scene, step, None).await };
    match decide(&session, &scene.requirement(app), &scene.live(app), &app.provider.ground) {
        Decision::Satisfied(satisfied) => {
            let brought = step.brings.take();
            let change = match (&action, brought) {
                (action, None) if action.registers().is_none() => simple_change(app, scene, action)?,
                (_, None) => return settle(app, visitor, scene, step, &satisfied).await,
                (action, Some(brought)) => Some(enrolled(app, scene, &session, action, brought)?),
            };
            finish(app, visitor, scene, step, &satisfied, change).await
        }
        Decision::StepUp(_) if step.brings.is_some() => {
            Err(ApiError::new(ProblemKind::CredentialNotUsable, "Confirm that it is you first."))
        }
        Decision::StepUp(_) => save(app, scene, step, None).await,
        Decision::Enrol(_) | Decision::Unmet(_) => save(app, scene, step, Some(Failure::Unreachable)).await,
    }
}

/// The proofs enter the session, and the visit goes on: the person has something to register.
async fn settle(
    app: &App,
    visitor: &Visitor,
    scene: &mut Scene,
    step: Proved,
    satisfied: &Satisfied,
) -> Result<NewCookie, ApiError> {
    if scene.interaction.progress.proved().is_empty() {
        return save(app, scene, step, None).await;
    }
    commit(app, visitor, scene, step, satisfied, None).await
}

async fn finish(
    app: &App,
    visitor: &Visitor,
    scene: &mut Scene,
    step: Proved,
    satisfied: &Satisfied,
    change: Option<Change>,
) -> Result<NewCookie, ApiError> {
    let news = change.as_ref().map(|change| format!("?news={}", change.news.name())).unwrap_or_default();
    let next = app.provider.url(&format!("/account{news}"));
    scene.interaction.progress.outcome =
        Some(Visit { failed: None, next, until: scene.interaction.expires_at });
    commit(app, visitor, scene, step, satisfied, change).await
}

async fn commit(
    app: &App,
    visitor: &Visitor,
    scene: &mut Scene,
    step: Proved,
    satisfied: &Satisfied,
    change: Option<Change>,
) -> Result<NewCookie, ApiError> {
    let person = scene.person.as_ref().ok_or_else(|| ApiError::internal("nobody's account"))?;
    let mut told = Told::nothing();
    if scene.running().is_some() {
        let event = authenticated(app, scene, satisfied, step.clone_suspected, None);
        told.audit.push(Entry { at: scene.now, event });
    }
    let edit = change.map(|change| {
        told.audit.push(Entry { at: scene.now, event: change.event });
        told.letters = change.letters;
        AccountEdit {
            user: person.id.clone(),
            generation_read: person.generation,
            session: Some(scene.session_id()),
            changes: vec![change.change],
            generation: change.generation,
            recovery: None,
        }
    });
    enter(app, visitor, scene, step, edit, told).await
}
