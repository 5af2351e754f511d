//! How letters travel: by SMTP, or into a folder during development. When, and what they say, is the server's.

mod folder;
mod message;
mod smtp;

use std::sync::Arc;

use riser_server::Mailer;

pub use folder::Folder;
pub use smtp::{Login, Security, Server, Smtp};

use crate::config::{MailParts, MailTransport};
use crate::failure::Failure;

/// The transport that is configured. `host` is what this machine calls itself towards the mail server.
pub fn mailer(mail: &MailParts, host: &str) -> Result<Arc<dyn Mailer>, Failure> {
    Ok(match &mail.transport {
        MailTransport::Folder(path) => Arc::new(Folder::open(path, mail.from.clone())?),
        MailTransport::Smtp(server) => Arc::new(Smtp::new(server, mail.from.clone(), host)?),
    })
}
