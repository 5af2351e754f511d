//! Visits: opened, advanced and ended, each change guarded by the version that was read.

use std::sync::Arc;

use riser_core::session::Session;
use riser_core::{InteractionId, UnixTime, UserId};
use riser_store::{
    AccountEdit, Completion, CredentialUse, Generation, Hashed, Interaction, SessionChange, Spendable,
    StoreError, Told,
};
use rusqlite::{Connection, Row, params};

use crate::consume::consume;
use crate::error::{Fault, damaged, from_json, to_json};
use crate::grants::Issue;
use crate::outbox::{Letters, Telling};
use crate::remembered::{Changed, News, read_presence};
use crate::sessions::Fact;
use crate::statements::{Prepared as _, statements};
use crate::unwritten::{Hold, Unwritten};
use crate::{attempts, credentials, edit, people, recoveries, sessions};

const TABLE: &str = "interactions";

statements! {
    OPEN = "INSERT INTO interactions (id, browser, version, ended, expires_at, progress, purpose)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    FIND = "SELECT browser, version, expires_at, progress, purpose FROM interactions WHERE id = ?1";
    UNANSWERED = "SELECT browser, version, expires_at, progress, purpose, id FROM interactions
                   WHERE expires_at > ?1 AND expires_at <= ?2 AND ended = 0";
    ADVANCE = "UPDATE interactions SET progress = ?3, version = version + 1, ended = ?4
                WHERE id = ?1 AND version = ?2 AND ended = 0 AND expires_at > ?5";
}

/// A visit that is new in the file, written down by its caller.
pub(crate) struct Opening {
    id: InteractionId,
    browser: Hashed,
    version: i64,
    ended: bool,
    expires_at: UnixTime,
    progress: String,
    purpose: String,
}

impl Opening {
    pub(crate) fn of(interaction: &Interaction) -> Result<Self, StoreError> {
        Ok(Self {
            id: interaction.id.clone(),
            browser: interaction.browser,
            version: interaction.version,
            ended: interaction.progress.outcome.is_some(),
            expires_at: interaction.expires_at,
            progress: to_json(TABLE, &interaction.progress)?,
            purpose: to_json(TABLE, &interaction.purpose)?,
        })
    }

    pub(crate) fn keep(&self, db: &Connection) -> Result<(), Fault> {
        let values = params![
            self.id.as_str(),
            self.browser.0,
            self.version,
            self.ended,
            self.expires_at.0,
            self.progress,
            self.purpose
        ];
        db.run(OPEN, values)?;
        Ok(())
    }
}

pub(crate) fn find(db: &Connection, id: &InteractionId) -> Result<Option<Interaction>, Fault> {
    db.one(FIND, [id.as_str()], |row| visit(id.clone(), row))
}

/// Visits that nobody ended before they were over, those in memory too, each with its session's facts.
pub(crate) fn unanswered(
    db: &Connection,
    in_memory: Vec<Interaction>,
    after: UnixTime,
    until: UnixTime,
) -> Result<Vec<(Interaction, Option<Session>)>, Fault> {
    let written: Vec<Interaction> = db.all(UNANSWERED, [after.0, until.0], |row| {
        visit(InteractionId::new(row.get::<_, String>(5)?), row)
    })?;
    let with_session = |visit: Interaction| {
        let session = visit.session().map(|session| sessions::facts(db, session)).transpose()?;
        Ok((visit, session.flatten()))
    };
    in_memory.into_iter().chain(written).map(with_session).collect()
}

fn visit(id: InteractionId, row: &Row<'_>) -> Result<Interaction, Fault> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    Ok(Interaction {
        id,
        browser: Hashed(row.get(0)?),
        version: row.get(1)?,
        expires_at: UnixTime(row.get(2)?),
        progress: from_json(TABLE, text(3)?)?,
        purpose: from_json(TABLE, text(4)?)?,
    })
}

/// A step of a visit, written down by its caller.
pub(crate) struct Step {
    moves: Moves,
    /// The account that the visit's proofs are good for, as it was when they were given.
    stands_on: Option<(UserId, i64)>,
    /// What the file has to spend.
    spends: Vec<(Spendable, Hashed)>,
    credential_use: Option<CredentialUse>,
    telling: Telling,
    now: UnixTime,
}

