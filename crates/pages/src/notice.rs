use riser_wire::{ProblemKind, Seconds};

use crate::texts::{Notices, Texts};

/// What went wrong with the last thing a person tried, shown beside the form that they can try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    kind: ProblemKind,
    retry_after: Option<Seconds>,
}

impl Notice {
    /// The notice for a problem that has nothing to wait for.
    #[must_use]
    pub fn new(kind: ProblemKind) -> Self {
        Self { kind, retry_after: None }
    }

    /// Too many tries; the next one is taken after `retry_after`.
    #[must_use]
    pub fn rate_limited(retry_after: Seconds) -> Self {
        Self { kind: ProblemKind::RateLimited, retry_after: Some(retry_after) }
    }

    /// The notice by the problem's wire name, as a redirect to the page may carry it; an unknown name is
    /// no notice, so nothing in an address chooses the words on the page.
    #[must_use]
    pub fn named(name: &str, retry_after: Option<Seconds>) -> Option<Self> {
        let kind = SHOWN.into_iter().find(|kind| kind.facts().0 == name)?;
        Some(Self { kind, retry_after })
    }

    /// The sentence that a person reads.
    pub(crate) fn text(self, t: &'static Texts) -> String {
        let minutes = |seconds: u32| seconds.div_ceil(60).to_string();
        match (self.kind, self.retry_after) {
            (ProblemKind::RateLimited, Some(Seconds(wait @ 2..=119))) => {
                t.notices.rate_limited_seconds.replace("{n}", &wait.to_string())
            }
            (ProblemKind::RateLimited, Some(Seconds(wait @ 120..))) => {
                t.notices.rate_limited_minutes.replace("{n}", &minutes(wait))
            }
            (kind, _) => sentence(kind, &t.notices).to_owned(),
        }
    }

    /// The sentence on a page that asks for a code and not for a name or a password.
    pub(crate) fn text_about_code(self, t: &'static Texts) -> String {
        match self.kind {
            ProblemKind::InvalidCredentials => t.notices.wrong_code.to_owned(),
            _ => self.text(t),
        }
    }

    /// Whether the field that was typed into is what was wrong.
    pub(crate) fn blames_input(self) -> bool {
        matches!(self.kind, ProblemKind::InvalidCredentials | ProblemKind::PasswordNotAccepted)
    }
}

/// Problems that a page of an interaction can show.
const SHOWN: [ProblemKind; 16] = [
    ProblemKind::ChallengeSpent,
    ProblemKind::CredentialNotUsable,
    ProblemKind::CrossSite,
    ProblemKind::GrantNotYet,
    ProblemKind::GrantSpent,
    ProblemKind::HardwareKeyRequired,
    ProblemKind::Internal,
    ProblemKind::InteractionClosed,
    ProblemKind::InteractionExpired,
    ProblemKind::InteractionNotFound,
    ProblemKind::InvalidCredentials,
    ProblemKind::PasswordNotAccepted,
    ProblemKind::RateLimited,
    ProblemKind::Unavailable,
    ProblemKind::UserVerificationRequired,
    ProblemKind::WrongUser,
];

fn sentence(kind: ProblemKind, texts: &'static Notices) -> &'static str {
    match kind {
        ProblemKind::ChallengeSpent => texts.challenge_spent,
        ProblemKind::CredentialNotUsable => texts.credential_not_usable,
        ProblemKind::CrossSite => texts.cross_site,
        ProblemKind::GrantNotYet => texts.grant_not_yet,
        ProblemKind::GrantSpent => texts.grant_spent,
        ProblemKind::HardwareKeyRequired => texts.hardware_key_required,
        ProblemKind::PasswordNotAccepted => texts.password_not_accepted,
        ProblemKind::InteractionClosed => texts.interaction_closed,
        ProblemKind::InteractionExpired => texts.interaction_expired,
        ProblemKind::InteractionNotFound => texts.interaction_not_found,
        ProblemKind::InvalidCredentials => texts.invalid_credentials,
        ProblemKind::RateLimited => texts.rate_limited,
        ProblemKind::Unavailable => texts.unavailable,
        ProblemKind::UserVerificationRequired => texts.user_verification_required,
        ProblemKind::WrongUser => texts.wrong_user,
        ProblemKind::GrantForOtherUser
        | ProblemKind::EnrolmentNotPermitted
        | ProblemKind::Internal
        | ProblemKind::InvalidRequest
        | ProblemKind::NotFound
        | ProblemKind::MethodNotAllowed
        | ProblemKind::PayloadTooLarge
        | ProblemKind::SignInRequired
        | ProblemKind::StepUpRequired
        | ProblemKind::TokenRequired
        | ProblemKind::InvalidToken
        | ProblemKind::InsufficientScope => texts.other,
    }
}

/// The texts that the script shows, by name: problems first, then what only a browser knows.
pub(crate) fn for_script(t: &'static Texts) -> Vec<(&'static str, &'static str)> {
    let texts = &t.notices;
    // The script presents passkeys only: whoever pressed a button has typed neither a name nor a password.
    let said = |kind| match kind {
        ProblemKind::InvalidCredentials => texts.passkey_refused,
        _ => sentence(kind, texts),
    };
    let problems = SHOWN.into_iter().map(|kind| (kind.facts().0, said(kind)));
    let browser = [
        ("rate_limited_seconds", texts.rate_limited_seconds),
        ("rate_limited_minutes", texts.rate_limited_minutes),
        ("waiting", texts.waiting),
        ("dismissed", texts.dismissed),
        ("unsupported", texts.unsupported),
        ("already_added", texts.already_added),
        ("network", texts.network),
        ("other", texts.other),
    ];
    problems.chain(browser).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::ENGLISH;

    #[test]
    fn a_wait_is_told_in_seconds_then_in_minutes_rounded_up() {
        let text = |seconds| Notice::rate_limited(Seconds(seconds)).text(&ENGLISH);
        assert!(text(0).contains("a moment") && text(1).contains("a moment"));
        assert!(text(30).contains("30 seconds") && text(119).contains("119 seconds"));
        assert!(text(120).contains("2 minutes") && text(121).contains("3 minutes"));
    }

    #[test]
    fn an_address_cannot_choose_the_words() {
        assert_eq!(Notice::named("Your account is locked, call us", None), None);
        assert_eq!(
            Notice::named("wrong_user", None).map(|notice| notice.text(&ENGLISH)),
            Some(ENGLISH.notices.wrong_user.to_owned())
        );
    }
}
