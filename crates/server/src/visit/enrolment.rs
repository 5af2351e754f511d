//! A visit by an enrolment link: the person signs in if need be, which begins a session, and registers.
//! Enrolling adds no proof.

use riser_core::account::{Enroller, Notice, reach};
use riser_core::assurance::{Ceiling, Factor, Possession, Properties};
use riser_core::audit::{Entry, Event};
use riser_core::session::{LiveCredential, Session};
use riser_core::{Acr, CredentialId};
use riser_pages::AccountNews;
use riser_store::{
    AccountChange, AccountEdit, CancelLink, Enrolment, Generation, Letter, LetterLink, NewCredential,
    NewRising, Purpose, Rising, Told, Visit,
};

use super::NewCookie;
use super::scene::Scene;
use super::step::{Brought, Proved, enter};
use crate::app::App;
use crate::error::ApiError;
use crate::hashing::{hashed, secret_token};
use crate::http::Visitor;
use crate::mint::uuid_from;

/// How long a credential that has risen can still be cancelled from its letter.
const CANCEL_AFTER_RISE: riser_core::Seconds = riser_core::Seconds(14 * 24 * 3600);

pub(super) async fn step(
    app: &App,
    visitor: &Visitor,
    scene: &mut Scene,
    mut step: Proved,
) -> Result<NewCookie, ApiError> {
    let Purpose::Enrol { enrolment, .. } = &scene.interaction.purpose else {
        return Err(ApiError::internal("not an enrolment"));
    };
    let enrolment = enrolment.clone();
    let (edit, told) = match step.brings.take() {
        None => (None, Told::nothing()),
        Some(brought) => {
            let session = scene.session().ok_or_else(|| ApiError::internal("nobody to enrol for"))?;
            let news = match brought.factor() {
                Factor::Totp => AccountNews::TotpAdded,
                _ => AccountNews::PasskeyAdded,
            };
            let (edit, told) = fill(app, scene, &session, &enrolment, brought)?;
            let next = app.provider.url(&format!("/account?news={}", news.name()));
            scene.interaction.progress.outcome =
                Some(Visit { failed: None, next, until: scene.interaction.expires_at });
            (Some(edit), told)
        }
    };
    enter(app, visitor, scene, step, edit, told).await
}

/// Whether something of `factor` may be registered under a link. An authenticator app only under one whose
/// ceiling it can reach beside a password: for more it would be of no use.
pub(crate) fn link_takes(app: &App, enrolment: &Enrolment, factor: Factor) -> bool {
    match (factor, &enrolment.ceiling) {
        (Factor::Passkey, _) => true,
        (Factor::Totp, Ceiling::UpTo(levels)) => {
            let code = Properties::Possession(Possession::default());
            let reached = reached_by(app, (Factor::Totp, code));
            enrolment.replaces.is_none() && levels.iter().all(|level| is_within(app, &reached, level))
        }
        _ => false,
    }
}

/// Whether a ceiling is for a level that only hardware reaches: what is registered for it must be that.
pub(crate) fn is_for_hardware(app: &App, ceiling: &Ceiling) -> bool {
    let Ceiling::UpTo(levels) = ceiling else { return false };
    let synced = Possession { user_verified: true, phishing_resistant: true, hardware_bound: false };
    let reached = reached_by(app, (Factor::Passkey, Properties::Possession(synced)));
    let beyond = |level: &Acr| app.provider.ground.ladder.knows(level) && !is_within(app, &reached, level);
    !app.trust.is_empty() && levels.iter().any(beyond)
}

/// What anybody would reach with one more factor beside a password.
fn reached_by(app: &App, (factor, properties): (Factor, Properties)) -> Vec<Acr> {
    let both = [
        LiveCredential::anyones(Factor::Password, Properties::Knowledge),
        LiveCredential::anyones(factor, properties),
    ];
    reach(&app.provider.ground.ladder, &both)
}

fn is_within(app: &App, reached: &[Acr], level: &Acr) -> bool {
    reached.iter().any(|held| app.provider.ground.ladder.is_at_least(held, level))
}

/// What the link lets in: a credential of its own, or one in the place of a lost one.
fn fill(
    app: &App,
    scene: &Scene,
    session: &Session,
    enrolment: &Enrolment,
    brought: Brought,
) -> Result<(AccountEdit, Told), ApiError> {
    let person = scene.person.as_ref().ok_or_else(|| ApiError::internal("nobody to enrol for"))?;
    let label = brought.label();
    let factor = brought.factor();
    // A recovery's replacement waits like what a session enrols; a grant says itself how far it reaches.
    let recovery = enrolment.by == Enroller::Recovery;
    let (new, letter) = credential(app, scene, brought, enrolment.ceiling.clone(), recovery)?;
    let mut letters: Vec<Letter> = letter.into_iter().collect();
    let mut tell = |notice| letters.push(Letter { user: person.id.clone(), notice, link: None });
    tell(Notice::CredentialAdded { factor, label, by: enrolment.by });
    let id = new.id.clone();
    let mut events =
        vec![Event::CredentialRegistered { user: person.id.clone(), credential: id.clone(), factor }];
    let (change, generation) = match &enrolment.replaces {
        None => (AccountChange::Register(new), Generation::Stays),
        Some(lost) => {
            let name = scene.label_of(lost).unwrap_or_default();
            tell(Notice::RecoveryDone { lost: name });
            events.push(Event::CredentialReplaced {
                user: person.id.clone(),
                lost: lost.clone(),
                credential: id,
            });
            (AccountChange::Replace { lost: lost.clone(), new }, Generation::Raised)
        }
    };
    let edit = AccountEdit {
        user: person.id.clone(),
        generation_read: person.generation,
        session: Some(session.id.clone()),
        changes: vec![change],
        generation,
        recovery: None,
    };
    let audit = events.into_iter().map(|event| Entry { at: scene.now, event }).collect();
    Ok((edit, Told { audit, letters }))
}

/// The credential that is to be registered. Where the operator lets such credentials cool off, it may rise
/// after a while, and its owner is told how to stop it.
pub(super) fn credential(
    app: &App,
    scene: &Scene,
    brought: Brought,
    ceiling: Ceiling,
    may_cool_off: bool,
) -> Result<(NewCredential, Option<Letter>), ApiError> {
    let id = CredentialId::new(uuid_from(app).to_string());
    let label = brought.label();
    let factor = brought.factor();
    let rises = app.provider.enrolment.cooling_off.as_ref().filter(|cooling| {
        may_cool_off
            && matches!(brought, Brought::Passkey(..) | Brought::Totp(..))
            && !app.provider.ground.ladder.lets(&ceiling, &cooling.to)
    });
    let (rising, letter) = match (rises, &scene.person) {
        (Some(cooling), Some(person)) => {
            let rising = Rising { to: cooling.to.clone(), at: scene.now.plus(cooling.wait) };
            let token = secret_token(&*app.random);
            let cancel = CancelLink { token: hashed(&token), expires_at: rising.at.plus(CANCEL_AFTER_RISE) };
            let notice = Notice::CredentialWillRise {
                factor,
                label: label.clone(),
                to: rising.to.clone(),
                at: rising.at,
            };
            let letter = Letter { user: person.id.clone(), notice, link: Some(LetterLink(token)) };
            (Some(NewRising { rising, cancel }), Some(letter))
        }
        _ => (None, None),
    };
    let secret = brought.secret(app, &id)?;
    Ok((NewCredential { id, label, ceiling, secret, rising }, letter))
}
