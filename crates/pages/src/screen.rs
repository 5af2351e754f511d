use riser_wire::{InteractionKind, InteractionState};

use crate::{
    change,
    qr::QrSvg,
    shown::{Part, Sentence, Shown},
    slip::Slip,
    texts::Texts,
    views::{InteractionPage, TotpEnrolment},
    ways::{Way, WayKind, wants_hardware, ways},
    words,
};

/// What a pending interaction looks like: everything its template needs, decided here.
#[derive(Debug)]
pub(crate) struct Screen<'a> {
    /// Of the window: without names from outside.
    pub(crate) title: &'static str,
    pub(crate) heading: Sentence<'a>,
    pub(crate) lead: Option<Sentence<'a>>,
    pub(crate) more: Option<Sentence<'a>>,
    /// What one should know before one begins.
    pub(crate) facts: Vec<Sentence<'a>>,
    pub(crate) person: Option<Sentence<'a>>,
    pub(crate) slip: Option<Slip<'a>>,
    pub(crate) ways: Vec<Way>,
    /// What happens on refusal.
    pub(crate) promise: Option<&'static str>,
    /// Who is signing in, for password managers, and where they can say that it is not them.
    pub(crate) username: Option<Shown<'a>>,
    pub(crate) may_rename: bool,
    /// Whether the browser may offer passkeys in the name's field. Never where something is approved: a choice
    /// in a list is no confirmation of what stands above it.
    pub(crate) autofill: bool,
    /// Whether to offer the way for those who have lost a passkey.
    pub(crate) may_recover: bool,
    pub(crate) replaceable: Vec<Replaceable<'a>>,
    pub(crate) totp: Option<TotpCard<'a>>,
    pub(crate) password_min: usize,
}

/// A credential that was perhaps lost.
#[derive(Debug)]
pub(crate) struct Replaceable<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: Shown<'a>,
    pub(crate) factor: Option<Shown<'a>>,
}

/// What an authenticator app needs to know.
#[derive(Debug)]
pub(crate) struct TotpCard<'a> {
    pub(crate) qr_svg: Option<QrSvg<'a>>,
    pub(crate) key: String,
    pub(crate) issuer: Shown<'a>,
}

/// Where a pending interaction stands, read from its state alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nobody is known.
    Identify,
    /// The person must agree. Before the last proof, so that the code leaves at once after it.
    Consent,
    /// A factor must be proved.
    Prove,
    /// A credential is registered.
    Register,
    /// A lost credential is to be replaced.
    Recover,
}

