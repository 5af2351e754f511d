//! Letters leave: what a transaction told the owner of an account is taken from the store, put into words, and
//! handed to a transport.
//!
//! Owned here: who takes a letter, when it is tried again, and when it is given up. Not owned: the words (they
//! are `riser-pages`'), the promise that a letter is written with its effect (the store's), and how a mail
//! travels (the binary's). No address, link or word of a letter ever reaches a log or an error.

mod deliver;
mod retry;

use async_trait::async_trait;
use riser_core::UnixTime;

pub use deliver::deliver;

/// A mail as a transport gets it.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The address, as it was written down.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text; lines end in `\n`.
    pub text: String,
    /// The same as HTML that loads nothing.
    pub html: String,
    /// The same at every try, without its angle brackets: where a try was taken but not heard of, the mailbox
    /// sees that the next is the same mail.
    pub message_id: String,
    /// When it is sent.
    pub at: UnixTime,
}

impl std::fmt::Debug for OutgoingMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutgoingMail(..)")
    }
}

/// Carries mails away.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Hands one mail to whoever delivers it. When it returns well, that one has it for good.
    async fn send(&self, mail: &OutgoingMail) -> Result<(), MailerError>;
}

/// Why a mail did not leave. What a server answers may name the address that it refused, so of an answer only
/// its code is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailerError {
    /// There is nobody at that address to try again for.
    #[error("the address is none that mail can be sent to: correct it with `riser user set-email`")]
    Address,
    /// No connection, or it broke.
    #[error("the mail server cannot be reached, or hung up: look at [mail] smtp and at the network")]
    Unreachable,
    /// It answered too slowly.
    #[error("the mail server did not answer in time")]
    TimedOut,
    /// No connection that others cannot read.
    #[error(
        "no TLS connection to the mail server: it must offer TLS with a certificate that is trusted here"
    )]
    Tls,
    /// It cannot do what is needed.
    #[error("the mail server lacks something: STARTTLS, a way to sign in, or SMTPUTF8 for this address")]
    Lacks,
    /// It said no.
    #[error("the mail server refused the mail with code {0}: its own log says why")]
    Refused(u16),
    /// It speaks something else.
    #[error("the mail server's answer cannot be understood: is it an SMTP server?")]
    Protocol,
    /// A folder did not take it.
    #[error("the mail folder cannot be written: {0}")]
    Folder(std::io::ErrorKind),
}
