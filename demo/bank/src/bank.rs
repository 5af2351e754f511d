use std::sync::Arc;

use riser_guard::{BoundRequirement, Clock, Guard, Requirement, Seconds, SystemClock, UnixTime};

use crate::{BankConfig, BankError, provider::Provider, store::Store};

/// What a transfer needs: a phishing-resistant factor, proved for this very transfer.
const TRANSFER_LEVEL: &str = "phr";
/// And not long ago, whatever the token says it is for.
const TRANSFER_MAX_AGE: Seconds = Seconds(300);

/// Everything that the bank's pages share.
pub(crate) struct Bank {
    pub(crate) config: BankConfig,
    pub(crate) store: Store,
    pub(crate) provider: Provider,
    pub(crate) guard: Guard,
    pub(crate) transfer_needs: BoundRequirement,
    clock: Arc<dyn Clock>,
}

impl Bank {
    pub(crate) fn new(config: BankConfig) -> Result<Self, BankError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let guard = Guard::builder(&config.issuer, config.audience()).clock(Arc::clone(&clock)).build()?;
        let transfer_needs = Requirement::new(TRANSFER_LEVEL)?.max_age(TRANSFER_MAX_AGE)?.bound();
        let (store, provider) = (Store::open(&config.database)?, Provider::new(&config)?);
        Ok(Self { config, store, provider, guard, transfer_needs, clock })
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }
}
