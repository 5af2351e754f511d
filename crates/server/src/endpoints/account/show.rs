use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use riser_core::ClientId;
use riser_core::account::{AccountAction, may_remove};
use riser_pages::AccountNews;
use riser_pages::render::{
    self, Access, AccountPage, ActivityRow, ApplicationRow, CredentialRow, HomePage, OpenRecovery,
    SessionRow, Signals, Waiting,
};
use riser_wire::ProblemKind;

use super::door::{Door, token};
use super::facts::{Facts, application, credential, displayed};
use super::news::is_true;
use super::visits::visit;

use crate::app::App;
use crate::endpoints::interaction::error_answer;
use crate::error::ApiError;
use crate::http::{Visitor, Wants, form_pairs};
use crate::respond::{json, page};

/// `GET /`: what this server is.
pub(crate) async fn home(State(app): State<Arc<App>>) -> Response<Body> {
    match render::home(&HomePage { issuer: app.provider.issuer() }) {
        Ok(html) => page(StatusCode::OK, html, None),
        Err(error) => ApiError::internal(error).into_json(app.provider.issuer()),
    }
}

/// `GET /account`.
pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let wants = Wants::of(request.headers());
    let news = news(request.uri().query().unwrap_or_default());
    let answer = match Visitor::of(request.headers(), request.extensions(), &app.provider) {
        Ok(visitor) => enter(&app, visitor, news).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| error_answer(&app, wants, error, StatusCode::UNAUTHORIZED))
}

async fn enter(app: &App, visitor: Visitor, news: Option<AccountNews>) -> Result<Response<Body>, ApiError> {
    let door = Door::of(app, &visitor).await?;
    match (door, visitor.wants) {
        (Door::Open(owner), Wants::Html) => {
            let facts = Facts::of(app, *owner).await?;
            let news = news.filter(|news| is_true(*news, &facts.owner, &facts.activity, facts.now));
            html(app, &facts, &token(&visitor), news)
        }
        (Door::Open(owner), Wants::Json) => Ok(json(&document(app, &Facts::of(app, *owner).await?))),
        // A page of its own, which prompts for nothing: whoever has just registered something is told so before
        // they are asked to use it.
        (Door::Closed(owner), Wants::Html) => {
            let activity = app.store.activity_of(&owner.person.id, None, LATEST).await?;
            let news = news.filter(|news| is_true(*news, &owner, &activity, app.now()));
            let closed =
                render::ClosedAccountPage { csrf: &token(&visitor), username: &owner.person.name, news };
            Ok(page(StatusCode::OK, render::closed_account(&closed).map_err(ApiError::internal)?, None))
        }
        (Door::Closed(owner), Wants::Json) => {
            Ok(json(&serde_json::json!({ "username": owner.person.name, "open": false })))
        }
        (Door::Nobody, Wants::Html) => visit(app, visitor, AccountAction::View, true).await,
        (Door::Nobody, Wants::Json) => Err(ApiError::new(ProblemKind::SignInRequired, "Sign in first.")),
    }
}

/// How far back what just happened is looked for.
const LATEST: u32 = 5;

/// What just happened, by a name that a redirect of ours, or anybody's link, carried here.
fn news(query: &str) -> Option<AccountNews> {
    let pairs = form_pairs(query.as_bytes()).ok()?;
    pairs.iter().find(|(name, _)| name == "news").and_then(|(_, value)| AccountNews::named(value))
}

