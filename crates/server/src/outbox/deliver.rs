use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use riser_pages::mail::{MailContext, compose};
use riser_store::{OutgoingLetter, StoreError};
use tokio::task::JoinSet;

use super::retry::next_try;
use super::{Mailer, MailerError, OutgoingMail};
use crate::app::App;
use crate::hashing::hashed;
use crate::serve::Shutdown;

/// How often the store is asked. Asking costs one read of an index, which is less than telling every writer to
/// tell the sender; and letters that another process wrote are found too.
const EVERY: Duration = Duration::from_secs(1);
/// How long to leave a store alone that did not answer.
const AFTER_A_FAILURE: Duration = Duration::from_secs(10);
/// How many are sent at once.
const AT_ONCE: u32 = 8;
/// How long one may take: less than the minute in which the letter is nobody else's, so that no two senders ever
/// have it in hand.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long what is in hand may take once the server is told to stop. A letter that is left comes again.
const DRAIN: Duration = Duration::from_secs(10);

/// Sends what is due until told to stop. Without a mailer letters are given up as they come, and the log says so
/// at the start: a queue that nobody empties would keep what its letters say for ever.
pub async fn deliver(app: Arc<App>, mailer: Option<Arc<dyn Mailer>>, shutdown: Shutdown) {
    if mailer.is_none() {
        tracing::warn!(
            "No [mail] is configured: owners are not told what happens to their accounts. Their letters are given up"
        );
    }
    while !*shutdown.borrow() {
        let pass = pass(&app, mailer.as_ref());
        let pause = tokio::select! {
            // What is in hand is finished before the word to stop is heard.
            biased;
            passed = pass => match passed {
                Ok(true) => continue,
                Ok(false) => EVERY,
                Err(error) => {
                    tracing::warn!(%error, "Letters could not be taken or marked; they are taken again");
                    AFTER_A_FAILURE
                }
            },
            () = late(shutdown.clone()) => {
                tracing::warn!("Letters were in hand when the time to send them ended; they come again");
                return;
            }
        };
        let mut told = shutdown.clone();
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            // A sender that is gone is a program that is ending.
            _ = told.wait_for(|stop| *stop) => return,
        }
    }
}

async fn late(mut shutdown: Shutdown) {
    let _ = shutdown.wait_for(|stop| *stop).await;
    tokio::time::sleep(DRAIN).await;
}

/// Sends some of what is due at once. `true`: there may be more.
async fn pass(app: &Arc<App>, mailer: Option<&Arc<dyn Mailer>>) -> Result<bool, StoreError> {
    let letters = app.store.due_letters(app.now(), AT_ONCE).await?;
    let full = letters.len() == AT_ONCE as usize;
    // Dropped with the pass, the set ends what is still running.
    let mut sending = JoinSet::new();
    for letter in letters {
        sending.spawn(one(app.clone(), mailer.cloned(), letter));
    }
    let mut outcome = Ok(full);
    while let Some(sent) = sending.join_next().await {
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(error)) => outcome = Err(error),
            Err(error) => tracing::error!(%error, "Sending a letter ended by itself; it comes again"),
        }
    }
    outcome
}

async fn one(
    app: Arc<App>,
    mailer: Option<Arc<dyn Mailer>>,
    letter: OutgoingLetter,
) -> Result<(), StoreError> {
    let Some(mailer) = mailer else {
        return app.store.letter_failed(letter.id, None, "no mail is configured", app.now()).await;
    };
    let tried = match written(&app, &letter) {
        Ok(mail) => in_time(mailer.send(&mail)).await.map_err(Failed::Sending),
        Err(failed) => Err(failed),
    };
    let now = app.now();
    let Err(failed) = tried else { return app.store.letter_sent(letter.id, now).await };
    let again = match failed {
        Failed::Sending(MailerError::Address) => None,
        _ => next_try(letter.attempt, letter.at, now),
    };
    // The number of the row is all that a log may know of a letter.
    let (id, attempt) = (letter.id.0, letter.attempt);
    match again {
        Some(_) => {
            tracing::warn!(letter = id, attempt, error = %failed, "A letter did not leave; it is tried again")
        }
        None => {
            tracing::error!(letter = id, attempt, error = %failed, "A letter is given up: its owner was not told")
        }
    }
    app.store.letter_failed(letter.id, again, &failed.to_string(), now).await
}

async fn in_time(sending: impl Future<Output = Result<(), MailerError>>) -> Result<(), MailerError> {
    tokio::time::timeout(PATIENCE, sending).await.unwrap_or(Err(MailerError::TimedOut))
}

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("{0}")]
    Sending(MailerError),
    #[error("its HTML cannot be written")]
    Writing,
}

/// The letter in words. Every address in it is made of the configured issuer, and of nothing that a request said
/// (WB-07).
fn written(app: &App, letter: &OutgoingLetter) -> Result<OutgoingMail, Failed> {
    let provider = &app.provider;
    let cancel = letter.link.as_ref().map(|link| provider.url(&format!("/cancel/{}", link.0)));
    let account = provider.url("/account");
    let context = MailContext {
        issuer: provider.issuer(),
        username: &letter.name,
        cancel_url: cancel.as_deref(),
        account_url: &account,
        at: letter.at,
    };
    // What the template's error quotes may be of the letter: it is not passed on.
    let mail = compose(&letter.notice, &context).map_err(|_| Failed::Writing)?;
    Ok(OutgoingMail {
        to: letter.to.clone(),
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        message_id: message_id(app, letter),
        at: app.now(),
    })
}

/// The same for each try of a letter, and nobody's guess: the row's number is hashed with what nobody outside
/// knows of it, its address.
fn message_id(app: &App, letter: &OutgoingLetter) -> String {
    let name = format!("letter {} {} {} {}", app.provider.issuer(), letter.id.0, letter.at.0, letter.to);
    let hash: String = hashed(&name).0.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{hash}@{}", app.provider.host())
}
