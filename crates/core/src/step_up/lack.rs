//! Why a person is asked: which fact was not there when the request arrived, or was too old.

use serde::{Deserialize, Serialize};

use super::decide::{Decision, Ground, decide};
use super::requirement::{Freshness, Requirement};
use crate::session::{LiveCredential, Session};

/// What was lacking when a person was asked to prove something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// A session: nobody was signed in whom the request would have taken.
    SignIn,
    /// The level: it was never reached in this session.
    Level,
    /// Freshness: the level was reached, too long ago for the request or for the level's own lifetime.
    Fresh,
    /// A proof of this very visit: the request, or a change of one's account, takes no earlier one.
    Afresh,
    /// A proof that is bound to this transaction.
    Transaction,
    /// Only the person's consent: nothing had to be proved.
    Consent,
    /// Nothing: what was asked for was held, and fresh. Such a prompt is a defect.
    Nothing,
}

impl Lack {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::SignIn,
        Self::Level,
        Self::Fresh,
        Self::Afresh,
        Self::Transaction,
        Self::Consent,
        Self::Nothing,
    ];

    /// The stable name, in the log and in the metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Level => "level",
            Self::Fresh => "fresh",
            Self::Afresh => "afresh",
            Self::Transaction => "transaction",
            Self::Consent => "consent",
            Self::Nothing => "nothing",
        }
    }
}

/// What `session`, as it was before its person was asked, lacks of `requirement`. Proofs of the visit itself do not
/// count; `None` is nobody's session.
#[must_use]
pub fn lack(
    session: Option<&Session>,
    requirement: &Requirement,
    live: &[LiveCredential],
    ground: &Ground,
) -> Lack {
    let Some(session) = session else { return Lack::SignIn };
    if requirement.binding().is_some() {
        return Lack::Transaction;
    }
    if requirement.freshness() == Freshness::ThisInteraction {
        return Lack::Afresh;
    }
    let mut before = session.clone();
    before.authentications.retain(|past| past.interaction != *requirement.interaction());
    let met = |requirement: &Requirement| {
        matches!(decide(&before, requirement, live, ground), Decision::Satisfied(_))
    };
    if met(requirement) {
        return Lack::Nothing;
    }
    // Whether it would have been met at the moment of any earlier proof: then only time has passed.
    let past = before.authentications.iter().rev().map(|past| past.at);
    let held_once = past.filter(|at| *at < requirement.received()).any(|at| met(&requirement.as_of(at)));
    if held_once { Lack::Fresh } else { Lack::Level }
}

#[cfg(test)]
mod tests {
    use super::Freshness::{AnyAge, ThisInteraction, Within};
    use super::*;
    use crate::Seconds;
    use crate::step_up::table::{Past, asks, ground, live, session};

    #[test]
    #[rustfmt::skip] // a table
    fn says_which_fact_was_not_there_or_too_old() {
        let has = live(&["password", "passkey"]);
        let (password, passkey): (&[&str], &[&str]) = (&["password"], &["passkey"]);
        for (name, past, levels, freshness, expected) in [
            ("never a passkey", &[(password, 9_i64, "before")] as &[Past<'_>], "phr", AnyAge, Lack::Level),
            ("a passkey, fresh", &[(passkey, 9, "before")], "phr", AnyAge, Lack::Nothing),
            ("past the level's own lifetime", &[(passkey, 901, "before")], "phr", AnyAge, Lack::Fresh),
            ("past the request's age", &[(passkey, 301, "before")], "phr", Within(Seconds(300)), Lack::Fresh),
            ("within the request's age", &[(passkey, 200, "before")], "phr", Within(Seconds(300)), Lack::Nothing),
            ("stale, and something weaker since", &[(passkey, 400, "before"), (password, 9, "then")], "phr", Within(Seconds(300)), Lack::Fresh),
            ("no earlier proof is taken", &[(passkey, 9, "before")], "phr", ThisInteraction, Lack::Afresh),
            ("the visit's own proof was not there before", &[(passkey, 0, crate::step_up::table::HERE)], "phr", AnyAge, Lack::Level),
        ] {
            assert_eq!(lack(Some(&session(past)), &asks(levels, freshness), &has, &ground()), expected, "{name}");
        }
        assert_eq!(lack(None, &asks("", AnyAge), &has, &ground()), Lack::SignIn);
    }
}
