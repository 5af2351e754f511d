use riser_wire::{InteractionKind, InteractionState};

use crate::{
    render::InteractionPage,
    shown::{Sentence, Shown},
    slip::Slip,
    texts::Texts,
};

/// What a pending interaction looks like: everything its template needs, decided here.
#[derive(Debug)]
pub(crate) struct Screen<'a> {
    pub(crate) heading: &'static str,
    pub(crate) lead: Option<Sentence<'a>>,
    pub(crate) more: Option<Sentence<'a>>,
    pub(crate) person: Option<Sentence<'a>>,
    pub(crate) slip: Option<Slip<'a>>,
    pub(crate) ways: Vec<Way>,
    /// What happens on refusal.
    pub(crate) promise: Option<&'static str>,
    /// Who is signing in, for password managers, and where they can say that it is not them.
    pub(crate) username: Option<Shown<'a>>,
    pub(crate) may_rename: bool,
}

/// One way on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) kind: WayKind,
    pub(crate) label: &'static str,
    pub(crate) hint: Option<&'static str>,
}

/// What the person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WayKind {
    Approve,
    Identifier,
    Passkey,
    Password,
    Register,
    Totp,
}

/// Where a pending interaction stands, read from its state alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nobody is known.
    Identify,
    /// The person must agree. Before the last proof, so that the code leaves at once after it.
    Consent,
    /// A factor must be proved.
    Prove,
    /// A credential is registered.
    Register,
}

impl Stage {
    fn of(state: &InteractionState) -> Self {
        if state.user.is_none() {
            Self::Identify
        } else if state.consent_required || state.kind == InteractionKind::Consent {
            Self::Consent
        } else if state.kind == InteractionKind::Enrol && state.current.is_some() {
            Self::Register
        } else {
            Self::Prove
        }
    }
}

impl<'a> Screen<'a> {
    /// The screen for a pending state.
    pub(crate) fn of(page: &InteractionPage<'a>, t: &'static Texts) -> Self {
        let state = page.state;
        let stage = Stage::of(state);
        let heading = heading(state, stage, t);
        let username = state.user.as_ref().map(|user| user.username.as_str());
        let signing_in =
            stage == Stage::Prove && state.current.is_none() && state.kind != InteractionKind::StepUp;
        let person = if signing_in { t.signing_in_as } else { t.signed_in_as };
        Self {
            heading,
            lead: lead(state, stage, t),
            more: username
                .filter(|_| stage == Stage::Register)
                .map(|name| Sentence::about(t.add_passkey_for, name)),
            // The registration's own sentence already names the person.
            person: username.filter(|_| stage != Stage::Register).map(|name| Sentence::about(person, name)),
            slip: state.transaction.as_ref().map(Slip::from),
            ways: ways(state, stage, t),
            promise: promise(state, stage, t),
            username: username.map(Shown),
            may_rename: signing_in && state.kind == InteractionKind::Login,
        }
    }
}

fn is_payment(state: &InteractionState) -> bool {
    state.transaction.as_ref().is_some_and(|transaction| transaction.kind == "payment_initiation")
}

fn heading(state: &InteractionState, stage: Stage, t: &Texts) -> &'static str {
    match (stage, state.kind) {
        (Stage::Consent, _) => t.allow,
        (Stage::Register, _) => t.add_passkey,
        (Stage::Identify, _) | (Stage::Prove, InteractionKind::Login | InteractionKind::Enrol) => t.sign_in,
        (Stage::Prove, _) if is_payment(state) => t.confirm_payment,
        (Stage::Prove, _) if state.transaction.is_some() => t.confirm_action,
        (Stage::Prove, _) => t.confirm_you,
    }
}

fn lead<'a>(state: &'a InteractionState, stage: Stage, t: &'static Texts) -> Option<Sentence<'a>> {
    let client = state.client.as_ref().map(|client| client.name.as_str());
    let text = match (stage, state.kind) {
        (Stage::Register, _) => return Some(Sentence::plain(t.add_passkey_lead)),
        (_, InteractionKind::Enrol) => return Some(Sentence::plain(t.sign_in_to_enrol)),
        (Stage::Consent, _) => t.allow_lead,
        (Stage::Identify, _) | (Stage::Prove, InteractionKind::Login) if state.transaction.is_some() => {
            t.sign_in_and_confirm
        }
        (Stage::Identify, _) | (Stage::Prove, InteractionKind::Login) => {
            return client.map(|name| Sentence::about(t.sign_in_for, name));
        }
        (Stage::Prove, _) if state.transaction.is_some() => t.confirm_lead,
        (Stage::Prove, _) => t.confirm_you_lead,
    };
    Some(Sentence::about(text, client.unwrap_or(t.the_application)))
}

