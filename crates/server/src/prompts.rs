use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use riser_core::abuse::{Budget, Tries};
use riser_core::{ClientId, UnixTime, UserId};

/// The most pairs that are remembered: about 10 MB.
const MOST: usize = 65_536;

/// Prompts that clients put to people and that nobody has answered (SU-42). Counted by each node for itself: a
/// prompt opens a visit, and a visit must not cost a flushed write.
#[derive(Debug, Default)]
pub struct Prompts {
    unanswered: Mutex<HashMap<(UserId, ClientId), Tries>>,
}

impl Prompts {
    /// Counts a prompt that is about to be shown.
    ///
    /// # Errors
    /// When the client may ask this person again.
    pub(crate) fn ask(
        &self,
        user: &UserId,
        client: &ClientId,
        budget: Budget,
        now: UnixTime,
    ) -> Result<(), UnixTime> {
        let mut unanswered = self.lock();
        let key = (user.clone(), client.clone());
        if unanswered.len() >= MOST && !unanswered.contains_key(&key) {
            // What has grown old goes. Should nothing have, this pair is not counted: forgetting another's
            // count would be a way to be forgotten.
            unanswered.retain(|_, tries| now.since(tries.last_at) < i64::from(budget.longest.0));
            if unanswered.len() >= MOST {
                return Ok(());
            }
        }
        let taken = budget.reserve(unanswered.get(&key).copied(), now)?;
        unanswered.insert(key, taken);
        Ok(())
    }

    /// The person answered: they mean it.
    pub(crate) fn answered(&self, user: &UserId, client: &ClientId) {
        self.lock().remove(&(user.clone(), client.clone()));
    }

    /// A count is whole at any moment: a lock that a panic poisoned still holds good ones.
    fn lock(&self) -> MutexGuard<'_, HashMap<(UserId, ClientId), Tries>> {
        self.unanswered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
