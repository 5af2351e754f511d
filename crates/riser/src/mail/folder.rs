use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use lettre::message::Mailbox;
use riser_server::{Mailer, MailerError, OutgoingMail};

use super::message::message;
use crate::failure::Failure;

/// Keeps each letter as a file that mail programs open. For development: nobody is told by it.
pub struct Folder {
    path: PathBuf,
    from: Mailbox,
}

impl Folder {
    /// The folder, made if need be, for nobody else to look into.
    pub fn open(path: &Path, from: Mailbox) -> Result<Self, Failure> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| {
            Failure::new(format!("the mail folder {}: cannot be made: {error}", path.display()))
        })?;
        Ok(Self { path: path.to_owned(), from })
    }

    /// Written beside its name and then given it: whoever watches the folder sees whole letters only.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (part, whole) = (self.path.join(format!(".{name}.part")), self.path.join(format!("{name}.eml")));
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(part, whole)
    }
}

#[async_trait]
impl Mailer for Folder {
    async fn send(&self, mail: &OutgoingMail) -> Result<(), MailerError> {
        let bytes = message(&self.from, mail)?.formatted();
        // In the order of time; the same letter again takes the same name. Our own hexadecimal digits: nothing of
        // the letter names a file.
        let id: String = mail.message_id.chars().take_while(char::is_ascii_alphanumeric).take(16).collect();
        let name = format!("{}-{id}", mail.at.0);
        // A small file in a folder for development: worth no thread of its own.
        self.write(&name, &bytes).map_err(|error| MailerError::Folder(error.kind()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn a_letter_is_a_file_for_its_owner_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("mail");
        let folder = Folder::open(&path, "no-reply@example.com".parse().unwrap()).unwrap();
        let mail = OutgoingMail {
            to: "ada@example.com".to_owned(),
            subject: "Hello".to_owned(),
            text: "Hello\n".to_owned(),
            html: "<p>Hello".to_owned(),
            message_id: "../../x@example.com".to_owned(),
            at: riser_core::UnixTime(7),
        };
        folder.send(&mail).await.unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let files: Vec<PathBuf> =
            std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        assert_eq!((mode(&path), mode(&files[0])), (0o700, 0o600));
        std::fs::remove_dir_all(&path).unwrap();
        assert_eq!(folder.send(&mail).await, Err(MailerError::Folder(io::ErrorKind::NotFound)));
    }
}
