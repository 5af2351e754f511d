use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::order::{Slot, alternative_covers};
use super::{Ceiling, Kind};
use crate::{Acr, Seconds};

/// Levels within this much of their lapse count as lapsed, so that what is answered without a prompt is
/// still true when the relying party checks it.
pub(crate) const LAPSE_MARGIN: Seconds = Seconds(30);

/// The most slots an alternative may have: more kinds of proof than any person is asked for.
const MAX_SLOTS: usize = 4;

/// A level as the operator writes it: one `[[assurance.level]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelSpec {
    /// Its wire name.
    pub acr: Acr,
    /// Other names of the same level.
    #[serde(default)]
    pub aliases: Vec<Acr>,
    /// Ways to meet it; each is a list of proofs by different credentials.
    pub alternatives: Vec<Vec<SlotSpec>>,
    /// How long after the oldest proof it lapses; with the session when absent.
    #[serde(default)]
    pub lifetime: Option<Seconds>,
}

/// A slot as the operator writes it: `{ kind = "possession", phishing_resistant = true }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotSpec {
    /// The kind of factor.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// `true`, or not written.
    #[serde(default)]
    pub user_verified: Option<bool>,
    /// `true`, or not written.
    #[serde(default)]
    pub phishing_resistant: Option<bool>,
    /// `true`, or not written.
    #[serde(default)]
    pub hardware_bound: Option<bool>,
}

/// Why a ladder cannot be used. `level` counts from 0 in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LadderError {
    /// No levels at all.
    #[error("the ladder has no level: write at least one `[[assurance.level]]`")]
    Empty,
    /// A name stands twice.
    #[error("level {level}: the name `{acr}` is already taken by another level or alias")]
    NameTaken {
        /// The later of the two.
        level: usize,
        /// The name.
        acr: Acr,
    },
    /// No alternative, or one without a slot: nothing, or nobody's proof, would meet it.
    #[error(
        "level {level} (`{acr}`): an alternative needs 1 to {MAX_SLOTS} slots, and a level an alternative"
    )]
    Unreachable {
        /// Where.
        level: usize,
        /// The level's name.
        acr: Acr,
    },
    /// A slot that no proof can fill.
    #[error(
        "level {level} (`{acr}`): no proof of that kind can be user_verified, phishing_resistant or \
         hardware_bound; only `kind = \"possession\"` can"
    )]
    Contradiction {
        /// Where.
        level: usize,
        /// The level's name.
        acr: Acr,
    },
    /// `property = false`: a level can ask for a property, not for its absence.
    #[error("level {level} (`{acr}`): a property is `true` or left out; a level cannot ask for its absence")]
    AsksForAbsence {
        /// Where.
        level: usize,
        /// The level's name.
        acr: Acr,
    },
    /// The lifetime leaves no time to use the level.
    #[error("level {level} (`{acr}`): a lifetime is at least 60 seconds")]
    LifetimeTooShort {
        /// Where.
        level: usize,
        /// The level's name.
        acr: Acr,
    },
    /// Two levels that the same proofs meet.
    #[error(
        "level {level} (`{acr}`) is met by the same proofs as `{other}`: write it as an alias of that level"
    )]
    SameAs {
        /// The later of the two.
        level: usize,
        /// Its name.
        acr: Acr,
        /// The earlier one.
        other: Acr,
    },
    /// A weaker level after a stronger one.
    #[error(
        "level {level} (`{acr}`) is weaker than `{other}`, which stands before it: order them from weak to strong"
    )]
    OutOfOrder {
        /// The later of the two.
        level: usize,
        /// Its name.
        acr: Acr,
        /// The earlier one.
        other: Acr,
    },
    /// A stronger level that would outlive a weaker one which it implies.
    #[error(
        "level {level} (`{acr}`) outlives `{other}`, which it implies: give it a lifetime no longer than that one's"
    )]
    Outlives {
        /// The stronger level.
        level: usize,
        /// Its name.
        acr: Acr,
        /// The weaker level.
        other: Acr,
    },
}

/// The position of a level in its ladder. An index, not a strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LevelId(pub(crate) usize);

/// One checked level.
#[derive(Clone, Debug)]
pub(crate) struct Level {
    pub(crate) acr: Acr,
    pub(crate) aliases: Vec<Acr>,
    pub(crate) alternatives: Vec<Vec<Slot>>,
    pub(crate) lifetime: Option<Seconds>,
}

/// The named requirements over authentications, checked: a partial order computed from a finite list.
#[derive(Clone, Debug)]
pub struct Ladder {
    levels: Vec<Level>,
    /// `at_least[a][b]`: whoever meets `a` meets `b`.
    at_least: Vec<Vec<bool>>,
}

