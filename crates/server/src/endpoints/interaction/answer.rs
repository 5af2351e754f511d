use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use riser_pages::render::{self, ErrorPage};
use riser_wire::{InteractionKind, InteractionStatus, Seconds};

use crate::app::App;
use crate::cookies::set_session;
use crate::error::ApiError;
use crate::http::Wants;
use crate::mint::uuid_from;
use crate::respond::{json, page, redirect};
use crate::visit::{NewCookie, Scene, state};

/// The answer to a step that was taken: the state for a program, the next page for a form.
pub(super) fn stepped(app: &App, scene: &Scene, cookie: NewCookie, form: bool) -> Response<Body> {
    let state = state(app, scene);
    let mut response = match (form, &state.next) {
        (false, _) => json(&state),
        // Its own page has the link to keep.
        (true, Some(_)) if state.kind == InteractionKind::Recover => {
            redirect(&app.provider.url(&format!("/interaction/{}", state.id)), true)
        }
        (true, Some(next)) if state.status == InteractionStatus::Done || is_refusal(&state.reason) => {
            redirect(next, true)
        }
        (true, _) => redirect(&app.provider.url(&format!("/interaction/{}", state.id)), true),
    };
    if let Some(cookie) = cookie.and_then(|cookie| set_session(&app.provider, &cookie)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What the person chose needs no page that explains it.
fn is_refusal(reason: &Option<String>) -> bool {
    reason.as_deref() == Some("cancelled")
}

/// The answer to a step that was not taken: a problem for a program; for a form, its page again with a
/// notice, whose words nothing in the address can choose.
pub(super) fn not_stepped(app: &App, id: &str, error: ApiError, form: bool) -> Response<Body> {
    if !form {
        return error.into_json(app.provider.issuer());
    }
    let (name, ..) = error.kind().facts();
    let closed = matches!(
        error.kind(),
        riser_wire::ProblemKind::InteractionNotFound
            | riser_wire::ProblemKind::InteractionExpired
            | riser_wire::ProblemKind::CrossSite
            | riser_wire::ProblemKind::Internal
            | riser_wire::ProblemKind::Unavailable
    );
    if closed || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return error_answer(app, Wants::Html, error, StatusCode::BAD_REQUEST);
    }
    error.log();
    let retry = error.retry_after().map(|Seconds(seconds)| format!("&retry={seconds}")).unwrap_or_default();
    redirect(&app.provider.url(&format!("/interaction/{id}?problem={name}{retry}")), true)
}

/// An error with nowhere to go: a page for a person, a problem for a program.
pub(crate) fn error_answer(app: &App, wants: Wants, error: ApiError, fallback: StatusCode) -> Response<Body> {
    let issuer = app.provider.issuer();
    if wants == Wants::Json {
        return error.into_json(issuer);
    }
    let (_, status, title) = error.kind().facts();
    let request_id = uuid_from(app).to_string();
    tracing::info!(request.id = %request_id, problem = ?error.kind(), "A person was shown an error page");
    error.log();
    let retry_after = error.retry_after();
    let detail = error.detail().unwrap_or_else(|| "Please try again in a moment.".to_owned());
    match render::error(&ErrorPage { title, detail: &detail, request_id: &request_id }) {
        Ok(html) => {
            let mut response = page(StatusCode::from_u16(status).unwrap_or(fallback), html, None);
            if let Some(Seconds(seconds)) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
        Err(failed) => ApiError::internal(failed).into_json(issuer),
    }
}
