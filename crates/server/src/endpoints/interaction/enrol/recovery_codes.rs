use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode, header};
use riser_core::assurance::Factor;
use riser_factors::recovery_code::{CODE_BYTES, CODES, RecoveryCode};
use riser_pages::render::{self, RecoveryCodesPage};
use riser_store::Hashed;

use super::super::answer::not_stepped;
use super::super::{Posted, is_form, posted};
use super::Right;
use crate::app::{App, random_bytes};
use crate::cookies::set_session;
use crate::error::ApiError;
use crate::respond::{json, page};
use crate::visit::{Brought, Proved, advance};

/// `POST .../enrol/recovery-codes`: a new set, told once, in this answer.
pub(crate) async fn enrol_recovery_codes(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let form = is_form(request.headers());
    match make(&app, &id, request, form).await {
        Ok(response) => response,
        Err(error) => not_stepped(&app, &id, error, form),
    }
}

async fn make(app: &App, id: &str, request: Request, form: bool) -> Result<Response<Body>, ApiError> {
    let Posted { visitor, mut scene, body } = posted(app, id, request).await?;
    body.only(&[])?;
    Right::of(app, &scene, Factor::RecoveryCode)?.own()?;
    let person = scene.person.clone().ok_or_else(|| ApiError::internal("nobody's account"))?;
    let random: [[u8; CODE_BYTES]; CODES] = std::array::from_fn(|_| random_bytes(&*app.random));
    let codes = RecoveryCode::set(&random);
    let hashes = codes.iter().map(|code| Hashed(code.hash(&person.id))).collect();
    let step = Proved { brings: Some(Brought::RecoveryCodes(hashes)), ..Proved::default() };
    let cookie = advance(app, &visitor, &mut scene, step).await?;
    let shown: Vec<String> = codes.iter().map(|code| code.reveal().as_str().to_owned()).collect();
    let mut response = if form {
        let html = render::recovery_codes(&RecoveryCodesPage { username: &person.name, codes: &shown });
        page(StatusCode::OK, html.map_err(ApiError::internal)?, None)
    } else {
        json(&serde_json::json!({ "codes": shown }))
    };
    if let Some(cookie) = cookie.and_then(|cookie| set_session(&app.provider, &cookie)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
