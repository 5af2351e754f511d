use riser_wire::{InteractionKind, InteractionState, InteractionStatus, LackingView};

use crate::{
    date::Moment,
    shown::{Part, Sentence, Shown, safe_href},
    texts::{Ended, Texts},
    ways::wants_hardware,
    words,
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
    /// A link to keep, to be shown and not followed.
    pub(crate) keep: Option<Shown<'a>>,
    /// What one can do about it on our pages: where the link leads and what it says.
    pub(crate) cure: Option<(&'static str, &'static str)>,
    /// Where the link leads and what it says.
    pub(crate) way_back: Option<(&'a str, Sentence<'a>)>,
}

impl<'a> Ending<'a> {
    /// The ending of a state that is done or failed.
    pub(crate) fn of(state: &'a InteractionState, t: &'static Texts) -> Self {
        let next = state.next.as_deref().and_then(safe_href);
        if state.kind == InteractionKind::Recover && state.status == InteractionStatus::Done {
            return Self::begun(state, next, t);
        }
        let done = state.status == InteractionStatus::Done;
        let client = state.client.as_ref().map(|client| client.name.as_str());
        let link = match client {
            Some(name) => Sentence::about(if done { t.continue_to } else { t.back_to }, name),
            None if next == Some("/account") || state.account.is_some() => {
                Sentence::plain(t.endings.to_your_account)
            }
            None => Sentence::plain(t.proceed),
        };
        let lacking =
            state.lacking.as_ref().filter(|_| state.reason.as_deref() == Some("enrolment_required"));
        let (heading, mut says) = if done {
            succeeded(state, t)
        } else if let Some(lacking) = lacking {
            missing(state, lacking, t)
        } else {
            failed(state, t)
        };
        let way_back = next.map(|href| (href, link));
        if way_back.is_none() {
            says.push(Sentence::plain(t.close_window));
        }
        // What waits already needs nobody to add anything.
        let helps = |lacking: &LackingView| lacking.self_service && lacking.rises_at.is_none();
        let blocked = state.reason.as_deref() == Some("application_blocked");
        let cure = lacking.is_some_and(helps).then_some(("/account", t.endings.to_account));
        let cure = cure.or_else(|| blocked.then_some(("/account", t.endings.to_your_account)));
        Self { heading, tone: tone(state), says, keep: None, cure, way_back }
    }

    /// A recovery that has begun: nothing to go on to, something to keep.
    fn begun(state: &'a InteractionState, next: Option<&'a str>, t: &'static Texts) -> Self {
        let r = &t.recovery;
        let mut says = Vec::new();
        if let Some(recovery) = &state.recovery {
            let long = Part::written(words::span(recovery.delay, t));
            says.push(Sentence::with(r.begun_in, &[("long", long)]));
        }
        let keep = next.filter(|link| link.contains("/grant/")).map(Shown);
        says.extend([r.until_then, if keep.is_some() { r.keep } else { r.keep_link }].map(Sentence::plain));
        Self { heading: r.begun, tone: Tone::Good, says, keep, cure: None, way_back: None }
    }
}

fn tone(state: &InteractionState) -> Tone {
    let waits = state.lacking.as_ref().is_some_and(|lacking| lacking.rises_at.is_some());
    match (state.status, state.reason.as_deref()) {
        (InteractionStatus::Done, _) => Tone::Good,
        (_, Some("cancelled" | "access_denied" | "application_blocked")) => Tone::Calm,
        (_, Some("enrolment_required")) if waits => Tone::Calm,
        _ => Tone::Bad,
    }
}

/// The application's name, or our word for it.
fn client<'a>(state: &'a InteractionState, t: &'static Texts) -> &'a str {
    state.client.as_ref().map_or(t.the_application, |client| client.name.as_str())
}

