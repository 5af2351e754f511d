use std::fmt;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, Version};
use riser_core::CredentialId;
use riser_core::assurance::Ceiling;
use subtle::ConstantTimeEq;

use super::{Password, PasswordError};

/// OWASP's first recommendation for Argon2id, measured at 19 ms: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const OUTPUT_LEN: usize = 32;

/// A stored hash may ask for no more than this: a row must not be able to exhaust the machine.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 16;

/// A hash in PHC string format, as it is stored. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub(super) String);

impl PasswordHash {
    /// Reads back what [`PasswordHash::as_str`] gave.
    ///
    /// # Errors
    /// [`PasswordError::UnreadableHash`] unless it is Argon2id with costs within bounds.
    pub fn from_stored(text: impl Into<String>) -> Result<Self, PasswordError> {
        let hash = Self(text.into());
        Work::of(&hash).map(|_| hash)
    }

    /// Whether it is cheaper to guess than one that is made today.
    #[must_use]
    pub fn cost(&self) -> HashCost {
        let (Ok(work), Ok(ours)) = (Work::of(self), our_params()) else { return HashCost::Outdated };
        let theirs = &work.params;
        if theirs.m_cost() >= ours.m_cost() && theirs.t_cost() >= ours.t_cost() {
            HashCost::Current
        } else {
            HashCost::Outdated
        }
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

/// What a stored hash costs whoever guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashCost {
    /// As much as one that is made today.
    Current,
    /// Less: hash the password again, while it is there.
    Outdated,
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
pub(super) struct Work {
    params: Params,
    salt: Vec<u8>,
    expected: [u8; OUTPUT_LEN],
}

impl Work {
    pub(super) fn of(hash: &PasswordHash) -> Result<Self, PasswordError> {
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
    pub(super) fn for_nobody() -> Result<Self, PasswordError> {
        Ok(Self { params: our_params()?, salt: b"nobody's salt...".to_vec(), expected: [0; OUTPUT_LEN] })
    }

    pub(super) fn matches(&self, password: &Password, scratch: &mut Scratch) -> Result<bool, PasswordError> {
        let output = derive(&self.params, password, &self.salt, scratch)?;
        Ok(output.ct_eq(&self.expected).into())
    }
}

pub(super) fn our_params() -> Result<Params, PasswordError> {
    Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT_LEN)).map_err(|_| PasswordError::Unavailable)
}

/// The memory that one computation fills. It is used again: given back each time, it would be kept by the
/// allocator once for every thread that ever computed.
pub(super) type Scratch = Vec<argon2::Block>;

pub(super) fn derive(
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
