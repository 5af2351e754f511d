use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use riser_core::CredentialId;
use riser_factors::webauthn::{
    AttestationRoots, Registered, RegistrationResponse, User, creation_options, verify_registration,
};
use riser_store::{
    Enrolment, Hashed, NewCredential, Passkey, Purpose, Secret, Spendable, StoreError, WebauthnId,
};
use riser_wire::ProblemKind;

use super::answer::{not_stepped, stepped};
use super::passkey::{CHALLENGE_LIFETIME, ceremony, descriptors, only_json, open_ceremony, record_failure};
use super::{Posted, posted};
use crate::app::App;
use crate::error::ApiError;
use crate::mint::uuid_from;
use crate::respond::json;
use crate::visit::{NewCookie, Proved, Scene, advance};

/// `POST .../enrol/passkey/options`.
pub(crate) async fn enrol_options(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    match begin(&app, &id, request).await {
        Ok(options) => json(&serde_json::json!({ "publicKey": options })),
        Err(error) => error.into_json(app.provider.issuer()),
    }
}

/// The link of a visit whose person is signed in: without one, nothing can be registered.
fn enrolment(scene: &Scene) -> Result<(Hashed, Enrolment), ApiError> {
    match (&scene.interaction.purpose, &scene.presence) {
        (Purpose::Enrol { link, enrolment, .. }, Some(presence)) if presence.person.id == enrolment.user => {
            Ok((Hashed(*link), enrolment.clone()))
        }
        (Purpose::Enrol { .. }, Some(_)) => {
            Err(ApiError::new(ProblemKind::GrantForOtherUser, "sign out here, or open it in another browser"))
        }
        (Purpose::Enrol { .. }, None) => Err(ApiError::invalid("sign in first")),
        (Purpose::Authorize(_), _) => Err(ApiError::new(
            ProblemKind::CredentialNotUsable,
            "nothing can be registered here: use an enrolment link",
        )),
    }
}

async fn begin(app: &App, id: &str, request: Request) -> Result<serde_json::Value, ApiError> {
    let Posted { scene, body, .. } = posted(app, id, request).await?;
    only_json(&body)?;
    body.only(&[])?;
    enrolment(&scene)?;
    let person = scene.person.as_ref().ok_or_else(|| ApiError::internal("nobody to enrol for"))?;
    let challenge = app.random.bytes32();
    open_ceremony(app, &scene, &challenge, true).await?;
    let user = User { handle: person.id.as_str().as_bytes(), name: &person.name, display_name: &person.name };
    Ok(creation_options(
        &app.provider.relying_party,
        &challenge,
        &user,
        &descriptors(&scene.credentials),
        CHALLENGE_LIFETIME.0 * 1000,
    ))
}

/// `POST .../enrol/passkey`.
pub(crate) async fn enrol(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    match register(&app, &id, request).await {
        Ok((scene, cookie)) => stepped(&app, &scene, cookie, false),
        Err(error) => not_stepped(&app, &id, error, false),
    }
}

async fn register(app: &App, id: &str, request: Request) -> Result<(Scene, NewCookie), ApiError> {
    let Posted { visitor, mut scene, body } = posted(app, id, request).await?;
    let text = only_json(&body)?;
    let (link, enrolment) = enrolment(&scene)?;
    let response =
        RegistrationResponse::parse(text.as_bytes()).map_err(|error| ApiError::invalid(error.to_string()))?;
    let (key, kept) = ceremony(app, &scene, response.claimed_challenge(), true).await?;
    let registered = verify_registration(
        &app.provider.relying_party,
        &kept.challenge,
        &response,
        &AttestationRoots::none(),
        scene.now,
    );
    let registered = match registered {
        Ok(registered) => registered,
        Err(error) => {
            record_failure(app, &mut scene, key, "registration_refused").await?;
            return Err(ApiError::new(ProblemKind::CredentialNotUsable, error.to_string()));
        }
    };
    let credential = NewCredential {
        id: CredentialId::new(uuid_from(app).to_string()),
        label: "Passkey".to_owned(),
        ceiling: enrolment.ceiling,
        rising: None,
        secret: Secret::Passkey(record(registered)),
    };
    let step = Proved {
        spends: vec![(Spendable::Ceremony, key), (Spendable::Enrolment, link)],
        registers: Some(credential),
        ..Proved::default()
    };
    let before = scene.interaction.clone();
    match advance(app, &visitor, &mut scene, step).await {
        Ok(cookie) => Ok((scene, cookie)),
        // An authenticator's name that is registered already (WebAuthn §7.1 step 26). The store took all of it
        // back, the challenge too; but one challenge is one try.
        Err(error @ ApiError::Store(StoreError::Taken(_))) => {
            scene.interaction = before;
            record_failure(app, &mut scene, key, "already_registered").await?;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

fn record(registered: Registered) -> Passkey {
    Passkey {
        public_key: registered.public_key.to_bytes(),
        webauthn_id: WebauthnId(registered.webauthn_id),
        sign_count: registered.sign_count,
        backup_eligible: registered.backup_eligible,
        backup_state: registered.backup_state,
        user_verified: registered.user_verified,
        // No metadata is configured yet: no model is accepted as hardware.
        hardware_bound: false,
        aaguid: registered.aaguid,
        model: None,
        transports: registered.transports,
        attestation_object: registered.attestation_object,
        client_data_json: registered.client_data_json,
    }
}
