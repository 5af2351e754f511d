use riser_wire::{InteractionKind, InteractionState};

use crate::{screen::Stage, texts::Texts};

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
    MakeRecoveryCodes,
    NameLost,
    NewPassword,
    Passkey,
    Password,
    RecoveryCode,
    Register,
    RegisterTotp,
    Totp,
}

/// The ways on, in the order of the options: the first is the most prominent.
pub(crate) fn ways(state: &InteractionState, stage: Stage, t: &'static Texts) -> Vec<Way> {
    match stage {
        Stage::Consent => vec![Way { kind: WayKind::Approve, label: t.allow_button, hint: None }],
        Stage::Recover => vec![recovering(state, t)],
        Stage::Register => once(state.options.iter().filter_map(|option| registration(state, option, t))),
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
        Stage::Prove => once(sign_in_options(state).iter().filter_map(|option| way(state, option, t))),
    }
}

/// Each kind of way at its first place.
fn once(ways: impl Iterator<Item = Way>) -> Vec<Way> {
    let mut listed: Vec<Way> = Vec::new();
    for way in ways {
        if listed.iter().all(|there| there.kind != way.kind) {
            listed.push(way);
        }
    }
    listed
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

/// What is registered, for one option of an enrolment.
fn registration(state: &InteractionState, option: &[String], t: &'static Texts) -> Option<Way> {
    let hardware = wants_hardware(state);
    let e = &t.enrolment;
    let (kind, label, hint) = match option.first()?.as_str() {
        "passkey" if hardware => (WayKind::Register, e.add_hardware_button, Some(e.add_hardware_hint)),
        "passkey" => (WayKind::Register, t.add_passkey, Some(t.add_passkey_hint)),
        "totp" => (WayKind::RegisterTotp, e.totp_button, Some(e.totp_code_hint)),
        "password" => (WayKind::NewPassword, e.password_button, Some(e.password_hint)),
        "recovery_codes" | "recovery_code" => (WayKind::MakeRecoveryCodes, e.codes_button, None),
        _ => return None,
    };
    Some(Way { kind, label, hint })
}

/// What a recovery asks next.
fn recovering(state: &InteractionState, t: &'static Texts) -> Way {
    let asks = state.recovery.as_ref().map(|recovery| recovery.asks.as_str());
    let (kind, label, hint) = match asks {
        Some("password") => (WayKind::Password, t.proceed, None),
        Some("recovery_code") => (WayKind::RecoveryCode, t.proceed, Some(t.recovery.code_hint)),
        Some("lost") => (WayKind::NameLost, t.recovery.begin, None),
        _ => (WayKind::Identifier, t.proceed, None),
    };
    Way { kind, label, hint }
}

/// Whether only a hardware key will do: a link or a change of the account that says so, or a request of which every
/// acceptable level is `phrh` (OpenID EAP), by which the ladder that ships with Riser means exactly that.
pub(crate) fn wants_hardware(state: &InteractionState) -> bool {
    let registers = state.kind == InteractionKind::Enrol && state.current.is_some();
    let asked = state.required.as_ref().is_some_and(|required| {
        !required.acr_values.is_empty() && required.acr_values.iter().all(|acr| acr.as_str() == "phrh")
    });
    let registered = state.hardware || state.account.as_ref().is_some_and(|account| account.hardware);
    asked || (registers && registered)
}
