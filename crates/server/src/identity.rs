//! The provider's own keys: what signs its tokens and what verifies them when they come back.

use std::sync::RwLock;

use crate::sealing::{Owner, Sealing, SealingError};
use riser_core::UnixTime;
use riser_core::protocol::SigningAlgorithm;
use riser_store::Store;
use riser_tokens::{Algorithm, Jwks, KeySet, SigningKey};

/// Signing keys by algorithm, newest first, and everything that they can verify.
pub struct Keys {
    state: RwLock<std::sync::Arc<State>>,
}

struct State {
    signing: Vec<SigningKey>,
    verifying: KeySet,
    /// The document of `/jwks`.
    document: String,
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] riser_store::StoreError),
    /// A secret is kept under a key that is not there, or was changed.
    #[error("signing keys: {0}")]
    Sealing(#[from] SealingError),
    /// A key in the store cannot be read, or one cannot be made.
    #[error("signing keys: {0}")]
    Key(String),
}

impl Keys {
    /// Reads the keys from the store and makes an ES256 key where there is none.
    ///
    /// # Errors
    /// [`KeysError`] when the store fails or holds a key that cannot be read.
    pub async fn load(store: &dyn Store, sealing: &Sealing, now: UnixTime) -> Result<Self, KeysError> {
        let mut signing = read(store, sealing).await?;
        if !signing.iter().any(|key| key.algorithm() == Algorithm::Es256) {
            signing.push(make(store, sealing, Algorithm::Es256, now).await?);
        }
        Ok(Self { state: RwLock::new(std::sync::Arc::new(State::of(signing)?)) })
    }

    /// Makes the RS256 key if there is none: OIDC Core §15.1 wants it offered, and its generation takes too
    /// long to wait for at start. Call it beside serving.
    ///
    /// # Errors
    /// [`KeysError`] as for loading.
    pub async fn ensure_rs256(
        &self,
        store: &dyn Store,
        sealing: &Sealing,
        now: UnixTime,
    ) -> Result<(), KeysError> {
        if self.current().find(Algorithm::Rs256).is_some() {
            return Ok(());
        }
        let made = tokio::task::spawn_blocking(|| SigningKey::generate(Algorithm::Rs256))
            .await
            .map_err(|error| KeysError::Key(error.to_string()))?
            .map_err(|error| KeysError::Key(error.to_string()))?;
        keep(store, sealing, &made, now).await?;
        let state = State::of(read(store, sealing).await?)?;
        if let Ok(mut current) = self.state.write() {
            *current = std::sync::Arc::new(state);
        }
        Ok(())
    }

    fn current(&self) -> std::sync::Arc<State> {
        match self.state.read() {
            Ok(state) => state.clone(),
            // The writer only swaps a pointer: a poisoned lock still holds a whole state.
            Err(poisoned) => poisoned.into_inner().clone(),
        }
    }

    /// The document of `/jwks`.
    pub(crate) fn document(&self) -> String {
        self.current().document.clone()
    }

    /// Signs claims for a client's algorithm.
    pub(crate) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        kind: riser_tokens::TokenType,
        claims: &impl serde::Serialize,
    ) -> Result<String, String> {
        let state = self.current();
        let key =
            state.find(algorithm_of(algorithm)).ok_or("there is no signing key of that algorithm yet")?;
        riser_tokens::sign(key, kind, claims).map_err(|error| error.to_string())
    }

    /// Verifies a token of ours.
    pub(crate) fn verify<T: serde::de::DeserializeOwned>(
        &self,
        token: &str,
        kind: riser_tokens::TokenType,
    ) -> Option<T> {
        self.current().verifying.verify(token, kind).ok().map(riser_tokens::Verified::into_claims)
    }
}

/// The signing algorithm in the token crate's words.
pub(crate) fn algorithm_of(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::Es256 => Algorithm::Es256,
        SigningAlgorithm::Rs256 => Algorithm::Rs256,
    }
}

impl State {
    fn of(signing: Vec<SigningKey>) -> Result<Self, KeysError> {
        let jwks = Jwks { keys: signing.iter().map(|key| key.public_jwk().clone()).collect() };
        let document = serde_json::to_string(&jwks).map_err(|error| KeysError::Key(error.to_string()))?;
        let verifying = KeySet::new(&jwks).map_err(|error| KeysError::Key(error.to_string()))?;
        Ok(Self { signing, verifying, document })
    }

    fn find(&self, algorithm: Algorithm) -> Option<&SigningKey> {
        self.signing.iter().find(|key| key.algorithm() == algorithm)
    }
}

async fn read(store: &dyn Store, sealing: &Sealing) -> Result<Vec<SigningKey>, KeysError> {
    let mut keys = Vec::new();
    for (name, kept) in store.signing_keys().await? {
        let owner = Owner::SigningKey(&name);
        let opened = sealing.open(owner, &kept)?;
        if opened.outdated {
            store.replace_signing_key(&kept, &sealing.seal(owner, &opened.secret)?).await?;
        }
        let algorithm = match name.as_str() {
            "ES256" => Algorithm::Es256,
            "RS256" => Algorithm::Rs256,
            other => {
                return Err(KeysError::Key(format!("the store has a key of unknown algorithm `{other}`")));
            }
        };
        let key = SigningKey::from_pkcs8(algorithm, &opened.secret)
            .map_err(|error| KeysError::Key(error.to_string()))?;
        keys.push(key);
    }
    Ok(keys)
}

async fn make(
    store: &dyn Store,
    sealing: &Sealing,
    algorithm: Algorithm,
    now: UnixTime,
) -> Result<SigningKey, KeysError> {
    let key = SigningKey::generate(algorithm).map_err(|error| KeysError::Key(error.to_string()))?;
    keep(store, sealing, &key, now).await?;
    Ok(key)
}

async fn keep(
    store: &dyn Store,
    sealing: &Sealing,
    key: &SigningKey,
    now: UnixTime,
) -> Result<(), KeysError> {
    let name = match key.algorithm() {
        Algorithm::Es256 => "ES256",
        Algorithm::Rs256 => "RS256",
    };
    let bytes = key.to_pkcs8().map_err(|error| KeysError::Key(error.to_string()))?;
    let kept = sealing.seal(Owner::SigningKey(name), &bytes)?;
    store.add_signing_key(name, &kept, now).await?;
    Ok(())
}
