use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use riser_server::{Mailer, MailerError, OutgoingMail};
use zeroize::Zeroizing;

use super::message::message;
use crate::failure::Failure;

/// How long each answer may take; the whole is bounded by who sends.
const ANSWER: Duration = Duration::from_secs(15);

/// How the connection is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte: `smtps://`.
    Implicit,
    /// TLS before anything is said, or nothing is said: `smtp://`.
    StartTls,
    /// None: to this machine itself, and nowhere else.
    Loopback,
}

/// Whom the server knows.
pub struct Login {
    /// The user.
    pub user: String,
    /// What proves them.
    pub password: Zeroizing<String>,
}

/// A mail server.
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept from others.
    pub security: Security,
    /// As whom.
    pub login: Option<Login>,
    /// An authority that the machine does not know, in PEM.
    pub authority: Option<Vec<u8>>,
}

/// Hands letters to a mail server, each over a connection of its own: they are few.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// For one server. Nothing is connected yet.
    pub fn new(server: &Server, from: Mailbox, host: &str) -> Result<Self, Failure> {
        let tls = match server.security {
            Security::Implicit => Tls::Wrapper(parameters(server)?),
            Security::StartTls => Tls::Required(parameters(server)?),
            Security::Loopback => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.as_str())
            .port(server.port)
            .tls(tls)
            .timeout(Some(ANSWER))
            .hello_name(ClientId::Domain(host.to_owned()));
        if let Some(Login { user, password }) = &server.login {
            transport = transport.credentials(Credentials::new(user.clone(), password.to_string()));
        }
        Ok(Self { transport: transport.build(), from })
    }
}

fn parameters(server: &Server) -> Result<TlsParameters, Failure> {
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(pem) = &server.authority {
        let certificate = Certificate::from_pem(pem).map_err(|_| cannot_be_read())?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(|error| Failure::new(format!("[mail]: TLS cannot be set up: {error}")))
}

fn cannot_be_read() -> Failure {
    Failure::new("[mail] authority: no PEM certificate")
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: &OutgoingMail) -> Result<(), MailerError> {
        let message = message(&self.from, mail)?;
        self.transport.send(message).await.map(|_| ()).map_err(|error| reason(&error))
    }
}

/// What may be known of a failure: the server's own words may quote the address.
fn reason(error: &lettre::transport::smtp::Error) -> MailerError {
    if let Some(code) = error.status() {
        return MailerError::Refused(code.into());
    }
    if error.is_timeout() {
        MailerError::TimedOut
    } else if error.is_tls() || is_broken_handshake(error) {
        MailerError::Tls
    } else if error.is_response() {
        MailerError::Protocol
    } else if error.is_client() {
        MailerError::Lacks
    } else {
        MailerError::Unreachable
    }
}

/// Whether the connection ended because the two did not agree: rustls says so by this kind, and the library hands
/// it on as any other failure to connect.
fn is_broken_handshake(error: &lettre::transport::smtp::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return io.kind() == std::io::ErrorKind::InvalidData;
        }
        source = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    /// Greets, and takes every command without knowing any extension. What it was told comes back.
    fn plain_server() -> (u16, std::thread::JoinHandle<String>) {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"220 here\r\n").unwrap();
            let (mut said, mut buffer) = (String::new(), [0; 1024]);
            while let Ok(length @ 1..) = stream.read(&mut buffer) {
                said.push_str(&String::from_utf8_lossy(&buffer[..length]));
                // Whoever hung up meanwhile has said everything.
                let _ = stream.write_all(b"250 well\r\n");
            }
            said
        });
        (port, server)
    }

    #[tokio::test]
    async fn nothing_is_said_to_a_server_that_offers_no_tls() {
        let (port, heard) = plain_server();
        let login = Login { user: "ada".to_owned(), password: Zeroizing::new("tell nobody".to_owned()) };
        let server = Server {
            host: "127.0.0.1".to_owned(),
            port,
            security: Security::StartTls,
            login: Some(login),
            authority: None,
        };
        let smtp = Smtp::new(&server, "no-reply@example.com".parse().unwrap(), "id.example.com").unwrap();
        let mail = OutgoingMail {
            to: "ada@example.com".to_owned(),
            subject: "Hello".to_owned(),
            text: "Hello\n".to_owned(),
            html: "<p>Hello".to_owned(),
            message_id: "1@id.example.com".to_owned(),
            at: riser_core::UnixTime(0),
        };
        assert_eq!(smtp.send(&mail).await, Err(MailerError::Lacks));
        let heard = heard.join().unwrap();
        assert!(heard.starts_with("EHLO id.example.com\r\n"), "{heard}");
        assert!(!heard.contains("AUTH") && !heard.contains("ada"), "{heard}");
    }
}
