use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use riser_core::account::AccountAction;
use riser_core::assurance::Factor;
use riser_factors::webauthn::{
    Conveyance, Registered, RegistrationError, RegistrationResponse, User, Wishes, creation_options,
    verify_registration,
};
use riser_store::{Passkey, Purpose, Spendable, StoreError, WebauthnId};
use riser_wire::ProblemKind;

use super::super::answer::{not_stepped, stepped};
use super::super::passkey::{
    CHALLENGE_LIFETIME, ceremony, descriptors, only_json, open_ceremony, record_failure,
};
use super::super::{Posted, posted};
use super::Right;
use crate::app::App;
use crate::error::ApiError;
use crate::respond::json;
use crate::visit::{Brought, NewCookie, Proved, Scene, advance, is_for_hardware};

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

/// What the browser is asked for. Who made the authenticator is asked only where somebody is trusted to vouch
/// for it.
fn wishes(app: &App, scene: &Scene, right: &Right) -> Wishes<'static> {
    if takes_hardware_only(app, scene, right) {
        return Wishes::hardware();
    }
    let conveyance = if app.trust.is_empty() { Conveyance::None } else { Conveyance::Direct };
    Wishes { conveyance, ..Wishes::default() }
}

/// Whether nothing but a hardware key is to be registered here.
fn takes_hardware_only(app: &App, scene: &Scene, right: &Right) -> bool {
    let by_link = match &scene.interaction.purpose {
        Purpose::Enrol { enrolment, .. } => is_for_hardware(app, &enrolment.ceiling),
        _ => false,
    };
    by_link || matches!(right, Right::Own(AccountAction::AddPasskey { hardware: true }))
}

async fn begin(app: &App, id: &str, request: Request) -> Result<serde_json::Value, ApiError> {
    let Posted { visitor, scene, body } = posted(app, id, request).await?;
    only_json(&body)?;
    body.only(&[])?;
    let right = Right::of(app, &scene, Factor::Passkey)?;
    let person = scene.person.as_ref().ok_or_else(|| ApiError::internal("nobody to enrol for"))?;
    let challenge = app.random.bytes32();
    open_ceremony(app, &visitor, &scene, &challenge, true).await?;
    let user = User { handle: person.id.as_str().as_bytes(), name: &person.name, display_name: &person.name };
    Ok(creation_options(
        &app.provider.relying_party,
        &challenge,
        &user,
        &descriptors(&scene.credentials),
        CHALLENGE_LIFETIME.0 * 1000,
        &wishes(app, &scene, &right),
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
    let right = Right::of(app, &scene, Factor::Passkey)?;
    let response =
        RegistrationResponse::parse(text.as_bytes()).map_err(|error| ApiError::invalid(error.to_string()))?;
    let (key, kept) = ceremony(app, &scene, response.claimed_challenge(), true).await?;
    let registered = verify_registration(
        &app.provider.relying_party,
        &kept.challenge,
        &response,
        app.trust.now().attestation(),
        scene.now,
    );
    let registered = match registered {
        Ok(registered) => registered,
        Err(error) => {
            record_failure(app, &mut scene, key, "registration_refused").await?;
            let kind = match error {
                RegistrationError::UserVerificationRequired => ProblemKind::UserVerificationRequired,
                _ => ProblemKind::CredentialNotUsable,
            };
            return Err(ApiError::new(kind, error.to_string()));
        }
    };
    // A link for it is kept for it: what cannot reach its level would use it up for nothing.
    if takes_hardware_only(app, &scene, &right) && !registered.hardware_bound() {
        record_failure(app, &mut scene, key, "hardware_key_required").await?;
        return Err(ApiError::new(ProblemKind::HardwareKeyRequired, not_hardware(&registered)));
    }
    let mut spends = vec![(Spendable::Ceremony, key)];
    spends.extend(right.spends());
    let brought = Brought::Passkey(label(&registered), Box::new(record(registered)));
    let step = Proved { spends, brings: Some(brought), ..Proved::default() };
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

/// What its owner sees at first: the model's name where somebody vouches for it, else what kind it is.
fn label(registered: &Registered) -> String {
    let model = registered.anchor.as_ref().and_then(|anchor| anchor.model.clone());
    let carried =
        registered.transports.iter().any(|transport| matches!(transport.as_str(), "usb" | "nfc" | "ble"));
    let kind = match (registered.backup_eligible, carried) {
        (true, _) => "Synced passkey",
        (false, true) => "Security key",
        (false, false) => "Passkey of one device",
    };
    model.filter(|name| name.chars().count() <= 60).unwrap_or_else(|| kind.to_owned())
}

/// Why it is no hardware key, for the person who has it in their hand.
fn not_hardware(registered: &Registered) -> String {
    match registered.anchor.as_ref().map(|anchor| anchor.shortfall) {
        _ if registered.backup_eligible => {
            "This passkey can be copied to other devices. Use a hardware key.".to_owned()
        }
        None => "Nobody that is trusted here vouches for this authenticator. Use a hardware key that your \
                 administrator accepts."
            .to_owned(),
        Some(shortfall) => {
            shortfall.map_or_else(|| "Use another hardware key.".to_owned(), |why| why.to_string())
        }
    }
}

fn record(registered: Registered) -> Passkey {
    Passkey {
        public_key: registered.public_key.to_bytes(),
        hardware_bound: registered.hardware_bound(),
        model: registered.anchor.and_then(|anchor| anchor.model),
        webauthn_id: WebauthnId(registered.webauthn_id),
        sign_count: registered.sign_count,
        backup_eligible: registered.backup_eligible,
        backup_state: registered.backup_state,
        user_verified: registered.user_verified,
        aaguid: registered.aaguid,
        transports: registered.transports,
        attestation_object: registered.attestation_object,
        client_data_json: registered.client_data_json,
    }
}
