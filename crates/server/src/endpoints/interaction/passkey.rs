use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use riser_core::assurance::Factor;
use riser_core::audit::{Entry, Event};
use riser_core::step_up::Wanted;
use riser_core::transaction;
use riser_factors::webauthn::{
    Asserted, AssertionError, AuthenticationResponse, Hint, Passkey, PublicKey, request_options,
    verify_assertion,
};
use riser_store::{
    Ceremony, CredentialUse, Hashed, Left, Purpose, Secret, Spendable, StoredCredential, WebauthnId,
};
use riser_wire::{ProblemKind, Seconds};

use super::answer::{not_stepped, stepped};
use super::{Posted, posted};
use crate::app::App;
use crate::error::ApiError;
use crate::hashing::hashed_bytes;
use crate::http::{Body as Posting, Visitor};
use crate::respond::json;
use crate::visit::{Failure, NewCookie, Proved, Scene, advance, candidates, finish_failed};

/// How long a challenge can be answered (WebAuthn §15.1).
pub(super) const CHALLENGE_LIFETIME: Seconds = Seconds(300);
/// Failed ceremonies that end a visit (rule 5 of the model).
const MAX_FAILURES: u8 = 3;

/// `POST .../passkey/options`: a challenge, kept in one row here and nowhere else.
pub(crate) async fn passkey_options(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    match begin(&app, &id, request).await {
        Ok(options) => json(&serde_json::json!({ "publicKey": options })),
        Err(error) => error.into_json(app.provider.issuer()),
    }
}

async fn begin(app: &App, id: &str, request: Request) -> Result<serde_json::Value, ApiError> {
    let Posted { visitor, scene, body } = posted(app, id, request).await?;
    only_json(&body)?;
    body.only(&[])?;
    let wanted = wanted(app, &scene)?;
    let allowed: Vec<StoredCredential> = scene
        .credentials
        .iter()
        .filter(|credential| wanted.iter().any(|wanted| wanted.credential == credential.id))
        .cloned()
        .collect();
    let nonce = app.random.bytes32();
    let challenge = match (scene.binding(), scene.request()) {
        (Some(digest), Some(stored)) => {
            transaction::challenge(&nonce, &scene.session_id(), &stored.request.client, &digest)
        }
        _ => nonce,
    };
    open_ceremony(app, &visitor, &scene, &challenge, false).await?;
    Ok(request_options(
        &app.provider.relying_party,
        &challenge,
        &descriptors(&allowed),
        CHALLENGE_LIFETIME.0 * 1000,
        hints(&wanted),
    ))
}

/// The passkeys that candidates name; for a person who is not known yet, none by name: any discoverable one, so
/// that a name tells nothing.
fn wanted(app: &App, scene: &Scene) -> Result<Vec<Wanted>, ApiError> {
    let proofs = candidates(app, scene).into_iter().flat_map(|candidate| candidate.proofs);
    let wanted: Vec<Wanted> = proofs.filter(|wanted| wanted.factor == Factor::Passkey).collect();
    if wanted.is_empty() && !is_enrolment_sign_in(scene) {
        return Err(ApiError::new(ProblemKind::CredentialNotUsable, "No passkey helps here."));
    }
    Ok(wanted)
}

/// What the browser offers first: a hardware key, where nothing else will do.
fn hints(wanted: &[Wanted]) -> &'static [Hint] {
    let only_hardware = wanted.iter().all(|wanted| wanted.properties.held().hardware_bound);
    if only_hardware && !wanted.is_empty() { &[Hint::SecurityKey] } else { &[] }
}

/// Keeps the ceremony of a challenge for the visit and whoever is known in it.
pub(super) async fn open_ceremony(
    app: &App,
    visitor: &Visitor,
    scene: &Scene,
    challenge: &[u8; 32],
    registers: bool,
) -> Result<(), ApiError> {
    app.admit_ceremony(scene.opener(visitor), scene.now)?;
    let ceremony = Ceremony {
        interaction: scene.interaction.id.clone(),
        registers,
        challenge: challenge.to_vec(),
        user: scene.person.as_ref().map(|person| person.id.clone()),
    };
    let expires_at = scene.now.plus(CHALLENGE_LIFETIME).min(scene.interaction.expires_at);
    Ok(app.store.open_ceremony(hashed_bytes(challenge), ceremony, expires_at).await?)
}

