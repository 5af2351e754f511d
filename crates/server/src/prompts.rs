//! Prompts that clients put to people and that nobody has answered (SU-42): counted in the store, for all nodes.

use riser_core::{ClientId, UserId};
use riser_store::Hashed;

use crate::hashing::hashed;

/// The name under which a client's prompts to a person are counted.
pub(crate) fn prompts_of(user: &UserId, client: &ClientId) -> Hashed {
    hashed(&format!("prompts to {user} by {client}"))
}
