use riser_core::assurance::{Factor, Possession, Properties};
use riser_core::{Acr, Seconds};

/// What people may do about their own credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentPolicy {
    /// Whether a credential that a weak session enrolled rises by itself after a while. Off unless configured
    /// (rule 8 of the model).
    pub cooling_off: Option<CoolingOff>,
    /// What people may register by themselves. For everything else they need a link, which lets in what it says
    /// whatever stands here (SU-25).
    pub by_oneself: Vec<Factor>,
    /// How long a recovery waits before the replacement can be registered.
    pub recovery_delay: Seconds,
}

impl EnrolmentPolicy {
    /// Whether people may register something of `factor` by themselves.
    #[must_use]
    pub fn lets(&self, factor: Factor) -> bool {
        self.by_oneself.contains(&factor)
    }
}

/// A credential rises after a wait in which its owner is told and can cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoolingOff {
    /// How long: at least [`CoolingOff::SHORTEST`].
    pub wait: Seconds,
    /// As far as which level.
    pub to: Acr,
}

impl CoolingOff {
    /// The model's rule 8: 24 hours or more.
    pub const SHORTEST: Seconds = Seconds(24 * 3600);
}

impl Default for EnrolmentPolicy {
    fn default() -> Self {
        let by_oneself = vec![Factor::Passkey, Factor::Totp, Factor::Password, Factor::RecoveryCode];
        Self { by_oneself, cooling_off: None, recovery_delay: Seconds(24 * 3600) }
    }
}

/// What people of an installation can come to register, with the most that each can show. A key counts as
/// bound to hardware only where somebody is trusted to vouch for it.
#[must_use]
pub fn enrollable(hardware: bool) -> Vec<(Factor, Properties)> {
    let passkey = Possession { user_verified: true, phishing_resistant: true, hardware_bound: false };
    let mut ways = vec![(Factor::Passkey, Properties::Possession(passkey))];
    if hardware {
        let key = Possession { hardware_bound: true, ..passkey };
        ways.push((Factor::Passkey, Properties::Possession(key)));
    }
    ways.push((Factor::Password, Properties::Knowledge));
    ways.push((Factor::Totp, Properties::Possession(Possession::default())));
    ways
}
