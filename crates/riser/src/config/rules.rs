//! `[enrolment]`, `[passwords]`, `[limits]` and the proxies of `[server]`: what the server's rules take from the
//! operator.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::Path;

use ipnet::IpNet;
use riser_core::assurance::{Factor, Ladder};
use riser_core::{Acr, Seconds};
use riser_factors::password::Blocklist;
use riser_server::{Budgets, CoolingOff, EnrolmentPolicy};
use serde::{Deserialize, Deserializer, de::Error as _};
use toml::Spanned;

use super::duration::{optional, parse_duration};
use super::file::Source;
use crate::failure::Failure;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Enrolment {
    #[serde(rename = "self")]
    by_oneself: Option<Vec<SelfEnrolled>>,
    cooling_off: Option<Spanned<String>>,
    raises_to: Option<Spanned<String>>,
    recovery_delay: Option<Spanned<String>>,
}

/// What people may register by themselves.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SelfEnrolled {
    Passkey,
    Totp,
    Password,
    RecoveryCodes,
}

impl SelfEnrolled {
    fn factor(self) -> Factor {
        match self {
            Self::Passkey => Factor::Passkey,
            Self::Totp => Factor::Totp,
            Self::Password => Factor::Password,
            Self::RecoveryCodes => Factor::RecoveryCode,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordRules {
    blocklist: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    #[serde(deserialize_with = "attempts")]
    password_attempts: Option<u32>,
    #[serde(deserialize_with = "attempts")]
    totp_attempts: Option<u32>,
    #[serde(deserialize_with = "attempts")]
    recovery_code_attempts: Option<u32>,
    network_attempts: Option<NonZeroU32>,
    #[serde(deserialize_with = "optional")]
    wait: Option<Seconds>,
    open_visits: Option<NonZeroU32>,
    open_client_visits: Option<NonZeroU32>,
    open_challenges: Option<NonZeroU32>,
}

/// A day less would outrun the letter; an hour is what a person needs to see one at all.
const SHORTEST_RECOVERY: Seconds = Seconds(3600);

/// SP 800-63B-4 §3.2.2.
const MOST_ATTEMPTS: u32 = 100;

fn attempts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match Option::<u32>::deserialize(deserializer)? {
        Some(tries) if !(1..=MOST_ATTEMPTS).contains(&tries) => {
            Err(D::Error::custom("write 1 to 100: more lets too many guesses through (SP 800-63B-4 §3.2.2)"))
        }
        tries => Ok(tries),
    }
}

/// What people may do about their own credentials.
pub fn enrolment(table: &Enrolment, ladder: &Ladder, source: &Source) -> Result<EnrolmentPolicy, Failure> {
    let cooling_off = match (&table.cooling_off, &table.raises_to) {
        (None, None) => None,
        (Some(wait), Some(to)) => {
            let wait = at_least(wait, CoolingOff::SHORTEST, "cooling_off: 24h or more", source)?;
            let acr = Acr::parse(to.get_ref()).ok().filter(|acr| ladder.knows(acr));
            let to = acr.ok_or_else(|| {
                source.failure(
                    to.span().start,
                    format!("[enrolment] raises_to: `{}` is no level of the ladder", to.get_ref()),
                )
            })?;
            Some(CoolingOff { wait, to })
        }
        (Some(one), None) | (None, Some(one)) => {
            return Err(source.failure(
                one.span().start,
                "[enrolment]: cooling_off and raises_to belong together: write both or neither",
            ));
        }
    };
    let recovery_delay = match &table.recovery_delay {
        None => EnrolmentPolicy::default().recovery_delay,
        Some(delay) => {
            let cure = "recovery_delay: 1h or more, so that its letter is read";
            at_least(delay, SHORTEST_RECOVERY, cure, source)?
        }
    };
    let by_oneself = match &table.by_oneself {
        None => EnrolmentPolicy::default().by_oneself,
        Some(kinds) => kinds.iter().map(|kind| kind.factor()).collect(),
    };
    Ok(EnrolmentPolicy { by_oneself, cooling_off, recovery_delay })
}

fn at_least(text: &Spanned<String>, least: Seconds, cure: &str, source: &Source) -> Result<Seconds, Failure> {
    let wrong = |what: &str| source.failure(text.span().start, format!("[enrolment] {what}"));
    let given = parse_duration(text.get_ref()).map_err(|error| wrong(&error))?;
    if given.0 < least.0 { Err(wrong(cure)) } else { Ok(given) }
}

/// The passwords that nobody may have here, and how many lines of the operator's own are among them.
pub fn blocklist(table: &PasswordRules, source: &Source, base: &Path) -> Result<(Blocklist, usize), Failure> {
    let Some(file) = &table.blocklist else { return Ok((Blocklist::new(std::iter::empty()), 0)) };
    let text = std::fs::read_to_string(base.join(file.get_ref())).map_err(|error| {
        let what = format!("[passwords] blocklist `{}`: cannot be read: {error}", file.get_ref());
        source.failure(file.span().start, what)
    })?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    Ok((Blocklist::new(lines.clone().map(str::to_owned)), lines.count()))
}

/// How often something may be tried.
pub fn budgets(table: &Limits) -> Budgets {
    let mut budgets = Budgets::default();
    let network = table.network_attempts.map(NonZeroU32::get);
    for (budget, tries) in [
        (&mut budgets.password, table.password_attempts),
        (&mut budgets.totp, table.totp_attempts),
        (&mut budgets.recovery_code, table.recovery_code_attempts),
        (&mut budgets.network, network),
    ] {
        budget.tries = tries.unwrap_or(budget.tries);
        budget.wait = table.wait.unwrap_or(budget.wait);
        budget.longest = Seconds(budget.longest.0.max(budget.wait.0));
    }
    for (quota, most) in [
        (&mut budgets.visits, table.open_visits),
        (&mut budgets.client_visits, table.open_client_visits),
        (&mut budgets.ceremonies, table.open_challenges),
    ] {
        quota.most = most.map_or(quota.most, NonZeroU32::get);
    }
    budgets
}

/// The proxies whose word on an address is taken: networks, or single addresses.
pub fn trusted_proxies(networks: &[Spanned<String>], source: &Source) -> Result<Vec<IpNet>, Failure> {
    let network = |text: &Spanned<String>| {
        let parsed =
            text.get_ref().parse::<IpNet>().or_else(|_| text.get_ref().parse::<IpAddr>().map(IpNet::from));
        let wrong = |what: &str| {
            source
                .failure(text.span().start, format!("[server] trusted_proxies: `{}` {what}", text.get_ref()))
        };
        match parsed {
            Ok(network) if network.prefix_len() == 0 => {
                Err(wrong("trusts everybody to say where they come from: name the proxies"))
            }
            Ok(network) => Ok(network.trunc()),
            Err(_) => Err(wrong("is no network: write `10.0.0.0/8` or `2001:db8::1`")),
        }
    };
    networks.iter().map(network).collect()
}
