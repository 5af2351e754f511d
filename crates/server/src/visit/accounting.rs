//! The account of prompts: what a visit's end says of the prompt that it was, and the prompts that nobody answers. What is
//! counted is what was recorded.

use riser_core::audit::{Entry, Event, Prompt, PromptEnd};
use riser_core::session::Session;
use riser_core::step_up::{Lack, lack};
use riser_core::{UnixTime, UserId};
use riser_store::{Completion, Interaction, Purpose, Sighting, StoreError, Told};
use riser_wire::Seconds;

use super::scene::{Scene, live};
use crate::app::App;
use crate::error::ApiError;
use crate::http::Visitor;
use crate::metrics::Metrics;

/// What this visit asked its person for; `None` where it asked for nothing that a request or an account requires.
pub(super) fn prompted(app: &App, scene: &Scene) -> Option<Prompt> {
    let before = scene.presence.as_ref().map(|presence| &presence.session);
    let lacked = lacking(app, &scene.interaction, before.map(|session| &**session), scene)?;
    Some(prompt(&scene.interaction, lacked, scene.now))
}

fn prompt(visit: &Interaction, lacked: Lack, ended_at: UnixTime) -> Prompt {
    let took = ended_at.since(visit.opened_at());
    Prompt { lacked, took: Seconds(u32::try_from(took).unwrap_or_default()) }
}

/// What was lacking when the visit was opened, in a session as it was then.
fn lacking(app: &App, visit: &Interaction, before: Option<&Session>, scene: &Scene) -> Option<Lack> {
    let before = before.filter(|_| visit.session().is_some());
    // As the credentials counted then: what has risen meanwhile was lacking all the same.
    let live = || live(app, &scene.credentials, visit.opened_at());
    match &visit.purpose {
        Purpose::Authorize(stored) => {
            let lacked = lack(before, &stored.requirement, &live(), &app.provider.ground);
            // Whoever is only asked to agree is asked for no proof.
            Some(if lacked == Lack::Nothing && stored.consent { Lack::Consent } else { lacked })
        }
        Purpose::Account { .. } => {
            let lacked = lack(before, &scene.requirement(app), &live(), &app.provider.ground);
            // Such a visit is there to do something in; where nothing was lacking, nothing was asked, unless it was.
            let asked = lacked != Lack::Nothing || scene.running().is_some();
            asked.then_some(lacked)
        }
        // A link asks whoever is not signed in to sign in, once; what comes after is no prompt.
        Purpose::Enrol { session, .. } => {
            let asks = session.is_none() && visit.progress.began.is_none();
            asks.then_some(Lack::SignIn)
        }
        // Nobody asked: the person began it.
        Purpose::Recover => None,
    }
}

/// The record of a sign-in that a link asked for.
pub(super) fn answered_by_signing_in(app: &App, scene: &Scene, user: &UserId) -> Option<Entry> {
    let Purpose::Enrol { .. } = scene.interaction.purpose else { return None };
    scene.running()?;
    let event = Event::PromptEnded {
        user: user.clone(),
        interaction: scene.interaction.id.clone(),
        end: PromptEnd::Done,
        cause: scene.cause(&app.provider.ground.ladder),
        prompt: prompted(app, scene)?,
    };
    Some(Entry { at: scene.now, event })
}

/// Ends a visit, and counts its prompt once that is durable.
pub(super) async fn complete(app: &App, visitor: &Visitor, completion: Completion) -> Result<(), ApiError> {
    let ended = Metrics::prompt_of(&completion.audit);
    // Where nobody asks for signals, nobody looks.
    let sighting = completion.authentication.as_ref().filter(|_| app.rules.is_some()).map(
        |(session, user, _, authentication)| Sighting {
            user: user.clone(),
            session: session.clone(),
            device: completion.interaction.browser,
            network: visitor.network.key(),
            at: authentication.at,
        },
    );
    app.store.complete(completion).await?;
    app.metrics.prompt(ended);
    if let Some(sighting) = sighting
        && let Err(error) = app.store.sight(sighting).await
    {
        // The place stays new, which asks for more and not for less.
        tracing::warn!(%error, "Where a person was seen could not be noted");
    }
    Ok(())
}

/// A mark in the store: prompts that ended before this are accounted for.
const SETTLED: &str = "prompts accounted for";
/// A visit is told of for an hour after its end.
const TOLD_OF: Seconds = Seconds(3600);

/// Accounts for prompts that nobody answered since the last look, and returns how many there were. To be called again and
/// again; what one call finds, the next does not.
///
/// # Errors
/// [`StoreError`]; what was not accounted for is found by the next look.
pub async fn settle_prompts(app: &App) -> Result<usize, StoreError> {
    let now = app.now();
    let settled = app.store.mark(SETTLED, now.minus(TOLD_OF).0).await?;
    let visits = app.store.unanswered_visits(UnixTime(settled), now).await?;
    let (mut ends, mut audit) = (Vec::new(), Vec::new());
    for (visit, session) in visits {
        let Some(entry) = abandoned(app, visit, session).await? else { continue };
        ends.push(Metrics::prompt_of(std::slice::from_ref(&entry)));
        audit.push(entry);
    }
    if !audit.is_empty() {
        app.store.record(Told { audit, ..Told::nothing() }, now).await?;
    }
    app.store.mark(SETTLED, now.0).await?;
    for ended in &ends {
        app.metrics.prompt(*ended);
    }
    Ok(ends.len())
}

/// The record of a prompt that nobody answered; none where nobody knows whose it was.
async fn abandoned(
    app: &App,
    visit: Interaction,
    session: Option<Session>,
) -> Result<Option<Entry>, StoreError> {
    let owner = session.as_ref().map(|session| session.user.clone());
    let Some(user) = owner.or_else(|| visit.progress.user.clone()) else { return Ok(None) };
    let person = app.store.user(&user).await?;
    let credentials = app.store.credentials(&user).await?;
    let ended_at = visit.expires_at;
    let scene = Scene {
        interaction: visit,
        presence: None,
        other_session: None,
        person,
        credentials: credentials.into(),
        browser: String::new(),
        now: ended_at,
    };
    let Some(lacked) = lacking(app, &scene.interaction, session.as_ref(), &scene) else { return Ok(None) };
    let event = Event::PromptEnded {
        user,
        interaction: scene.interaction.id.clone(),
        end: PromptEnd::Abandoned,
        cause: scene.cause(&app.provider.ground.ladder),
        prompt: prompt(&scene.interaction, lacked, ended_at),
    };
    Ok(Some(Entry { at: ended_at, event }))
}
