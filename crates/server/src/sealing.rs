//! Secrets that must be kept as they are (those of authenticator apps, the private halves of signing keys) at rest:
//! AES-256-GCM under a key that is not in the database. What was kept before there was a key is read as it is, and sealed
//! when it is next used. Hashes need none of this.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// What a sealed value begins with. No secret that was kept bare does: a signing key begins with `0x30`, and that of an
/// app is shorter than any sealed value.
const MARK: &[u8; 4] = b"RSL\x01";
const KEY_ID: usize = 4;
const NONCE: usize = 12;
const TAG: usize = 16;

/// The keys that secrets are kept under: the first seals, all of them open.
pub struct Sealing {
    keys: Vec<Key>,
}

struct Key {
    /// Says which key a value was sealed under, and nothing about the key.
    id: [u8; KEY_ID],
    key: RandomizedNonceKey,
}

/// What a secret is, and whose: sealed with it, so that none is opened in another's place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner<'a> {
    /// The secret of an authenticator app, by its credential.
    Totp(&'a str),
    /// The same while it waits for its first code, by its visit.
    OfferedTotp(&'a str),
    /// The private half of a signing key, by its algorithm.
    SigningKey(&'a str),
}

/// A secret that was kept.
pub(crate) struct Opened {
    /// The secret.
    pub(crate) secret: Zeroizing<Vec<u8>>,
    /// Whether it is to be sealed anew: it was kept bare, or under a key of before.
    pub(crate) outdated: bool,
}

/// Why keys cannot be used, or a secret not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealingError {
    /// Not 32 bytes in base 64.
    #[error("a key is 32 random bytes in base 64: `openssl rand -base64 32`")]
    Key,
    /// It was sealed under a key that is not there.
    #[error("a secret is kept under a key that is not configured: give it as a previous one")]
    UnknownKey,
    /// It was changed, or put in another's place.
    #[error("a secret that is kept was changed")]
    Changed,
    /// The library did not do it.
    #[error("a secret could not be sealed")]
    Unavailable,
}

impl std::fmt::Debug for Sealing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealing({} keys)", self.keys.len())
    }
}

impl Sealing {
    /// No key: secrets are kept as they are.
    #[must_use]
    pub fn none() -> Self {
        Self { keys: Vec::new() }
    }

    /// The key that seals, and those of before: 32 bytes each, in base 64.
    ///
    /// # Errors
    /// [`SealingError::Key`].
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self, SealingError> {
        Ok(Self { keys: keys.into_iter().map(Key::read).collect::<Result<_, _>>()? })
    }

    /// Whether there is a key.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.keys.is_empty()
    }

    /// What is kept of a secret. Without a key, the secret.
    pub(crate) fn seal(&self, owner: Owner<'_>, secret: &[u8]) -> Result<Vec<u8>, SealingError> {
        let Some(Key { id, key }) = self.keys.first() else { return Ok(secret.to_vec()) };
        let mut sealed = Vec::with_capacity(MARK.len() + KEY_ID + NONCE + secret.len() + TAG);
        let mut text = Zeroizing::new(Vec::with_capacity(secret.len() + TAG));
        text.extend_from_slice(secret);
        let nonce = key
            .seal_in_place_append_tag(Aad::from(owner.named()), &mut *text)
            .map_err(|_| SealingError::Unavailable)?;
        for part in [MARK.as_slice(), id, nonce.as_ref(), &text] {
            sealed.extend_from_slice(part);
        }
        Ok(sealed)
    }

    /// The secret of what was kept.
    pub(crate) fn open(&self, owner: Owner<'_>, kept: &[u8]) -> Result<Opened, SealingError> {
        let sealed = kept.strip_prefix(MARK).filter(|rest| rest.len() >= KEY_ID + NONCE + TAG);
        let Some(sealed) = sealed else {
            return Ok(Opened { secret: Zeroizing::new(kept.to_vec()), outdated: !self.is_none() });
        };
        let (id, rest) = sealed.split_at_checked(KEY_ID).ok_or(SealingError::Changed)?;
        let (nonce, text) = rest.split_at_checked(NONCE).ok_or(SealingError::Changed)?;
        let at = self.keys.iter().position(|key| key.id == *id).ok_or(SealingError::UnknownKey)?;
        let key = self.keys.get(at).ok_or(SealingError::UnknownKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealingError::Changed)?;
        let mut secret = Zeroizing::new(text.to_vec());
        let opened = key.key.open_in_place(nonce, Aad::from(owner.named()), &mut secret);
        let length = opened.map_err(|_| SealingError::Changed)?.len();
        secret.truncate(length);
        Ok(Opened { secret, outdated: at > 0 })
    }
}

