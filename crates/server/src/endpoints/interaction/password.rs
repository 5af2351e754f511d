use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use riser_core::UnixTime;
use riser_core::assurance::{Factor, Proof};
use riser_factors::password::{EnrolledPassword, HashCost, Password, PasswordError, PasswordHash};
use riser_store::{CredentialUse, Left, Person, Secret, StoreError, StoredCredential};
use riser_wire::{ProblemKind, Seconds};

use super::answer::{not_stepped, stepped};
use super::guessing::Guess;
use super::{Posted, is_form, posted};
use crate::app::{App, random_bytes};
use crate::error::ApiError;
use crate::hashing::hashed;
use crate::http::Visitor;
use crate::visit::{NewCookie, Proved, Scene, advance, candidates};

/// `POST .../password`.
pub(crate) async fn password(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let form = is_form(request.headers());
    // A task of its own, which ends when its work does and not when its client hangs up: a try is counted before
    // it is looked at, and only the end of the look gives a right one back.
    let trying = (app.clone(), id.clone());
    let tried = tokio::spawn(async move { prove(&trying.0, &trying.1, request).await });
    match tried.await.unwrap_or_else(|error| Err(ApiError::internal(error))) {
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
    let budget = app.provider.budgets.password;
    let guess = Guess::reserve(app, &visitor, scene.now, Factor::Password, tries, budget).await?;
    let found = find(app, &scene, &name).await?;
    let enrolled = match &found {
        Some((_, credentials)) => enrolled(credentials, scene.now)?,
        None => None,
    };
    // For nobody, the verifier does the same work and gives the same answer.
    let (proof, cost) = match app.passwords.verify(&attempt, enrolled.as_ref()).await {
        Ok(verified) => verified,
        Err(PasswordError::Busy) => {
            guess.unseen(app).await?;
            return Err(ApiError::RateLimited(Seconds(1)));
        }
        Err(_) => {
            guess.wrong(app, &mut scene, found.map(|(person, _)| person.id)).await?;
            return Err(wrong());
        }
    };
    let (Some(found), Some(enrolled)) = (found, enrolled) else { return Err(wrong()) };
    guess.right(app).await?;
    let left = match cost {
        HashCost::Current => Left::Nothing,
        HashCost::Outdated => renewed(app, &attempt, &enrolled).await,
    };
    let renews = left != Left::Nothing;
    match credit(app, &visitor, &mut scene, found.clone(), &proof, left).await {
        // Somebody else may have renewed the same hash: the proof is as good as it was, and so is theirs.
        Err(ApiError::Store(StoreError::Conflict)) if renews => {
            let mut scene = Scene::load(app, id, &visitor).await?.pending()?;
            let cookie = credit(app, &visitor, &mut scene, found, &proof, Left::Nothing).await?;
            Ok((scene, cookie))
        }
        credited => Ok((scene, credited?)),
    }
}

/// Enters a proof into the visit, and carries it forward.
async fn credit(
    app: &App,
    visitor: &Visitor,
    scene: &mut Scene,
    (person, credentials): (Person, Vec<StoredCredential>),
    proof: &Proof,
    left: Left,
) -> Result<NewCookie, ApiError> {
    let credential = proof.record().credential.clone();
    scene.interaction.progress.user = Some(person.id.clone());
    scene.interaction.progress.generation = Some(person.generation);
    scene.interaction.progress.prove(proof);
    scene.person = Some(person);
    scene.credentials = credentials;
    let step = Proved {
        proof: Some((Factor::Password, credential.clone())),
        credential_use: Some(CredentialUse { credential, at: scene.now, left }),
        ..Proved::default()
    };
    advance(app, visitor, scene, step).await
}

/// The same password under today's parameters: this is the one moment at which it is there. Where that does not
/// succeed, the old hash stays and the next sign-in tries again.
async fn renewed(app: &App, attempt: &Password, enrolled: &EnrolledPassword) -> Left {
    match app.passwords.hash(attempt, random_bytes(&*app.random)).await {
        Ok(hash) => Left::Rehashed { from: enrolled.hash.as_str().to_owned(), to: hash.as_str().to_owned() },
        Err(error) => {
            tracing::debug!(%error, "An old password hash was not made again");
            Left::Nothing
        }
    }
}

/// Whether a password is of any use: it is in a candidate, or says who signs in. It never approves a
/// transaction.
fn may_help(app: &App, scene: &Scene) -> bool {
    if scene.binding().is_some() {
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

fn enrolled(credentials: &[StoredCredential], now: UnixTime) -> Result<Option<EnrolledPassword>, ApiError> {
    for stored in credentials {
        if let Secret::Password(phc) = &stored.secret {
            let hash = PasswordHash::from_stored(phc.clone()).map_err(ApiError::internal)?;
            return Ok(Some(EnrolledPassword {
                credential: stored.id.clone(),
                hash,
                ceiling: stored.ceiling_at(now),
            }));
        }
    }
    Ok(None)
}

/// One answer for a wrong password, an unknown person and a shut account.
fn wrong() -> ApiError {
    ApiError::new(ProblemKind::InvalidCredentials, "check both and try again")
}
