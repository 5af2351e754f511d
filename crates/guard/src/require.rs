//! Does a valid token meet a requirement? Pure: a token, a requirement, a moment; no I/O.

use riser_wire::{AccessTokenClaims, Acr, Challenge, UnixTime};
use serde_json::Value;

use crate::{
    requirement::{BoundRequirement, Requirement},
    token::{LEEWAY, VerifiedToken},
};

/// A requirement that is met.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Satisfied {
    /// The level that met it: the first in the requirement's order. None when it names no level.
    pub acr: Option<Acr>,
    /// When the person proved it, as far as the token says.
    pub auth_time: Option<UnixTime>,
}

/// One approved action, not done yet. It must be *spent*, or it is done twice: insert [`txn`](Self::txn)
/// under a unique key in the same database transaction as the action's effect; without a database, ask
/// the provider with `Guard::consume`.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "an elevation that is not spent can be used again"]
pub struct Elevation {
    token: VerifiedToken,
    txn: String,
    satisfied: Satisfied,
}

/// What a valid token falls short of.
#[derive(Clone, Debug, PartialEq)]
pub enum Unmet {
    /// A step-up would cure it: answer with its challenge.
    StepUp(StepUpNeeded),
    /// Only scopes are lacking, which no step-up cures (`403 insufficient_scope`).
    Scope(ScopeNeeded),
}

/// A step-up that would cure a refusal (RFC 9470).
#[derive(Clone, Debug, PartialEq)]
pub struct StepUpNeeded {
    /// Why this token does not do. For the log; the challenge does not tell.
    pub why: Shortfall,
    /// What is asked for.
    pub challenge: Challenge,
    /// The transaction to approve (RFC 9396 §2), when the action is bound.
    pub authorization_details: Option<Value>,
}

/// The scopes that the requirement names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeNeeded(pub String);

/// The first thing that a token lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// None of the levels.
    Level,
    /// It does not say when the person authenticated, or that lies in the future.
    Undated,
    /// It was too long ago.
    TooOld,
    /// It is for no single action.
    Unbound,
    /// It approves one action, and this is not that one.
    Bound,
    /// Something else was approved.
    OtherDetails,
    /// The provider's rules ask for more.
    Rules,
}

impl VerifiedToken {
    /// Whether the authentication behind this token meets `requirement` at `now`. A token that approves one
    /// action serves that action and nothing else, however strong the proof behind it.
    ///
    /// # Errors
    /// [`Unmet`], which says how to cure it.
    pub fn require(&self, requirement: &Requirement, now: UnixTime) -> Result<Satisfied, Unmet> {
        if self.claims().txn.is_some() {
            return Err(Unmet::StepUp(StepUpNeeded {
                why: Shortfall::Bound,
                challenge: requirement.challenge(false),
                authorization_details: None,
            }));
        }
        self.suffices(requirement, now)
    }

    fn suffices(&self, requirement: &Requirement, now: UnixTime) -> Result<Satisfied, Unmet> {
        let lacking = requirement.lacking(self.claims().scope.as_deref());
        match (meets(self.claims(), requirement, now), lacking.is_empty()) {
            (Ok(satisfied), true) => Ok(satisfied),
            // Only a scope is short: 403 (RFC 6750 §3.1). Both: 401 with the scope, one round trip
            // (RFC 9470 §3).
            (Ok(_), false) => Err(Unmet::Scope(ScopeNeeded(requirement.scopes()))),
            (Err(why), has_scope) => Err(Unmet::StepUp(StepUpNeeded {
                why,
                challenge: requirement.challenge(!has_scope),
                authorization_details: None,
            })),
        }
    }

    /// Whether this token approves exactly the action that `authorization_details` describes, and its
    /// authentication meets `requirement` at `now`.
    ///
    /// Build the details from the request that you parsed just now, or from what you keep of it: never
    /// from anything that the client says was approved. They are compared as JSON: the same members with
    /// the same values, texts character by character, amounts as the strings that they are.
    ///
    /// # Errors
    /// [`Unmet`], whose challenge asks for the approval of these details.
    pub fn require_bound(
        &self,
        requirement: &BoundRequirement,
        authorization_details: &Value,
        now: UnixTime,
    ) -> Result<Elevation, Unmet> {
        let for_details = |needed: StepUpNeeded| {
            Unmet::StepUp(StepUpNeeded {
                authorization_details: Some(authorization_details.clone()),
                ..needed
            })
        };
        let requirement = requirement.requirement();
        let satisfied = match self.suffices(requirement, now) {
            Ok(satisfied) => satisfied,
            Err(Unmet::StepUp(needed)) => return Err(for_details(needed)),
            Err(scope @ Unmet::Scope(_)) => return Err(scope),
        };
        match approves(self.claims(), authorization_details) {
            Ok(txn) => Ok(Elevation { token: self.clone(), txn: txn.to_owned(), satisfied }),
            Err(why) => Err(for_details(StepUpNeeded {
                why,
                challenge: requirement.challenge(false),
                authorization_details: None,
            })),
        }
    }
}

impl BoundRequirement {
    /// The step-up to ask for when there is no token for the action yet.
    #[must_use]
    pub fn step_up(&self, authorization_details: Value) -> StepUpNeeded {
        StepUpNeeded {
            why: Shortfall::Unbound,
            challenge: self.requirement().challenge(true),
            authorization_details: Some(authorization_details),
        }
    }
}

impl Elevation {
    /// The elevation's unguessable name, to insert under a unique key.
    #[must_use]
    pub fn txn(&self) -> &str {
        &self.txn
    }

    /// The token that carries it.
    #[must_use]
    pub fn token(&self) -> &VerifiedToken {
        &self.token
    }

    /// The level and the moment of the approval.
    pub fn satisfied(&self) -> &Satisfied {
        &self.satisfied
    }
}

/// Level and age. Levels are compared by membership: no order of names exists (RFC 9470 §2).
fn meets(
    claims: &AccessTokenClaims,
    requirement: &Requirement,
    now: UnixTime,
) -> Result<Satisfied, Shortfall> {
    let wanted = requirement.acr_values();
    let held =
        |acr: &&Acr| claims.acr_satisfied.contains(acr) || claims.authentication.acr.as_ref() == Some(*acr);
    let acr = wanted.iter().find(held).cloned();
    if acr.is_none() && !wanted.is_empty() {
        return Err(Shortfall::Level);
    }
    let auth_time = claims.authentication.auth_time;
    let age = auth_time.map(|auth_time| now.since(auth_time));
    let leeway = i64::from(LEEWAY.0);
    if age.is_some_and(|age| age < -leeway) {
        return Err(Shortfall::Undated);
    }
    if let Some(max_age) = requirement.oldest() {
        let age = age.ok_or(Shortfall::Undated)?;
        if age > i64::from(max_age.0) + leeway {
            return Err(Shortfall::TooOld);
        }
    }
    Ok(Satisfied { acr, auth_time })
}

/// The name of the elevation, if `claims` approve exactly `details`.
fn approves<'a>(claims: &'a AccessTokenClaims, details: &Value) -> Result<&'a str, Shortfall> {
    let (Some(txn), Some(approved)) = (claims.txn.as_deref(), &claims.authorization_details) else {
        return Err(Shortfall::Unbound);
    };
    if txn.is_empty() {
        return Err(Shortfall::Unbound);
    }
    if approved == details { Ok(txn) } else { Err(Shortfall::OtherDetails) }
}
