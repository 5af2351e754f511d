//! Whom a question is about. A client may speak of a session that it was given, by a token or by its `sid`; of anybody
//! else only as of somebody who is not signed in, and then nothing is told of what that person has.

use riser_core::protocol::Client;
use riser_core::session::{LiveCredential, Session};
use riser_core::step_up::anyone;
use riser_core::{ClientId, SessionId, UnixTime, UserId};
use riser_store::Person;
use riser_wire::AccessTokenClaims;

use super::question::Question;
use crate::app::App;
use crate::error::ApiError;
use crate::live::live_token;
use crate::visit::live;

/// A person, and what stands for them.
pub(super) struct Who {
    /// The name that rules know them by.
    pub(super) name: String,
    /// Their session; one in which nothing was proved when none was named.
    pub(super) session: Session,
    /// Their credentials; those that anybody could have when no session was named.
    pub(super) live: Vec<LiveCredential>,
    /// When their session was last used.
    pub(super) used_at: Option<UnixTime>,
    /// Whether a session was named.
    pub(super) named: bool,
    /// The token that named it.
    pub(super) token: Option<AccessTokenClaims>,
}

/// Sessions that were looked up for this call: a batch is mostly about one.
#[derive(Default)]
pub(super) struct Seen(Vec<(Naming, Result<Who, &'static str>)>);

/// How a question names its session, and its subject.
type Naming = (Option<String>, Option<String>, String, String);

impl Seen {
    /// Who it is; the inner `Err` is why the question is answered with a no.
    pub(super) async fn look(
        &mut self,
        app: &App,
        client: &Client,
        question: &Question,
    ) -> Result<Result<&Who, &'static str>, ApiError> {
        let naming = (
            question.access_token.clone(),
            question.sid.clone(),
            question.subject_type.clone(),
            question.subject.clone(),
        );
        let index = match self.0.iter().position(|(known, _)| *known == naming) {
            Some(index) => index,
            None => {
                let found = who(app, client, question).await?;
                self.0.push((naming, found));
                self.0.len() - 1
            }
        };
        Ok(self.0.get(index).map_or(Err("nobody"), |(_, found)| found.as_ref().map_err(|why| *why)))
    }
}

async fn who(app: &App, client: &Client, question: &Question) -> Result<Result<Who, &'static str>, ApiError> {
    if !matches!(question.subject_type.as_str(), "user" | "User") {
        return Ok(Err("the subject is no user"));
    }
    match (&question.access_token, &question.sid) {
        (Some(token), sid) => by_token(app, client, question, token, sid.as_deref()).await,
        (None, Some(sid)) => by_session(app, question, sid, &client.id, None).await,
        (None, None) => nobody_in_particular(app, &question.subject).await,
    }
}

async fn by_token(
    app: &App,
    client: &Client,
    question: &Question,
    token: &str,
    sid: Option<&str>,
) -> Result<Result<Who, &'static str>, ApiError> {
    let live = match live_token(app, token).await {
        Ok(live) => live,
        Err(ApiError::Oauth(_)) => return Ok(Err("the access token is not in force")),
        Err(error) => return Err(error),
    };
    let Some(session) = live.claims.sid.clone().filter(|_| live.concerns(client)) else {
        return Ok(Err("the access token is not this client's"));
    };
    if sid.is_some_and(|sid| sid != session) {
        return Ok(Err("sid and access token name different sessions"));
    }
    by_session(app, question, &session, &live.holder(), Some(live.claims)).await
}

async fn by_session(
    app: &App,
    question: &Question,
    sid: &str,
    holder: &ClientId,
    token: Option<AccessTokenClaims>,
) -> Result<Result<Who, &'static str>, ApiError> {
    let now = app.now();
    let life = app.provider.session_life;
    let Some(presence) = app.store.presence_for(&SessionId::new(sid), holder, life, now).await? else {
        return Ok(Err("the session has ended or is not this client's"));
    };
    let Person { id, name, .. } = presence.person;
    if question.subject != id.as_str() && question.subject != name {
        return Ok(Err("the session is another person's"));
    }
    let live = live(app, &presence.credentials, now);
    let used_at = Some(presence.last_used_at);
    Ok(Ok(Who { name, session: Session::clone(&presence.session), live, used_at, named: true, token }))
}

/// A person of whom no session is named. Rules know them by the one name, whichever the application uses.
async fn nobody_in_particular(app: &App, subject: &str) -> Result<Result<Who, &'static str>, ApiError> {
    let id = UserId::new(subject);
    let person = match app.store.user(&id).await? {
        Some(person) => Some(person),
        None => app.store.user_by_name(subject).await?,
    };
    if person.as_ref().is_some_and(|person| person.disabled) {
        return Ok(Err("the account is shut"));
    }
    let (user, name) = person.map_or((id, subject.to_owned()), |person| (person.id, person.name));
    let session = Session { id: SessionId::new(""), user, authentications: Vec::new() };
    Ok(Ok(Who {
        name,
        session,
        live: anyone(&app.provider.ground),
        used_at: None,
        named: false,
        token: None,
    }))
}
