//! What is remembered, by its names.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use riser_core::protocol::Grant;
use riser_core::session::Session;
use riser_core::{GrantId, SessionId, UserId};
use riser_store::{Hashed, Person, Spent, StoredCredential};

use crate::sessions::Running;

/// How many of each. With more, all are forgotten: they are read again when they are asked for.
const ROOM: usize = 4096;

#[derive(Default)]
pub(super) struct Memory {
    /// Raised whenever something is forgotten: what was read before that may be older.
    pub(super) forgotten: u64,
    cookies: HashMap<Hashed, SessionId>,
    sessions: HashMap<SessionId, Arc<Running>>,
    accounts: HashMap<UserId, Arc<Account>>,
    /// Codes that were issued and not redeemed.
    codes: HashMap<Hashed, Arc<Spent<Grant>>>,
    /// Whose grants were not revoked.
    unrevoked: HashSet<GrantId>,
}

/// A person with what may prove them.
pub(crate) struct Account {
    pub(crate) person: Person,
    /// Those that are not revoked.
    pub(crate) credentials: Arc<[StoredCredential]>,
}

/// What a transaction changes of what may be remembered.
#[derive(Clone, Debug)]
pub(crate) enum Changed {
    Cookie(Hashed),
    Session(SessionId),
    Account(UserId),
    Code(Hashed, GrantId),
    Everything,
}

impl Memory {
    pub(super) fn presence(&self, cookie: Hashed) -> Option<(Arc<Running>, Arc<Account>)> {
        let running = self.sessions.get(self.cookies.get(&cookie)?)?;
        let account = self.accounts.get(&running.session.user)?;
        // The name of a session that has risen since may still stand under its old cookie.
        (running.cookie == cookie).then(|| (running.clone(), account.clone()))
    }

    pub(super) fn code(&self, code: Hashed) -> Option<Arc<Spent<Grant>>> {
        self.codes.get(&code).cloned()
    }

    /// What a grant that is not revoked would stand on.
    pub(super) fn foundation(&self, grant: &Grant) -> Option<(Arc<Running>, Arc<Account>)> {
        let running = self.sessions.get(grant.session())?;
        let account = self.accounts.get(grant.user())?;
        self.unrevoked.contains(grant.id()).then(|| (running.clone(), account.clone()))
    }

    pub(super) fn remember_presence(&mut self, running: Arc<Running>, account: Arc<Account>) {
        if self.cookies.len() >= ROOM || self.accounts.len() >= ROOM {
            self.forget(&Changed::Everything);
        }
        let Session { id, user, .. } = &*running.session;
        self.cookies.insert(running.cookie, id.clone());
        self.accounts.insert(user.clone(), account);
        self.sessions.insert(id.clone(), running);
    }

    pub(super) fn remember_code(&mut self, code: Hashed, issued: Spent<Grant>) {
        if self.codes.len() >= ROOM {
            self.forget(&Changed::Everything);
        }
        self.unrevoked.insert(issued.value.id().clone());
        self.codes.insert(code, Arc::new(issued));
    }

    pub(super) fn forget(&mut self, changed: &Changed) {
        self.forgotten += 1;
        match changed {
            Changed::Cookie(cookie) => {
                if let Some(session) = self.cookies.remove(cookie) {
                    self.sessions.remove(&session);
                }
            }
            Changed::Session(session) => {
                if let Some(running) = self.sessions.remove(session) {
                    self.cookies.remove(&running.cookie);
                }
            }
            Changed::Account(user) => {
                self.accounts.remove(user);
            }
            Changed::Code(code, grant) => {
                self.codes.remove(code);
                self.unrevoked.remove(grant);
            }
            Changed::Everything => {
                self.cookies.clear();
                self.sessions.clear();
                self.accounts.clear();
                self.codes.clear();
                self.unrevoked.clear();
            }
        }
    }
}
