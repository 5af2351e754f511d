//! What the requests of one visit ask for one after the other, remembered between them: who stands behind a
//! cookie, with what was proved in the session and the account's live credentials; and a code until it is
//! redeemed. Every commit of the writer empties the readers' caches, so that reading these anew costs more
//! than deciding on them.
//!
//! What is remembered is never older than what is committed. Each transaction of this store forgets what it
//! changes before its caller hears of it. Another process that writes to the file (an operator's command)
//! leaves its own mark there in the same transaction, and everyone looks at the mark before they trust their
//! memory: an account that was shut is shut for the next request. What a transaction is guarded by it reads
//! from the file, always.

mod memory;

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use riser_core::UnixTime;
use riser_core::protocol::Grant;
use riser_store::{
    CredentialUse, Hashed, Presence, SessionLife, Spendable, Spent, Standing, StoreError, StoredCredential,
};
use rusqlite::Connection;

use crate::error::Fault;
use crate::readers::Readers;
use crate::sessions::{Risen, Running};
use crate::statements::Prepared as _;
use crate::{consume, credentials, grants, people, sessions};
use memory::Memory;
pub(crate) use memory::{Account, Changed};

/// The store that committed last, in the first page of the file, which every read looks at anyway.
const MARK: &str = "PRAGMA user_version";
/// Another number, whenever another connection has committed.
const OTHERS: &str = "PRAGMA data_version";

pub(crate) struct Remembered {
    /// What this store leaves in the file.
    mark: i32,
    /// [`OTHERS`], as the connection that writes saw it last.
    others: AtomicI64,
    memory: Mutex<Memory>,
}

/// What a transaction of this store leaves to be remembered, as it stands within it.
#[derive(Default)]
pub(crate) struct News {
    /// The session that began.
    pub(crate) began: Option<(Running, Account)>,
    /// How a session rose, and the use of a credential that it rose by.
    pub(crate) risen: Option<(Risen, Option<CredentialUse>)>,
    pub(crate) code: Option<(Hashed, Spent<Grant>)>,
}

/// Forgets when it is dropped: with its transaction, however that ended.
pub(crate) struct Forgets {
    remembered: Arc<Remembered>,
    changed: Vec<Changed>,
}

