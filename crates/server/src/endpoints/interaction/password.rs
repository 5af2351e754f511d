use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use riser_core::abuse::Budget;
use riser_core::assurance::Factor;
use riser_core::audit::{Entry, Event};
use riser_factors::password::{EnrolledPassword, Password, PasswordError, PasswordHash};
use riser_store::{Person, Reserved, Secret, StoredCredential};
use riser_wire::{ProblemKind, Seconds};

use super::answer::{not_stepped, stepped};
use super::{Posted, is_form, posted};
use crate::app::App;
use crate::error::ApiError;
use crate::hashing::hashed;
use crate::visit::{NewCookie, Proved, Scene, advance, candidates};

/// Wrong passwords in a row for one name, known or not, before it has to wait.
const ATTEMPTS: Budget = Budget { tries: 10, wait: Seconds(15 * 60), longest: Seconds(24 * 3600) };

/// `POST .../password`.
pub(crate) async fn password(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let form = is_form(request.headers());
    match prove(&app, &id, request).await {
        Ok((scene, cookie)) => stepped(&app, &scene, cookie, form),
        Err(error) => not_stepped(&app, &id, error, form),
    }
}

async fn prove(app: &App, id: &str, request: Request) -> Result<(Scene, NewCookie), ApiError> {
    let Posted { visitor, mut scene, body } = posted(app, id, request).await?;
    body.only(&["password"])?;
    let text = body.text("password")?.ok_or_else(|| ApiError::invalid("`password` is missing"))?;
    let name = match &scene.person {
        Some(person) => person.name.clone(),
        None => scene
            .interaction
            .progress
            .typed_name
            .clone()
            .ok_or_else(|| ApiError::invalid("`identifier` comes before `password`"))?,
    };
    if !may_help(app, &scene) {
        return Err(ApiError::new(ProblemKind::CredentialNotUsable, "a password does not help here"));
    }
    let attempt = Password::attempt(&text).map_err(|_| wrong())?;
    let tries = hashed(&format!("password {name}"));
    // Reserved before it is verified: parallel guesses are counted too (AB-03).
    if let Reserved::Wait(again_at) = app.store.reserve_attempts(&[(tries, ATTEMPTS)], scene.now).await? {
        let wait = u32::try_from(again_at.since(scene.now)).unwrap_or(1).max(1);
        return Err(ApiError::RateLimited(Seconds(wait)));
    }
    let found = find(app, &scene, &name).await?;
    let enrolled = match &found {
        Some((_, credentials)) => enrolled(credentials)?,
        None => None,
    };
    // For nobody, the verifier does the same work and gives the same answer.
    let proof = match app.passwords.verify(&attempt, enrolled.as_ref()).await {
        Ok(proof) => proof,
        Err(PasswordError::Busy) => return Err(ApiError::RateLimited(Seconds(1))),
        Err(_) => {
            record_refusal(app, &mut scene, found.map(|(person, _)| person)).await?;
            return Err(wrong());
        }
    };
    let Some((person, credentials)) = found else { return Err(wrong()) };
    app.store.clear_attempts(&[tries]).await?;
    let credential = proof.record().credential.clone();
    scene.interaction.progress.user = Some(person.id.clone());
    scene.interaction.progress.prove(&proof);
    scene.person = Some(person);
    scene.credentials = credentials;
    let step = Proved { proof: Some((Factor::Password, credential)), ..Proved::default() };
    let cookie = advance(app, &visitor, &mut scene, step).await?;
    Ok((scene, cookie))
}

/// Whether a password is of any use: it is in a candidate, or says who signs in. It never approves a
/// transaction.
fn may_help(app: &App, scene: &Scene) -> bool {
    if scene.requirement().binding().is_some() {
        return false;
    }
    scene.person.is_none()
        || candidates(app, scene)
            .iter()
            .any(|candidate| candidate.proofs.iter().any(|wanted| wanted.factor == Factor::Password))
}

/// The person of that name, if the visit is open to them.
async fn find(
    app: &App,
    scene: &Scene,
    name: &str,
) -> Result<Option<(Person, Vec<StoredCredential>)>, ApiError> {
    if let Some(person) = &scene.person {
        return Ok(Some((person.clone(), scene.credentials.clone())));
    }
    let person = app.store.user_by_name(name).await?.filter(|person| !person.disabled);
    let Some(person) = person.filter(|person| scene.subject().is_none_or(|subject| *subject == person.id))
    else {
        return Ok(None);
    };
    let mut credentials = app.store.credentials(&person.id).await?;
    credentials.retain(|credential| credential.revoked_at.is_none());
    Ok(Some((person, credentials)))
}

fn enrolled(credentials: &[StoredCredential]) -> Result<Option<EnrolledPassword>, ApiError> {
    for stored in credentials {
        if let Secret::Password(phc) = &stored.secret {
            let hash = PasswordHash::from_stored(phc.clone()).map_err(ApiError::internal)?;
            return Ok(Some(EnrolledPassword {
                credential: stored.id.clone(),
                hash,
                ceiling: stored.ceiling.clone(),
            }));
        }
    }
    Ok(None)
}

/// One answer for a wrong password, an unknown person and a shut account.
fn wrong() -> ApiError {
    ApiError::new(ProblemKind::InvalidCredentials, "check both and try again")
}

async fn record_refusal(app: &App, scene: &mut Scene, person: Option<Person>) -> Result<(), ApiError> {
    let event = Event::ProofRefused {
        interaction: scene.interaction.id.clone(),
        user: person.map(|person| person.id),
        factor: Factor::Password,
        reason: "invalid_credentials".to_owned(),
    };
    let entry = Entry { at: scene.now, event };
    app.store.advance(&scene.interaction, &[], None, scene.now, entry.into()).await?;
    scene.interaction.version += 1;
    Ok(())
}