fn html(app: &App, facts: &Facts, csrf: &str, news: Option<AccountNews>) -> Result<Response<Body>, ApiError> {
    let ladder = &app.provider.ground.ladder;
    let credentials: Vec<CredentialRow<'_>> = facts
        .shown()
        .map(|stored| CredentialRow {
            id: stored.id.as_str(),
            factor: stored.secret.factor(),
            label: &stored.label,
            model: match &stored.secret {
                riser_store::Secret::Passkey(passkey) => passkey.model.as_deref(),
                _ => None,
            },
            created: stored.created_at,
            last_used: stored.last_used_at,
            kept: facts.kept(app, stored),
            counts_for: facts.counts_for(app, stored),
            waiting: stored
                .rising
                .as_ref()
                .filter(|rising| rising.at > facts.now)
                .map(|rising| Waiting { to: rising.to.clone(), until: rising.at }),
            removable: may_remove(&stored.id, &facts.live, ladder),
        })
        .collect();
    let sessions: Vec<SessionRow<'_>> = facts
        .sessions
        .iter()
        .map(|session| SessionRow {
            id: session.id.as_str(),
            this: session.id == facts.owner.session.id,
            browser: session.browser.as_deref().unwrap_or_default(),
            signed_in: session.created_at,
            last_used: session.last_used_at,
        })
        .collect();
    let applications = applications(app, facts);
    let activity: Vec<ActivityRow<'_>> = facts
        .activity
        .iter()
        .map(|(_, entry)| ActivityRow {
            entry,
            application: application(app, &entry.event),
            credential: credential(&entry.event).and_then(|credential| facts.label(credential)),
            approved: displayed(&entry.event),
        })
        .collect();
    let user_id = URL_SAFE_NO_PAD.encode(facts.owner.person.id.as_str());
    let credential_ids = facts.webauthn_ids();
    let page_data = AccountPage {
        csrf,
        username: &facts.owner.person.name,
        news,
        recovery: facts.recovery.as_ref().and_then(|recovery| {
            Some(OpenRecovery {
                lost: facts.label(&recovery.lost)?,
                factor: facts.factor(&recovery.lost)?,
                requested_at: recovery.requested_at,
                opens_at: recovery.opens_at,
            })
        }),
        credentials: &credentials,
        adds: facts.adds(app),
        recovery_codes: facts.recovery_codes.map(|left| usize::try_from(left).unwrap_or_default()),
        email: facts.owner.person.email.as_deref(),
        sessions: &sessions,
        applications: &applications,
        activity: &activity,
        signals: Some(Signals {
            rp_id: app.provider.relying_party.rp_id(),
            user_id: &user_id,
            credential_ids: &credential_ids,
        }),
    };
    Ok(page(StatusCode::OK, render::account(&page_data).map_err(ApiError::internal)?, None))
}

/// The applications that its owner has to do with: those that have something, those that ask, those that are blocked.
fn applications<'a>(app: &'a App, facts: &'a Facts) -> Vec<ApplicationRow<'a>> {
    let row = |client: &'a ClientId, access| ApplicationRow {
        client_id: client.as_str(),
        name: app
            .provider
            .client(client.as_str())
            .map_or(client.as_str(), |registered| registered.client.name.as_str()),
        access,
    };
    let granted = facts.applications.iter().map(|connected| {
        let access = Access::Granted { since: connected.first_at, last_used: Some(connected.last_at) };
        row(&connected.client, access)
    });
    let asking = facts.asking().into_iter().map(|(client, at)| row(client, Access::Asked { at }));
    let blocked = facts
        .blocked
        .iter()
        .map(|blocked| row(&blocked.client, Access::Blocked { since: blocked.blocked_at }));
    granted.chain(asking).chain(blocked).collect()
}

/// The same for a program.
fn document(app: &App, facts: &Facts) -> serde_json::Value {
    let credentials: Vec<_> = facts
        .shown()
        .map(|stored| {
            serde_json::json!({
                "id": stored.id.as_str(),
                "factor": stored.secret.factor().name(),
                "label": stored.label,
                "created_at": stored.created_at,
                "last_used_at": stored.last_used_at,
                "hardware_bound": facts.kept(app, stored) == Some(render::Kept::HardwareKey),
                "synced": facts.kept(app, stored) == Some(render::Kept::Synced),
                "counts_for": facts.counts_for(app, stored),
                "rises_at": stored.rising.as_ref().map(|rising| rising.at),
            })
        })
        .collect();
    let sessions: Vec<_> = facts
        .sessions
        .iter()
        .map(|session| {
            serde_json::json!({
                "sid": session.id.as_str(),
                "current": session.id == facts.owner.session.id,
                "browser": session.browser,
                "created_at": session.created_at,
                "last_used_at": session.last_used_at,
            })
        })
        .collect();
    let applications: Vec<_> = facts
        .applications
        .iter()
        .map(|connected| {
            serde_json::json!({
                "client_id": connected.client.as_str(), "since": connected.first_at, "last_at": connected.last_at,
            })
        })
        .collect();
    let blocked: Vec<_> = facts
        .blocked
        .iter()
        .map(|blocked| serde_json::json!({ "client_id": blocked.client.as_str(), "since": blocked.blocked_at }))
        .collect();
    let may_add: Vec<_> = app.provider.enrolment.by_oneself.iter().map(|factor| factor.name()).collect();
    let activity: Vec<_> = facts.activity.iter().map(|(_, entry)| entry).collect();
    serde_json::json!({
        "username": facts.owner.person.name,
        "open": true,
        "email": facts.owner.person.email,
        "credentials": credentials,
        "recovery_codes_left": facts.recovery_codes,
        "recovery_opens_at": facts.recovery.as_ref().map(|recovery| recovery.opens_at),
        "sessions": sessions,
        "applications": applications,
        "blocked_applications": blocked,
        "may_add": may_add,
        "activity": activity,
    })
}