impl Remembered {
    pub(crate) fn new() -> Arc<Self> {
        // Keys from the system that no other process has. The mark is no secret, and the cryptographic generator
        // takes forty milliseconds to begin: no command and no start should wait for that.
        let [.., a, b, c, d] = RandomState::new().build_hasher().finish().to_ne_bytes();
        let mark = i32::from_ne_bytes([a, b, c, d]);
        Arc::new(Self { mark, others: AtomicI64::default(), memory: Mutex::default() })
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // A panic in the midst of a change could leave a name too few, which is then read from the file.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// First in each transaction of this store, which excludes every other: if somebody else has committed
    /// since the last one, nothing that is remembered counts. From the commit on, the mark is ours again. A
    /// program that leaves no mark is not Riser; what it changed is seen from here on.
    pub(crate) fn begin(&self, db: &Connection) -> Result<(), Fault> {
        let others = db.one(OTHERS, [], |row| Ok(row.get(0)?))?.unwrap_or_default();
        let ours = self.is_ours(db)?;
        if !ours || self.others.swap(others, Ordering::Relaxed) != others {
            self.memory().forget(&Changed::Everything);
        }
        if !ours {
            db.execute_batch(&format!("PRAGMA user_version = {}", self.mark))?;
        }
        Ok(())
    }

    fn is_ours(&self, db: &Connection) -> Result<bool, Fault> {
        let mark: Option<i32> = db.one(MARK, [], |row| Ok(row.get(0)?))?;
        Ok(mark == Some(self.mark))
    }

    /// What is found in a memory that nobody else has written after.
    fn recall<T>(
        &self,
        readers: &Readers,
        find: impl FnOnce(&Memory) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(if readers.read(|db| self.is_ours(db))? { find(&self.memory()) } else { None })
    }

    /// What forgets `changed` at the end of a transaction that is to be asked for now.
    pub(crate) fn forgets(self: &Arc<Self>, changed: Vec<Changed>) -> Forgets {
        Forgets { remembered: self.clone(), changed }
    }

    /// Who stands behind a cookie.
    pub(crate) fn presence(
        &self,
        readers: &Readers,
        cookie: Hashed,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Option<Presence>, StoreError> {
        if let Some((running, account)) = self.recall(readers, |memory| memory.presence(cookie))? {
            return Ok(present(&running, &account, life, now));
        }
        // Before the state that is read: what changes it from here on raises the count.
        let forgotten = self.memory().forgotten;
        let read = readers.snapshot(|db| Ok((self.is_ours(db)?, read_presence(db, cookie)?)))?;
        let (ours, Some((running, account))) = read else { return Ok(None) };
        let (running, account) = (Arc::new(running), Arc::new(account));
        let presence = present(&running, &account, life, now);
        let mut memory = self.memory();
        if ours && memory.forgotten == forgotten {
            memory.remember_presence(running, account);
        }
        Ok(presence)
    }

    /// What a code is good for.
    pub(crate) fn code(&self, readers: &Readers, code: Hashed) -> Result<Option<Spent<Grant>>, StoreError> {
        match self.recall(readers, |memory| memory.code(code))? {
            Some(issued) => Ok(Some(Spent::clone(&issued))),
            None => readers.read(|db| consume::find(db, Spendable::Code, code)),
        }
    }

    /// Whether what a grant would stand on stands.
    pub(crate) fn foundation(
        &self,
        readers: &Readers,
        grant: &Grant,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Standing, StoreError> {
        let Some((running, account)) = self.recall(readers, |memory| memory.foundation(grant))? else {
            return readers.snapshot(|db| grants::foundation(db, grant, life, now));
        };
        Ok(if account.person.disabled || account.person.generation != grant.generation() {
            Standing::Revoked
        } else if running.session.user == *grant.user() && running.created_at > now.minus(life.absolute) {
            Standing::Stands
        } else {
            Standing::SessionEnded
        })
    }
}

/// The session of a cookie with its account, whether or not either is to be used.
pub(crate) fn read_presence(db: &Connection, cookie: Hashed) -> Result<Option<(Running, Account)>, Fault> {
    let Some(running) = sessions::running(db, cookie)? else { return Ok(None) };
    let Some(person) = people::by_id(db, &running.session.user)? else { return Ok(None) };
    let credentials = credentials::live_of_user(db, &person.id)?.into();
    Ok(Some((running, Account { person, credentials })))
}

impl Account {
    /// The account as a use of a credential leaves it.
    fn after(&self, noted: Option<&CredentialUse>) -> Self {
        let used = |stored: &StoredCredential| match noted {
            Some(noted) if noted.credential == stored.id => credentials::after(noted, stored),
            _ => stored.clone(),
        };
        Self { person: self.person.clone(), credentials: self.credentials.iter().map(used).collect() }
    }
}

/// One session with its person, if both stand at `now`: neither ended nor past a limit, and of the account's
/// present generation.
fn present(running: &Running, account: &Account, life: SessionLife, now: UnixTime) -> Option<Presence> {
    let stands = running.created_at > now.minus(life.absolute)
        && running.last_used_at > now.minus(life.idle)
        && !account.person.disabled
        && account.person.generation == running.generation;
    stands.then(|| Presence {
        session: running.session.clone(),
        last_used_at: running.last_used_at,
        person: account.person.clone(),
        credentials: account.credentials.clone(),
    })
}

impl Forgets {
    /// The transaction is committed and left this. Called by the writer, in the order of the commits and
    /// before the next one: nothing can have changed since.
    pub(crate) fn and_learns(self, news: News) {
        let remembered = self.remembered.clone();
        // As it was before this transaction: what each earlier one changed is forgotten or learned by now.
        let risen = news.risen.and_then(|(risen, noted)| {
            let (running, account) = remembered.memory().presence(risen.from)?;
            Some((risen.of(&running), account.after(noted.as_ref())))
        });
        drop(self);
        let mut memory = remembered.memory();
        if let Some((running, account)) = risen.or(news.began) {
            memory.remember_presence(Arc::new(running), Arc::new(account));
        }
        if let Some((code, issued)) = news.code {
            memory.remember_code(code, issued);
        }
    }
}

impl Drop for Forgets {
    fn drop(&mut self) {
        let mut memory = self.remembered.memory();
        for changed in &self.changed {
            memory.forget(changed);
        }
    }
}
