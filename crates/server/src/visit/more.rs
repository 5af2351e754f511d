//! What a state says beyond the request: what is done to one's account, what one lacks, how far a recovery is.

use riser_core::account::AccountAction;
use riser_core::assurance::Factor;
use riser_core::step_up::{Decision, decide};
use riser_store::{Purpose, Secret};
use riser_wire::{AccountView, LackingView, RecoveryView, ReplaceableView};

use super::failure::Failure;
use super::recovery::{Asks, replaceable};
use super::scene::Scene;
use crate::app::App;

/// The action of a visit to one's own account.
pub(super) fn account(scene: &Scene) -> Option<AccountView> {
    let Purpose::Account { action, .. } = &scene.interaction.purpose else { return None };
    let to = match action {
        AccountAction::Rename { label, .. } => Some(label.clone()),
        AccountAction::SetEmail { email } => email.clone(),
        _ => None,
    };
    Some(AccountView {
        action: name(action).to_owned(),
        credential: action.credential().and_then(|credential| scene.label_of(credential)),
        to,
        hardware: matches!(action, AccountAction::AddPasskey { hardware: true }),
    })
}

fn name(action: &AccountAction) -> &'static str {
    match action {
        AccountAction::View => "view",
        AccountAction::AddPasskey { .. } => "add_passkey",
        AccountAction::AddTotp => "add_totp",
        AccountAction::SetPassword => "set_password",
        AccountAction::NewRecoveryCodes => "new_recovery_codes",
        AccountAction::Rename { .. } => "rename",
        AccountAction::Remove { .. } => "remove",
        AccountAction::SetEmail { .. } => "set_email",
    }
}

/// What an action registers once it is released, by the name that its option has.
pub(super) fn registers(action: &AccountAction) -> Option<&'static str> {
    action.registers().map(|factor| match factor {
        Factor::RecoveryCode => "recovery_codes",
        factor => factor.name(),
    })
}

/// What the person would need for a request that they cannot meet: only for who has proved who they are.
pub(super) fn lacking(app: &App, scene: &Scene) -> Option<LackingView> {
    let outcome = scene.interaction.progress.outcome.as_ref()?;
    if outcome.failed.as_deref() != Some(Failure::EnrolmentRequired.reason()) {
        return None;
    }
    let session = scene.session()?;
    let requirement = scene.requirement(app);
    let ground = &app.provider.ground;
    let Decision::Enrol(enrol) = decide(&session, &requirement, &scene.live(app), ground) else {
        return None;
    };
    let passkeys = scene.credentials.iter().filter(|stored| matches!(stored.secret, Secret::Passkey(_)));
    // What waits and would do once it has risen.
    let rises_at =
        scene.credentials.iter().filter_map(|stored| stored.rising.as_ref()).map(|rising| rising.at);
    let rises_at = rises_at
        .filter(|at| *at > scene.now)
        .filter(|at| {
            let then = super::scene::live(app, &scene.credentials, *at);
            !matches!(decide(&session, &requirement, &then, ground), Decision::Enrol(_) | Decision::Unmet(_))
        })
        .min();
    let acceptable = requirement.acceptable(&ground.ladder);
    let cooling = app.provider.enrolment.cooling_off.as_ref();
    Some(LackingView {
        factors: enrol.factors().into_iter().map(|factor| factor.name().to_owned()).collect(),
        hardware: enrol.takes_hardware(),
        held_back: passkeys.map(|stored| stored.label.clone()).collect(),
        self_service: enrol.factors().into_iter().any(|factor| app.provider.enrolment.lets(factor))
            && cooling.is_some_and(|cooling| {
                acceptable.iter().any(|acr| ground.ladder.is_at_least(&cooling.to, acr))
            }),
        rises_at,
    })
}

/// How far a recovery has come.
pub(super) fn recovery(app: &App, scene: &Scene) -> Option<RecoveryView> {
    if !matches!(scene.interaction.purpose, Purpose::Recover) {
        return None;
    }
    let asks = Asks::of(scene);
    let known = replaceable(scene).filter(|_| asks == Asks::Lost);
    Some(RecoveryView {
        asks: asks.name().to_owned(),
        replaceable: known
            .map(|stored| ReplaceableView {
                id: stored.id.as_str().to_owned(),
                factor: stored.secret.factor().name().to_owned(),
                label: stored.label.clone(),
            })
            .collect(),
        delay: app.provider.enrolment.recovery_delay,
    })
}
