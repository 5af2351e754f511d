use serde::{Deserialize, Serialize};

/// Something a person proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A WebAuthn credential: a passkey or a hardware key.
    Passkey,
    /// A memorised secret.
    Password,
    /// A time-based one-time code.
    Totp,
    /// A code sent over the telephone network.
    Sms,
    /// An approval in an application on another device, signed by that device's key.
    AppApproval,
    /// A certificate on a card, unlocked by a PIN.
    SmartCard,
    /// One of the codes a person kept for the day a factor is lost.
    RecoveryCode,
}

impl Factor {
    /// The stable name of the factor in the interaction API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Sms => "sms",
            Self::AppApproval => "app_approval",
            Self::SmartCard => "smart_card",
            Self::RecoveryCode => "recovery_code",
        }
    }

    /// Whether its proof is a signature over a challenge of ours, so that a transaction can be bound to it.
    #[must_use]
    pub fn signs_a_challenge(self) -> bool {
        matches!(self, Self::Passkey)
    }

    /// How much the proof asks of the person, for "least effort" among equals: a tap before typing.
    #[must_use]
    pub(crate) fn effort(self) -> u32 {
        match self {
            Self::Passkey => 1,
            Self::AppApproval => 2,
            Self::SmartCard => 3,
            Self::Password => 4,
            Self::Totp => 5,
            Self::Sms => 6,
            Self::RecoveryCode => 7,
        }
    }
}

/// The three kinds of factor (SP 800-63B-4 §1; RTS 2018/389 Art. 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something one knows.
    Knowledge,
    /// Something one has.
    Possession,
    /// Something one is.
    Inherence,
}

/// What one proof showed. Only a thing that is held can verify its holder, resist phishing or be bound
/// to hardware, so those facts exist only under [`Properties::Possession`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Properties {
    /// A secret was known.
    Knowledge,
    /// A trait was matched by the verifier itself.
    Inherence,
    /// A thing was held.
    Possession(Possession),
}

/// What the proof of a held thing showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Possession {
    /// The thing verified its holder, by PIN or biometrics: a second kind of factor in the same proof.
    #[serde(default)]
    pub user_verified: bool,
    /// The proof is bound to the verifier's name (SP 800-63B-4 §3.2.5): relaying it gains nothing.
    #[serde(default)]
    pub phishing_resistant: bool,
    /// Not backup-eligible, and attested by a model that the configured metadata accepts.
    #[serde(default)]
    pub hardware_bound: bool,
}

impl Properties {
    /// The kind of factor.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Knowledge => Kind::Knowledge,
            Self::Inherence => Kind::Inherence,
            Self::Possession(_) => Kind::Possession,
        }
    }

    /// What the proof of a held thing showed; nothing for the other kinds.
    #[must_use]
    pub fn held(self) -> Possession {
        match self {
            Self::Possession(held) => held,
            Self::Knowledge | Self::Inherence => Possession::default(),
        }
    }

    /// What both show: a proof counts for no more than its credential's live state allows.
    /// `None` when they are of different kinds.
    #[must_use]
    pub fn at_most(self, live: Self) -> Option<Self> {
        match (self, live) {
            (Self::Possession(then), Self::Possession(now)) => Some(Self::Possession(Possession {
                user_verified: then.user_verified && now.user_verified,
                phishing_resistant: then.phishing_resistant && now.phishing_resistant,
                hardware_bound: then.hardware_bound && now.hardware_bound,
            })),
            (then, now) => (then == now).then_some(then),
        }
    }

    /// Whether this shows all that `other` shows.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        self.at_most(other) == Some(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everything_that_can_be_shown() -> Vec<Properties> {
        let held = (0..8u8).map(|bits| {
            Properties::Possession(Possession {
                user_verified: bits & 1 != 0,
                phishing_resistant: bits & 2 != 0,
                hardware_bound: bits & 4 != 0,
            })
        });
        held.chain([Properties::Knowledge, Properties::Inherence]).collect()
    }

    /// `assurance.md`, rule 2: live state can only remove.
    #[test]
    fn a_proof_counts_for_exactly_what_it_and_its_credential_now_both_show() {
        for then in everything_that_can_be_shown() {
            for now in everything_that_can_be_shown() {
                let Some(both) = then.at_most(now) else {
                    assert_ne!(then.kind(), now.kind(), "{then:?} {now:?}");
                    continue;
                };
                assert_eq!(both.kind(), then.kind());
                let shown = |of: fn(Possession) -> bool| (of(both.held()), of(then.held()), of(now.held()));
                for of in [
                    |held: Possession| held.user_verified,
                    |held: Possession| held.phishing_resistant,
                    |held: Possession| held.hardware_bound,
                ] {
                    let (both, then, now) = shown(of);
                    assert_eq!(both, then && now);
                }
            }
        }
    }
}
