use riser_core::Seconds;
use riser_core::abuse::Budget;
use riser_core::quota::Quota;
use riser_core::session::INTERACTION_LIFETIME;

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
    /// Visits of one network that nobody has finished; the same for one person who is signed in (AB-10).
    pub visits: Quota,
    /// Visits for one client that nobody has finished, of all who are not signed in.
    pub client_visits: Quota,
    /// Challenges of one network, or of one person who is signed in, that nobody has answered.
    pub ceremonies: Quota,
}

const DAY: Seconds = Seconds(24 * 3600);

impl Default for Budgets {
    fn default() -> Self {
        let open = |most: u32| Quota { most, within: INTERACTION_LIFETIME };
        let minutes = |minutes: u32| Seconds(minutes * 60);
        Self {
            password: Budget { tries: 10, wait: minutes(15), longest: DAY },
            totp: Budget { tries: 10, wait: minutes(15), longest: DAY },
            recovery_code: Budget { tries: 5, wait: minutes(60), longest: DAY },
            // An office behind one address signs in through it.
            network: Budget { tries: 300, wait: minutes(15), longest: minutes(60) },
            // Ten a minute: what only a loop asks for, and no person on purpose.
            prompts: Budget { tries: 100, wait: minutes(10), longest: minutes(60) },
            // Some 50 MB of disk, gone within the hour: more than the people behind one address leave unfinished.
            visits: open(20_000),
            client_visits: open(100_000),
            // A page asks for one by itself and for one at each press of its button.
            ceremonies: open(40_000),
        }
    }
}