impl Key {
    fn read(text: &str) -> Result<Self, SealingError> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| SealingError::Key)?);
        if bytes.len() != 32 {
            return Err(SealingError::Key);
        }
        let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(|_| SealingError::Key)?;
        let named = digest(&SHA256, &[b"riser/sealing/1 ".as_slice(), &bytes].concat());
        let id = named.as_ref().first_chunk().copied().ok_or(SealingError::Key)?;
        Ok(Self { id, key })
    }
}

impl Owner<'_> {
    fn named(self) -> Vec<u8> {
        match self {
            Self::Totp(credential) => format!("totp {credential}"),
            Self::OfferedTotp(visit) => format!("offered totp {visit}"),
            Self::SigningKey(algorithm) => format!("signing key {algorithm}"),
        }
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const NEW: &str = "/+7dzLuqmYh3ZlVEMyIRAAARIjNEVWZ3iJmqu8zd7v8=";
    const SECRET: &[u8] = b"twenty bytes of it..";

    fn opened(keys: &[&str], owner: Owner<'_>, kept: &[u8]) -> Result<(Vec<u8>, bool), SealingError> {
        let sealing = Sealing::new(keys.iter().copied()).unwrap();
        sealing.open(owner, kept).map(|opened| (opened.secret.to_vec(), opened.outdated))
    }

    #[test]
    fn a_secret_is_opened_by_its_owners_name_and_key_and_by_no_other() {
        let owner = Owner::Totp("cred-1");
        let sealed = Sealing::new([OLD]).unwrap().seal(owner, SECRET).unwrap();
        assert!(!sealed.windows(8).any(|part| SECRET.windows(8).any(|secret| part == secret)));
        assert_ne!(sealed, Sealing::new([OLD]).unwrap().seal(owner, SECRET).unwrap(), "never twice the same");
        assert_eq!(opened(&[OLD], owner, &sealed), Ok((SECRET.to_vec(), false)));
        assert_eq!(
            opened(&[NEW, OLD], owner, &sealed),
            Ok((SECRET.to_vec(), true)),
            "sealed anew at its next use"
        );
        assert_eq!(opened(&[NEW], owner, &sealed), Err(SealingError::UnknownKey));
        assert_eq!(opened(&[], owner, &sealed), Err(SealingError::UnknownKey), "nor without any");
        for other in [Owner::Totp("cred-2"), Owner::OfferedTotp("cred-1"), Owner::SigningKey("cred-1")] {
            assert_eq!(opened(&[OLD], other, &sealed), Err(SealingError::Changed), "{other:?}");
        }
        for at in MARK.len() + KEY_ID..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(opened(&[OLD], owner, &changed), Err(SealingError::Changed), "{at}");
        }
    }

    #[test]
    fn what_was_kept_before_there_was_a_key_is_read_as_it_is() {
        let owner = Owner::Totp("cred-1");
        assert_eq!(Sealing::none().seal(owner, SECRET).unwrap(), SECRET);
        assert_eq!(opened(&[], owner, SECRET), Ok((SECRET.to_vec(), false)));
        assert_eq!(opened(&[NEW], owner, SECRET), Ok((SECRET.to_vec(), true)));
    }

    #[test]
    fn a_key_is_32_bytes_in_base_64() {
        for bad in ["", "AAAA", "not base 64!", &OLD.repeat(2)] {
            assert_eq!(Sealing::new([bad]).err(), Some(SealingError::Key), "{bad}");
        }
        assert_eq!(format!("{:?}", Sealing::new([OLD, NEW]).unwrap()), "Sealing(2 keys)");
    }
}