impl Ladder {
    /// Checks the levels and computes their order.
    ///
    /// # Errors
    /// [`LadderError`] names the first level that is unreachable, contradictory, doubled or misplaced.
    pub fn new(specs: &[LevelSpec]) -> Result<Self, LadderError> {
        if specs.is_empty() {
            return Err(LadderError::Empty);
        }
        let mut taken = BTreeSet::new();
        let mut levels = Vec::with_capacity(specs.len());
        for (index, spec) in specs.iter().enumerate() {
            for name in std::iter::once(&spec.acr).chain(&spec.aliases) {
                if !taken.insert(name) {
                    return Err(LadderError::NameTaken { level: index, acr: name.clone() });
                }
            }
            levels.push(Level::check(index, spec)?);
        }
        let at_least: Vec<Vec<bool>> =
            levels.iter().map(|a| levels.iter().map(|b| a.covers(b)).collect()).collect();
        let ladder = Self { levels, at_least };
        ladder.check_order()?;
        Ok(ladder)
    }

    /// Every configured name, strongest first: `acr_values_supported` (OIDC Discovery §3).
    #[must_use]
    pub fn names(&self) -> Vec<&Acr> {
        self.levels.iter().rev().flat_map(Level::names).collect()
    }

    /// Each level by its own name, in the order of the file, which never puts a stronger one before a weaker.
    #[must_use]
    pub fn levels(&self) -> Vec<&Acr> {
        self.levels.iter().map(|level| &level.acr).collect()
    }

    /// Whether `acr` is a level or an alias of one.
    #[must_use]
    pub fn knows(&self, acr: &Acr) -> bool {
        self.find(acr).is_some()
    }

    /// Whether whoever meets `stronger` meets `weaker`. Unknown names are at least nothing.
    #[must_use]
    pub fn is_at_least(&self, stronger: &Acr, weaker: &Acr) -> bool {
        match (self.find(stronger), self.find(weaker)) {
            (Some(stronger), Some(weaker)) => self.at_least(stronger, weaker),
            _ => false,
        }
    }

    /// How long after its oldest proof a level lapses; `None` where it lasts as long as the session, or is unknown.
    #[must_use]
    pub fn lifetime(&self, acr: &Acr) -> Option<Seconds> {
        self.find(acr).and_then(|id| self.level(id)).and_then(|level| level.lifetime)
    }

    pub(crate) fn find(&self, acr: &Acr) -> Option<LevelId> {
        self.levels.iter().position(|level| level.names().any(|name| name == acr)).map(LevelId)
    }

    pub(crate) fn level(&self, id: LevelId) -> Option<&Level> {
        self.levels.get(id.0)
    }

    /// Levels in the order of the file, which never puts a stronger one before a weaker.
    pub(crate) fn ids(&self) -> impl DoubleEndedIterator<Item = LevelId> + use<> {
        (0..self.levels.len()).map(LevelId)
    }

    pub(crate) fn at_least(&self, stronger: LevelId, weaker: LevelId) -> bool {
        self.at_least.get(stronger.0).and_then(|row| row.get(weaker.0)).copied().unwrap_or(false)
    }

    /// Whether `ceiling` lets a credential count toward `level`. A ceiling that names no known level
    /// allows nothing.
    pub(crate) fn allows(&self, ceiling: &Ceiling, level: LevelId) -> bool {
        match ceiling {
            Ceiling::Unlimited => true,
            Ceiling::UpTo(names) => {
                names.iter().filter_map(|name| self.find(name)).any(|ceiling| self.at_least(ceiling, level))
            }
        }
    }

    /// Whether a credential with `ceiling` can count toward `acr`. Nothing counts toward an unknown level.
    #[must_use]
    pub fn lets(&self, ceiling: &Ceiling, acr: &Acr) -> bool {
        self.find(acr).is_some_and(|level| self.allows(ceiling, level))
    }

    /// Whether the ceiling allows anything at all.
    pub(crate) fn is_meaningful(&self, ceiling: &Ceiling) -> bool {
        match ceiling {
            Ceiling::Unlimited => true,
            Ceiling::UpTo(names) => names.iter().any(|name| self.knows(name)),
        }
    }

    fn check_order(&self) -> Result<(), LadderError> {
        for later in self.ids() {
            for earlier in self.ids().take(later.0) {
                let (Some(high), Some(low)) = (self.level(later), self.level(earlier)) else { continue };
                let (level, acr, other) = (later.0, high.acr.clone(), low.acr.clone());
                match (self.at_least(later, earlier), self.at_least(earlier, later)) {
                    (true, true) => return Err(LadderError::SameAs { level, acr, other }),
                    (false, true) => return Err(LadderError::OutOfOrder { level, acr, other }),
                    (true, false) if outlives(high.lifetime, low.lifetime) => {
                        return Err(LadderError::Outlives { level, acr, other });
                    }
                    (true | false, false) => {}
                }
            }
        }
        Ok(())
    }
}

