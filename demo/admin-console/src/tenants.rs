use std::sync::{Arc, PoisonError, RwLock};

/// The tenants of the console, in memory: a restart brings the deleted ones back.
#[derive(Clone)]
pub struct Tenants(Arc<RwLock<Vec<Tenant>>>);

/// A customer with everything that is theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tenant {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) people: u32,
    pub(crate) projects: u32,
}

const SEEDED: [Tenant; 4] = [
    Tenant { id: "acme", name: "ACME GmbH", people: 412, projects: 38 },
    Tenant { id: "brook", name: "Brook & Daughters", people: 9, projects: 4 },
    Tenant { id: "heron", name: "Heron Logistics", people: 1_204, projects: 97 },
    Tenant { id: "quay", name: "Quay Street Clinic", people: 61, projects: 12 },
];

impl Default for Tenants {
    fn default() -> Self {
        Self(Arc::new(RwLock::new(SEEDED.to_vec())))
    }
}

impl Tenants {
    pub(crate) fn all(&self) -> Vec<Tenant> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn find(&self, id: &str) -> Option<Tenant> {
        self.all().into_iter().find(|tenant| tenant.id == id)
    }

    /// Deletes a tenant; nothing when there is none of that name.
    pub(crate) fn delete(&self, id: &str) -> Option<Tenant> {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let index = all.iter().position(|tenant| tenant.id == id)?;
        Some(all.remove(index))
    }
}
