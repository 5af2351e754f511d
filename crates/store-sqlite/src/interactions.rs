//! Visits: opened, advanced and ended, each change guarded by the version that was read.

use riser_core::{InteractionId, UnixTime, UserId};
use riser_store::{
    AccountEdit, Completion, CredentialUse, Generation, Hashed, Interaction, SessionChange, Spendable,
    StoreError, Told,
};
use rusqlite::{Connection, params};

use crate::consume::consume;
use crate::error::{Fault, damaged, from_json, to_json};
use crate::grants::Issue;
use crate::outbox::{Letters, Telling};
use crate::sessions::Fact;
use crate::statements::{Prepared as _, statements};
use crate::{credentials, edit, people, recoveries, sessions};

const TABLE: &str = "interactions";

statements! {
    OPEN = "INSERT INTO interactions (id, browser, version, ended, expires_at, progress, purpose)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    FIND = "SELECT browser, version, expires_at, progress, purpose FROM interactions WHERE id = ?1";
    ADVANCE = "UPDATE interactions SET progress = ?3, version = version + 1, ended = ?4
                WHERE id = ?1 AND version = ?2 AND ended = 0 AND expires_at > ?5";
}

/// A new visit, written down by its caller.
pub(crate) struct Opening {
    interaction: Interaction,
    progress: String,
    purpose: String,
}

impl Opening {
    pub(crate) fn of(interaction: Interaction) -> Result<Self, StoreError> {
        let progress = to_json(TABLE, &interaction.progress)?;
        let purpose = to_json(TABLE, &interaction.purpose)?;
        Ok(Self { interaction, progress, purpose })
    }

    pub(crate) fn keep(&self, db: &Connection) -> Result<(), Fault> {
        let Interaction { id, browser, version, expires_at, progress, .. } = &self.interaction;
        let ended = progress.outcome.is_some();
        let values =
            params![id.as_str(), browser.0, version, ended, expires_at.0, self.progress, self.purpose];
        db.run(OPEN, values)?;
        Ok(())
    }
}

pub(crate) fn find(db: &Connection, id: &InteractionId) -> Result<Option<Interaction>, Fault> {
    db.one(FIND, [id.as_str()], |row| {
        let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        Ok(Interaction {
            id: id.clone(),
            browser: Hashed(row.get(0)?),
            version: row.get(1)?,
            expires_at: UnixTime(row.get(2)?),
            progress: from_json(TABLE, text(3)?)?,
            purpose: from_json(TABLE, text(4)?)?,
        })
    })
}

/// A step of a visit, written down by its caller.
pub(crate) struct Step {
    id: InteractionId,
    version: i64,
    ended: bool,
    progress: String,
    /// The account that the visit's proofs are good for, as it was when they were given.
    stands_on: Option<(UserId, i64)>,
    spends: Vec<(Spendable, Hashed)>,
    credential_use: Option<CredentialUse>,
    telling: Telling,
    now: UnixTime,
}

impl Step {
    pub(crate) fn of(
        interaction: &Interaction,
        spends: Vec<(Spendable, Hashed)>,
        credential_use: Option<CredentialUse>,
        told: Told,
        now: UnixTime,
    ) -> Result<Self, StoreError> {
        let progress = &interaction.progress;
        Ok(Self {
            id: interaction.id.clone(),
            version: interaction.version,
            ended: progress.outcome.is_some(),
            progress: to_json(TABLE, progress)?,
            stands_on: progress.user.clone().zip(progress.generation),
            spends,
            credential_use,
            telling: Telling::of(told)?,
            now,
        })
    }

    /// Spends what the step spends, notes the use of a credential and saves where the visit has come to: if
    /// it is where it was and has not ended, and its person's account is as it was. `edit` is what the step
    /// changes about an account.
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
        let values = params![self.id.as_str(), self.version, self.progress, self.ended, self.now.0];
        if db.run(ADVANCE, values)? == 0 {
            return Err(StoreError::Conflict.into());
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
    letters: Letters,
}

impl Ending {
    pub(crate) fn of(completion: Completion) -> Result<Self, StoreError> {
        let Completion {
            interaction,
            spends,
            session,
            authentication,
            credential_use,
            edit,
            code,
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
        Ok(Self {
            step: Step::of(&interaction, spends, credential_use, audit.into(), now)?,
            session,
            fact: authentication.map(Fact::of).transpose()?,
            edit,
            code: code.map(Issue::of).transpose()?,
            letters: Letters::of(letters)?,
        })
    }

    pub(crate) fn commit(&self, db: &Connection) -> Result<(), Fault> {
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
        Ok(())
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
