//! Words for values that have none of their own.

use riser_core::{Acr, Seconds, assurance::Factor};

use crate::texts::Texts;

/// What a factor is called in the middle of a sentence.
pub(crate) fn factor(factor: Factor, t: &Texts) -> &'static str {
    let t = &t.factors;
    match factor {
        Factor::Passkey => t.passkey,
        Factor::Password => t.password,
        Factor::Totp => t.totp,
        Factor::Sms => t.sms,
        Factor::AppApproval => t.app_approval,
        Factor::SmartCard => t.smart_card,
        Factor::RecoveryCode => t.recovery_code,
    }
}

/// The same by its wire name; `None` for one that is not known here.
pub(crate) fn factor_named(name: &str, hardware: bool, t: &Texts) -> Option<&'static str> {
    let t = &t.factors;
    Some(match name {
        "passkey" if hardware => t.hardware,
        "passkey" => t.passkey,
        "password" => t.password,
        "totp" => t.totp,
        "sms" => t.sms,
        "app_approval" => t.app_approval,
        "smart_card" => t.smart_card,
        "recovery_code" => t.recovery_code,
        _ => return None,
    })
}

/// What a person has to do for a level of the ladder that ships with Riser; `None` for an operator's own.
pub(crate) fn level(acr: &Acr, t: &Texts) -> Option<&'static str> {
    match acr.as_str() {
        "aal1" => Some(t.levels.aal1),
        "aal2" => Some(t.levels.aal2),
        "phr" => Some(t.levels.phr),
        "phrh" => Some(t.levels.phrh),
        _ => None,
    }
}

/// A length of time in the largest unit that says it whole, else in minutes rounded up.
pub(crate) fn span(Seconds(seconds): Seconds, t: &Texts) -> String {
    let t = &t.spans;
    let said = |n: u32, one: &str, many: &str| {
        if n == 1 { one.to_owned() } else { many.replace("{n}", &n.to_string()) }
    };
    match seconds {
        _ if seconds >= 86_400 && seconds.is_multiple_of(86_400) => said(seconds / 86_400, t.day, t.days),
        _ if seconds >= 3_600 && seconds.is_multiple_of(3_600) => said(seconds / 3_600, t.hour, t.hours),
        _ => said(seconds.div_ceil(60).max(1), t.minute, t.minutes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::ENGLISH;

    #[test]
    fn a_length_of_time_is_said_in_the_unit_that_fits() {
        for (seconds, said) in [
            (0, "1 minute"),
            (61, "2 minutes"),
            (3_600, "1 hour"),
            (5_400, "90 minutes"),
            (86_400, "1 day"),
            (259_200, "3 days"),
        ] {
            assert_eq!(span(Seconds(seconds), &ENGLISH), said);
        }
    }
}
