use riser_core::Seconds;
use riser_core::abuse::Budget;

/// How often something may be tried before it has to wait. What waits is the one factor, for the one name or
/// network: a passkey is never closed, because guessing gains nothing against it (AB-06).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Wrong passwords in a row for one name, known or not.
    pub password: Budget,
    /// Wrong one-time codes in a row for one account, over all its sessions (AB-02).
    pub totp: Budget,
    /// Wrong recovery codes in a row for one account.
    pub recovery_code: Budget,
    /// Wrong tries of anything guessable from one network, over all names.
    pub network: Budget,
    /// Prompts that one client may put to one person without an answer (SU-42).
    pub prompts: Budget,
}

const DAY: Seconds = Seconds(24 * 3600);

impl Default for Budgets {
    fn default() -> Self {
        let minutes = |minutes: u32| Seconds(minutes * 60);
        Self {
            password: Budget { tries: 10, wait: minutes(15), longest: DAY },
            totp: Budget { tries: 10, wait: minutes(15), longest: DAY },
            recovery_code: Budget { tries: 5, wait: minutes(60), longest: DAY },
            // An office behind one address signs in through it.
            network: Budget { tries: 300, wait: minutes(15), longest: minutes(60) },
            // Ten a minute: what only a loop asks for, and no person on purpose.
            prompts: Budget { tries: 100, wait: minutes(10), longest: minutes(60) },
        }
    }
}
