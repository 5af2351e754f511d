//! One model, as the metadata describes it.

use std::fmt;

use riser_core::UnixTime;

use crate::webauthn::AttestationRoots;

/// The SHA-1 of an attesting key, by which U2F's models are known.
pub(crate) type KeyId = [u8; 20];

/// How thoroughly a model was examined (FIDO MDS v3 §3.1.4). The order is that of the levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certification {
    /// Level 1, and the functional certification before there were levels.
    L1,
    /// Level 1+.
    L1Plus,
    /// Level 2.
    L2,
    /// Level 2+.
    L2Plus,
    /// Level 3.
    L3,
    /// Level 3+.
    L3Plus,
}

impl Certification {
    const ALL: [Self; 6] = [Self::L1, Self::L1Plus, Self::L2, Self::L2Plus, Self::L3, Self::L3Plus];

    /// Its name in the configuration: `L1`, `L1plus` and so on.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::L1 => "L1",
            Self::L1Plus => "L1plus",
            Self::L2 => "L2",
            Self::L2Plus => "L2plus",
            Self::L3 => "L3",
            Self::L3Plus => "L3plus",
        }
    }

    /// The level of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

impl fmt::Display for Certification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is known against a model (FIDO MDS v3 §3.1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Issue {
    /// `REVOKED`: not to be trusted for any reason.
    Revoked,
    /// `USER_VERIFICATION_BYPASS`.
    UserVerificationBypass,
    /// `ATTESTATION_KEY_COMPROMISE`.
    AttestationKeyCompromise,
    /// `USER_KEY_REMOTE_COMPROMISE`.
    UserKeyRemoteCompromise,
    /// `USER_KEY_PHYSICAL_COMPROMISE`.
    UserKeyPhysicalCompromise,
}

impl Issue {
    const ALL: [Self; 5] = [
        Self::Revoked,
        Self::UserVerificationBypass,
        Self::AttestationKeyCompromise,
        Self::UserKeyRemoteCompromise,
        Self::UserKeyPhysicalCompromise,
    ];

    /// Its name in the metadata.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Revoked => "REVOKED",
            Self::UserVerificationBypass => "USER_VERIFICATION_BYPASS",
            Self::AttestationKeyCompromise => "ATTESTATION_KEY_COMPROMISE",
            Self::UserKeyRemoteCompromise => "USER_KEY_REMOTE_COMPROMISE",
            Self::UserKeyPhysicalCompromise => "USER_KEY_PHYSICAL_COMPROMISE",
        }
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A status that means something here. The others are skipped: the standard wants unknown ones to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Certified(Certification),
    /// A certification that ended, or never was.
    NotCertified,
    Issue(Issue),
}

impl Status {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        if let Some(issue) = Issue::ALL.into_iter().find(|issue| issue.name() == name) {
            return Some(Self::Issue(issue));
        }
        match name {
            "FIDO_CERTIFIED" => Some(Self::Certified(Certification::L1)),
            "NOT_FIDO_CERTIFIED" | "SELF_ASSERTION_SUBMITTED" | "RETIRED" => Some(Self::NotCertified),
            _ => name.strip_prefix("FIDO_CERTIFIED_").and_then(Certification::from_name).map(Self::Certified),
        }
    }
}

/// A status report. Without a date it is in effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) status: Status,
    pub(super) since: Option<UnixTime>,
}

/// Whether a model's entry could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Legibility {
    Read,
    /// It names the model and says something about it, but what?
    Unreadable,
}

/// One model.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) legibility: Legibility,
    pub(super) description: String,
    pub(super) roots: AttestationRoots,
    pub(super) protection: Protection,
    pub(super) verification: Verification,
    pub(super) reports: Vec<Report>,
}

/// Where a model keeps its keys (FIDO Registry §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    Hardware,
    /// In software, or nobody says.
    Other,
}

/// Whether a model verifies its holder for each signature (`isFreshUserVerificationRequired`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verification {
    /// Each time.
    Fresh,
    /// An earlier one may stand in, for as long as the application likes.
    Remembered,
}

impl Model {
    pub(super) fn unreadable() -> Self {
        Self {
            legibility: Legibility::Unreadable,
            description: String::new(),
            roots: AttestationRoots::none(),
            protection: Protection::Other,
            verification: Verification::Remembered,
            reports: Vec::new(),
        }
    }

    /// What is known against it. FIDO MDS v3 §3.1.3 lets a later `UPDATE_AVAILABLE` "address" what was reported
    /// before it; but a registration does not say which version its authenticator runs, so nothing takes a report
    /// back here except the service, by removing it. A date in the future does not wait: somebody knows already.
    pub(super) fn issue(&self) -> Option<Issue> {
        let issues = self.reports.iter().filter_map(|report| match report.status {
            Status::Issue(issue) => Some(issue),
            Status::Certified(_) | Status::NotCertified => None,
        });
        // The worst of them comes first in the order.
        issues.min()
    }

    /// The certification that is in effect: that of the latest report, and of two of one day the lower. A report
    /// without a date counts as from that of the one before it.
    pub(super) fn certification(&self, now: UnixTime) -> Option<Certification> {
        let mut previous = UnixTime(i64::MIN);
        let mut latest: Option<(UnixTime, Option<Certification>)> = None;
        for report in &self.reports {
            let since = report.since.unwrap_or(previous);
            previous = since;
            let level = match report.status {
                Status::Certified(level) => Some(level),
                Status::NotCertified => None,
                Status::Issue(_) => continue,
            };
            let newer = match latest {
                None => true,
                Some((at, held)) => since > at || (since == at && level < held),
            };
            if since <= now && newer {
                latest = Some((since, level));
            }
        }
        latest.and_then(|(_, level)| level)
    }
}
