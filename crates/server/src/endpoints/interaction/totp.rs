use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use riser_core::assurance::Factor;
use riser_factors::totp::{EnrolledTotp, TotpError, TotpSecret, verify};
use riser_store::{CredentialUse, Left, Secret};
use riser_wire::ProblemKind;

use super::answer::{not_stepped, stepped};
use super::guessing::Guess;
use super::{Posted, is_form, posted};
use crate::app::App;
use crate::error::ApiError;
use crate::hashing::hashed;
use crate::sealing::Owner;
use crate::visit::{NewCookie, Proved, Scene, advance, candidates};

/// `POST .../totp`: a code of an authenticator app.
pub(crate) async fn totp(
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
    body.only(&["code"])?;
    let code = body.text("code")?.ok_or_else(|| ApiError::invalid("`code` is missing"))?;
    let person = scene.person.clone();
    let person = person.ok_or_else(|| ApiError::invalid("Who signs in comes before a code of theirs."))?;
    let helps = candidates(app, &scene)
        .iter()
        .any(|candidate| candidate.proofs.iter().any(|wanted| wanted.factor == Factor::Totp));
    if !helps || scene.binding().is_some() {
        return Err(ApiError::new(ProblemKind::CredentialNotUsable, "A code does not help here."));
    }
    let name = hashed(&format!("totp {}", person.id));
    let budget = app.provider.budgets.totp;
    let guess = Guess::reserve(app, &visitor, scene.now, Factor::Totp, name, budget).await?;
    let mut wrong = None;
    for (enrolled, resealed) in enrolled(app, &scene)? {
        match verify(Some(&enrolled), &code, scene.now) {
            Ok((proof, step)) => {
                guess.right(app).await?;
                scene.interaction.progress.prove(&proof);
                let credential = enrolled.credential;
                let step = Proved {
                    proof: Some((Factor::Totp, credential.clone())),
                    // Spent with the step that credits it: of one code used twice at once, one counts (AB-04).
                    credential_use: Some(CredentialUse {
                        credential,
                        at: scene.now,
                        left: match resealed {
                            Some((from, to)) => Left::TotpSealed { step, from, to },
                            None => Left::TotpStep(step),
                        },
                    }),
                    ..Proved::default()
                };
                let cookie = advance(app, &visitor, &mut scene, step).await?;
                return Ok((scene, cookie));
            }
            Err(error) => wrong = Some(error),
        }
    }
    guess.wrong(app, &mut scene, Some(person.id)).await?;
    let detail = wrong.unwrap_or(TotpError::Wrong).to_string();
    Err(ApiError::new(ProblemKind::InvalidCredentials, detail))
}

/// What is kept of a secret, and in which form it is to be kept.
type Resealed = Option<(Vec<u8>, Vec<u8>)>;

/// The person's apps, each with how its secret is kept from now on if that is to change.
fn enrolled(app: &App, scene: &Scene) -> Result<Vec<(EnrolledTotp, Resealed)>, ApiError> {
    let mut found = Vec::new();
    for stored in scene.credentials.iter() {
        if let Secret::Totp(totp) = &stored.secret {
            let owner = Owner::Totp(stored.id.as_str());
            let opened = app.sealing.open(owner, &totp.secret).map_err(ApiError::internal)?;
            let sealed = opened.outdated.then(|| app.sealing.seal(owner, &opened.secret)).transpose();
            let resealed = sealed.map_err(ApiError::internal)?.map(|to| (totp.secret.clone(), to));
            let enrolled = EnrolledTotp {
                credential: stored.id.clone(),
                secret: TotpSecret::from_stored(&opened.secret).map_err(ApiError::internal)?,
                last_step: totp.last_step,
                ceiling: stored.ceiling_at(scene.now),
            };
            found.push((enrolled, resealed));
        }
    }
    Ok(found)
}
