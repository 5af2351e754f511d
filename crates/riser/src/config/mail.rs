use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use toml::Spanned;
use url::{Host, Url};

use super::file::Source;
use super::secret::SecretText;
use crate::failure::Failure;
use crate::mail::{Login, Security, Server};

/// `[mail]`: how owners are told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailTable {
    from: Spanned<String>,
    smtp: Option<Spanned<String>>,
    password: Option<SecretText>,
    authority: Option<Spanned<String>>,
    folder: Option<String>,
}

/// The checked parts of it.
pub struct MailParts {
    /// Who letters are from.
    pub from: Mailbox,
    /// How they travel.
    pub transport: MailTransport,
}

/// How letters travel.
pub enum MailTransport {
    /// To a mail server.
    Smtp(Server),
    /// Into a folder, during development.
    Folder(PathBuf),
}

impl MailTransport {
    /// Where letters go, for people.
    pub fn described(&self) -> String {
        match self {
            Self::Smtp(server) => format!("{}:{}", server.host, server.port),
            Self::Folder(path) => format!("the folder {}, where only you read them", path.display()),
        }
    }
}

/// Checks the table that stands at `at`.
pub fn mail(table: MailTable, at: usize, source: &Source, base: &Path) -> Result<MailParts, Failure> {
    let from = table.from.get_ref().parse().map_err(|_| {
        source.failure(
            table.from.span().start,
            "[mail] from: write an address, such as `Riser <no-reply@example.com>`",
        )
    })?;
    let transport = match (&table.smtp, &table.folder) {
        (Some(url), None) => MailTransport::Smtp(server(url, &table, source, base)?),
        (None, Some(folder)) if table.password.is_none() && table.authority.is_none() => {
            MailTransport::Folder(base.join(folder))
        }
        (None, Some(_)) => {
            return Err(source.failure(at, "[mail]: a folder takes no password and no authority"));
        }
        _ => {
            return Err(
                source.failure(at, "[mail]: write `smtp = \"smtps://user@host:465\"` or `folder = \"mail\"`")
            );
        }
    };
    Ok(MailParts { from, transport })
}

const CURE: &str =
    "[mail] smtp: write `smtps://user@host:465`, or `smtp://user@host:587` for STARTTLS, without a path";

fn server(url: &Spanned<String>, table: &MailTable, source: &Source, base: &Path) -> Result<Server, Failure> {
    let at = url.span().start;
    let wrong = |what: &str| source.failure(at, what);
    let parsed = Url::parse(url.get_ref()).map_err(|_| wrong(CURE))?;
    let bare = matches!(parsed.path(), "" | "/") && parsed.query().is_none() && parsed.fragment().is_none();
    if !bare {
        return Err(wrong(CURE));
    }
    if parsed.password().is_some() {
        return Err(wrong("[mail] smtp: no password in the address; write `password = { file = \"...\" }`"));
    }
    // Not a scheme that the parser knows, so an address in digits is a name to it.
    let host = parsed.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong(CURE))?;
    let host = Host::parse(host).map_err(|_| wrong(CURE))?;
    let (security, default_port) = match parsed.scheme() {
        "smtps" => (Security::Implicit, 465),
        "smtp" if is_loopback(&host) => (Security::Loopback, 25),
        "smtp" => (Security::StartTls, 587),
        _ => return Err(wrong(CURE)),
    };
    let login = match (parsed.username(), &table.password) {
        ("", None) => None,
        ("", Some(_)) => return Err(wrong("[mail] smtp: a password needs its user: `smtps://user@host`")),
        (_, None) => {
            return Err(wrong("[mail]: a user needs `password = { file = \"...\" }` or `{ env = \"...\" }`"));
        }
        (_, Some(SecretText::Plain(_))) => {
            return Err(wrong(
                "[mail] password: keep it out of this file: `{ file = \"...\" }` or `{ env = \"...\" }`",
            ));
        }
        (user, Some(secret)) => {
            let user = percent_decode_str(user).decode_utf8().map_err(|_| wrong(CURE))?;
            let password =
                secret.read(base).map_err(|failure| wrong(&format!("[mail] password: {failure}")))?;
            Some(Login { user: user.into_owned(), password })
        }
    };
    let authority = match &table.authority {
        None => None,
        Some(file) => Some(std::fs::read(base.join(file.get_ref())).map_err(|error| {
            source.failure(file.span().start, format!("[mail] authority `{}`: {error}", file.get_ref()))
        })?),
    };
    let host = match host {
        Host::Domain(name) => name,
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    Ok(Server { host, port: parsed.port().unwrap_or(default_port), security, login, authority })
}

/// Never by what a name resolves to: that is the network's to say.
fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}
