//! Letters leave the outbox: once, after every failure again, and without a word in any log.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use riser_core::UserId;
use riser_core::account::Notice;
use riser_core::audit::{Entry, Event};
use riser_server::{Mailer, MailerError, OutgoingMail, deliver};
use riser_store::{Letter, LetterLink, Told};
use riser_testkit::server::TestServer;
use tokio::sync::watch;

const DAY: i64 = 24 * 3600;
const TOKEN: &str = "a-token-that-cancels-something";

/// A transport that answers as the test says, and keeps what it was given.
#[derive(Default)]
struct Sink {
    /// The next answers; when there are none left, it takes everything.
    answers: Mutex<Vec<MailerError>>,
    tried: Mutex<Vec<OutgoingMail>>,
    taken: Mutex<Vec<OutgoingMail>>,
    slow: Duration,
}

#[async_trait]
impl Mailer for Sink {
    async fn send(&self, mail: &OutgoingMail) -> Result<(), MailerError> {
        self.tried.lock().unwrap().push(mail.clone());
        tokio::time::sleep(self.slow).await;
        if let Some(error) = self.answers.lock().unwrap().pop() {
            return Err(error);
        }
        self.taken.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

impl Sink {
    fn refusing(answers: Vec<MailerError>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers), ..Self::default() })
    }

    fn tried(&self) -> usize {
        self.tried.lock().unwrap().len()
    }

    fn taken(&self) -> Vec<OutgoingMail> {
        self.taken.lock().unwrap().clone()
    }
}

/// A sender, and the word that stops it.
struct Sender(watch::Sender<bool>, tokio::task::JoinHandle<()>);

impl Sender {
    fn of(server: &TestServer, mailer: Option<Arc<Sink>>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mailer = mailer.map(|sink| sink as Arc<dyn Mailer>);
        Self(stop, tokio::spawn(deliver(server.app.clone(), mailer, stopped)))
    }

    async fn stop(self) {
        self.0.send(true).unwrap();
        self.1.await.unwrap();
    }
}

async fn told(server: &TestServer, user: &UserId, notice: Notice, link: Option<&str>) {
    let now = server.app.clock.now();
    let link = link.map(|link| LetterLink(link.to_owned()));
    let told = Told::from(Entry { at: now, event: Event::SessionsEnded { user: user.clone() } })
        .with(Letter { user: user.clone(), notice, link });
    server.app.store.raise_generation(user, None, now, told).await.unwrap();
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within fifteen seconds");
}

/// Time enough for a sender to look at least once more.
async fn a_look() {
    tokio::time::sleep(Duration::from_millis(1300)).await;
}

/// Rows that still hold words, and rows that were given up.
fn outbox(server: &TestServer) -> (i64, i64) {
    let db = rusqlite::Connection::open(server.folder.path().join("riser.db")).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get(0)).unwrap();
    (
        count("SELECT count(*) FROM outbox WHERE coalesce(address, notice, link) IS NOT NULL"),
        count("SELECT count(*) FROM outbox WHERE done_at IS NOT NULL AND failure IS NOT NULL"),
    )
}

#[tokio::test]
async fn a_letter_leaves_with_links_of_the_configured_issuer_and_is_wiped() {
    let server = TestServer::start().await;
    let ada = server.add_user("ada").await;
    let sink = Sink::refusing(Vec::new());
    let sender = Sender::of(&server, Some(sink.clone()));
    told(&server, &ada, Notice::RecoveryCancelled, Some(TOKEN)).await;
    until("the letter is taken", || sink.taken().len() == 1).await;
    sender.stop().await;
    let mail = &sink.taken()[0];
    assert_eq!(mail.to, "ada@example.com");
    assert!(!mail.subject.contains('\n') && !mail.subject.is_empty());
    for body in [&mail.text, &mail.html] {
        assert!(body.contains(&format!("{}/cancel/{TOKEN}", server.issuer)), "atk_wb_07: {body}");
        assert!(body.contains(&format!("{}/account", server.issuer)), "{body}");
    }
    assert_eq!(outbox(&server), (0, 0));
}

