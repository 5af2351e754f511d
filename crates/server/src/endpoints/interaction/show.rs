use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode};
use riser_factors::password::SOLE_FACTOR_MIN;
use riser_factors::totp::{provisioning_uri, qr_svg};
use riser_pages::Notice;
use riser_pages::render::{self, InteractionPage, QrSvg, RecoveryBegunPage, TotpEnrolment};
use riser_wire::{InteractionKind, InteractionStatus, ProblemKind, Seconds};

use super::answer::error_answer;
use super::enrol::totp_begun;
use crate::app::App;
use crate::csrf;
use crate::error::ApiError;
use crate::http::{Visitor, Wants, form_pairs};
use crate::respond::{json, origin_of, page};
use crate::visit::{Scene, state};

/// `GET /interaction/{id}`: the state, as a page or as JSON. It changes nothing, but that the secret of an
/// authenticator app is made when its page is first shown.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let wants = Wants::of(request.headers());
    let notice = notice(request.uri().query().unwrap_or_default());
    let answer = match Visitor::of(request.headers(), request.extensions(), &app.provider) {
        Ok(visitor) => load(&app, &id, &visitor, notice).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| error_answer(&app, wants, error, StatusCode::NOT_FOUND))
}

async fn load(
    app: &App,
    id: &str,
    visitor: &Visitor,
    notice: Option<Notice>,
) -> Result<Response<Body>, ApiError> {
    let mut scene = Scene::load(app, id, visitor).await?;
    let state = state(app, &scene);
    if visitor.wants == Wants::Json {
        return Ok(json(&state));
    }
    if state.kind == InteractionKind::Recover && state.status == InteractionStatus::Done {
        return begun(app, &scene, state.next.as_deref().unwrap_or_default()).await;
    }
    let csrf = csrf::token(&scene.browser, &scene.interaction.id);
    let page_data =
        InteractionPage { state: &state, csrf: &csrf, notice, totp: None, password_min: SOLE_FACTOR_MIN };
    // Not before its person has signed in: until then the options are how to do that.
    let registers = state.kind == InteractionKind::Enrol && state.current.is_some();
    let offers_totp = registers && state.options.iter().any(|way| way == &["totp"]);
    let html = if offers_totp && state.status == InteractionStatus::Pending {
        let secret = totp_begun(app, &mut scene).await?;
        let name = state.user.as_ref().map(|user| user.username.as_str()).unwrap_or_default();
        let issuer = app.provider.host();
        let uri = provisioning_uri(&secret, issuer, name);
        // A name too long for a picture leaves the key to type.
        let svg = qr_svg(&uri).ok();
        let manual_key = secret.manual_entry();
        let totp = TotpEnrolment {
            qr_svg: svg.as_ref().and_then(|svg| QrSvg::new(svg)),
            manual_key: &manual_key,
            issuer,
        };
        render::interaction(&InteractionPage { totp: Some(totp), ..page_data })
    } else {
        render::interaction(&page_data)
    };
    let target = scene.request().and_then(|stored| origin_of(&stored.request.redirect_uri));
    Ok(page(StatusCode::OK, html.map_err(ApiError::internal)?, target.as_deref()))
}

/// A recovery that has begun: where it goes on, and when.
async fn begun(app: &App, scene: &Scene, link: &str) -> Result<Response<Body>, ApiError> {
    let ended = || ApiError::new(ProblemKind::GrantSpent, "This recovery was cancelled, or is done.");
    let person = scene.person.as_ref().ok_or_else(ended)?;
    let open = app.store.open_recovery(&person.id, scene.now).await?.ok_or_else(ended)?;
    let stored = scene.credentials.iter().find(|stored| stored.id == open.lost).ok_or_else(ended)?;
    let page_data = RecoveryBegunPage {
        lost: &stored.label,
        factor: stored.secret.factor(),
        link,
        opens_at: open.opens_at,
    };
    Ok(page(StatusCode::OK, render::recovery_begun(&page_data).map_err(ApiError::internal)?, None))
}

/// What went wrong with the last try, by a name that a redirect of ours carried here.
fn notice(query: &str) -> Option<Notice> {
    let pairs = form_pairs(query.as_bytes()).ok()?;
    let value = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    Notice::named(value("problem")?, value("retry").and_then(Seconds::parse))
}
