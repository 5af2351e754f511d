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
    } else if error.is_tls() {
        MailerError::Tls
    } else if error.is_response() {
        MailerError::Protocol
    } else if error.is_client() {
        MailerError::Lacks
    } else {
        MailerError::Unreachable
    }
}
