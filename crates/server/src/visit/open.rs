use riser_core::assurance::Factor;
use riser_core::audit::{Entry, Event};
use riser_core::protocol::{AuthorizeRequest, Client, OauthError, OauthErrorCode};
use riser_core::session::INTERACTION_LIFETIME;
use riser_core::step_up::{Decision, decide, ways_to_sign_in};
use riser_core::{InteractionId, UnixTime, UserId};
use riser_store::{
    Enrolment, Hashed, Interaction, Person, Presence, Progress, Purpose, Reserved, StoredRequest,
};

use super::failure::{Failure, request_error};
use super::scene::{live, person_with_credentials};
use crate::app::App;
use crate::error::ApiError;
use crate::mint;
use crate::prompts::prompts_of;
use crate::respond::code_url;

/// What an authorization request comes to on arrival.
pub(crate) enum Opening {
    /// The answer goes to the application at once.
    Answer(String),
    /// The person has something to do, or to read.
    Visit(Box<Interaction>),
}

/// Decides a request on arrival: a code, an error, or a visit.
pub(crate) async fn open_authorize(
    app: &App,
    client: &Client,
    request: AuthorizeRequest,
    subject: Option<UserId>,
    presence: Option<Presence>,
    browser: Hashed,
) -> Result<Opening, ApiError> {
    let now = app.now();
    let id = InteractionId::new(mint::uuid_from(app).to_string());
    let requirement = request.requirement(client, id.clone(), now);
    // Another person's session is no session for this request; nor is one that is not to be used.
    let presence = presence
        .filter(|presence| subject.as_ref().is_none_or(|subject| *subject == presence.person.id))
        .filter(|_| !request.prompt.select_account);
    let mut hopeless = None;
    if let Some(presence) = &presence
        && app.store.is_blocked(&presence.person.id, &client.id).await?
    {
        return Ok(Opening::Answer(request_error(app, &request, &Failure::Blocked.error())));
    }
    match &presence {
        Some(presence) => {
            let ground = &app.provider.ground;
            match decide(&presence.session, &requirement, &live(app, &presence.credentials, now), ground) {
                Decision::Satisfied(satisfied) if !request.prompt.consent => {
                    let minted = mint::code(app, &satisfied, &request, presence.person.generation)?;
                    let event = mint::granted_silently(&satisfied, &minted.issue.grant);
                    app.store.issue(minted.issue, Entry { at: now, event }).await?;
                    let state = request.state.as_deref();
                    let next = code_url(&app.provider, &request.redirect_uri, &minted.code, state);
                    return Ok(Opening::Answer(next));
                }
                Decision::Satisfied(_) if request.prompt.none => {
                    return answer(app, &request, OauthErrorCode::ConsentRequired, "the person must agree");
                }
                Decision::Satisfied(_) => {}
                Decision::StepUp(_) if request.prompt.none => {
                    return answer(
                        app,
                        &request,
                        OauthErrorCode::InteractionRequired,
                        "a step-up is required",
                    );
                }
                Decision::StepUp(_) => {
                    let (person, budget) = (&presence.person, app.provider.budgets.prompts);
                    let prompt = prompts_of(&person.id, &client.id);
                    if let Reserved::Wait(_) = app.store.count_prompt(prompt, budget, now).await? {
                        return too_often(app, &request, person, now).await;
                    }
                }
                Decision::Enrol(_) => hopeless = Some(Failure::EnrolmentRequired),
                Decision::Unmet(_) => hopeless = Some(Failure::Unreachable),
            }
        }
        None if request.prompt.none => {
            return answer(app, &request, OauthErrorCode::LoginRequired, "nobody is signed in");
        }
        None if ways_to_sign_in(&requirement, &app.provider.ground).is_empty() => {
            hopeless = Some(Failure::Unreachable);
        }
        None => {}
    }
    if let Some(failure) = hopeless.filter(|_| request.prompt.none) {
        return Ok(Opening::Answer(request_error(app, &request, &failure.error())));
    }
    let typed_name = typed_name(app, &request, subject.as_ref(), presence.is_some()).await?;
    let consent = request.prompt.consent;
    let interaction = Interaction {
        id,
        browser,
        purpose: Purpose::Authorize(Box::new(StoredRequest {
            request,
            requirement,
            consent,
            session: presence.map(|presence| presence.session.id),
            subject,
        })),
        progress: Progress::beginning(typed_name),
        version: 0,
        expires_at: now.plus(INTERACTION_LIFETIME),
    };
    Ok(Opening::Visit(Box::new(with_outcome(app, interaction, hopeless))))
}

/// The client has asked this person so often that they are not disturbed again. Which is recorded: it is the
/// sign of an application that loops, or of one in the wrong hands.
async fn too_often(
    app: &App,
    request: &AuthorizeRequest,
    person: &Person,
    now: UnixTime,
) -> Result<Opening, ApiError> {
    let event = Event::PromptsExhausted { user: person.id.clone(), client: request.client.clone() };
    app.store.record(Entry { at: now, event }.into(), now).await?;
    answer(app, request, OauthErrorCode::AccessDenied, "the person was asked too often without answering")
}

/// A visit that can only fail says so from the start: a page tells the person why.
fn with_outcome(app: &App, mut interaction: Interaction, hopeless: Option<Failure>) -> Interaction {
    if let (Some(failure), Purpose::Authorize(stored)) = (hopeless, &interaction.purpose) {
        interaction.progress.outcome = Some(riser_store::Visit {
            failed: Some(failure.reason().to_owned()),
            next: request_error(app, &stored.request, &failure.error()),
            until: interaction.expires_at,
        });
    }
    interaction
}

/// The name to begin with: the hinted person's, or the one that the application suggests.
async fn typed_name(
    app: &App,
    request: &AuthorizeRequest,
    subject: Option<&UserId>,
    signed_in: bool,
) -> Result<Option<String>, ApiError> {
    if signed_in {
        return Ok(None);
    }
    // A hint is an ID token of ours, which its holder was given; a `sub` claim is anybody's guess, and whose
    // name is behind it is not told to who guesses.
    if let Some(subject) = subject.filter(|_| request.id_token_hint.is_some()) {
        return Ok(person_with_credentials(app, subject).await?.0.map(|person| person.name));
    }
    Ok(request.login_hint.clone().filter(|name| crate::endpoints::interaction::is_name(name)))
}

fn answer(
    app: &App,
    request: &AuthorizeRequest,
    code: OauthErrorCode,
    text: &'static str,
) -> Result<Opening, ApiError> {
    Ok(Opening::Answer(request_error(app, request, &OauthError::new(code, text))))
}

/// Opens the visit of an enrolment link. Nothing is spent until the registration commits.
pub(crate) fn open_enrolment(
    app: &App,
    link: Hashed,
    enrolment: Enrolment,
    person_name: String,
    has: Vec<Factor>,
    presence: Option<&Presence>,
    browser: Hashed,
) -> Interaction {
    let signed_in = presence.is_some();
    Interaction {
        id: InteractionId::new(mint::uuid_from(app).to_string()),
        browser,
        purpose: Purpose::Enrol {
            link: link.0,
            enrolment,
            session: presence.map(|presence| presence.session.id.clone()),
            has,
        },
        progress: Progress::beginning((!signed_in).then_some(person_name)),
        version: 0,
        expires_at: app.now().plus(INTERACTION_LIFETIME),
    }
}
