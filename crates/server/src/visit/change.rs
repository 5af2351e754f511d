//! What an action changes about an account: the change itself, the record of it, and what its owner is told.

use riser_core::CredentialId;
use riser_core::account::{AccountAction, Enroller, Notice, ceiling_of, may_remove};
use riser_core::audit::Event;
use riser_core::session::Session;
use riser_pages::AccountNews;
use riser_store::{AccountChange, Generation, Letter, Secret};
use riser_wire::ProblemKind;

use super::enrolment::credential;
use super::scene::Scene;
use super::step::Brought;
use crate::app::App;
use crate::error::ApiError;

/// What is done, what is recorded of it, and what the owner is told.
pub(super) struct Change {
    pub(super) change: AccountChange,
    pub(super) generation: Generation,
    pub(super) event: Event,
    pub(super) letters: Vec<Letter>,
    /// What the account's page says of it.
    pub(super) news: AccountNews,
}

/// An action that the proof alone completes.
pub(super) fn simple_change(
    app: &App,
    scene: &Scene,
    action: &AccountAction,
) -> Result<Option<Change>, ApiError> {
    let person = scene.person.as_ref().ok_or_else(|| ApiError::internal("nobody's account"))?;
    let user = person.id.clone();
    let letter = |notice| vec![Letter { user: user.clone(), notice, link: None }];
    let gone = || ApiError::new(ProblemKind::CredentialNotUsable, "There is no such credential any more.");
    Ok(Some(match action {
        AccountAction::Rename { credential, label } => Change {
            change: AccountChange::Rename { credential: credential.clone(), label: label.clone() },
            generation: Generation::Stays,
            event: Event::CredentialRenamed { user: user.clone(), credential: credential.clone() },
            letters: letter(Notice::CredentialRenamed {
                from: scene.label_of(credential).ok_or_else(gone)?,
                to: label.clone(),
            }),
            news: AccountNews::Renamed,
        },
        AccountAction::Remove { credential } => {
            let stored = scene.credentials.iter().find(|stored| stored.id == *credential).ok_or_else(gone)?;
            // Another visit may have removed the others since this one was opened.
            if !may_remove(credential, &scene.live(app), &app.provider.ground.ladder) {
                return Err(last_way_in());
            }
            Change {
                change: AccountChange::Remove { credential: credential.clone() },
                generation: Generation::Raised,
                event: Event::CredentialRevoked { user: user.clone(), credential: credential.clone() },
                letters: letter(Notice::CredentialRemoved {
                    factor: stored.secret.factor(),
                    label: stored.label.clone(),
                }),
                news: AccountNews::Removed,
            }
        }
        AccountAction::SetEmail { email } => Change {
            change: AccountChange::SetEmail(email.clone()),
            generation: Generation::Stays,
            event: Event::EmailChanged { user: user.clone() },
            letters: letter(Notice::EmailChanged { to: email.clone() }),
            news: if email.is_some() { AccountNews::EmailChanged } else { AccountNews::EmailRemoved },
        },
        _ => return Ok(None),
    }))
}

/// An action that needed something of the person, which is here now.
pub(super) fn enrolled(
    app: &App,
    scene: &Scene,
    session: &Session,
    action: &AccountAction,
    brought: Brought,
) -> Result<Change, ApiError> {
    let person = scene.person.as_ref().ok_or_else(|| ApiError::internal("nobody's account"))?;
    let user = person.id.clone();
    let letter = |notice| Letter { user: user.clone(), notice, link: None };
    let ladder = &app.provider.ground.ladder;
    // Rule 8: the ceiling of a credential is what the session that enrols it meets.
    let ceiling = ceiling_of(session, &scene.live(app), ladder, scene.now);
    let (factor, label) = (brought.factor(), brought.label());
    let fits = match (action, &brought) {
        (AccountAction::AddPasskey { hardware }, Brought::Passkey(_, passkey)) => {
            !hardware || passkey.hardware_bound
        }
        (AccountAction::AddTotp, Brought::Totp(..))
        | (AccountAction::SetPassword, Brought::Password(_))
        | (AccountAction::NewRecoveryCodes, Brought::RecoveryCodes(_)) => true,
        _ => false,
    };
    if !fits {
        return Err(ApiError::new(ProblemKind::CredentialNotUsable, "This visit is for something else."));
    }
    let registered = |id: &CredentialId| Event::CredentialRegistered {
        user: user.clone(),
        credential: id.clone(),
        factor,
    };
    Ok(match brought {
        Brought::Password(hash) => {
            let existing =
                scene.credentials.iter().find(|stored| matches!(stored.secret, Secret::Password(_)));
            let change = match existing {
                Some(stored) => AccountChange::SetPassword { credential: stored.id.clone(), hash },
                None => AccountChange::Register(
                    credential(app, scene, Brought::Password(hash), ceiling, false)?.0,
                ),
            };
            Change {
                change,
                generation: Generation::Raised,
                event: Event::PasswordSet { user: user.clone(), session: Some(session.id.clone()) },
                letters: vec![letter(Notice::PasswordChanged { by_administrator: false })],
                news: AccountNews::PasswordChanged,
            }
        }
        Brought::RecoveryCodes(codes) => {
            let new = credential(app, scene, Brought::RecoveryCodes(Vec::new()), ceiling, false)?.0;
            Change {
                event: registered(&new.id),
                change: AccountChange::SetRecoveryCodes { credential: new, codes },
                generation: Generation::Stays,
                letters: vec![letter(Notice::RecoveryCodesMade)],
                news: AccountNews::RecoveryCodesMade,
            }
        }
        brought => {
            let news = match action {
                AccountAction::AddTotp => AccountNews::TotpAdded,
                AccountAction::AddPasskey { hardware: true } => AccountNews::HardwareKeyAdded,
                _ => AccountNews::PasskeyAdded,
            };
            let (new, rises) = credential(app, scene, brought, ceiling, true)?;
            let mut letters = vec![letter(Notice::CredentialAdded { factor, label, by: Enroller::Owner })];
            letters.extend(rises);
            Change {
                event: registered(&new.id),
                change: AccountChange::Register(new),
                generation: Generation::Stays,
                letters,
                news,
            }
        }
    })
}

/// Nobody removes the last thing that they can sign in with.
pub(super) fn last_way_in() -> ApiError {
    ApiError::new(
        ProblemKind::CredentialNotUsable,
        "This is all that you can sign in with. Add something else first.",
    )
}