#[tokio::test]
async fn a_letter_that_fails_comes_again_later_and_later_as_the_same_mail_and_is_given_up_after_three_days() {
    let server = TestServer::start().await;
    let ada = server.add_user("ada").await;
    let refused = || MailerError::Refused(450);
    let sink = Sink::refusing(vec![refused(), MailerError::Unreachable]);
    let sender = Sender::of(&server, Some(sink.clone()));
    told(&server, &ada, Notice::RecoveryCodesMade, None).await;
    until("the first try", || sink.tried() == 1).await;
    // The wait begins when the failure is written down.
    a_look().await;
    server.clock.advance(59);
    a_look().await;
    assert_eq!(sink.tried(), 1, "a minute is a minute");
    server.clock.advance(1);
    until("the second try", || sink.tried() == 2).await;
    a_look().await;
    server.clock.advance(119);
    a_look().await;
    assert_eq!(sink.tried(), 2, "the second wait is two minutes");
    server.clock.advance(1);
    until("the third try", || sink.taken().len() == 1).await;
    let ids: Vec<String> = sink.tried.lock().unwrap().iter().map(|mail| mail.message_id.clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0] && id.ends_with("@localhost")), "{ids:?}");

    sink.answers.lock().unwrap().extend([refused(), refused()]);
    told(&server, &ada, Notice::RecoveryCancelled, Some(TOKEN)).await;
    until("a try", || sink.tried() == 4).await;
    a_look().await;
    server.clock.advance(3 * DAY);
    until("the last try", || sink.tried() == 5).await;
    a_look().await;
    assert_eq!(outbox(&server), (0, 1), "given up, and wiped");
    assert_ne!(sink.tried.lock().unwrap()[4].message_id, ids[0], "another letter, another name");
    sender.stop().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_not_tried_again() {
    let server = TestServer::start().await;
    let ada = server.add_user("ada").await;
    let sink = Sink::refusing(vec![MailerError::Address]);
    let sender = Sender::of(&server, Some(sink.clone()));
    told(&server, &ada, Notice::RecoveryCodesMade, None).await;
    until("the try", || sink.tried() == 1).await;
    a_look().await;
    assert_eq!(outbox(&server), (0, 1));
    sender.stop().await;
}

#[tokio::test]
async fn atk_op_03_two_senders_of_one_store_send_no_letter_twice() {
    let server = TestServer::start().await;
    let ada = server.add_user("ada").await;
    for _ in 0..40 {
        told(&server, &ada, Notice::RecoveryCodesMade, None).await;
    }
    let sink = Arc::new(Sink { slow: Duration::from_millis(20), ..Sink::default() });
    let (one, two) = (Sender::of(&server, Some(sink.clone())), Sender::of(&server, Some(sink.clone())));
    until("all are taken", || sink.taken().len() >= 40).await;
    a_look().await;
    let mut ids: Vec<String> = sink.taken().into_iter().map(|mail| mail.message_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), sink.taken().len()), (40, 40));
    one.stop().await;
    two.stop().await;
    assert_eq!(outbox(&server), (0, 0));
}

#[tokio::test]
async fn a_sender_that_is_stopped_finishes_what_it_has_in_hand() {
    let server = TestServer::start().await;
    let ada = server.add_user("ada").await;
    told(&server, &ada, Notice::RecoveryCodesMade, None).await;
    let sink = Arc::new(Sink { slow: Duration::from_millis(500), ..Sink::default() });
    let sender = Sender::of(&server, Some(sink.clone()));
    until("it is in hand", || sink.tried() == 1).await;
    sender.stop().await;
    assert_eq!((sink.taken().len(), outbox(&server)), (1, (0, 0)));
}

#[tokio::test]
async fn without_mail_letters_are_given_up_and_wiped() {
    let server = TestServer::start().await;
    let ada = server.add_user("ada").await;
    told(&server, &ada, Notice::RecoveryCancelled, Some(TOKEN)).await;
    let sender = Sender::of(&server, None);
    until("it is given up", || outbox(&server) == (0, 1)).await;
    sender.stop().await;
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn atk_op_10_no_address_link_or_word_of_a_letter_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    let logs = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
    let _guard =
        tracing_subscriber::util::SubscriberInitExt::set_default(logs.with_writer(move || writer.clone()));
    let server = TestServer::start().await;
    let ada = server.add_user("ada").await;
    let sink = Sink::refusing(vec![MailerError::Address, MailerError::Refused(550), MailerError::TimedOut]);
    let sender = Sender::of(&server, Some(sink.clone()));
    for _ in 0..3 {
        told(&server, &ada, Notice::EmailChanged { to: Some("new@example.org".to_owned()) }, Some(TOKEN))
            .await;
    }
    until("all are tried", || sink.tried() == 3).await;
    sender.stop().await;
    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        said.contains("did not leave") && said.contains("code 550") && said.contains("given up"),
        "{said}"
    );
    for secret in ["ada@example.com", "new@example.org", TOKEN, "/cancel/", "another address"] {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
}
