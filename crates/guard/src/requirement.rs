use riser_wire::{Acr, Challenge, Seconds};

use crate::config::ConfigError;

/// The shortest `max_age` that a guard takes, in seconds: below it, the person's own speed decides.
const MIN_MAX_AGE: u32 = 30;

/// What an action needs of the authentication behind a token, apart from the transaction itself.
///
/// With `max_age` this is a *window*: one step-up serves any number of requests in it. Where each single
/// action must be approved, make it [bound](Self::bound).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    acr: Vec<Acr>,
    max_age: Option<Seconds>,
    scope: Vec<String>,
}

/// A requirement whose action must have been approved itself, with these very details, and once.
///
/// It is another type than [`Requirement`], so that no check can forget the details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundRequirement(Requirement);

impl Requirement {
    /// Any one of `acr_values`, a space-separated list in order of preference (RFC 9470 §3).
    ///
    /// # Errors
    /// [`ConfigError`] when the list is empty or has something that cannot be an acr.
    pub fn new(acr_values: &str) -> Result<Self, ConfigError> {
        let acr = Acr::parse_list(acr_values).map_err(|_| ConfigError::Acr(acr_values.to_owned()))?;
        if acr.is_empty() {
            return Err(ConfigError::NoAcr);
        }
        Ok(Self { acr, max_age: None, scope: Vec::new() })
    }

    /// Any level, but no older than `max_age`.
    ///
    /// # Errors
    /// [`ConfigError::MaxAgeTooShort`] under 30 seconds.
    pub fn fresh(max_age: Seconds) -> Result<Self, ConfigError> {
        Self { acr: Vec::new(), max_age: None, scope: Vec::new() }.max_age(max_age)
    }

    /// And the authentication no older than `max_age`.
    ///
    /// # Errors
    /// [`ConfigError::MaxAgeTooShort`] under 30 seconds: that would race with the person. To have an
    /// action approved at this very moment, make the requirement [bound](Self::bound).
    pub fn max_age(self, max_age: Seconds) -> Result<Self, ConfigError> {
        if max_age.0 < MIN_MAX_AGE {
            return Err(ConfigError::MaxAgeTooShort(max_age.0));
        }
        Ok(Self { max_age: Some(max_age), ..self })
    }

    /// And granted with `scope`.
    ///
    /// # Errors
    /// [`ConfigError::Scope`] when that is not one scope token (RFC 6749 §3.3).
    pub fn scope(mut self, scope: &str) -> Result<Self, ConfigError> {
        let is_token = !scope.is_empty()
            && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if !is_token {
            return Err(ConfigError::Scope(scope.to_owned()));
        }
        self.scope.push(scope.to_owned());
        Ok(self)
    }

    /// The same, for an action that must be approved itself.
    #[must_use]
    pub fn bound(self) -> BoundRequirement {
        BoundRequirement(self)
    }

    pub(crate) fn acr_values(&self) -> &[Acr] {
        &self.acr
    }

    pub(crate) fn oldest(&self) -> Option<Seconds> {
        self.max_age
    }

    /// The scopes that `granted`, a space-separated list, lacks.
    pub(crate) fn lacking<'a>(&'a self, granted: Option<&str>) -> Vec<&'a str> {
        let granted = granted.unwrap_or_default();
        let has = |scope: &str| granted.split(' ').any(|one| one == scope);
        self.scope.iter().map(String::as_str).filter(|scope| !has(scope)).collect()
    }

    /// All scopes of the requirement, for a challenge.
    pub(crate) fn scopes(&self) -> String {
        self.scope.join(" ")
    }

    /// The challenge to whoever falls short. It is the same for everybody: it must not tell who is worth
    /// more trouble (RFC 9470 §9).
    pub(crate) fn challenge(&self, lacks_scope: bool) -> Challenge {
        Challenge {
            acr_values: self.acr.clone(),
            max_age: self.max_age,
            scope: (lacks_scope && !self.scope.is_empty()).then(|| self.scopes()),
        }
    }
}

impl BoundRequirement {
    /// What is needed apart from the details.
    pub(crate) fn requirement(&self) -> &Requirement {
        &self.0
    }
}
