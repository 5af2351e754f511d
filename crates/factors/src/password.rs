//! Passwords: Argon2id with bounded parallelism, and one answer for every way of being wrong.

use std::fmt;
use std::sync::{Arc, Mutex};

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, Version};
use riser_core::CredentialId;
use riser_core::assurance::{Ceiling, Factor, Proof, ProofRecord, Properties};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The fewest characters of a password that is a person's only factor (SP 800-63B-4 §3.1.1.2).
pub const SOLE_FACTOR_MIN: usize = 15;

/// The most characters of a password: four times what SP 800-63B-4 §3.1.1.2 wants to be permitted.
pub const MAX_CHARACTERS: usize = 256;

/// Looked at before the text is: 256 characters of at most four bytes, with room for composition.
const MAX_BYTES: usize = 4 * 1024;

/// OWASP's first recommendation for Argon2id, measured at 19 ms: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const OUTPUT_LEN: usize = 32;

/// A stored hash may ask for no more than this: a row must not be able to exhaust the machine.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 16;

/// Why a password was not accepted, or not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too few characters to enrol.
    #[error("the password has too few characters: use at least {min}; a sentence is easy to remember")]
    TooShort {
        /// How many it takes.
        min: usize,
    },
    /// Too many characters.
    #[error("the password has too many characters: use at most {max}")]
    TooLong {
        /// How many there may be.
        max: usize,
    },
    /// Not the password; or nobody's, which is the same answer.
    #[error("the user name or the password is wrong: check both and try again")]
    Wrong,
    /// Too many passwords are being checked at this moment.
    #[error("too many passwords are being checked: try again in a few seconds")]
    Busy,
    /// The stored hash is not one that this version wrote.
    #[error("the stored password hash cannot be read: let the person set a new password")]
    UnreadableHash,
    /// The computation did not finish: no memory, or the process is ending.
    #[error("the password could not be checked: look at the memory of the machine and try again")]
    Unavailable,
}

/// What a person typed, in normal form C. It is wiped when dropped and never printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// A new password, which must have at least `min_characters`: [`SOLE_FACTOR_MIN`] where nothing else is asked for.
    ///
    /// # Errors
    /// [`PasswordError::TooShort`] and [`PasswordError::TooLong`] say how many characters it takes.
    pub fn for_enrolment(text: &str, min_characters: usize) -> Result<Self, PasswordError> {
        let password = Self::attempt(text)?;
        // SP 800-63B-4 §3.1.1.2: each Unicode code point counts as one character.
        if password.0.chars().count() < min_characters {
            return Err(PasswordError::TooShort { min: min_characters });
        }
        Ok(password)
    }

    /// A password to try. Only its size is bounded, so that a failed sign-in never explains the rules.
    ///
    /// # Errors
    /// [`PasswordError::TooLong`].
    pub fn attempt(text: &str) -> Result<Self, PasswordError> {
        let too_long = PasswordError::TooLong { max: MAX_CHARACTERS };
        if text.len() > MAX_BYTES {
            return Err(too_long);
        }
        // NFC grows UTF-8 threefold at most; a buffer that never moves leaves no copy behind.
        let mut normal = Zeroizing::new(String::with_capacity(text.len() * 3));
        normal.extend(text.nfc());
        if normal.chars().count() > MAX_CHARACTERS {
            return Err(too_long);
        }
        Ok(Self(normal))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// A hash in PHC string format, as it is stored. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Reads back what [`PasswordHash::as_str`] gave.
    ///
    /// # Errors
    /// [`PasswordError::UnreadableHash`] unless it is Argon2id with costs within bounds.
    pub fn from_stored(text: impl Into<String>) -> Result<Self, PasswordError> {
        let hash = Self(text.into());
        Work::of(&hash).map(|_| hash)
    }

    /// The PHC string, for storage.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// A person's password as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolledPassword {
    /// The credential.
    pub credential: CredentialId,
    /// Its hash.
    pub hash: PasswordHash,
    /// How far it may lift a session.
    pub ceiling: Ceiling,
}