/// What a browser is told of passkeys: their names and how they are reached.
pub(super) fn descriptors(credentials: &[StoredCredential]) -> Vec<(&[u8], &[String])> {
    credentials
        .iter()
        .filter_map(|credential| match &credential.secret {
            Secret::Passkey(passkey) => {
                Some((passkey.webauthn_id.0.as_slice(), passkey.transports.as_slice()))
            }
            Secret::Password(_) | Secret::Totp(_) | Secret::RecoveryCodes => None,
        })
        .collect()
}

/// A recovery is none: it takes a password and a code, and what a passkey proves would let its replacement
/// reach as far as what was lost.
fn is_enrolment_sign_in(scene: &Scene) -> bool {
    matches!(scene.interaction.purpose, Purpose::Enrol { .. } | Purpose::Account { .. })
        && scene.person.is_none()
}

/// `POST .../passkey`: an assertion.
pub(crate) async fn passkey(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    match prove(&app, &id, request).await {
        Ok((scene, cookie)) => stepped(&app, &scene, cookie, false),
        Err(error) => not_stepped(&app, &id, error, false),
    }
}

async fn prove(app: &App, id: &str, request: Request) -> Result<(Scene, NewCookie), ApiError> {
    let Posted { visitor, mut scene, body } = posted(app, id, request).await?;
    let text = only_json(&body)?;
    let response = AuthenticationResponse::parse(text.as_bytes())
        .map_err(|error| ApiError::invalid(error.to_string()))?;
    let (key, ceremony) = ceremony(app, &scene, response.claimed_challenge(), false).await?;
    match verify(app, &scene, &ceremony, &response).await? {
        Ok((stored, asserted)) => {
            scene.interaction.progress.prove(&asserted.proof());
            if scene.person.is_none() {
                let (person, credentials) = crate::visit::person_with_credentials(app, &stored.user).await?;
                scene.interaction.progress.user = Some(stored.user.clone());
                scene.interaction.progress.generation = person.as_ref().map(|person| person.generation);
                scene.person = person;
                scene.credentials = credentials;
            }
            let step = Proved {
                proof: Some((Factor::Passkey, stored.id.clone())),
                spends: vec![(Spendable::Ceremony, key)],
                credential_use: Some(CredentialUse {
                    credential: stored.id,
                    at: scene.now,
                    left: Left::Passkey {
                        sign_count: asserted.sign_count(),
                        backup_state: asserted.backup_state(),
                    },
                }),
                clone_suspected: asserted.clone_suspected(),
                brings: None,
            };
            let cookie = advance(app, &visitor, &mut scene, step).await?;
            Ok((scene, cookie))
        }
        Err(refusal) => {
            refused(app, &mut scene, key, &refusal).await?;
            Err(refusal.into_error())
        }
    }
}

/// The ceremony that a response answers: this visit's, unspent, in time. Found by its challenge, which the
/// proof signs; the request names nothing else.
pub(super) async fn ceremony(
    app: &App,
    scene: &Scene,
    challenge: Option<Vec<u8>>,
    registers: bool,
) -> Result<(Hashed, Ceremony), ApiError> {
    let spent = || ApiError::new(ProblemKind::ChallengeSpent, "Ask for new options and try again.");
    let challenge =
        challenge.ok_or_else(|| ApiError::invalid("the response's clientDataJSON names no challenge"))?;
    let key = hashed_bytes(&challenge);
    let found = app.store.ceremony(key).await?.ok_or_else(spent)?;
    let ours = found.value.interaction == scene.interaction.id && found.value.registers == registers;
    if !ours || found.spent_at.is_some() || found.expires_at <= scene.now {
        return Err(spent());
    }
    Ok((key, found.value))
}

/// Why an assertion does not count.
enum Refusal {
    NotRegistered,
    WrongUser,
    Assertion(AssertionError),
}

impl Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotRegistered => "credential_not_usable",
            Self::WrongUser => "wrong_user",
            Self::Assertion(AssertionError::UserVerificationRequired) => "user_verification_required",
            Self::Assertion(_) => "invalid_credentials",
        }
    }

    fn into_error(self) -> ApiError {
        match self {
            Self::NotRegistered => {
                ApiError::new(ProblemKind::CredentialNotUsable, "This passkey is not registered here.")
            }
            Self::WrongUser => {
                ApiError::new(ProblemKind::WrongUser, "Use a passkey of the person who is signed in.")
            }
            Self::Assertion(AssertionError::UserVerificationRequired) => ApiError::new(
                ProblemKind::UserVerificationRequired,
                "Unlock your passkey with its PIN or biometrics.",
            ),
            Self::Assertion(error) => ApiError::new(ProblemKind::InvalidCredentials, error.to_string()),
        }
    }
}

