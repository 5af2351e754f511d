use riser_guard::UnixTime;
use rusqlite::{ErrorCode, OptionalExtension as _, Row, Transaction, params};

use super::{Session, Store};
use crate::{BankError, money::Cents, secret::Hash, transfer::Transfer};

/// A transfer that waits for its approval, or for the money to move.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) id: String,
    pub(crate) transfer: Transfer,
    /// What came of the last step-up: `approved`, or why not.
    pub(crate) outcome: Option<String>,
    /// The access token that approves it.
    pub(crate) bound_token: Option<String>,
}

/// A transfer that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) id: String,
    pub(crate) transfer: Transfer,
    pub(crate) at: UnixTime,
}

/// How far a transfer is.
#[derive(Clone, Debug)]
pub(crate) enum Progress {
    /// It waits.
    Pending(Pending),
    /// The money has moved.
    Done(Done),
}

/// What a request with an idempotency key finds.
#[derive(Clone, Debug)]
pub(crate) enum Begun {
    /// This very request waits.
    Pending(Pending),
    /// This very request was done before.
    Done(Done),
    /// The key belongs to another request: another body, or another session's.
    OtherRequest,
}

/// What came of moving the money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SpendOutcome {
    /// It moved, now or by the same request before; the balance is what is left.
    Done(Done, Cents),
    /// The account does not cover it. The elevation is not spent.
    NotCovered,
    /// The elevation was spent on another transfer.
    AlreadySpent,
    /// There is no such pending transfer.
    Gone,
}

const COLUMNS: &str = "id, payee, iban, amount, reference, outcome, bound_token, done_at, session";

struct Found {
    pending: Pending,
    done_at: Option<UnixTime>,
    session: Hash,
}

impl Found {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let transfer = Transfer {
            payee: row.get(1)?,
            iban: row.get(2)?,
            amount: Cents(row.get(3)?),
            reference: row.get(4)?,
        };
        Ok(Self {
            pending: Pending { id: row.get(0)?, transfer, outcome: row.get(5)?, bound_token: row.get(6)? },
            done_at: row.get::<_, Option<i64>>(7)?.map(UnixTime),
            session: Hash(row.get(8)?),
        })
    }

    fn progress(self) -> Progress {
        match self.done_at {
            Some(at) => Progress::Done(Done { id: self.pending.id, transfer: self.pending.transfer, at }),
            None => Progress::Pending(self.pending),
        }
    }
}

impl Store {
    /// Finds the request with this key, or remembers it as pending under `id`.
    pub(crate) async fn begin_transfer(
        &self,
        session: &Session,
        id: String,
        key: String,
        transfer: Transfer,
        now: UnixTime,
    ) -> Result<Begun, BankError> {
        let (session, sub) = (session.hash, session.sub.clone());
        self.transact(move |db| {
            db.execute(
                "INSERT INTO transfer (id, session, sub, idempotency_key, payee, iban, amount, reference, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (sub, idempotency_key) DO NOTHING",
                params![
                    id,
                    session.0,
                    sub,
                    key,
                    transfer.payee,
                    transfer.iban,
                    transfer.amount.0,
                    transfer.reference,
                    now.0
                ],
            )?;
            let found = db.query_row(
                &format!("SELECT {COLUMNS} FROM transfer WHERE sub = ?1 AND idempotency_key = ?2"),
                params![sub, key],
                Found::read,
            )?;
            // A pending transfer belongs to the browser that made it (SU-17: nobody plants one for another).
            let is_same = found.pending.transfer == transfer
                && (found.done_at.is_some() || found.session == session);
            Ok(match found.progress() {
                _ if !is_same => Begun::OtherRequest,
                Progress::Done(done) => Begun::Done(done),
                Progress::Pending(pending) => Begun::Pending(pending),
            })
        })
        .await
    }

    /// A transfer of this session, done or not.
    pub(crate) async fn transfer(&self, session: Hash, id: String) -> Result<Option<Progress>, BankError> {
        self.transact(move |db| Ok(find(db, session, &id)?.map(Found::progress))).await
    }

    /// Keeps what came of a step-up for a pending transfer of this session.
    pub(crate) async fn settle(
        &self,
        session: Hash,
        id: String,
        outcome: String,
        bound_token: Option<String>,
    ) -> Result<(), BankError> {
        self.transact(move |db| {
            db.execute(
                "UPDATE transfer SET outcome = ?3, bound_token = ?4
                 WHERE id = ?1 AND session = ?2 AND done_at IS NULL",
                params![id, session.0, outcome, bound_token],
            )?;
            Ok(())
        })
        .await
    }

    /// Forgets the approval of a pending transfer: it did not serve.
    pub(crate) async fn forget_approval(&self, session: Hash, id: String) -> Result<(), BankError> {
        self.transact(move |db| {
            db.execute(
                "UPDATE transfer SET outcome = NULL, bound_token = NULL
                 WHERE id = ?1 AND session = ?2 AND done_at IS NULL",
                params![id, session.0],
            )?;
            Ok(())
        })
        .await
    }