fn promise(state: &InteractionState, stage: Stage, t: &Texts) -> Option<&'static str> {
    match (stage, state.kind) {
        (Stage::Consent, _) => Some(t.nothing_shared),
        (Stage::Register, _) => Some(t.nothing_added),
        _ if is_payment(state) => Some(t.nothing_sent),
        _ if state.transaction.is_some() => Some(t.nothing_done),
        (Stage::Prove, InteractionKind::StepUp) => Some(t.nothing_changes),
        _ => None,
    }
}

/// The ways on, in the order of the options: the first is the most prominent.
fn ways(state: &InteractionState, stage: Stage, t: &'static Texts) -> Vec<Way> {
    match stage {
        Stage::Consent => vec![Way { kind: WayKind::Approve, label: t.allow_button, hint: None }],
        Stage::Register => {
            let hint = if wants_hardware(state) { t.hardware_hint } else { t.add_passkey_hint };
            vec![Way { kind: WayKind::Register, label: t.add_passkey, hint: Some(hint) }]
        }
        Stage::Identify => {
            let name = Way { kind: WayKind::Identifier, label: t.proceed, hint: None };
            let options = sign_in_options(state);
            let passkey = options.iter().position(|option| has_passkey(option));
            let passkey_way = passkey.and_then(|at| way(state, &options[at], t));
            match (passkey, passkey_way) {
                (Some(0), Some(passkey)) => vec![passkey, name],
                (Some(_), Some(passkey)) => vec![name, passkey],
                _ => vec![name],
            }
        }
        Stage::Prove => {
            let mut ways: Vec<Way> = Vec::new();
            for way in sign_in_options(state).iter().filter_map(|option| way(state, option, t)) {
                if ways.iter().all(|listed| listed.kind != way.kind) {
                    ways.push(way);
                }
            }
            ways
        }
    }
}

/// The options for proving. While the person of an enrolment still has to sign in, a lone passkey among
/// the options is what may be registered and cannot be how to sign in; a password suffices (interface.md).
fn sign_in_options(state: &InteractionState) -> Vec<Vec<String>> {
    let registrable_only = state.options.iter().all(|option| option.len() == 1 && has_passkey(option));
    if state.kind == InteractionKind::Enrol && state.current.is_none() && registrable_only {
        return vec![vec!["password".to_owned()]];
    }
    state.options.clone()
}

fn has_passkey(option: &[String]) -> bool {
    option.iter().any(|factor| factor == "passkey")
}

/// How a person begins one option: with its passkey if it has one, for a tap comes before typing;
/// `None` for a factor that these pages cannot ask for.
fn way(state: &InteractionState, option: &[String], t: &'static Texts) -> Option<Way> {
    let first = if has_passkey(option) { "passkey" } else { option.first()?.as_str() };
    let then = option.iter().find(|factor| *factor != first).map(|factor| match factor.as_str() {
        "totp" => t.then_totp,
        "password" => t.then_password,
        _ => t.then_more,
    });
    let signs_in = state.kind != InteractionKind::StepUp && state.transaction.is_none();
    let typed = match (then, signs_in) {
        (Some(_), _) => t.proceed,
        (None, true) => t.sign_in,
        (None, false) => t.confirm,
    };
    match first {
        "passkey" => {
            let label = if signs_in { t.use_passkey } else { t.confirm_with_passkey };
            let hint = if wants_hardware(state) { t.hardware_hint } else { t.passkey_hint };
            Some(Way { kind: WayKind::Passkey, label, hint: Some(then.unwrap_or(hint)) })
        }
        "password" => Some(Way { kind: WayKind::Password, label: typed, hint: then }),
        "totp" => Some(Way { kind: WayKind::Totp, label: typed, hint: Some(then.unwrap_or(t.totp_hint)) }),
        _ => None,
    }
}

/// Whether only a hardware key will do: every acceptable level is `phrh` (OpenID EAP), by which the ladder
/// that ships with Riser means exactly that.
pub(crate) fn wants_hardware(state: &InteractionState) -> bool {
    state.required.as_ref().is_some_and(|required| {
        !required.acr_values.is_empty() && required.acr_values.iter().all(|acr| acr.as_str() == "phrh")
    })
}
