//! A visit to replace a lost credential. It needs a password and a recovery code, it begins no session, and
//! nothing leaves it for an application. What comes of it is a link that opens after a wait, in which the owner
//! is told and can stop it.

use riser_core::account::{Notice, ceiling_of};
use riser_core::audit::{Entry, Event};
use riser_core::session::{INTERACTION_LIFETIME, Session};
use riser_core::{CredentialId, InteractionId, Seconds};
use riser_store::{
    AccountEdit, CancelLink, Completion, Generation, Hashed, Interaction, Letter, LetterLink, NewRecovery,
    Progress, Purpose, RecoveryId, Secret, SessionChange, StoredCredential, Visit,
};
use riser_wire::ProblemKind;

use super::NewCookie;
use super::advance::save;
use super::scene::Scene;
use super::step::Proved;
use crate::app::App;
use crate::error::ApiError;
use crate::hashing::{hashed, secret_token};
use crate::mint::uuid_from;

/// How long the link of a recovery can be used once it has opened.
const LINK_LIFETIME: Seconds = Seconds(7 * 24 * 3600);

/// Opens a recovery. Nobody is known yet, whoever is signed in at this browser.
pub(crate) fn open_recovery(app: &App, browser: Hashed) -> Interaction {
    Interaction {
        id: InteractionId::new(uuid_from(app).to_string()),
        browser,
        purpose: Purpose::Recover,
        progress: Progress::beginning(None),
        version: 0,
        expires_at: app.now().plus(INTERACTION_LIFETIME),
    }
}

/// What a recovery asks next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    Identifier,
    Password,
    RecoveryCode,
    Lost,
}

impl Asks {
    pub(crate) fn of(scene: &Scene) -> Self {
        let progress = &scene.interaction.progress;
        match (&scene.person, progress.recovery_code_spent, &progress.typed_name) {
            (Some(_), true, _) => Self::Lost,
            (Some(_), false, _) => Self::RecoveryCode,
            (None, _, Some(_)) => Self::Password,
            (None, _, None) => Self::Identifier,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Password => "password",
            Self::RecoveryCode => "recovery_code",
            Self::Lost => "lost",
        }
    }
}

/// What can be replaced: what a person holds, and so can lose.
pub(crate) fn replaceable(scene: &Scene) -> impl Iterator<Item = &StoredCredential> {
    scene.credentials.iter().filter(|stored| matches!(stored.secret, Secret::Passkey(_) | Secret::Totp(_)))
}

/// A step of a recovery is only kept: no proof of it enters a session.
pub(super) async fn step(app: &App, scene: &mut Scene, step: Proved) -> Result<NewCookie, ApiError> {
    save(app, scene, step, None).await
}

/// Begins the replacement of `lost`.
pub(crate) async fn begin(app: &App, scene: &mut Scene, lost: &CredentialId) -> Result<(), ApiError> {
    if Asks::of(scene) != Asks::Lost {
        return Err(ApiError::invalid("Name, password and recovery code come first."));
    }
    let person = scene.person.clone().ok_or_else(|| ApiError::internal("nobody to recover"))?;
    let stored = replaceable(scene).find(|stored| stored.id == *lost).cloned().ok_or_else(|| {
        ApiError::new(ProblemKind::CredentialNotUsable, "There is no such credential to replace.")
    })?;
    // What a password proves is all that the replacement may reach: a recovery yields less than what was lost.
    let proved = Session {
        id: scene.session_id(),
        user: person.id.clone(),
        authentications: scene.running().into_iter().collect(),
    };
    let ceiling = ceiling_of(&proved, &scene.live(app), &app.provider.ground.ladder, scene.now);
    let (link, cancel) = (secret_token(&*app.random), secret_token(&*app.random));
    let opens_at = scene.now.plus(app.provider.enrolment.recovery_delay);
    let expires_at = opens_at.plus(LINK_LIFETIME);
    let recovery = NewRecovery {
        id: RecoveryId::new(uuid_from(app).to_string()),
        lost: lost.clone(),
        ceiling,
        link: hashed(&link),
        opens_at,
        expires_at,
        cancel: CancelLink { token: hashed(&cancel), expires_at },
    };
    let notice =
        Notice::RecoveryRequested { factor: stored.secret.factor(), label: stored.label.clone(), opens_at };
    let next = app.provider.url(&format!("/grant/{link}"));
    scene.interaction.progress.settle();
    scene.interaction.progress.outcome =
        Some(Visit { failed: None, next, until: scene.interaction.expires_at });
    let event = Event::RecoveryRequested { user: person.id.clone(), credential: lost.clone(), opens_at };
    let completion = Completion {
        interaction: scene.interaction.clone(),
        spends: Vec::new(),
        session: SessionChange::None,
        authentication: None,
        credential_use: None,
        edit: Some(AccountEdit {
            user: person.id.clone(),
            generation_read: person.generation,
            session: None,
            changes: Vec::new(),
            generation: Generation::Stays,
            recovery: Some(recovery),
        }),
        code: None,
        answers: None,
        audit: vec![Entry { at: scene.now, event }],
        letters: vec![Letter { user: person.id, notice, link: Some(LetterLink(cancel)) }],
        now: scene.now,
    };
    app.store.complete(completion).await?;
    scene.interaction.version += 1;
    Ok(())
}
