use std::time::{Duration, SystemTime};

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use riser_server::{MailerError, OutgoingMail};

/// RFC 3834 §5: no holiday notice answers a letter that nobody wrote.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The mail in its form on the wire (RFC 5322, with both parts as RFC 2046 §5.1.4 says).
pub(super) fn message(from: &Mailbox, mail: &OutgoingMail) -> Result<Message, MailerError> {
    // The address is one and stands alone: no name, no second address, nothing that it could smuggle.
    let to: Address = mail.to.parse().map_err(|_| MailerError::Address)?;
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(mail.at.0).unwrap_or_default());
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(mail.subject.as_str())
        .date(at)
        .message_id(Some(format!("<{}>", mail.message_id)))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
        .map_err(|_| MailerError::Address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use riser_core::UnixTime;

    fn mail(to: &str) -> OutgoingMail {
        OutgoingMail {
            to: to.to_owned(),
            subject: "New on your account: passkey “phone”".to_owned(),
            text: "Hello ada,\n".to_owned(),
            html: "<p>Hello ada,</p>".to_owned(),
            message_id: "4711@id.example.com".to_owned(),
            at: UnixTime(1_800_000_000),
        }
    }

    fn from() -> Mailbox {
        "Riser <no-reply@example.com>".parse().unwrap()
    }

    #[test]
    fn a_mail_has_both_parts_and_answers_no_machine() {
        let text =
            String::from_utf8(message(&from(), &mail("ada@example.com")).unwrap().formatted()).unwrap();
        for line in [
            "From: Riser <no-reply@example.com>\r\n",
            "To: ada@example.com\r\n",
            "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n",
            "Message-ID: <4711@id.example.com>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "multipart/alternative",
            "text/plain; charset=utf-8",
            "text/html; charset=utf-8",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(text.is_ascii(), "every server takes it: {text}");
    }

    #[test]
    fn what_is_no_single_address_gets_no_mail() {
        for hostile in [
            "",
            "ada",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada@example.com, eve@example.com",
            "Ada <ada@example.com>",
            "ada@example.com> RCPT TO:<eve@example.com",
        ] {
            assert_eq!(message(&from(), &mail(hostile)).err(), Some(MailerError::Address), "{hostile}");
        }
    }
}