/// What a step does to its visit's row.
enum Moves {
    /// Saves where the visit has come to, if it is where it was and has not ended.
    On { id: InteractionId, version: i64, ended: bool, progress: String },
    /// Writes it for the first time: it was in memory, which guards its version.
    In(Opening),
    /// There is none: memory repeats the end of a visit that was never written.
    Not,
}

/// What a step is, beside where the visit has come to.
pub(crate) struct Taken {
    pub(crate) spends: Vec<(Spendable, Hashed)>,
    pub(crate) credential_use: Option<CredentialUse>,
    pub(crate) told: Told,
    pub(crate) now: UnixTime,
}

/// What is kept of a visit that ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndOfVisit {
    /// Its row.
    Written,
    /// No row, if there is none yet: what came of the visit is in the file, and where the browser goes next
    /// is of use only while the code lives.
    Remembered,
}

impl Step {
    /// Writes a step down, and holds what it needs of what is not in the file; a conflict when that is
    /// somebody else's. A visit that goes on after the step is in the file from then on.
    pub(crate) fn hold(
        unwritten: &Arc<Unwritten>,
        interaction: &Interaction,
        taken: Taken,
        end: EndOfVisit,
    ) -> Result<(Self, Hold), StoreError> {
        let Taken { mut spends, credential_use, told, now } = taken;
        let telling = Telling::of(told)?;
        let mut hold = unwritten.hold(interaction, &mut spends, now)?;
        let progress = &interaction.progress;
        let ended = progress.outcome.is_some();
        let moves = if !hold.has_visit() {
            let progress = to_json(TABLE, progress)?;
            Moves::On { id: interaction.id.clone(), version: interaction.version, ended, progress }
        } else if ended && end == EndOfVisit::Remembered {
            hold.ends_with(interaction.clone());
            Moves::Not
        } else {
            Moves::In(Opening { version: interaction.version + 1, ..Opening::of(interaction)? })
        };
        let stands_on = progress.user.clone().zip(progress.generation);
        Ok((Self { moves, stands_on, spends, credential_use, telling, now }, hold))
    }

    /// What it changes of what may be remembered: a credential's use is part of its account, and whose it
    /// is, the file would have to say.
    pub(crate) fn changes(&self) -> Vec<Changed> {
        self.credential_use.iter().map(|_| Changed::Everything).collect()
    }

    /// Spends what the step spends, notes the use of a credential and moves the visit: if it is where it was
    /// and has not ended, and its person's account is as it was. `edit` is what the step changes about an
    /// account.
    pub(crate) fn take(&self, db: &Connection, edit: Option<&AccountEdit>) -> Result<(), Fault> {
        for (kind, hash) in &self.spends {
            let payload = consume(db, *kind, *hash, self.now)?;
            match kind {
                Spendable::Enrolment => people::require_enrolment(db, (*hash, &payload), edit, self.now)?,
                Spendable::RecoveryCode => {
                    recoveries::require_code(db, &payload, edit.map(|edit| &edit.user))?;
                }
                _ => {}
            }
        }
        if let Some((user, generation)) = &self.stands_on {
            people::require_open(db, user, Some(*generation))?;
        }
        match &self.moves {
            Moves::On { id, version, ended, progress } => {
                if db.run(ADVANCE, params![id.as_str(), version, progress, ended, self.now.0])? == 0 {
                    return Err(StoreError::Conflict.into());
                }
            }
            Moves::In(visit) => visit.keep(db)?,
            Moves::Not => {}
        }
        if let Some(noted) = &self.credential_use {
            credentials::used(db, noted)?;
        }
        self.telling.tell(db, self.now)
    }
}

/// The end of a visit, written down by its caller.
pub(crate) struct Ending {
    step: Step,
    session: SessionChange,
    fact: Option<Fact>,
    edit: Option<AccountEdit>,
    code: Option<Issue>,
    answers: Option<Hashed>,
    letters: Letters,
}

