//! `/interaction/{id}` and below: a person's visit, as pages and as JSON. Each call adds one thing and comes
//! back to the one dispatcher; none chooses what is next.

mod answer;
mod enrol;
mod guessing;
mod passkey;
mod password;
mod recover;
mod show;
mod steps;
mod totp;

pub(crate) use answer::error_answer;
pub(crate) use enrol::{
    enrol, enrol_options, enrol_password, enrol_recovery_codes, enrol_totp, enrol_totp_options,
};
pub(crate) use passkey::{passkey, passkey_options};
pub(crate) use password::password;
pub(crate) use recover::{recovery, recovery_code};
pub(crate) use show::show;
pub(crate) use steps::{cancel, consent, identifier, is_name};
pub(crate) use totp::totp;

use axum::extract::Request;
use axum::http::HeaderMap;

use crate::app::App;
use crate::csrf;
use crate::error::ApiError;
use crate::http::{Body, Visitor};
use crate::visit::Scene;

/// The largest body of a call: a registration with a long attestation.
const MAX_BODY: usize = 96 * 1024;

/// A post to a visit that may go on: from our own page or a program, for this browser, still pending.
struct Posted {
    visitor: Visitor,
    scene: Scene,
    body: Body,
}

async fn posted(app: &App, id: &str, request: Request) -> Result<Posted, ApiError> {
    let (parts, body) = request.into_parts();
    csrf::check_site(&parts.headers, &app.provider)?;
    let visitor = Visitor::of(&parts.headers, &parts.extensions, &app.provider)?;
    let body = Body::read(&parts.headers, body, MAX_BODY).await?;
    let scene = Scene::load(app, id, &visitor).await?;
    if let Some(token) = body.csrf() {
        csrf::check_token(token, &scene.browser, &scene.interaction.id)?;
    }
    Ok(Posted { visitor, scene: scene.pending()?, body })
}

/// Whether the caller is a page's form, which is answered by redirects.
fn is_form(headers: &HeaderMap) -> bool {
    crate::http::is_of_type(headers, "application/x-www-form-urlencoded")
}
