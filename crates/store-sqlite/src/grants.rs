//! Codes, the grants that they put in force, and what stands on those.

use aws_lc_rs::digest::{SHA256, digest};
use riser_core::protocol::Grant;
use riser_core::{GrantId, Seconds, SessionId, UnixTime, UserId};
use riser_store::{
    CodeIssue, Hashed, Redeemed, RefreshToken, SessionLife, Spendable, Spent, Standing, StoreError,
};
use rusqlite::{Connection, params};

use crate::audit::Record;
use crate::consume::{self, consume};
use crate::error::{Fault, from_json, to_json};
use crate::statements::{Prepared as _, statements};
use crate::{blocks, sessions};

const TABLE: &str = "grants";

/// How long an elevation can be spent: longer than any token that carries it lives.
const ELEVATION_LIFETIME: Seconds = Seconds(600);

statements! {
    /// Fails when there is a row: the grant was revoked before it was in force.
    ENFORCE = "INSERT INTO grants (id, user, session, generation, body, created_at, client)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    REVOKE = "INSERT INTO grants (id, created_at, revoked_at) VALUES (?1, ?2, ?2)
              ON CONFLICT (id) DO UPDATE SET revoked_at = coalesce(revoked_at, excluded.revoked_at)";
    BODY = "SELECT body FROM grants WHERE id = ?1";
    STANDS = "SELECT 1 FROM grants AS g JOIN users AS u ON u.id = g.user
                  JOIN sessions AS s ON s.id = g.session
               WHERE g.id = ?1 AND g.revoked_at IS NULL AND u.disabled_at IS NULL
                 AND u.generation = g.generation AND s.ended_at IS NULL";
    STANDING = "SELECT g.user, g.session, g.generation FROM grants AS g
                 WHERE g.id = ?1 AND g.revoked_at IS NULL AND g.body IS NOT NULL";
    REVOKED = "SELECT 1 FROM grants WHERE id = ?1 AND revoked_at IS NOT NULL";
    ACCOUNT = "SELECT 1 FROM users WHERE id = ?1 AND disabled_at IS NULL AND generation = ?2";
    SESSION = "SELECT 1 FROM sessions WHERE id = ?1 AND user = ?2 AND ended_at IS NULL AND created_at > ?3";
}

/// A code to issue, written down by its caller.
pub(crate) struct Issue {
    code: Hashed,
    grant: Grant,
    body: String,
    expires_at: UnixTime,
    pushed: Option<(Hashed, UnixTime)>,
}

impl Issue {
    pub(crate) fn of(issue: CodeIssue) -> Result<Self, StoreError> {
        let body = to_json(TABLE, &issue.grant)?;
        let CodeIssue { code, grant, expires_at, pushed } = issue;
        Ok(Self { code, grant, body, expires_at, pushed })
    }

    /// The code as it will be found.
    pub(crate) fn fresh(&self) -> (Hashed, Spent<Grant>) {
        (self.code, Spent { value: self.grant.clone(), expires_at: self.expires_at, spent_at: None })
    }

    /// Keeps the code, if what it stands on stands at this moment and its person lets its application ask, and
    /// spends the request that it answers.
    pub(crate) fn keep(&self, db: &Connection) -> Result<(), Fault> {
        if let Some((request, now)) = self.pushed {
            consume(db, Spendable::PushedRequest, request, now)?;
        }
        require_foundation(db, &self.grant)?;
        if blocks::is_blocked(db, self.grant.user(), self.grant.client())? {
            return Err(StoreError::Conflict.into());
        }
        consume::keep(db, Spendable::Code, self.code, &self.body, self.expires_at)
    }
}

pub(crate) fn issue(db: &Connection, code: &Issue, audit: &Record) -> Result<(), Fault> {
    code.keep(db)?;
    audit.append(db)
}