fn outlives(stronger: Option<Seconds>, weaker: Option<Seconds>) -> bool {
    weaker.is_some_and(|weaker| stronger.is_none_or(|stronger| stronger > weaker))
}

impl Level {
    fn check(index: usize, spec: &LevelSpec) -> Result<Self, LadderError> {
        let acr = || spec.acr.clone();
        if spec.alternatives.is_empty() {
            return Err(LadderError::Unreachable { level: index, acr: acr() });
        }
        let mut alternatives = Vec::with_capacity(spec.alternatives.len());
        for alternative in &spec.alternatives {
            if alternative.is_empty() || alternative.len() > MAX_SLOTS {
                return Err(LadderError::Unreachable { level: index, acr: acr() });
            }
            let mut slots = Vec::with_capacity(alternative.len());
            for slot in alternative {
                let flags = [slot.user_verified, slot.phishing_resistant, slot.hardware_bound];
                if flags.contains(&Some(false)) {
                    return Err(LadderError::AsksForAbsence { level: index, acr: acr() });
                }
                let slot = Slot {
                    kind: slot.kind,
                    user_verified: slot.user_verified.is_some(),
                    phishing_resistant: slot.phishing_resistant.is_some(),
                    hardware_bound: slot.hardware_bound.is_some(),
                };
                if slot.contradicts_itself() {
                    return Err(LadderError::Contradiction { level: index, acr: acr() });
                }
                slots.push(slot);
            }
            alternatives.push(slots);
        }
        // Twice the margin: a level must be usable for at least as long as it is withheld.
        if spec.lifetime.is_some_and(|lifetime| lifetime.0 < 2 * LAPSE_MARGIN.0) {
            return Err(LadderError::LifetimeTooShort { level: index, acr: acr() });
        }
        Ok(Self { acr: acr(), aliases: spec.aliases.clone(), alternatives, lifetime: spec.lifetime })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &Acr> {
        std::iter::once(&self.acr).chain(&self.aliases)
    }

    /// Each alternative of `self` covers one of `other`'s.
    fn covers(&self, other: &Self) -> bool {
        self.alternatives
            .iter()
            .all(|ours| other.alternatives.iter().any(|theirs| alternative_covers(ours, theirs)))
    }
}

/// The ladder of a configuration that writes none: `aal1`, `aal2`, `phr`, `phrh`. The last two keep the
/// meaning that OpenID EAP §2 registered.
#[must_use]
pub fn default_ladder() -> Vec<LevelSpec> {
    fn level(acr: &str, alternatives: &[&[SlotSpec]], lifetime: Option<Seconds>) -> Option<LevelSpec> {
        let alternatives = alternatives.iter().map(|slots| slots.to_vec()).collect();
        Some(LevelSpec { acr: Acr::parse(acr).ok()?, aliases: Vec::new(), alternatives, lifetime })
    }
    let any = SlotSpec::default();
    let knowledge = SlotSpec { kind: Some(Kind::Knowledge), ..any };
    let possession = SlotSpec { kind: Some(Kind::Possession), ..any };
    let verified = SlotSpec { user_verified: Some(true), ..any };
    let resistant = SlotSpec { phishing_resistant: Some(true), ..possession };
    let resistant_verified = SlotSpec { phishing_resistant: Some(true), ..verified };
    let hardware = SlotSpec { phishing_resistant: Some(true), hardware_bound: Some(true), ..any };
    let hardware_verified = SlotSpec { user_verified: Some(true), ..hardware };
    let quarter_hour = Some(Seconds(15 * 60));
    [
        level("aal1", &[&[any]], None),
        level("aal2", &[&[knowledge, possession], &[verified]], None),
        level("phr", &[&[knowledge, resistant], &[resistant_verified]], quarter_hour),
        level("phrh", &[&[knowledge, hardware], &[hardware_verified]], quarter_hour),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `assurance.md`, rule 8: a ceiling lets a credential count toward its own level and what that implies.
    #[test]
    fn a_ceiling_lets_in_its_level_and_those_below_and_no_other() {
        let ladder = Ladder::new(&default_ladder()).unwrap();
        let names: Vec<&str> = ladder.levels().into_iter().map(Acr::as_str).collect();
        assert_eq!(names, ["aal1", "aal2", "phr", "phrh"]);
        let levels = ladder.levels();
        for (rank, ceiling) in levels.iter().enumerate() {
            let ceiling = Ceiling::UpTo([(*ceiling).clone()].into());
            for (other, level) in levels.iter().enumerate() {
                assert_eq!(ladder.lets(&ceiling, level), other <= rank, "{level:?}");
            }
        }
        let unknown = Acr::parse("unheard-of").unwrap();
        assert!(!ladder.lets(&Ceiling::Unlimited, &unknown));
        assert!(!ladder.lets(&Ceiling::UpTo([unknown].into()), levels[0]));
    }
}