impl Stage {
    fn of(state: &InteractionState) -> Self {
        if state.kind == InteractionKind::Recover {
            Self::Recover
        } else if state.user.is_none() {
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
        let ways = ways(state, stage, t);
        let title = title(state, stage, &ways, t);
        let username = state.user.as_ref().map(|user| user.username.as_str());
        let signing_in =
            stage == Stage::Prove && state.current.is_none() && state.kind != InteractionKind::StepUp;
        let person = match stage {
            Stage::Recover => t.recovery.recovering,
            _ if signing_in => t.signing_in_as,
            _ => t.signed_in_as,
        };
        let offers = |kind| ways.iter().any(|way| way.kind == kind);
        Self {
            title,
            heading: heading(state, stage, title, t),
            lead: lead(page, stage, &ways, t),
            more: more(state, stage, &ways, t),
            facts: facts(state, stage, t),
            // The registration's own sentence already names the person.
            person: username.filter(|_| stage != Stage::Register).map(|name| Sentence::about(person, name)),
            slip: state.transaction.as_ref().map(Slip::from),
            promise: promise(state, stage, t),
            username: username.map(Shown),
            may_rename: signing_in && state.kind == InteractionKind::Login,
            autofill: stage == Stage::Identify && state.transaction.is_none() && offers(WayKind::Passkey),
            may_recover: matches!(stage, Stage::Identify | Stage::Prove) && offers(WayKind::Passkey)
                || stage == Stage::Identify && state.kind == InteractionKind::Login,
            replaceable: replaceable(state, t),
            totp: page.totp.map(TotpCard::of),
            password_min: page.password_min,
            ways,
        }
    }

    /// Whether what is typed here is a code.
    pub(crate) fn asks_for_code(&self) -> bool {
        let typed = |way: &&Way| !matches!(way.kind, WayKind::Passkey | WayKind::Register);
        self.ways.iter().find(typed).is_some_and(|way| {
            matches!(way.kind, WayKind::Totp | WayKind::RegisterTotp | WayKind::RecoveryCode)
        })
    }
}

impl<'a> TotpCard<'a> {
    fn of(totp: TotpEnrolment<'a>) -> Self {
        let letters: Vec<char> = totp.manual_key.chars().filter(|letter| !letter.is_whitespace()).collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        Self { qr_svg: totp.qr_svg, key: groups.join(" "), issuer: Shown(totp.issuer) }
    }
}

fn is_payment(state: &InteractionState) -> bool {
    state.transaction.as_ref().is_some_and(|transaction| transaction.kind == "payment_initiation")
}

fn asks(state: &InteractionState) -> &str {
    state.recovery.as_ref().map_or("", |recovery| recovery.asks.as_str())
}

fn registers(ways: &[Way]) -> Option<WayKind> {
    ways.first().map(|way| way.kind)
}

fn title(state: &InteractionState, stage: Stage, ways: &[Way], t: &'static Texts) -> &'static str {
    match (stage, state.kind) {
        (Stage::Consent, _) => t.allow,
        (Stage::Recover, _) => match asks(state) {
            "password" => t.recovery.password,
            "recovery_code" => t.recovery.code,
            "lost" => t.recovery.lost,
            _ => t.recovery.heading,
        },
        (Stage::Register, _) => match registers(ways) {
            Some(WayKind::RegisterTotp) => t.enrolment.totp,
            Some(WayKind::NewPassword) => t.enrolment.password,
            Some(WayKind::MakeRecoveryCodes) => t.enrolment.codes,
            _ if wants_hardware(state) => t.enrolment.add_hardware,
            _ if ways.iter().any(|way| way.kind == WayKind::RegisterTotp) => t.enrolment.either,
            _ => t.add_passkey,
        },
        (Stage::Identify, _) => t.sign_in,
        (Stage::Prove, _) if is_payment(state) && state.kind == InteractionKind::StepUp => t.confirm_payment,
        (Stage::Prove, InteractionKind::Login | InteractionKind::Enrol) if state.current.is_none() => {
            t.sign_in
        }
        (Stage::Prove, _) => match &state.account {
            Some(account) => change::words(account, t).title,
            None if is_payment(state) => t.confirm_payment,
            None if state.transaction.is_some() => t.confirm_action,
            None if state.kind != InteractionKind::StepUp => t.sign_in,
            None => t.confirm_you,
        },
    }
}

/// The title, or for a change of the account what exactly is done to what.
fn heading<'a>(
    state: &'a InteractionState,
    stage: Stage,
    title: &'static str,
    t: &'static Texts,
) -> Sentence<'a> {
    match &state.account {
        Some(account) if stage == Stage::Prove && title != t.sign_in => change::heading(account, t),
        _ => Sentence::plain(title),
    }
}

