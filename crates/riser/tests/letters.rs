//! Letters leave a running `riser serve`, by SMTP and into a folder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::fido::pem;
use common::sink::Sink;
use common::{CONFIG, Server, done, errors, folder, riser, until};

fn with_mail(mail: &str) -> tempfile::TempDir {
    let folder = folder(&format!("{CONFIG}[mail]\nfrom = \"Riser <no-reply@example.com>\"\n{mail}"));
    let add = ["user", "add", "ada", "--password-stdin", "--email", "ada@example.com"];
    done(folder.path(), &add, "a password of several words\n");
    folder
}

fn grant(folder: &Path) -> String {
    let made = done(folder, &["grant", "create", "--user", "ada", "--ceiling", "phr", "--json"], "");
    made["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

fn database(folder: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.join("riser.db")).unwrap()
}

/// Letters that hold words still.
fn waiting(folder: &Path) -> i64 {
    let sql = "SELECT count(*) FROM outbox WHERE coalesce(address, notice, link) IS NOT NULL";
    database(folder).query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn atk_op_10_a_letter_reaches_the_mail_server_after_a_failure_and_no_log_has_a_word_of_it() {
    let sink = Sink::start(1, None);
    let folder = with_mail(&format!("smtp = \"smtp://127.0.0.1:{}\"\n", sink.port));
    let server = Server::start(folder.path(), "one", &[]);
    let token = grant(folder.path());
    until("the first try", || sink.asked() == 1);
    let failure = || -> Option<String> {
        database(folder.path()).query_row("SELECT failure FROM outbox", [], |row| row.get(0)).unwrap()
    };
    until("the failure is written down", || failure().is_some());
    // What would be in a minute.
    database(folder.path()).execute("UPDATE outbox SET next_try_at = 0", []).unwrap();
    until("the second try", || sink.mails().len() == 1);
    until("the letter is wiped", || waiting(folder.path()) == 0);
    let mail = &sink.mails()[0];
    for part in [
        "To: ada@example.com\r\n",
        "From: Riser <no-reply@example.com>\r\n",
        "Subject: An enrolment link was made for your account\r\n",
        "https://id.example.com/account",
    ] {
        assert!(mail.contains(part), "{part} in {mail}");
    }
    assert!(!mail.contains(&token), "a letter signs nobody in");
    let said = server.stop();
    assert!(said.contains("code 451"), "{said}");
    for secret in ["ada@example.com", "An enrolment link", token.as_str()] {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
}

#[test]
fn atk_op_03_two_servers_on_one_database_send_no_letter_twice() {
    let sink = Sink::start(0, None);
    let folder = with_mail(&format!("smtp = \"smtp://127.0.0.1:{}\"\n", sink.port));
    for _ in 0..12 {
        grant(folder.path());
    }
    let (one, two) = (Server::start(folder.path(), "one", &[]), Server::start(folder.path(), "two", &[]));
    until("all are sent", || waiting(folder.path()) == 0);
    // Time for a second one, were there any.
    std::thread::sleep(Duration::from_millis(1500));
    one.stop();
    two.stop();
    let ids = |mail: &String| mail.lines().find(|line| line.starts_with("Message-ID")).unwrap().to_owned();
    let mut ids: Vec<String> = sink.mails().iter().map(ids).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), sink.mails().len()), (12, 12));
}

/// A mail server's certificate and key, and the authority that nobody knows.
fn authority() -> (Arc<rustls::ServerConfig>, String) {
    let made =
        rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let pem = pem(made.cert.der());
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    (Arc::new(config), pem)
}

#[test]
fn a_mail_server_with_tls_and_a_login_is_reached_if_its_authority_is_trusted() {
    let (tls, pem) = authority();
    let sink = Sink::start(0, Some(tls));
    let smtp = format!(
        "smtp = \"smtps://ada%40example.com@localhost:{}\"\npassword = {{ env = \"MAIL_PASSWORD\" }}\n",
        sink.port
    );
    // `check` and the commands read the secret too: a missing one is found before the start.
    let untold = folder(&format!("{CONFIG}[mail]\nfrom = \"no-reply@example.com\"\n{smtp}"));
    let checked = riser(untold.path(), &["check"], "");
    assert_eq!(checked.status.code(), Some(1));
    assert!(errors(&checked).contains("MAIL_PASSWORD"), "{}", errors(&checked));

    let smtp = smtp.replace("{ env = \"MAIL_PASSWORD\" }", "{ file = \"secret\" }");
    for (authority, reached) in [("", false), ("authority = \"authority.pem\"\n", true)] {
        let folder = folder(&format!("{CONFIG}[mail]\nfrom = \"no-reply@example.com\"\n{smtp}{authority}"));
        std::fs::write(folder.path().join("authority.pem"), &pem).unwrap();
        std::fs::write(folder.path().join("secret"), "tell nobody\n").unwrap();
        let add = ["user", "add", "ada", "--password-stdin", "--email", "ada@example.com"];
        done(folder.path(), &add, "a password of several words\n");
        let server = Server::start(folder.path(), "one", &[]);
        grant(folder.path());
        let failed = || -> bool {
            let sql = "SELECT count(*) FROM outbox WHERE failure LIKE '%TLS%'";
            database(folder.path()).query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() == 1
        };
        until("it is sent or fails", || if reached { sink.mails().len() == 1 } else { failed() });
        let said = server.stop();
        assert!(!said.contains("tell nobody"), "{said}");
        assert_eq!(sink.mails().len(), usize::from(reached), "{said}");
    }
    // RFC 4616: nothing, the user, the password.
    let plain =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, "\0ada@example.com\0tell nobody");
    assert_eq!(sink.seen.lock().unwrap().logins, [format!("PLAIN {plain}")]);
}

#[test]
fn letters_of_development_are_files_and_without_mail_they_are_given_up_aloud() {
    let dev = with_mail("folder = \"mail\"\n");
    let server = Server::start(dev.path(), "one", &[]);
    done(dev.path(), &["user", "set-email", "ada", "ada@example.org"], "");
    let files =
        || std::fs::read_dir(dev.path().join("mail")).map(|files| files.flatten().count()).unwrap_or(0);
    until("the old and the new address are told", || files() == 2);
    server.stop();

    let silent = folder(CONFIG);
    let add = ["user", "add", "ada", "--password-stdin", "--email", "ada@example.com"];
    done(silent.path(), &add, "a password of several words\n");
    let checked = riser(silent.path(), &["check"], "");
    assert_eq!(checked.status.code(), Some(0));
    assert!(errors(&checked).contains("warning: no [mail]"), "{}", errors(&checked));
    let server = Server::start(silent.path(), "one", &[]);
    grant(silent.path());
    until("it is given up", || waiting(silent.path()) == 0);
    let said = server.stop();
    assert_eq!(said.matches("No [mail] is configured").count(), 1, "{said}");
}