impl Ending {
    /// Writes it down, and holds what it needs, as [`Step::hold`] does.
    pub(crate) fn hold(
        unwritten: &Arc<Unwritten>,
        completion: Completion,
    ) -> Result<(Self, Hold), StoreError> {
        let Completion {
            interaction,
            spends,
            session,
            authentication,
            credential_use,
            edit,
            code,
            answers,
            audit,
            letters,
            now,
        } = completion;
        if let Some(edit) = &edit {
            if code.is_some() && edit.generation == Generation::Raised {
                return Err(damaged(TABLE, "a code would end with the generation that is raised with it"));
            }
            if edit.recovery.is_some() && !matches!(session, SessionChange::None) {
                return Err(damaged(TABLE, "a recovery is never a session"));
            }
        }
        let fact = authentication.map(Fact::of).transpose()?;
        let code = code.map(Issue::of).transpose()?;
        let letters = Letters::of(letters)?;
        let taken = Taken { spends, credential_use, told: audit.into(), now };
        let (step, hold) = Step::hold(unwritten, &interaction, taken, EndOfVisit::Remembered)?;
        Ok((Self { step, session, fact, edit, code, answers, letters }, hold))
    }

    /// What it changes of what may be remembered.
    pub(crate) fn changes(&self) -> Vec<Changed> {
        let mut changed = Vec::new();
        match &self.session {
            SessionChange::Begin { replaces, .. } => changed.extend(replaces.clone().map(Changed::Session)),
            SessionChange::Rise { from, .. } => changed.push(Changed::Cookie(*from)),
            SessionChange::Keep | SessionChange::None => {}
        }
        let used = self.step.credential_use.as_ref().map(|noted| &noted.credential);
        match (&self.edit, &self.fact) {
            // The credentials behind a fact are this person's, or nothing is committed.
            (None, Some(fact)) if used.is_none_or(|used| fact.rests_on(used)) => {
                changed.push(Changed::Session(fact.session.clone()));
                changed.push(Changed::Account(fact.user.clone()));
            }
            (None, None) => changed.extend(self.step.changes()),
            (Some(_), _) | (None, Some(_)) => changed.push(Changed::Everything),
        }
        changed
    }

    pub(crate) fn commit(&self, db: &Connection) -> Result<News, Fault> {
        let now = self.step.now;
        self.step.take(db, self.edit.as_ref())?;
        self.change_session(db)?;
        match &self.edit {
            Some(edit) => edit::apply(db, edit, &self.letters, now)?,
            None => self.letters.queue(db, now)?,
        }
        if let Some(code) = &self.code {
            code.keep(db)?;
        }
        attempts::clear(db, self.answers.as_slice(), &[])?;
        // The browser comes back with this cookie, and its application with this code.
        let (began, risen) = match (&self.session, &self.fact) {
            (SessionChange::Begin { cookie, .. }, _) => (read_presence(db, *cookie)?, None),
            (SessionChange::Rise { from, to, superseded }, Some(fact)) if self.edit.is_none() => {
                (None, Some((fact.risen((*from, *to), superseded, now), self.step.credential_use.clone())))
            }
            (SessionChange::Rise { .. } | SessionChange::Keep | SessionChange::None, _) => (None, None),
        };
        Ok(News { began, risen, code: self.code.as_ref().map(Issue::fresh) })
    }

    fn change_session(&self, db: &Connection) -> Result<(), Fault> {
        let now = self.step.now;
        match (&self.session, &self.fact) {
            (SessionChange::Begin { cookie, replaces, browser }, Some(fact)) => {
                if let Some(replaced) = replaces {
                    sessions::end(db, replaced, now)?;
                }
                sessions::begin(db, fact, *cookie, browser.as_deref(), now)?;
                fact.add(db)
            }
            (SessionChange::Rise { from, to, superseded }, fact) => {
                let risen = sessions::rise(db, *from, *to, superseded, now)?;
                let Some(fact) = fact else { return Ok(()) };
                // Nobody's proof enters another session (I3), nor one whose account has changed (I1).
                if risen != fact.session || !sessions::stands(db, &risen, &fact.user, fact.generation)? {
                    return Err(StoreError::Conflict.into());
                }
                fact.add(db)
            }
            (SessionChange::Keep | SessionChange::None, None) => Ok(()),
            (SessionChange::Begin { .. }, None) => {
                Err(damaged("sessions", "a session begins with an authentication").into())
            }
            (SessionChange::Keep, Some(_)) => {
                Err(damaged("sessions", "an authentication changes the session's cookie").into())
            }
            (SessionChange::None, Some(_)) => {
                Err(damaged("sessions", "an authentication without a session").into())
            }
        }
    }
}
