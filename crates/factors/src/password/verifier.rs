use std::fmt;
use std::sync::{Arc, Mutex};

use argon2::password_hash::phc;
use argon2::{Algorithm, Version};
use riser_core::assurance::{Factor, Proof, ProofRecord, Properties};
use tokio::sync::Semaphore;

use super::hash::{Scratch, Work, derive, our_params};
use super::{EnrolledPassword, HashCost, Password, PasswordError, PasswordHash};

/// Hashes and verifies, a bounded number at a time: each takes 19 MiB and a core.
#[derive(Clone)]
pub struct Passwords {
    /// One place for each that runs or waits.
    places: Arc<Semaphore>,
    /// One core for each that runs.
    cores: Arc<Semaphore>,
    /// What those that ran left: no more than one for each core.
    scratch: Arc<Mutex<Vec<Scratch>>>,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords(..)")
    }
}

impl Passwords {
    /// At most `max_parallel` (the cores, say) run and at most `max_waiting` wait; more are told to come back.
    #[must_use]
    pub fn new(max_parallel: usize, max_waiting: usize) -> Self {
        let cores = max_parallel.clamp(1, 1024);
        let places = cores.saturating_add(max_waiting).min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places)),
            cores: Arc::new(Semaphore::new(cores)),
            scratch: Arc::default(),
        }
    }

    /// Hashes a new password under a fresh random salt.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] and [`PasswordError::Unavailable`].
    pub async fn hash(&self, password: &Password, salt: [u8; 16]) -> Result<PasswordHash, PasswordError> {
        let password = password.clone();
        self.run(move |scratch| {
            let params = our_params()?;
            let output = derive(&params, &password, &salt, scratch)?;
            let phc = phc::PasswordHash {
                algorithm: Algorithm::Argon2id.ident(),
                version: Some(Version::V0x13.into()),
                params: params.try_into().map_err(|_| PasswordError::Unavailable)?,
                salt: Some(phc::Salt::new(&salt).map_err(|_| PasswordError::Unavailable)?),
                hash: Some(phc::Output::new(&output).map_err(|_| PasswordError::Unavailable)?),
            };
            Ok(PasswordHash(phc.to_string()))
        })
        .await
    }

    /// Verifies a password, and says whether its hash should be made again now. `None` stands for anybody who may
    /// not sign in with one (an unknown name, a disabled account): the same work, the same answer.
    ///
    /// # Errors
    /// [`PasswordError::Wrong`], or why it was not looked at.
    pub async fn verify(
        &self,
        password: &Password,
        enrolled: Option<&EnrolledPassword>,
    ) -> Result<(Proof, HashCost), PasswordError> {
        let work = enrolled.map_or_else(Work::for_nobody, |enrolled| Work::of(&enrolled.hash))?;
        let password = password.clone();
        let matches = self.run(move |scratch| work.matches(&password, scratch)).await?;
        let Some(enrolled) = enrolled.filter(|_| matches) else { return Err(PasswordError::Wrong) };
        #[allow(clippy::disallowed_methods, reason = "the password has just been compared with its hash")]
        let proof = Proof::from_verified(ProofRecord {
            factor: Factor::Password,
            credential: enrolled.credential.clone(),
            properties: Properties::Knowledge,
            ceiling: enrolled.ceiling.clone(),
        });
        Ok((proof, enrolled.hash.cost()))
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Scratch) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_| PasswordError::Unavailable)?;
        let shelf = Arc::clone(&self.scratch);
        tokio::task::spawn_blocking(move || {
            // Held by the work itself: a caller that goes away must not free a core that is still busy.
            let _held = (place, core);
            let mut scratch =
                shelf.lock().map_or_else(|_| Scratch::new(), |mut shelf| shelf.pop().unwrap_or_default());
            let result = work(&mut scratch);
            if let Ok(mut shelf) = shelf.lock() {
                shelf.push(scratch);
            }
            result
        })
        .await
        .map_err(|_| PasswordError::Unavailable)?
    }
}
