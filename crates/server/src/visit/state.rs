use riser_core::assurance::Factor;
use riser_core::step_up::{Candidate, Decision, Freshness, decide, held, ways_to_sign_in};
use riser_store::Purpose;
use riser_wire::{
    ClientView, CurrentView, InteractionKind, InteractionState, InteractionStatus, RequiredView, Seconds,
    TransactionView, UserView,
};

use super::account::released;
use super::enrolment::{is_for_hardware, link_takes};
use super::more;
use super::scene::Scene;
use crate::app::App;

/// The visit as programs and pages see it.
pub(crate) fn state(app: &App, scene: &Scene) -> InteractionState {
    let progress = &scene.interaction.progress;
    let stored = scene.request();
    let consent_required = stored.is_some_and(|stored| stored.consent) && !progress.consented;
    let status = match &progress.outcome {
        None => InteractionStatus::Pending,
        Some(outcome) if outcome.failed.is_none() => InteractionStatus::Done,
        Some(_) => InteractionStatus::Failed,
    };
    let options = if status == InteractionStatus::Pending { options(app, scene) } else { Vec::new() };
    let released = status == InteractionStatus::Pending && released(app, scene).is_some();
    let kind = match &scene.interaction.purpose {
        Purpose::Enrol { .. } => InteractionKind::Enrol,
        Purpose::Recover => InteractionKind::Recover,
        Purpose::Account { .. } if released => InteractionKind::Enrol,
        Purpose::Account { session: None, .. } => InteractionKind::Login,
        Purpose::Account { .. } => InteractionKind::StepUp,
        Purpose::Authorize(_) if scene.presence.is_none() && !opened_signed_in(scene) => {
            InteractionKind::Login
        }
        Purpose::Authorize(_) if options.is_empty() && consent_required => InteractionKind::Consent,
        Purpose::Authorize(_) => InteractionKind::StepUp,
    };
    InteractionState {
        id: scene.interaction.id.as_str().to_owned(),
        kind,
        status,
        client: stored.and_then(|stored| app.provider.client(stored.request.client.as_str())).map(
            |registered| ClientView {
                client_id: registered.client.id.as_str().to_owned(),
                name: registered.client.name.clone(),
            },
        ),
        user: user(scene),
        current: current(app, scene),
        required: stored.map(|stored| RequiredView {
            acr_values: stored.requirement.acceptable(&app.provider.ground.ladder),
            max_age: match stored.requirement.freshness() {
                Freshness::AnyAge => None,
                Freshness::Within(max_age) => Some(max_age),
                Freshness::ThisInteraction => Some(Seconds(0)),
            },
        }),
        transaction: stored.and_then(|stored| stored.request.details.as_ref()).and_then(|details| {
            Some(TransactionView {
                kind: details.type_name().to_owned(),
                details: details.array().get(0)?.clone(),
                display: details.rows().to_vec(),
            })
        }),
        account: more::account(scene),
        lacking: more::lacking(app, scene),
        recovery: more::recovery(app, scene),
        hardware: is_for_a_hardware_key(app, scene),
        options,
        consent_required: consent_required && status == InteractionStatus::Pending,
        reason: progress.outcome.as_ref().and_then(|outcome| outcome.failed.clone()),
        next: progress.outcome.as_ref().map(|outcome| outcome.next.clone()),
    }
}

/// Whether the link of the visit lets nothing in but a hardware key. A change of one's own account says it itself.
fn is_for_a_hardware_key(app: &App, scene: &Scene) -> bool {
    match &scene.interaction.purpose {
        Purpose::Enrol { enrolment, .. } => is_for_hardware(app, &enrolment.ceiling),
        _ => false,
    }
}

fn opened_signed_in(scene: &Scene) -> bool {
    scene.request().is_some_and(|stored| stored.session.is_some())
}

/// The person, or the name that was typed: which says nothing of whether anybody has it.
fn user(scene: &Scene) -> Option<UserView> {
    let known = scene.person.as_ref().map(|person| person.name.clone());
    known.or_else(|| scene.interaction.progress.typed_name.clone()).map(|username| UserView { username })
}

fn current(app: &App, scene: &Scene) -> Option<CurrentView> {
    let presence = scene.presence.as_ref()?;
    let held = held(&app.provider.ground.ladder, &presence.session, &scene.live(app), scene.now)?;
    Some(CurrentView { acr: held.acr, auth_time: held.auth_time, amr: held.amr })
}

/// The candidates of `decide` by their factors. While nobody has proved who they are, they are those of
/// anyone, so that a name tells nothing.
fn options(app: &App, scene: &Scene) -> Vec<Vec<String>> {
    if let (Purpose::Enrol { enrolment, .. }, Some(_)) = (&scene.interaction.purpose, &scene.presence) {
        let takes = |factor: &Factor| link_takes(app, enrolment, *factor);
        let factors = [Factor::Passkey, Factor::Totp].into_iter().filter(takes);
        return factors.map(|factor| vec![factor.name().to_owned()]).collect();
    }
    if let Some(factor) = released(app, scene).and_then(more::registers) {
        return vec![vec![factor.to_owned()]];
    }
    let candidates = candidates(app, scene);
    let mut options: Vec<Vec<String>> = Vec::new();
    for candidate in candidates {
        let factors: Vec<String> =
            candidate.proofs.iter().map(|wanted| wanted.factor.name().to_owned()).collect();
        let has = candidate.proofs.iter().all(|wanted| may_have(scene, wanted.factor));
        if has && !options.contains(&factors) {
            options.push(factors);
        }
    }
    options
}

/// Whether whoever is asked may have a factor. Only a link says who that is before anything is proved.
fn may_have(scene: &Scene, factor: Factor) -> bool {
    match &scene.interaction.purpose {
        Purpose::Enrol { has, .. } => has.is_empty() || has.contains(&factor),
        _ => true,
    }
}

/// What may be proved next.
pub(crate) fn candidates(app: &App, scene: &Scene) -> Vec<Candidate> {
    let ground = &app.provider.ground;
    if matches!(scene.interaction.purpose, Purpose::Recover) {
        return Vec::new();
    }
    match scene.session() {
        None => ways_to_sign_in(&scene.requirement(app), ground),
        Some(session) => match decide(&session, &scene.requirement(app), &scene.live(app), ground) {
            Decision::StepUp(candidates) => candidates,
            Decision::Satisfied(_) | Decision::Enrol(_) | Decision::Unmet(_) => Vec::new(),
        },
    }
}