fn lead<'a>(
    page: &InteractionPage<'a>,
    stage: Stage,
    ways: &[Way],
    t: &'static Texts,
) -> Option<Sentence<'a>> {
    let state = page.state;
    let client = state.client.as_ref().map(|client| client.name.as_str());
    let signed_in = state.current.is_some();
    let text = match (stage, state.kind) {
        (Stage::Register, _) => return Some(register_lead(page, ways, t)),
        (Stage::Recover, _) => {
            return Some(Sentence::plain(match asks(state) {
                "password" => t.recovery.password_lead,
                "recovery_code" => t.recovery.code_lead,
                "lost" => t.recovery.lost_lead,
                _ => t.recovery.lead,
            }));
        }
        (_, InteractionKind::Enrol) if state.account.is_none() => {
            return Some(Sentence::plain(t.sign_in_to_enrol));
        }
        (Stage::Consent, _) => t.allow_lead,
        (Stage::Identify | Stage::Prove, _) if state.account.is_some() => {
            let account = state.account.as_ref()?;
            return Some(if stage == Stage::Prove && signed_in {
                Sentence::plain(change::words(account, t).lead)
            } else if account.action == "view" {
                Sentence::plain(t.changes.sign_in_to_view)
            } else {
                Sentence::plain(t.changes.sign_in_to).then(change::heading(account, t))
            });
        }
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

fn register_lead<'a>(page: &InteractionPage<'a>, ways: &[Way], t: &'static Texts) -> Sentence<'a> {
    match registers(ways) {
        Some(WayKind::RegisterTotp) => Sentence::plain(t.enrolment.totp_lead),
        Some(WayKind::NewPassword) => {
            Sentence::with(t.enrolment.password_lead, &[("n", Part::written(page.password_min))])
        }
        Some(WayKind::MakeRecoveryCodes) => Sentence::plain(t.enrolment.codes_lead),
        _ if wants_hardware(page.state) => Sentence::plain(t.enrolment.add_hardware_lead),
        _ => Sentence::plain(t.add_passkey_lead),
    }
}

fn more<'a>(
    state: &'a InteractionState,
    stage: Stage,
    ways: &[Way],
    t: &'static Texts,
) -> Option<Sentence<'a>> {
    let name = state.user.as_ref().filter(|_| stage == Stage::Register)?.username.as_str();
    matches!(registers(ways), Some(WayKind::Register)).then(|| Sentence::about(t.add_passkey_for, name))
}

fn facts<'a>(state: &'a InteractionState, stage: Stage, t: &'static Texts) -> Vec<Sentence<'a>> {
    let r = &t.recovery;
    let codes = stage == Stage::Register
        && state.options.iter().flatten().any(|what| what == "recovery_codes" || what == "recovery_code");
    if codes {
        return vec![Sentence::plain(t.enrolment.codes_old), Sentence::plain(t.enrolment.codes_once)];
    }
    let Some(recovery) = state.recovery.as_ref().filter(|_| stage == Stage::Recover) else {
        return Vec::new();
    };
    let takes = Sentence::with(r.takes, &[("long", Part::written(words::span(recovery.delay, t)))]);
    let what_it_does = || {
        [
            takes.clone(),
            Sentence::plain(r.everybody_is_told),
            Sentence::plain(r.counts_for_less),
            Sentence::plain(r.signs_nobody_in),
        ]
    };
    match recovery.asks.as_str() {
        "password" | "recovery_code" => Vec::new(),
        "lost" => what_it_does().into(),
        _ => {
            let first = [Sentence::plain(r.needs_both)];
            first.into_iter().chain(what_it_does()).chain([Sentence::plain(r.no_codes)]).collect()
        }
    }
}

fn promise(state: &InteractionState, stage: Stage, t: &'static Texts) -> Option<&'static str> {
    match (stage, state.kind) {
        (Stage::Consent, _) => Some(t.nothing_shared),
        (Stage::Recover, _) => Some(t.recovery.promise),
        (Stage::Register | Stage::Prove | Stage::Identify, _) if state.account.is_some() => {
            state.account.as_ref().map(|account| change::words(account, t).promise)
        }
        (Stage::Register, _) => Some(t.nothing_added),
        _ if is_payment(state) => Some(t.nothing_sent),
        _ if state.transaction.is_some() => Some(t.nothing_done),
        (Stage::Prove, InteractionKind::StepUp) => Some(t.nothing_changes),
        _ => None,
    }
}

fn replaceable<'a>(state: &'a InteractionState, t: &'static Texts) -> Vec<Replaceable<'a>> {
    let listed = state.recovery.iter().flat_map(|recovery| &recovery.replaceable);
    listed
        .map(|it| {
            let factor = words::factor_named(&it.factor, false, t).unwrap_or(&it.factor);
            match it.label.trim() {
                "" => Replaceable { id: &it.id, name: Shown(factor), factor: None },
                _ => Replaceable { id: &it.id, name: Shown(&it.label), factor: Some(Shown(factor)) },
            }
        })
        .collect()
}