    /// Spends an elevation and moves the money: both, or neither.
    pub(crate) async fn spend(
        &self,
        session: Hash,
        id: String,
        txn: String,
        now: UnixTime,
    ) -> Result<SpendOutcome, BankError> {
        let outcome = self
            .transact(move |db| {
                let Some(found) = find(db, session, &id)? else { return Ok(SpendOutcome::Gone) };
                let sub: String =
                    db.query_row("SELECT sub FROM transfer WHERE id = ?1", [&id], |row| row.get(0))?;
                let pending = match found.progress() {
                    Progress::Done(done) => return Ok(SpendOutcome::Done(done, balance(db, &sub)?)),
                    Progress::Pending(pending) => pending,
                };
                let covered = db.execute(
                    "UPDATE account SET balance = balance - ?2 WHERE sub = ?1 AND balance >= ?2",
                    params![sub, pending.transfer.amount.0],
                )?;
                if covered == 0 {
                    return Ok(SpendOutcome::NotCovered);
                }
                // The unique key refuses a second use; the error undoes the line above as well.
                db.execute(
                    "INSERT INTO spent (txn, transfer, at) VALUES (?1, ?2, ?3)",
                    params![txn, id, now.0],
                )?;
                db.execute(
                    "UPDATE transfer SET done_at = ?2, bound_token = NULL WHERE id = ?1 AND done_at IS NULL",
                    params![id, now.0],
                )?;
                let done = Done { id: pending.id, transfer: pending.transfer, at: now };
                Ok(SpendOutcome::Done(done, balance(db, &sub)?))
            })
            .await;
        match outcome {
            Err(BankError::Database(rusqlite::Error::SqliteFailure(failure, _)))
                if failure.code == ErrorCode::ConstraintViolation =>
            {
                Ok(SpendOutcome::AlreadySpent)
            }
            outcome => outcome,
        }
    }

    /// The latest transfers of an account, newest first.
    pub(crate) async fn recent(&self, sub: String) -> Result<Vec<Done>, BankError> {
        self.transact(move |db| {
            let mut query = db.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM transfer WHERE sub = ?1 AND done_at IS NOT NULL
                 ORDER BY done_at DESC, rowid DESC LIMIT 10"
            ))?;
            let found = query.query_map([sub], Found::read)?.collect::<rusqlite::Result<Vec<_>>>()?;
            let done = |found: Found| match found.progress() {
                Progress::Done(done) => Some(done),
                Progress::Pending(_) => None,
            };
            Ok(found.into_iter().filter_map(done).collect())
        })
        .await
    }
}

fn find(db: &Transaction<'_>, session: Hash, id: &str) -> rusqlite::Result<Option<Found>> {
    db.query_row(
        &format!("SELECT {COLUMNS} FROM transfer WHERE id = ?1 AND session = ?2"),
        params![id, session.0],
        Found::read,
    )
    .optional()
}

fn balance(db: &Transaction<'_>, sub: &str) -> rusqlite::Result<Cents> {
    db.query_row("SELECT balance FROM account WHERE sub = ?1", [sub], |row| row.get(0).map(Cents))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(1_000);

    /// A customer with EUR 10,000.00, and transfers of theirs that wait.
    async fn waiting(amounts: &[i64]) -> (Store, Session) {
        let store = Store::in_memory();
        let hash = Hash([1; 32]);
        store.sign_in(hash, None, "u1".into(), "id token".into(), NOW).await.unwrap();
        let session = store.session(hash, NOW).await.unwrap().unwrap();
        for (index, amount) in amounts.iter().enumerate() {
            let transfer =
                Transfer { payee: "P".into(), iban: "I".into(), amount: Cents(*amount), reference: None };
            let (id, key) = (format!("t{index}"), format!("k{index}"));
            store.begin_transfer(&session, id, key, transfer, NOW).await.unwrap();
        }
        (store, session)
    }

    async fn spend(store: &Store, session: &Session, id: &str, txn: &str) -> SpendOutcome {
        store.spend(session.hash, id.into(), txn.into(), NOW).await.unwrap()
    }

    async fn balance(store: &Store, session: &Session) -> i64 {
        store.session(session.hash, NOW).await.unwrap().unwrap().balance.0
    }

    #[tokio::test]
    async fn money_moves_with_the_elevation_or_not_at_all() {
        let (store, session) = waiting(&[600_000, 600_000, 400_000]).await;
        assert!(matches!(spend(&store, &session, "t0", "x0").await, SpendOutcome::Done(_, Cents(400_000))));
        // Not covered, by the database's own word: the elevation is as it was.
        assert_eq!(spend(&store, &session, "t1", "x1").await, SpendOutcome::NotCovered);
        // Spent before: the money stays.
        assert_eq!(spend(&store, &session, "t2", "x0").await, SpendOutcome::AlreadySpent);
        assert_eq!(balance(&store, &session).await, 400_000);
        assert!(matches!(spend(&store, &session, "t2", "x1").await, SpendOutcome::Done(_, Cents(0))));
        // Done before: the same result, whatever the elevation.
        assert!(matches!(spend(&store, &session, "t2", "x2").await, SpendOutcome::Done(_, Cents(0))));
        assert_eq!(store.recent("u1".into()).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn nothing_is_spent_for_a_transfer_of_another_browser() {
        let (store, session) = waiting(&[100]).await;
        let other = Session { hash: Hash([2; 32]), ..session.clone() };
        assert_eq!(spend(&store, &other, "t0", "x0").await, SpendOutcome::Gone);
        store.settle(other.hash, "t0".into(), "approved".into(), Some("token".into())).await.unwrap();
        let Some(Progress::Pending(pending)) = store.transfer(session.hash, "t0".into()).await.unwrap()
        else {
            unreachable!()
        };
        assert_eq!((pending.outcome, pending.bound_token), (None, None));
        assert_eq!(balance(&store, &session).await, 1_000_000);
    }

    #[tokio::test]
    async fn signing_out_forgets_what_waits_and_keeps_what_was_done() {
        let (store, session) = waiting(&[100, 100]).await;
        spend(&store, &session, "t0", "x0").await;
        store.sign_out(session.hash).await.unwrap();
        assert!(store.session(session.hash, NOW).await.unwrap().is_none());
        assert!(store.transfer(session.hash, "t1".into()).await.unwrap().is_none());
        assert_eq!(store.recent("u1".into()).await.unwrap().len(), 1);
    }
}
