use riser_guard::{Seconds, UnixTime};
use rusqlite::{OptionalExtension as _, params};

use super::Store;
use crate::{BankError, secret::Hash};

/// Longer than a person may take at the provider.
const VISIT_LIFE: Seconds = Seconds(15 * 60);

/// One visit to the provider, from our redirect until the browser is back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    pub(crate) nonce: String,
    /// Of PKCE.
    pub(crate) verifier: String,
    pub(crate) purpose: Purpose,
}

/// What the visit is for, and whose browser must come back from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To sign in: the browser holds this secret.
    SignIn { browser: Hash },
    /// To approve a transfer: the browser has this session.
    Approve { session: Hash, transfer: String, popup: bool },
}

impl Purpose {
    fn browser(&self) -> Hash {
        match self {
            Self::SignIn { browser } => *browser,
            Self::Approve { session, .. } => *session,
        }
    }
}

impl Store {
    /// Remembers a visit under the hash of its `state`.
    pub(crate) async fn begin_visit(
        &self,
        state: Hash,
        visit: Visit,
        now: UnixTime,
    ) -> Result<(), BankError> {
        self.transact(move |db| {
            db.execute("DELETE FROM visit WHERE expires_at <= ?1", [now.0])?;
            let (transfer, popup) = match &visit.purpose {
                Purpose::SignIn { .. } => (None, false),
                Purpose::Approve { transfer, popup, .. } => (Some(transfer), *popup),
            };
            db.execute(
                "INSERT INTO visit (state_hash, browser, nonce, verifier, transfer, popup, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    state.0,
                    visit.purpose.browser().0,
                    visit.nonce,
                    visit.verifier,
                    transfer,
                    popup,
                    now.plus(VISIT_LIFE).0
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// Takes the visit of a `state` away: there is one answer to each.
    pub(crate) async fn end_visit(&self, state: Hash, now: UnixTime) -> Result<Option<Visit>, BankError> {
        self.transact(move |db| {
            db.query_row(
                "DELETE FROM visit WHERE state_hash = ?1 AND expires_at > ?2
                 RETURNING browser, nonce, verifier, transfer, popup",
                params![state.0, now.0],
                |row| {
                    let browser = Hash(row.get(0)?);
                    let transfer: Option<String> = row.get(3)?;
                    let popup = row.get(4)?;
                    let purpose = match transfer {
                        None => Purpose::SignIn { browser },
                        Some(transfer) => Purpose::Approve { session: browser, transfer, popup },
                    };
                    Ok(Visit { nonce: row.get(1)?, verifier: row.get(2)?, purpose })
                },
            )
            .optional()
        })
        .await
    }
}
