//! Sessions and what was proved in them.

use riser_core::assurance::{Proof, ProofRecord};
use riser_core::session::{Authentication, Session};
use riser_core::transaction::Digest;
use riser_core::{ClientId, InteractionId, SessionId, UnixTime, UserId};
use riser_store::{Hashed, Person, Presence, SessionLife, StoreError};
use rusqlite::{Connection, Row, params};

use crate::error::{Fault, damaged, from_json, to_json};
use crate::outbox::Telling;
use crate::statements::{Prepared as _, statements};
use crate::{credentials, people};

statements! {
    RUNNING = "SELECT id, user, generation, created_at, last_used_at FROM sessions
                WHERE cookie = ?1 AND ended_at IS NULL";
    /// A session that is named with its person, if both stand, whatever its last use.
    NAMED = "SELECT s.id, s.last_used_at, u.id, u.name, u.email, u.generation, u.created_at
               FROM sessions AS s JOIN users AS u ON u.id = s.user
              WHERE s.id = ?1 AND s.ended_at IS NULL AND s.created_at > ?2
                AND u.disabled_at IS NULL AND u.generation = s.generation";
    OWNER = "SELECT user FROM sessions WHERE id = ?1";
    GRANTED = "SELECT 1 FROM grants WHERE user = ?1 AND client = ?2 AND session = ?3 AND generation = ?4
                  AND revoked_at IS NULL";
    PROVED = "SELECT at, interaction, bound_to, proofs FROM authentications WHERE session = ?1 ORDER BY seq";
    POSITIONS = "SELECT seq FROM authentications WHERE session = ?1 ORDER BY seq";
    FORGET = "DELETE FROM authentications WHERE session = ?1 AND seq = ?2";
    ADD = "INSERT INTO authentications (session, seq, at, interaction, bound_to, proofs)
           VALUES (?1, (SELECT coalesce(max(seq), 0) + 1 FROM authentications WHERE session = ?1),
                   ?2, ?3, ?4, ?5)";
    BEGIN = "INSERT INTO sessions (id, user, generation, cookie, created_at, last_used_at, browser)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)";
    RISE = "UPDATE sessions SET cookie = ?2, last_used_at = max(last_used_at, ?3)
             WHERE cookie = ?1 AND ended_at IS NULL
         RETURNING id";
    TOUCH = "UPDATE sessions SET last_used_at = max(last_used_at, ?2) WHERE id = ?1 AND ended_at IS NULL";
    END = "UPDATE sessions SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL";
    END_OWN = "UPDATE sessions SET ended_at = ?2 WHERE id = ?1 AND user = ?3 AND ended_at IS NULL";
    STANDS = "SELECT 1 FROM sessions AS s JOIN users AS u ON u.id = s.user
               WHERE s.id = ?1 AND s.user = ?2 AND s.generation = ?3 AND s.ended_at IS NULL
                 AND u.disabled_at IS NULL AND u.generation = ?3";
}

/// A session that was not ended, as its rows say. Whether it may still be used is for the reader to say.
pub(crate) struct Running {
    pub(crate) session: Session,
    pub(crate) cookie: Hashed,
    /// The account's, when the session began.
    pub(crate) generation: i64,
    pub(crate) created_at: UnixTime,
    pub(crate) last_used_at: UnixTime,
}

/// The session of a cookie.
pub(crate) fn running(db: &Connection, cookie: Hashed) -> Result<Option<Running>, Fault> {
    let found = db.one(RUNNING, [cookie.0], |row| {
        let id = SessionId::new(row.get::<_, String>(0)?);
        let user = UserId::new(row.get::<_, String>(1)?);
        Ok(Running {
            session: Session { id, user, authentications: Vec::new() },
            cookie,
            generation: row.get(2)?,
            created_at: UnixTime(row.get(3)?),
            last_used_at: UnixTime(row.get(4)?),
        })
    })?;
    let Some(mut running) = found else { return Ok(None) };
    running.session.authentications = db.all(PROVED, [running.session.id.as_str()], authentication)?;
    Ok(Some(running))
}

/// What was proved in a session, whether or not it still stands.
pub(crate) fn facts(db: &Connection, session: &SessionId) -> Result<Option<Session>, Fault> {
    let owner = db.one(OWNER, [session.as_str()], |row| Ok(UserId::new(row.get::<_, String>(0)?)))?;
    let Some(user) = owner else { return Ok(None) };
    let authentications = db.all(PROVED, [session.as_str()], authentication)?;
    Ok(Some(Session { id: session.clone(), user, authentications }))
}

/// The session of that name, if `client` holds a grant in force on it.
pub(crate) fn presence_for(
    db: &Connection,
    session: &SessionId,
    client: &ClientId,
    life: SessionLife,
    now: UnixTime,
) -> Result<Option<Presence>, Fault> {
    let limits = params![session.as_str(), now.minus(life.absolute).0];
    let Some(found) = db.one(NAMED, limits, standing)? else { return Ok(None) };
    let person = &found.2;
    let held = params![person.id.as_str(), client.as_str(), session.as_str(), person.generation];
    if db.holds(GRANTED, held)? { with_facts(db, found).map(Some) } else { Ok(None) }
}

/// A session that stands, when it was last used, and whose it is.
type Standing = (SessionId, UnixTime, Person);

