//! `/.well-known/webauthn`: pages of other names that may use the passkeys (WebAuthn L3 §5.11).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, header};
use riser_wire::ProblemKind;

use crate::app::App;
use crate::error::ApiError;

/// The list that the configuration has, for the browsers that ask the host of the rp_id. Where there is none, there
/// is no document either: an empty one would be an answer that invites the next question.
pub(crate) async fn get(State(app): State<Arc<App>>) -> Response<Body> {
    let Some(document) = app.provider.relying_party.well_known() else {
        return ApiError::new(ProblemKind::NotFound, "no related origins are configured")
            .into_json(app.provider.issuer());
    };
    let mut response = Response::new(Body::from(document.to_string()));
    // The procedure of §5.11.1 looks at the type.
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