fn require_foundation(db: &Connection, grant: &Grant) -> Result<(), Fault> {
    let stands = sessions::stands(db, grant.session(), grant.user(), grant.generation())?;
    if stands { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

fn require_standing(db: &Connection, grant: &GrantId) -> Result<(), Fault> {
    if db.holds(STANDS, [grant.as_str()])? { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

/// What a redemption needs, written down by its caller.
pub(crate) struct Redemption {
    grant: Grant,
    body: String,
    elevation: Option<Hashed>,
    next: Next,
}

impl Redemption {
    pub(crate) fn of(grant: &Grant, redeemed: &Redeemed) -> Result<Self, StoreError> {
        Ok(Self {
            grant: grant.clone(),
            body: to_json(TABLE, grant)?,
            elevation: grant.txn().map(sha256),
            next: Next::of(grant.id(), redeemed)?,
        })
    }
}

/// The refresh token that comes next.
pub(crate) struct Next {
    payload: String,
    token: Option<(Hashed, UnixTime)>,
}

impl Next {
    pub(crate) fn of(grant: &GrantId, redeemed: &Redeemed) -> Result<Self, StoreError> {
        let payload = to_json(TABLE, &RefreshToken { grant: grant.clone(), jkt: redeemed.jkt.clone() })?;
        Ok(Self { payload, token: redeemed.refresh })
    }

    fn keep(&self, db: &Connection) -> Result<(), Fault> {
        let Some((token, expires_at)) = self.token else { return Ok(()) };
        consume::keep(db, Spendable::RefreshToken, token, &self.payload, expires_at)
    }
}

pub(crate) fn redeem(
    db: &Connection,
    code: Hashed,
    redemption: &Redemption,
    now: UnixTime,
    audit: &Record,
) -> Result<(), Fault> {
    let Redemption { grant, body, elevation, next } = redemption;
    let stored = consume(db, Spendable::Code, code, now)?;
    // What comes into force is what was issued, not what the caller says was.
    if stored != *body && from_json::<Grant>(consume::TABLE, &stored)? != *grant {
        return Err(StoreError::Conflict.into());
    }
    require_foundation(db, grant)?;
    let values = params![
        grant.id().as_str(),
        grant.user().as_str(),
        grant.session().as_str(),
        grant.generation(),
        stored,
        now.0,
        grant.client().as_str()
    ];
    db.run(ENFORCE, values)?;
    if let Some(txn) = elevation {
        consume::keep(db, Spendable::Elevation, *txn, grant.id().as_str(), now.plus(ELEVATION_LIFETIME))?;
    }
    next.keep(db)?;
    audit.append(db)
}

pub(crate) fn refresh_token(
    db: &Connection,
    token: Hashed,
) -> Result<Option<Spent<(RefreshToken, Grant)>>, Fault> {
    let found = consume::find::<RefreshToken>(db, Spendable::RefreshToken, token)?;
    let Some(Spent { value, expires_at, spent_at }) = found else { return Ok(None) };
    let body = db.one(BODY, [value.grant.as_str()], |row| Ok(row.get::<_, Option<String>>(0)?))?;
    let Some(body) = body.flatten() else { return Ok(None) };
    let grant = from_json(TABLE, &body)?;
    Ok(Some(Spent { value: (value, grant), expires_at, spent_at }))
}

pub(crate) fn rotate(
    db: &Connection,
    token: Hashed,
    grant: &GrantId,
    next: &Next,
    now: UnixTime,
    audit: &Record,
) -> Result<(), Fault> {
    let stored: RefreshToken = from_json(consume::TABLE, &consume(db, Spendable::RefreshToken, token, now)?)?;
    if stored.grant != *grant {
        return Err(StoreError::Conflict.into());
    }
    require_standing(db, grant)?;
    next.keep(db)?;
    audit.append(db)
}

/// Whether a grant stands. One that is not known does not: it was revoked, or ended long ago.
pub(crate) fn standing(
    db: &Connection,
    grant: &GrantId,
    life: SessionLife,
    now: UnixTime,
) -> Result<Standing, Fault> {
    let found = db.one(STANDING, [grant.as_str()], |row| {
        Ok((UserId::new(row.get::<_, String>(0)?), SessionId::new(row.get::<_, String>(1)?), row.get(2)?))
    })?;
    let Some((user, session, generation)) = found else { return Ok(Standing::Revoked) };
    ground(db, &user, &session, generation, life, now)
}

/// Whether what a grant would stand on stands, and the grant itself was not revoked before it is in force.
pub(crate) fn foundation(
    db: &Connection,
    grant: &Grant,
    life: SessionLife,
    now: UnixTime,
) -> Result<Standing, Fault> {
    if db.holds(REVOKED, [grant.id().as_str()])? {
        return Ok(Standing::Revoked);
    }
    ground(db, grant.user(), grant.session(), grant.generation(), life, now)
}

/// A token outlives an idle browser; it does not outlive the session's end.
fn ground(
    db: &Connection,
    user: &UserId,
    session: &SessionId,
    generation: i64,
    life: SessionLife,
    now: UnixTime,
) -> Result<Standing, Fault> {
    if !db.holds(ACCOUNT, params![user.as_str(), generation])? {
        return Ok(Standing::Revoked);
    }
    let session = params![session.as_str(), user.as_str(), now.minus(life.absolute).0];
    Ok(if db.holds(SESSION, session)? { Standing::Stands } else { Standing::SessionEnded })
}

pub(crate) fn revoke(db: &Connection, grant: &GrantId, now: UnixTime, audit: &Record) -> Result<(), Fault> {
    db.run(REVOKE, params![grant.as_str(), now.0])?;
    audit.append(db)
}

/// Spends the right to one action, if its grant stands at this moment.
pub(crate) fn spend_elevation(
    db: &Connection,
    txn: Hashed,
    now: UnixTime,
    audit: &Record,
) -> Result<bool, Fault> {
    let grant = match consume(db, Spendable::Elevation, txn, now) {
        Ok(grant) => GrantId::new(grant),
        Err(Fault::Port(StoreError::Conflict)) => return Ok(false),
        Err(fault) => return Err(fault),
    };
    require_standing(db, &grant)?;
    audit.append(db)?;
    Ok(true)
}

fn sha256(text: &str) -> Hashed {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    Hashed(hash)
}
