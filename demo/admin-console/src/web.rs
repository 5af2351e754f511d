use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use crate::tenants::{Tenant, Tenants};

/// The header in which the guard says who asks.
const REMOTE_USER: &str = "remote-user";

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    user: &'a str,
    tenants: &'a [Tenant],
    deleted: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "tenant.html")]
struct Details<'a> {
    user: &'a str,
    tenant: &'a Tenant,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    user: &'a str,
    title: &'a str,
    text: &'a str,
}

#[derive(Deserialize)]
struct News {
    deleted: Option<String>,
}

/// The console.
pub fn router(tenants: Tenants) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/tenants/{id}", get(details))
        .route("/tenants/{id}/delete", post(delete))
        .route("/assets/console.css", get(style))
        .fallback(not_found)
        .with_state(tenants)
}

/// Who asks, as the guard says. Without a guard there is nobody, and nothing is shown.
struct Administrator(String);

impl<S: Sync> axum::extract::FromRequestParts<S> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut http::request::Parts, _: &S) -> Result<Self, Response> {
        let mut all = parts.headers.get_all(REMOTE_USER).iter();
        let name = all.next().and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
        match (name, all.next()) {
            (Some(name), None) if !name.is_empty() => Ok(Self(name.to_owned())),
            _ => Err(notice(
                StatusCode::FORBIDDEN,
                "",
                "Nobody is signed in",
                "This console takes requests from its guard only.",
            )),
        }
    }
}

async fn home(
    State(tenants): State<Tenants>,
    Administrator(user): Administrator,
    Query(news): Query<News>,
) -> Response {
    // What an address says was deleted is only said when it is gone.
    let deleted = news.deleted.as_deref().filter(|id| tenants.find(id).is_none());
    page(StatusCode::OK, &Home { user: &user, tenants: &tenants.all(), deleted })
}

async fn details(
    State(tenants): State<Tenants>,
    Administrator(user): Administrator,
    Path(id): Path<String>,
) -> Response {
    match tenants.find(&id) {
        Some(tenant) => page(StatusCode::OK, &Details { user: &user, tenant: &tenant }),
        None => no_such_tenant(&user),
    }
}

/// Deletes. That this takes a hardware key is not known here: the guard let it through.
async fn delete(
    State(tenants): State<Tenants>,
    Administrator(user): Administrator,
    Path(id): Path<String>,
) -> Response {
    match tenants.delete(&id) {
        Some(tenant) => Redirect::to(&format!("/?deleted={}", tenant.id)).into_response(),
        None => no_such_tenant(&user),
    }
}

async fn not_found(Administrator(user): Administrator) -> Response {
    notice(StatusCode::NOT_FOUND, &user, "There is no such page", "Go back to the tenants.")
}

fn no_such_tenant(user: &str) -> Response {
    let text = "It was deleted, or never existed.";
    notice(StatusCode::NOT_FOUND, user, "There is no such tenant", text)
}

fn notice(status: StatusCode, user: &str, title: &str, text: &str) -> Response {
    page(status, &Notice { user, title, text })
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    const CSP: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
                       frame-ancestors 'none'";
    let Ok(html) = template.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // `no-referrer` would make the browser send `Origin: null` with the forms.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    (status, headers, html).into_response()
}

async fn style() -> Response {
    let css = include_str!("../assets/console.css");
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], css)
        .into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::Request;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn send(router: &Router, method: &str, path: &str, users: &[&str]) -> (StatusCode, String) {
        let mut request = Request::builder().method(method).uri(path);
        for user in users {
            request = request.header(REMOTE_USER, *user);
        }
        let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        (parts.status, text)
    }

    #[tokio::test]
    async fn without_its_guards_word_the_console_shows_and_does_nothing() {
        let tenants = Tenants::default();
        let router = router(tenants.clone());
        for users in [&[][..], &[""], &["ada", "root"]] {
            for (method, path) in [("GET", "/"), ("GET", "/tenants/acme"), ("POST", "/tenants/acme/delete")] {
                let (status, text) = send(&router, method, path, users).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{users:?} {path}");
                assert!(!text.contains("ACME"), "{text}");
            }
        }
        assert_eq!(tenants.all().len(), 4);
    }

    #[tokio::test]
    async fn a_tenant_is_deleted_once() {
        let router = router(Tenants::default());
        assert!(send(&router, "GET", "/", &["ada"]).await.1.contains("ACME GmbH"));
        assert_eq!(send(&router, "POST", "/tenants/acme/delete", &["ada"]).await.0, StatusCode::SEE_OTHER);
        let (_, home) = send(&router, "GET", "/?deleted=acme", &["ada"]).await;
        assert!(home.contains("data-testid=\"deleted\"") && !home.contains("ACME GmbH"), "{home}");
        assert_eq!(send(&router, "POST", "/tenants/acme/delete", &["ada"]).await.0, StatusCode::NOT_FOUND);
        let (_, home) = send(&router, "GET", "/?deleted=brook", &["ada"]).await;
        assert!(!home.contains("data-testid=\"deleted\""), "an address deletes nothing, and says nothing");
    }
}
