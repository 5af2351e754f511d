//! The steps of a recovery that no other visit has: a recovery code, and the choice of what is lost.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use riser_core::CredentialId;
use riser_core::assurance::Factor;
use riser_factors::recovery_code::RecoveryCode;
use riser_store::{Hashed, Purpose, Spendable};
use riser_wire::ProblemKind;

use super::answer::{not_stepped, stepped};
use super::guessing::Guess;
use super::{Posted, is_form, posted};
use crate::app::App;
use crate::error::ApiError;
use crate::hashing::hashed;
use crate::visit::{Asks, Proved, Scene, advance, begin_recovery};

/// `POST .../recovery-code`.
pub(crate) async fn recovery_code(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let form = is_form(request.headers());
    match spend(&app, &id, request).await {
        Ok(scene) => stepped(&app, &scene, None, form),
        Err(error) => not_stepped(&app, &id, error, form),
    }
}

async fn spend(app: &App, id: &str, request: Request) -> Result<Scene, ApiError> {
    let Posted { visitor, mut scene, body } = posted(app, id, request).await?;
    body.only(&["code"])?;
    let text = body.text("code")?.ok_or_else(|| ApiError::invalid("`code` is missing"))?;
    recovers(&scene)?;
    let person = match (Asks::of(&scene), &scene.person) {
        (Asks::RecoveryCode, Some(person)) => person.clone(),
        _ => return Err(ApiError::invalid("A recovery code is not asked for now.")),
    };
    let wrong = || {
        ApiError::new(ProblemKind::InvalidCredentials, "This is not a recovery code of yours that is left.")
    };
    let code = RecoveryCode::parse(&text)
        .map_err(|error| ApiError::new(ProblemKind::InvalidCredentials, error.to_string()))?;
    let name = hashed(&format!("recovery_code {}", person.id));
    let budget = app.provider.budgets.recovery_code;
    let guess = Guess::reserve(app, &visitor, scene.now, Factor::RecoveryCode, name, budget).await?;
    let key = Hashed(code.hash(&person.id));
    let found = app.store.recovery_code(key).await?;
    let good = found.is_some_and(|found| found.spent_at.is_none() && found.value.user == person.id);
    if !good {
        guess.wrong(app, &mut scene, Some(person.id)).await?;
        return Err(wrong());
    }
    guess.right(app).await?;
    scene.interaction.progress.recovery_code_spent = true;
    // Spent before it is of any use: whoever has it may begin one recovery with it.
    let step = Proved { spends: vec![(Spendable::RecoveryCode, key)], ..Proved::default() };
    advance(app, &visitor, &mut scene, step).await?;
    Ok(scene)
}

/// `POST .../recovery`: what is lost.
pub(crate) async fn recovery(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let form = is_form(request.headers());
    match choose(&app, &id, request).await {
        Ok(scene) => stepped(&app, &scene, None, form),
        Err(error) => not_stepped(&app, &id, error, form),
    }
}

async fn choose(app: &App, id: &str, request: Request) -> Result<Scene, ApiError> {
    let mut posted = posted(app, id, request).await?;
    posted.body.only(&["lost"])?;
    let lost = posted.body.text("lost")?.ok_or_else(|| ApiError::invalid("`lost` is missing"))?;
    recovers(&posted.scene)?;
    begin_recovery(app, &mut posted.scene, &CredentialId::new(lost)).await?;
    Ok(posted.scene)
}

fn recovers(scene: &Scene) -> Result<(), ApiError> {
    match scene.interaction.purpose {
        Purpose::Recover => Ok(()),
        _ => Err(ApiError::invalid("This visit is not a recovery.")),
    }
}
