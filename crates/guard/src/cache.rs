//! The provider's keys: fetched when first needed, again when they grow old or a token names an unknown
//! one, and never more often than is decent.

use std::sync::{Arc, PoisonError, RwLock};

use riser_tokens::KeySet;
use riser_wire::{Seconds, UnixTime};
use tokio::sync::Mutex;

use crate::source::{FetchError, JwksSource};

/// A key that the provider withdrew is forgotten within this span.
const STALE_AFTER: Seconds = Seconds(600);
/// A provider that cannot be reached denies nothing for this long, and everything after.
const DISCARD_AFTER: Seconds = Seconds(3600);
/// Time to recover after a failed fetch.
const HOLD_OFF: Seconds = Seconds(2);

pub(crate) struct KeyCache {
    source: Arc<dyn JwksSource>,
    /// The shortest span between two fetches for unknown names, which any stranger can send.
    refetch_interval: Seconds,
    cached: RwLock<Option<Cached>>,
    /// Held across a fetch, so that there is one at a time: when the last one was tried.
    last_try: Mutex<Option<UnixTime>>,
}

#[derive(Clone)]
struct Cached {
    keys: Arc<KeySet>,
    at: UnixTime,
}

impl KeyCache {
    pub(crate) fn new(source: Arc<dyn JwksSource>, refetch_interval: Seconds) -> Self {
        Self { source, refetch_interval, cached: RwLock::new(None), last_try: Mutex::new(None) }
    }

    /// The keys to verify with at `now`.
    pub(crate) async fn keys(&self, now: UnixTime) -> Result<Arc<KeySet>, FetchError> {
        let cached = self.cached();
        match &cached {
            Some(cached) if is_within(STALE_AFTER, now, cached.at) => return Ok(Arc::clone(&cached.keys)),
            _ => {}
        }
        match (self.fetch(now, HOLD_OFF, cached.as_ref()).await, cached) {
            (Ok(keys), _) => Ok(keys),
            (Err(_), Some(cached)) if is_within(DISCARD_AFTER, now, cached.at) => Ok(cached.keys),
            (Err(error), _) => Err(error),
        }
    }

    /// The keys anew, because a token names one that is not among `known`; nothing when it is too early.
    pub(crate) async fn newer(
        &self,
        known: &Arc<KeySet>,
        now: UnixTime,
    ) -> Result<Option<Arc<KeySet>>, FetchError> {
        let known = Cached { keys: Arc::clone(known), at: now };
        match self.fetch(now, self.refetch_interval, Some(&known)).await {
            Ok(keys) => Ok(Some(keys)),
            Err(FetchError::HeldOff) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Fetches, unless another task just put something else than `seen` into the cache, or the last try
    /// was less than `interval` ago.
    async fn fetch(
        &self,
        now: UnixTime,
        interval: Seconds,
        seen: Option<&Cached>,
    ) -> Result<Arc<KeySet>, FetchError> {
        let mut last_try = self.last_try.lock().await;
        if let Some(current) = self.cached()
            && seen.is_none_or(|seen| !Arc::ptr_eq(&seen.keys, &current.keys))
        {
            return Ok(current.keys);
        }
        if let Some(tried) = *last_try
            && is_within(interval, now, tried)
        {
            return Err(FetchError::HeldOff);
        }
        // Set before the await: a caller that gives up in the middle has tried as well.
        *last_try = Some(now);
        let jwks = self.source.fetch().await?;
        let keys = KeySet::new(&jwks)
            .map_err(|error| FetchError::Malformed { url: "jwks".to_owned(), detail: error.to_string() })?;
        let keys = Arc::new(keys);
        *self.cached.write().unwrap_or_else(PoisonError::into_inner) =
            Some(Cached { keys: Arc::clone(&keys), at: now });
        Ok(keys)
    }

    fn cached(&self) -> Option<Cached> {
        self.cached.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether `then` is less than `span` ago. A `then` in the future is not: the clock was set back.
fn is_within(span: Seconds, now: UnixTime, then: UnixTime) -> bool {
    (0..i64::from(span.0)).contains(&now.since(then))
}
