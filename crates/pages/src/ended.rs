use riser_wire::{InteractionKind, InteractionState, InteractionStatus};

use crate::{
    screen::wants_hardware,
    shown::{Sentence, safe_href},
    texts::{Ended, Texts},
};

/// How an ending feels; a refusal of one's own is no fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Bad,
    Calm,
    Good,
}

/// What a finished visit says, and the way back.
#[derive(Debug)]
pub(crate) struct Ending<'a> {
    pub(crate) heading: &'static str,
    pub(crate) tone: Tone,
    pub(crate) says: Vec<Sentence<'a>>,
    /// Where the link leads and what it says.
    pub(crate) way_back: Option<(&'a str, Sentence<'a>)>,
}

impl<'a> Ending<'a> {
    /// The ending of a state that is done or failed.
    pub(crate) fn of(state: &'a InteractionState, t: &'static Texts) -> Self {
        let client = state.client.as_ref().map(|client| client.name.as_str());
        let about = |text| Sentence::about(text, client.unwrap_or(t.the_application));
        let done = state.status == InteractionStatus::Done;
        let link = match client {
            Some(name) => Sentence::about(if done { t.continue_to } else { t.back_to }, name),
            None => Sentence::plain(t.proceed),
        };
        let (heading, mut says) = if done {
            let lead = if state.kind == InteractionKind::Enrol { t.done_enrol_lead } else { t.done_lead };
            (done_heading(state.kind, t), vec![about(lead)])
        } else {
            let ended = failure(state, t);
            (ended.heading, vec![about(ended.why), about(ended.cure)])
        };
        let way_back = state.next.as_deref().and_then(safe_href).map(|href| (href, link));
        if way_back.is_none() {
            says.push(Sentence::plain(t.close_window));
        }
        Self { heading, tone: tone(state), says, way_back }
    }
}

fn tone(state: &InteractionState) -> Tone {
    match (state.status, state.reason.as_deref()) {
        (InteractionStatus::Done, _) => Tone::Good,
        (_, Some("cancelled" | "access_denied")) => Tone::Calm,
        _ => Tone::Bad,
    }
}

fn done_heading(kind: InteractionKind, t: &Texts) -> &'static str {
    match kind {
        InteractionKind::Login => t.done_sign_in,
        InteractionKind::StepUp => t.done_step_up,
        InteractionKind::Enrol => t.done_enrol,
        InteractionKind::Consent => t.done_consent,
        InteractionKind::Recover => t.done_enrol,
    }
}

fn failure<'t>(state: &InteractionState, t: &'t Texts) -> &'t Ended {
    match state.reason.as_deref() {
        Some("enrolment_required") if wants_hardware(state) => &t.missing_hardware,
        Some("enrolment_required") => &t.missing_passkey,
        Some("unreachable" | "unmet_authentication_requirements") => &t.unreachable,
        Some("cancelled" | "access_denied") => &t.cancelled,
        Some("too_many_failures") => &t.too_many_failures,
        Some("expired" | "interaction_expired") => &t.expired,
        _ => &t.failed,
    }
}
