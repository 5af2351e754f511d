use std::sync::{Arc, PoisonError, RwLock};

use riser_policy::Policies;

/// The rules in force, which can be replaced while the server runs.
#[derive(Debug)]
pub struct Rules(RwLock<Arc<Policies>>);

impl Rules {
    /// Rules that were checked.
    #[must_use]
    pub fn new(policies: Policies) -> Self {
        Self(RwLock::new(Arc::new(policies)))
    }

    /// Puts newer rules in the place of those in force. What is being decided goes on by those that it began with.
    pub fn renew(&self, policies: Policies) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policies);
    }

    /// Those in force at this moment.
    #[must_use]
    pub fn now(&self) -> Arc<Policies> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
