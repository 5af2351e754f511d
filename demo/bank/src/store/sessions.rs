use riser_guard::{Seconds, UnixTime};
use rusqlite::{OptionalExtension as _, params};

use super::Store;
use crate::{BankError, money::Cents, secret::Hash};

/// How long a person stays signed in at the bank.
const SESSION_LIFE: Seconds = Seconds(8 * 3600);
/// What a new customer finds: EUR 10,000.00.
const OPENING_BALANCE: Cents = Cents(1_000_000);

/// One browser that is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) hash: Hash,
    pub(crate) sub: String,
    /// The ID token of the sign-in, which hints to the provider who should confirm.
    pub(crate) id_token: String,
    pub(crate) balance: Cents,
}

impl Store {
    /// Signs a browser in, in place of the session that it had; opens an account on the first visit.
    pub(crate) async fn sign_in(
        &self,
        new: Hash,
        old: Option<Hash>,
        sub: String,
        id_token: String,
        now: UnixTime,
    ) -> Result<(), BankError> {
        self.transact(move |db| {
            db.execute(
                "INSERT INTO account (sub, balance, opened_at) VALUES (?1, ?2, ?3) ON CONFLICT (sub) DO NOTHING",
                params![sub, OPENING_BALANCE.0, now.0],
            )?;
            db.execute("DELETE FROM session WHERE expires_at <= ?1", [now.0])?;
            if let Some(old) = old {
                db.execute("DELETE FROM session WHERE hash = ?1", [old.0])?;
            }
            db.execute(
                "INSERT INTO session (hash, sub, id_token, expires_at) VALUES (?1, ?2, ?3, ?4)",
                params![new.0, sub, id_token, now.plus(SESSION_LIFE).0],
            )?;
            Ok(())
        })
        .await
    }

    /// The session of a browser, if it still stands.
    pub(crate) async fn session(&self, hash: Hash, now: UnixTime) -> Result<Option<Session>, BankError> {
        self.transact(move |db| {
            db.query_row(
                "SELECT session.sub, session.id_token, account.balance FROM session JOIN account USING (sub)
                 WHERE session.hash = ?1 AND session.expires_at > ?2",
                params![hash.0, now.0],
                |row| {
                    Ok(Session { hash, sub: row.get(0)?, id_token: row.get(1)?, balance: Cents(row.get(2)?) })
                },
            )
            .optional()
        })
        .await
    }

    /// Signs a browser out, and forgets what it had not finished.
    pub(crate) async fn sign_out(&self, hash: Hash) -> Result<(), BankError> {
        self.transact(move |db| {
            db.execute("DELETE FROM session WHERE hash = ?1", [hash.0])?;
            db.execute("DELETE FROM transfer WHERE session = ?1 AND done_at IS NULL", [hash.0])?;
            Ok(())
        })
        .await
    }
}
