//! `GET /assets/{name}`: the stylesheet, the script and the icon, from the binary.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use axum::response::IntoResponse as _;
use riser_wire::ProblemKind;

use crate::app::App;
use crate::error::ApiError;

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response<Body> {
    let Some(asset) = riser_pages::assets::get(&name) else {
        return ApiError::new(ProblemKind::NotFound, "there is no such asset")
            .into_json(app.provider.issuer());
    };
    // The pages' links carry the content's hash: such an answer never changes.
    let caching = if uri.query().is_some() { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == asset.etag.as_bytes());
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(Body::from(asset.bytes)) };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(header::ETAG, HeaderValue::from_static(asset.etag));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}