/// What one computation needs, whether there is somebody to compare with or not.
struct Work {
    params: Params,
    salt: Vec<u8>,
    expected: [u8; OUTPUT_LEN],
}

impl Work {
    fn of(hash: &PasswordHash) -> Result<Self, PasswordError> {
        let unreadable = PasswordError::UnreadableHash;
        let phc = phc::PasswordHash::new(&hash.0).map_err(|_| unreadable)?;
        let params = Params::try_from(&phc).map_err(|_| unreadable)?;
        let version = phc.version.map(Version::try_from).and_then(Result::ok);
        let output = phc.hash.as_ref().map(AsRef::<[u8]>::as_ref).unwrap_or_default();
        let salt = phc.salt.as_ref().map(AsRef::<[u8]>::as_ref).unwrap_or_default();
        let affordable = params.m_cost() <= MAX_MEMORY_KIB
            && params.t_cost() <= MAX_PASSES
            && params.p_cost() == LANES
            && params.keyid().is_empty();
        if phc.algorithm != Algorithm::Argon2id.ident() || version != Some(Version::V0x13) || !affordable {
            return Err(unreadable);
        }
        if salt.len() < argon2::MIN_SALT_LEN {
            return Err(unreadable);
        }
        Ok(Self { params, salt: salt.to_vec(), expected: output.try_into().map_err(|_| unreadable)? })
    }

    /// The same work for nobody. Its comparison is made and its result thrown away.
    fn for_nobody() -> Result<Self, PasswordError> {
        Ok(Self { params: our_params()?, salt: b"nobody's salt...".to_vec(), expected: [0; OUTPUT_LEN] })
    }

    fn matches(&self, password: &Password, scratch: &mut Scratch) -> Result<bool, PasswordError> {
        let output = derive(&self.params, password, &self.salt, scratch)?;
        Ok(output.ct_eq(&self.expected).into())
    }
}

fn our_params() -> Result<Params, PasswordError> {
    Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT_LEN)).map_err(|_| PasswordError::Unavailable)
}

/// The memory that one computation fills. It is used again: given back each time, it would be kept by the
/// allocator once for every thread that ever computed.
type Scratch = Vec<argon2::Block>;

fn derive(
    params: &Params,
    password: &Password,
    salt: &[u8],
    scratch: &mut Scratch,
) -> Result<[u8; OUTPUT_LEN], PasswordError> {
    let mut output = [0; OUTPUT_LEN];
    if scratch.len() < params.block_count() {
        scratch.resize(params.block_count(), argon2::Block::default());
    }
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.0.as_bytes(), salt, &mut output, scratch)
        .map_err(|_| PasswordError::Unavailable)?;
    Ok(output)
}

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

    /// Verifies a password. `None` stands for anybody who may not sign in with one (an unknown name, a
    /// disabled account): the same work, the same answer.
    ///
    /// # Errors
    /// [`PasswordError::Wrong`], or why it was not looked at.
    pub async fn verify(
        &self,
        password: &Password,
        enrolled: Option<&EnrolledPassword>,
    ) -> Result<Proof, PasswordError> {
        let work = enrolled.map_or_else(Work::for_nobody, |enrolled| Work::of(&enrolled.hash))?;
        let password = password.clone();
        let matches = self.run(move |scratch| work.matches(&password, scratch)).await?;
        let Some(enrolled) = enrolled.filter(|_| matches) else { return Err(PasswordError::Wrong) };
        #[allow(clippy::disallowed_methods, reason = "the password has just been compared with its hash")]
        Ok(Proof::from_verified(ProofRecord {
            factor: Factor::Password,
            credential: enrolled.credential.clone(),
            properties: Properties::Knowledge,
            ceiling: enrolled.ceiling.clone(),
        }))
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
