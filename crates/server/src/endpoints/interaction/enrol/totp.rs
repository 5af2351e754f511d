use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use riser_core::assurance::Factor;
use riser_factors::totp::{TotpSecret, confirm, provisioning_uri};
use riser_store::{OfferedTotp, Told};
use riser_wire::ProblemKind;

use super::super::answer::{not_stepped, stepped};
use super::super::guessing::Guess;
use super::super::{Posted, is_form, posted};
use super::Right;
use crate::app::{App, random_bytes};
use crate::error::ApiError;
use crate::hashing::hashed;
use crate::respond::json;
use crate::sealing::Owner;
use crate::visit::{Brought, NewCookie, Proved, Scene, advance};

/// `POST .../enrol/totp/options`: the secret for a program. It is the server's, whatever a client sends (SU-23).
pub(crate) async fn enrol_totp_options(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    match offer(&app, &id, request).await {
        Ok(offered) => json(&offered),
        Err(error) => error.into_json(app.provider.issuer()),
    }
}

async fn offer(app: &App, id: &str, request: Request) -> Result<serde_json::Value, ApiError> {
    let Posted { mut scene, body, .. } = posted(app, id, request).await?;
    body.only(&[])?;
    let secret = begun(app, &mut scene).await?;
    let name = scene.person.as_ref().map(|person| person.name.clone()).unwrap_or_default();
    let uri = provisioning_uri(&secret, app.provider.host(), &name);
    Ok(serde_json::json!({ "secret": secret.manual_entry().as_str(), "uri": uri.as_str() }))
}

/// The secret of this visit, made when it is first asked for and the same until it ends.
pub(crate) async fn begun(app: &App, scene: &mut Scene) -> Result<TotpSecret, ApiError> {
    Right::of(app, scene, Factor::Totp)?;
    if let Some(OfferedTotp(bytes)) = &scene.interaction.progress.offered_totp {
        return opened(app, scene, bytes);
    }
    let secret = TotpSecret::from_random(random_bytes(&*app.random));
    let owner = Owner::OfferedTotp(scene.interaction.id.as_str());
    let kept = app.sealing.seal(owner, secret.as_bytes()).map_err(ApiError::internal)?;
    scene.interaction.progress.offered_totp = Some(OfferedTotp(kept));
    app.store.advance(&scene.interaction, &[], None, scene.now, Told::nothing()).await?;
    scene.interaction.version += 1;
    Ok(secret)
}

fn opened(app: &App, scene: &Scene, kept: &[u8]) -> Result<TotpSecret, ApiError> {
    let owner = Owner::OfferedTotp(scene.interaction.id.as_str());
    let opened = app.sealing.open(owner, kept).map_err(ApiError::internal)?;
    TotpSecret::from_stored(&opened.secret).map_err(ApiError::internal)
}

/// `POST .../enrol/totp`: the first code, which shows that the app has the secret.
pub(crate) async fn enrol_totp(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let form = is_form(request.headers());
    match register(&app, &id, request).await {
        Ok((scene, cookie)) => stepped(&app, &scene, cookie, form),
        Err(error) => not_stepped(&app, &id, error, form),
    }
}

async fn register(app: &App, id: &str, request: Request) -> Result<(Scene, NewCookie), ApiError> {
    let Posted { visitor, mut scene, body } = posted(app, id, request).await?;
    body.only(&["code"])?;
    let code = body.text("code")?.ok_or_else(|| ApiError::invalid("`code` is missing"))?;
    let right = Right::of(app, &scene, Factor::Totp)?;
    let Some(OfferedTotp(bytes)) = scene.interaction.progress.offered_totp.clone() else {
        return Err(ApiError::invalid("Ask for `enrol/totp/options` first."));
    };
    let secret = opened(app, &scene, &bytes)?;
    let name = hashed(&format!("totp enrolment {}", scene.interaction.id));
    let budget = app.provider.budgets.totp;
    let guess = Guess::reserve(app, &visitor, scene.now, Factor::Totp, name, budget).await?;
    let step = match confirm(&secret, &code, scene.now) {
        Ok(step) => step,
        Err(error) => {
            guess.wrong(app, &mut scene, None).await?;
            return Err(ApiError::new(ProblemKind::InvalidCredentials, error.to_string()));
        }
    };
    guess.right(app).await?;
    // The code that confirmed is spent: it signs nobody in.
    scene.interaction.progress.offered_totp = None;
    let spends = right.spends().into_iter().collect();
    let step = Proved { spends, brings: Some(Brought::Totp(secret, step)), ..Proved::default() };
    let cookie = advance(app, &visitor, &mut scene, step).await?;
    Ok((scene, cookie))
}