fn succeeded<'a>(state: &'a InteractionState, t: &'static Texts) -> (&'static str, Vec<Sentence<'a>>) {
    if state.account.is_some() && state.client.is_none() {
        return (t.endings.account_done, vec![Sentence::plain(t.endings.account_done_lead)]);
    }
    let heading = match state.kind {
        InteractionKind::Login => t.done_sign_in,
        InteractionKind::StepUp => t.done_step_up,
        InteractionKind::Enrol => t.done_enrol,
        InteractionKind::Consent => t.done_consent,
        InteractionKind::Recover => t.recovery.begun,
    };
    let lead = if state.kind == InteractionKind::Enrol { t.done_enrol_lead } else { t.done_lead };
    (heading, vec![Sentence::about(lead, client(state, t))])
}

fn failed<'a>(state: &'a InteractionState, t: &'static Texts) -> (&'static str, Vec<Sentence<'a>>) {
    let ended = failure(state, t);
    let refused = std::ptr::eq(ended, &raw const t.endings.cancelled);
    let cure = match state.kind {
        InteractionKind::Recover if refused => t.endings.recovery_cancelled,
        _ if refused && state.account.is_some() => t.endings.account_cancelled,
        _ => ended.cure,
    };
    (ended.heading, [ended.why, cure].map(|text| Sentence::about(text, client(state, t))).into())
}

fn failure<'t>(state: &InteractionState, t: &'t Texts) -> &'t Ended {
    let t = &t.endings;
    match state.reason.as_deref() {
        Some("enrolment_required") if wants_hardware(state) => &t.missing_hardware,
        Some("enrolment_required") => &t.missing_passkey,
        Some("unreachable" | "unmet_authentication_requirements") => &t.unreachable,
        Some("cancelled" | "access_denied") => &t.cancelled,
        Some("application_blocked") => &t.blocked,
        Some("too_many_failures") => &t.too_many_failures,
        Some("expired" | "interaction_expired") => &t.expired,
        _ => &t.failed,
    }
}

/// What somebody lacks, why what they have will not do, and what they can do now.
fn missing<'a>(
    state: &'a InteractionState,
    lacking: &'a LackingView,
    t: &'static Texts,
) -> (&'static str, Vec<Sentence<'a>>) {
    let e = &t.endings;
    let passkey = lacking.factors.iter().any(|factor| factor == "passkey");
    let ended = match lacking.factors.as_slice() {
        _ if lacking.hardware => &e.missing_hardware,
        [] => &e.missing_passkey,
        _ if passkey => &e.missing_passkey,
        _ => &e.missing_factor,
    };
    let mut says = vec![Sentence::about(ended.why, client(state, t))];
    let held_back = if lacking.hardware { e.held_back_hardware } else { e.held_back };
    says.extend(lacking.held_back.iter().map(|name| Sentence::about(held_back, name)));
    if lacking.factors.len() > 1 || (!passkey && !lacking.factors.is_empty()) {
        let names = lacking.factors.iter().map(|name| match words::factor_named(name, lacking.hardware, t) {
            Some(words) => Sentence::plain(words),
            None => Sentence::about("{name}", name),
        });
        if let Some(names) = names.reduce(|all, next| all.then(Sentence::plain(t.account.or)).then(next)) {
            let (before, after) = e.one_of.split_once("{what}").unwrap_or((e.one_of, ""));
            says.push(Sentence::plain(before).then(names).then(Sentence::plain(after)));
        }
    }
    match lacking.rises_at {
        Some(at) => {
            let when = Part::written(Moment::from(at));
            // With several names, which of them rises is not said.
            says.push(match lacking.held_back.as_slice() {
                [name] => Sentence::with(e.rises, &[("name", Part::theirs(name)), ("when", when)]),
                _ => Sentence::with(e.rises_unnamed, &[("when", when)]),
            });
            says.push(Sentence::about(e.rises_then, client(state, t)));
        }
        None if lacking.self_service => says.push(Sentence::plain(e.self_service)),
        None => says.push(Sentence::about(ended.cure, client(state, t))),
    }
    (ended.heading, says)
}
