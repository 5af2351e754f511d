use std::sync::Arc;

use riser_core::session::Session;
use riser_core::{Seconds, SessionId, UnixTime};

use crate::{Hashed, Person, StoredCredential};

/// How long sessions live (SP 800-63B-4 §2.2: both limits end them).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLife {
    /// From sign-in.
    pub absolute: Seconds,
    /// From the last use.
    pub idle: Seconds,
}

/// Who stands behind a session cookie, and all that a decision needs of them. A copy shares what it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The session and its facts.
    pub session: Arc<Session>,
    /// When it was last seen in use.
    pub last_used_at: UnixTime,
    /// The person.
    pub person: Person,
    /// Their credentials that are not revoked.
    pub credentials: Arc<[StoredCredential]>,
}

/// How a completion changes the browser's session. The cookie is new each time.
#[derive(Clone, Debug)]
pub enum SessionChange {
    /// A new session; `replaces` is what the browser held before, and ends.
    Begin {
        /// The new cookie.
        cookie: Hashed,
        /// What the browser held.
        replaces: Option<SessionId>,
        /// The browser in a few words, for its owner.
        browser: Option<String>,
    },
    /// The same session, risen.
    Rise {
        /// The cookie that was presented; it must still be the session's.
        from: Hashed,
        /// The new cookie.
        to: Hashed,
        /// Rows of `Presence::session.authentications` that nothing can stand on any more.
        superseded: Vec<usize>,
    },
    /// The same session and cookie: nothing was added.
    Keep,
    /// No session begins, whatever was proved: a recovery.
    None,
}

/// Whether what a grant stands on still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Good.
    Stands,
    /// Revoked, or its account was shut or reset.
    Revoked,
    /// Its session has ended.
    SessionEnded,
}
