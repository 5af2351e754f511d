//! Signals of risk that follow from what is recorded of a person: where they were seen, when, and what was refused. They
//! can only raise what is asked. Nothing that a client or a browser says of itself takes one away: what is not known
//! counts as new.

use serde::{Deserialize, Serialize};

use crate::{Seconds, UnixTime};

/// A signal of Riser's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The person proved something in this browser for the first time less than a day ago, or it is not known.
    NewDevice,
    /// The same of the network.
    NewNetwork,
    /// Three or more proofs of this person were refused within a quarter of an hour.
    RecentFailures,
    /// The person proved something in another browser on another network within two minutes of doing so here.
    ImpossiblePace,
    /// Nobody was seen at Riser in this session for as long as a session may be idle.
    Inactivity,
}

/// Until then a device or a network is new.
pub const NEW: Seconds = Seconds(24 * 3600);
/// Refusals count for so long.
pub const FAILURES_COUNT: Seconds = Seconds(15 * 60);
const MANY_FAILURES: u32 = 3;
const IMPOSSIBLE: i64 = 120;

/// What is recorded of a person, as one of their sessions sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sightings {
    /// When the person first proved something in the session's browser.
    pub device_since: Option<UnixTime>,
    /// When they first did so on the network that the session was last proved on.
    pub network_since: Option<UnixTime>,
    /// When they last did so in this browser on this network.
    pub here_at: Option<UnixTime>,
    /// When they last did so in another browser on another network.
    pub elsewhere_at: Option<UnixTime>,
    /// Proofs of theirs that were refused within [`FAILURES_COUNT`].
    pub failures: u32,
}

impl Signal {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::NewDevice, Self::NewNetwork, Self::RecentFailures, Self::ImpossiblePace, Self::Inactivity];

    /// As rules name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NewDevice => "new_device",
            Self::NewNetwork => "new_network",
            Self::RecentFailures => "recent_failures",
            Self::ImpossiblePace => "impossible_pace",
            Self::Inactivity => "inactivity",
        }
    }
}

/// The signals of a session that was last used at `used_at`, where sessions may be idle for `idle`.
#[must_use]
pub fn signals(seen: &Sightings, used_at: UnixTime, idle: Seconds, now: UnixTime) -> Vec<Signal> {
    let is_new = |since: Option<UnixTime>| since.is_none_or(|since| now.since(since) < i64::from(NEW.0));
    let pace = seen.here_at.zip(seen.elsewhere_at);
    let holds = |signal: &Signal| match signal {
        Signal::NewDevice => is_new(seen.device_since),
        Signal::NewNetwork => is_new(seen.network_since),
        Signal::RecentFailures => seen.failures >= MANY_FAILURES,
        Signal::ImpossiblePace => pace.is_some_and(|(here, there)| here.since(there).abs() < IMPOSSIBLE),
        Signal::Inactivity => now.since(used_at) >= i64::from(idle.0),
    };
    Signal::ALL.into_iter().filter(holds).collect()
}

#[cfg(test)]
mod tests {
    use super::Signal::{ImpossiblePace, Inactivity, NewDevice, NewNetwork, RecentFailures};
    use super::*;

    const NOW: UnixTime = UnixTime(10_000_000);

    #[test]
    #[rustfmt::skip] // a table
    fn each_signal_has_its_edge() {
        let ago = |seconds| Some(UnixTime(NOW.0 - seconds));
        let known = Sightings { device_since: ago(86_400), network_since: ago(86_400), here_at: ago(500), elsewhere_at: ago(620), failures: 2 };
        for (name, seen, used, expected) in [
            ("all is as ever", known, 1799, &[][..]),
            ("a browser of less than a day", Sightings { device_since: ago(86_399), ..known }, 0, &[NewDevice]),
            ("a network of less than a day", Sightings { network_since: ago(86_399), ..known }, 0, &[NewNetwork]),
            ("nothing is known", Sightings::default(), 0, &[NewDevice, NewNetwork]),
            ("a date in the future", Sightings { device_since: ago(-9), ..known }, 0, &[NewDevice]),
            ("three refusals", Sightings { failures: 3, ..known }, 0, &[RecentFailures]),
            ("elsewhere two minutes before", Sightings { elsewhere_at: ago(619), ..known }, 0, &[ImpossiblePace]),
            ("elsewhere after here", Sightings { elsewhere_at: ago(381), ..known }, 0, &[ImpossiblePace]),
            ("idle", known, 1800, &[Inactivity]),
        ] {
            let used_at = UnixTime(NOW.0 - used);
            assert_eq!(signals(&seen, used_at, Seconds(1800), NOW), expected, "{name}");
        }
    }
}