async fn verify(
    app: &App,
    scene: &Scene,
    ceremony: &Ceremony,
    response: &AuthenticationResponse,
) -> Result<Result<(StoredCredential, Asserted), Refusal>, ApiError> {
    let id = response.webauthn_id();
    let of_person = scene.credentials.iter().find(|credential| match &credential.secret {
        Secret::Passkey(passkey) => passkey.webauthn_id.0 == id,
        Secret::Password(_) | Secret::Totp(_) | Secret::RecoveryCodes => false,
    });
    let stored = match of_person {
        Some(stored) => Some(stored.clone()),
        None => app.store.passkey(&WebauthnId(id.to_vec())).await?,
    };
    let Some(stored) = stored.filter(|stored| stored.revoked_at.is_none()) else {
        return Ok(Err(Refusal::NotRegistered));
    };
    // §7.2 step 6: the account is the one that the ceremony was made for; without one, the user handle says
    // which, and must be there.
    let handle = response.user_handle();
    let named = [ceremony.user.as_ref(), scene.subject(), scene.person.as_ref().map(|person| &person.id)];
    let same_person = named.into_iter().flatten().all(|user| *user == stored.user)
        && handle.map_or(ceremony.user.is_some(), |handle| handle == stored.user.as_str().as_bytes());
    if !same_person {
        return Ok(Err(Refusal::WrongUser));
    }
    if ceremony.user.is_none() && app.store.user(&stored.user).await?.is_none_or(|person| person.disabled) {
        return Ok(Err(Refusal::NotRegistered));
    }
    let Secret::Passkey(kept) = &stored.secret else { return Ok(Err(Refusal::NotRegistered)) };
    let passkey = Passkey {
        credential: stored.id.clone(),
        webauthn_id: kept.webauthn_id.0.clone(),
        public_key: PublicKey::from_bytes(&kept.public_key).map_err(ApiError::internal)?,
        sign_count: kept.sign_count,
        backup_eligible: kept.backup_eligible,
        backup_state: kept.backup_state,
        user_verified: kept.user_verified,
        ceiling: stored.ceiling_at(scene.now),
        hardware_bound: app.trust.now().is_hardware_bound(kept, scene.now),
    };
    Ok(match verify_assertion(&app.provider.relying_party, &ceremony.challenge, &passkey, response) {
        Ok(asserted) => Ok((stored, asserted)),
        Err(error) => Err(Refusal::Assertion(error)),
    })
}

/// A failed try spends its challenge, and the third ends the visit.
async fn refused(app: &App, scene: &mut Scene, key: Hashed, refusal: &Refusal) -> Result<(), ApiError> {
    record_failure(app, scene, key, refusal.reason()).await
}

pub(super) async fn record_failure(
    app: &App,
    scene: &mut Scene,
    key: Hashed,
    reason: &str,
) -> Result<(), ApiError> {
    let spends = vec![(Spendable::Ceremony, key)];
    scene.interaction.progress.failures = scene.interaction.progress.failures.saturating_add(1);
    if scene.interaction.progress.failures >= MAX_FAILURES {
        return finish_failed(app, scene, spends, Failure::TooManyFailures).await;
    }
    let event = Event::ProofRefused {
        interaction: scene.interaction.id.clone(),
        user: scene.person.as_ref().map(|person| person.id.clone()),
        factor: Factor::Passkey,
        reason: reason.to_owned(),
    };
    let told = Entry { at: scene.now, event }.into();
    app.store.advance(&scene.interaction, &spends, None, scene.now, told).await?;
    scene.interaction.version += 1;
    Ok(())
}

/// Passkey calls speak JSON only: a passkey needs the page's script anyway.
pub(super) fn only_json(body: &Posting) -> Result<&str, ApiError> {
    match body {
        Posting::Json(text) => Ok(text),
        Posting::Form(_) => Err(ApiError::invalid("send application/json")),
    }
}