fn standing(row: &Row<'_>) -> Result<Standing, Fault> {
    let person = Person {
        id: UserId::new(row.get::<_, String>(2)?),
        name: row.get(3)?,
        email: row.get(4)?,
        disabled: false,
        generation: row.get(5)?,
        created_at: UnixTime(row.get(6)?),
    };
    Ok((SessionId::new(row.get::<_, String>(0)?), UnixTime(row.get(1)?), person))
}

fn with_facts(db: &Connection, (id, last_used_at, person): Standing) -> Result<Presence, Fault> {
    let authentications = db.all(PROVED, [id.as_str()], authentication)?;
    let credentials = credentials::live_of_user(db, &person.id)?;
    let session = Session { id, user: person.id.clone(), authentications };
    Ok(Presence { session, last_used_at, person, credentials })
}

#[allow(
    clippy::disallowed_methods,
    reason = "the row mapping of a store: gives back what a verifier had made"
)]
fn authentication(row: &Row<'_>) -> Result<Authentication, Fault> {
    const TABLE: &str = "authentications";
    let proofs = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
    let proofs: Vec<ProofRecord> = from_json(TABLE, proofs)?;
    let bound_to: Option<String> = row.get(2)?;
    let bound_to = bound_to.map(Digest::try_from).transpose();
    Ok(Authentication {
        at: UnixTime(row.get(0)?),
        interaction: InteractionId::new(row.get::<_, String>(1)?),
        bound_to: bound_to.map_err(|reason| damaged(TABLE, reason))?,
        proofs: proofs.into_iter().map(Proof::from_verified).collect(),
    })
}

/// A fact to add, written down by its caller.
pub(crate) struct Fact {
    pub(crate) session: SessionId,
    pub(crate) user: UserId,
    pub(crate) generation: i64,
    at: UnixTime,
    interaction: InteractionId,
    bound_to: Option<String>,
    credentials: Vec<riser_core::CredentialId>,
    proofs: String,
}

impl Fact {
    pub(crate) fn of(
        (session, user, generation, authentication): (SessionId, UserId, i64, Authentication),
    ) -> Result<Self, StoreError> {
        let records: Vec<&ProofRecord> = authentication.proofs.iter().map(Proof::record).collect();
        Ok(Self {
            session,
            user,
            generation,
            at: authentication.at,
            interaction: authentication.interaction,
            bound_to: authentication.bound_to.map(String::from),
            proofs: to_json("authentications", &records)?,
            credentials: records.iter().map(|record| record.credential.clone()).collect(),
        })
    }

    /// Whether a credential is among those behind it.
    pub(crate) fn rests_on(&self, credential: &riser_core::CredentialId) -> bool {
        self.credentials.contains(credential)
    }

    /// Adds the fact, if every credential behind it still is its owner's.
    pub(crate) fn add(&self, db: &Connection) -> Result<(), Fault> {
        for credential in &self.credentials {
            credentials::require_live(db, credential, &self.user)?;
        }
        let values =
            params![self.session.as_str(), self.at.0, self.interaction.as_str(), self.bound_to, self.proofs];
        db.run(ADD, values)?;
        Ok(())
    }
}

pub(crate) fn begin(
    db: &Connection,
    fact: &Fact,
    cookie: Hashed,
    browser: Option<&str>,
    now: UnixTime,
) -> Result<(), Fault> {
    people::require_open(db, &fact.user, Some(fact.generation))?;
    let (session, user) = (fact.session.as_str(), fact.user.as_str());
    db.run(BEGIN, params![session, user, fact.generation, cookie.0, now.0, browser])?;
    Ok(())
}

/// Gives the session of a cookie its next one and forgets what nothing can stand on any more. Who comes
/// with a cookie that another rise has replaced, comes too late.
pub(crate) fn rise(
    db: &Connection,
    from: Hashed,
    to: Hashed,
    superseded: &[usize],
    now: UnixTime,
) -> Result<SessionId, Fault> {
    let id = db.one(RISE, params![from.0, to.0, now.0], |row| Ok(row.get::<_, String>(0)?))?;
    let id = id.ok_or(Fault::Port(StoreError::Conflict))?;
    if !superseded.is_empty() {
        let positions: Vec<i64> = db.all(POSITIONS, [&id], |row| Ok(row.get(0)?))?;
        for index in superseded {
            if let Some(seq) = positions.get(*index) {
                db.run(FORGET, params![id, seq])?;
            }
        }
    }
    Ok(SessionId::new(id))
}

pub(crate) fn touch(db: &Connection, id: &SessionId, now: UnixTime) -> Result<(), Fault> {
    db.run(TOUCH, params![id.as_str(), now.0])?;
    Ok(())
}

pub(crate) fn end(db: &Connection, id: &SessionId, now: UnixTime) -> Result<(), Fault> {
    db.run(END, params![id.as_str(), now.0])?;
    Ok(())
}

/// Ends a session for its owner.
pub(crate) fn end_own(
    db: &Connection,
    id: &SessionId,
    owner: &UserId,
    now: UnixTime,
    telling: &Telling,
) -> Result<(), Fault> {
    if db.run(END_OWN, params![id.as_str(), now.0, owner.as_str()])? == 0 {
        return Err(StoreError::Conflict.into());
    }
    telling.tell(db, now)
}

/// The session is this person's, has not been ended, and the account is as it was when it began.
pub(crate) fn stands(db: &Connection, id: &SessionId, user: &UserId, generation: i64) -> Result<bool, Fault> {
    db.holds(STANDS, params![id.as_str(), user.as_str(), generation])
}
