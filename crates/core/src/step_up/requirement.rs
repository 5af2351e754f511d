use serde::{Deserialize, Serialize};

use crate::assurance::{Ladder, LevelId};
use crate::transaction::Digest;
use crate::{Acr, InteractionId, Seconds, UnixTime};

/// What a request asks for, fixed when it arrived. It can be joined with more and never reduced: what the
/// request, the client's floor, the transaction's type and the account ask must all be met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    interaction: InteractionId,
    received: UnixTime,
    freshness: Freshness,
    mode: Mode,
    asked: Vec<Acr>,
    floors: Vec<Vec<Acr>>,
    bound_to: Option<Digest>,
}

/// How old a proof may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// As old as its level's lifetime allows.
    AnyAge,
    /// At most this old when the request arrived: OIDC Core §3.1.2.1 `max_age`, above zero.
    Within(Seconds),
    /// Proved in this very interaction: `prompt=login`, or `max_age=0`, which is the same (errata 2).
    ThisInteraction,
}

/// Whether a request's levels bind the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Met, or `unmet_authentication_requirements` (RFC 9470 §5).
    Essential,
    /// Tried, and else a token that says the lower level it has (OIDC Core §5.5.1.1). Only for clients
    /// that are registered so.
    Voluntary,
}

/// One way to meet a requirement: levels that must all be met by one support, and what is then reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    pub(super) levels: Vec<LevelId>,
    /// In the caller's spelling; the strongest level met when nothing was asked.
    pub(super) report: Option<Acr>,
}

impl Requirement {
    /// A requirement for any authentication at all. `interaction` is the visit that would be opened for
    /// it; `received` is when the request arrived, and nothing moves after that.
    #[must_use]
    pub fn new(interaction: InteractionId, received: UnixTime) -> Self {
        Self {
            interaction,
            received,
            freshness: Freshness::AnyAge,
            mode: Mode::Essential,
            asked: Vec::new(),
            floors: Vec::new(),
            bound_to: None,
        }
    }

    /// One of `values`, in order of preference, in the caller's spelling. An empty list asks nothing.
    #[must_use]
    pub fn asking(mut self, values: Vec<Acr>, mode: Mode) -> Self {
        self.asked = values;
        self.mode = mode;
        self
    }

    /// And one of `values` as well, whatever else is asked: a client's floor, a transaction type's level.
    /// An empty list adds nothing.
    #[must_use]
    pub fn with_floor(mut self, values: Vec<Acr>) -> Self {
        if !values.is_empty() && !self.floors.contains(&values) {
            self.floors.push(values);
        }
        self
    }

    /// And no older than this. The stricter of what was said before and now holds.
    #[must_use]
    pub fn with_freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = match (self.freshness, freshness) {
            (Freshness::ThisInteraction, _) | (_, Freshness::ThisInteraction) => Freshness::ThisInteraction,
            (Freshness::Within(Seconds(0)), _) | (_, Freshness::Within(Seconds(0))) => {
                Freshness::ThisInteraction
            }
            (Freshness::Within(one), Freshness::Within(other)) => Freshness::Within(one.min(other)),
            (Freshness::Within(one), Freshness::AnyAge) | (Freshness::AnyAge, Freshness::Within(one)) => {
                Freshness::Within(one)
            }
            (Freshness::AnyAge, Freshness::AnyAge) => Freshness::AnyAge,
        };
        self
    }

    /// And by a proof whose challenge is bound to this transaction.
    #[must_use]
    pub fn bound_to(mut self, digest: Digest) -> Self {
        self.bound_to = Some(digest);
        self
    }

    /// The visit that this requirement belongs to.
    #[must_use]
    pub fn interaction(&self) -> &InteractionId {
        &self.interaction
    }

    /// When the request arrived.
    #[must_use]
    pub fn received(&self) -> UnixTime {
        self.received
    }

    /// The same, had it arrived at another moment: whether it would have been met then.
    pub(super) fn as_of(&self, received: UnixTime) -> Self {
        Self { received, ..self.clone() }
    }

    /// How old a proof may be.
    #[must_use]
    pub fn freshness(&self) -> Freshness {
        self.freshness
    }

    /// The transaction that the proof must be bound to.
    #[must_use]
    pub fn binding(&self) -> Option<Digest> {
        self.bound_to
    }

    /// The acceptable levels as people and programs are told of them: what was asked where that is enough,
    /// else what must be met in any case.
    #[must_use]
    pub fn acceptable(&self, ladder: &Ladder) -> Vec<Acr> {
        let mut names = Vec::new();
        for demand in self.demands(ladder, true) {
            for level in demand.levels {
                let Some(level) = ladder.level(level) else { continue };
                let asked = demand.report.as_ref().filter(|acr| level.names().any(|name| name == *acr));
                let name = asked.unwrap_or(&level.acr).clone();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    pub(super) fn is_voluntary(&self) -> bool {
        self.mode == Mode::Voluntary && !self.asked.is_empty()
    }

    /// Every way to meet this, in the caller's order: first the asked levels that are enough by
    /// themselves, then those that a floor must accompany. `None` in a name that the ladder does not know
    /// makes that way impossible, never easier.
    pub(super) fn demands(&self, ladder: &Ladder, with_asked: bool) -> Vec<Demand> {
        let mut floors: Vec<Vec<LevelId>> = vec![Vec::new()];
        for floor in &self.floors {
            let options: Vec<LevelId> = floor.iter().filter_map(|acr| ladder.find(acr)).collect();
            floors = floors
                .iter()
                .flat_map(|base| options.iter().map(|option| strongest_of(ladder, base, *option)))
                .collect();
        }
        if self.asked.is_empty() || !with_asked {
            return floors.into_iter().map(|levels| Demand { levels, report: None }).collect();
        }
        let mut enough = Vec::new();
        let mut accompanied = Vec::new();
        for acr in &self.asked {
            let Some(asked) = ladder.find(acr) else { continue };
            for base in &floors {
                let levels = strongest_of(ladder, base, asked);
                let alone = levels == [asked];
                let demand = Demand { levels, report: Some(acr.clone()) };
                if alone { enough.push(demand) } else { accompanied.push(demand) }
            }
        }
        enough.append(&mut accompanied);
        enough
    }
}

/// `base` and `more`, without what another of them implies.
fn strongest_of(ladder: &Ladder, base: &[LevelId], more: LevelId) -> Vec<LevelId> {
    if base.iter().any(|held| ladder.at_least(*held, more)) {
        return base.to_vec();
    }
    let mut levels: Vec<LevelId> =
        base.iter().copied().filter(|held| !ladder.at_least(more, *held)).collect();
    levels.push(more);
    levels
}
