//! One client at work: it steps up, again and again, and writes down what it was told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use riser_testkit::authenticator::{KeyKind, SoftAuthenticator};
use riser_testkit::flow::payment;
use serde_json::{Value, json};

use crate::client::{Browser, Interrupted, claim};
use crate::server::Person;

/// What the clients share with who kills the server.
pub struct Shared {
    pub issuer: String,
    /// Step-ups whose tokens arrived.
    pub acknowledged: AtomicUsize,
    pub stops: AtomicBool,
}

/// A step of which the client may not know how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Not sent.
    Never,
    /// Sent; no answer came.
    InDoubt,
    /// Answered: done.
    Done,
}

/// A proof that was acknowledged, and what came of it.
pub struct StepUp {
    /// The visit's address and its name.
    pub visit: String,
    pub interaction: String,
    /// The answer to the challenge, and the challenge.
    pub assertion: Value,
    pub challenge: Vec<u8>,
    pub code: String,
    pub redeemed: Step,
    /// There when it is redeemed.
    pub access_token: Option<String>,
    pub bound: bool,
    pub consumed: Step,
}

/// A session with everything that was proved in it, in order.
pub struct Session {
    /// As it was at its last acknowledged rise.
    pub browser: Browser,
    pub step_ups: Vec<StepUp>,
    /// A rise was done and not acknowledged: the browser has lost the session.
    pub lost_in: Option<String>,
}

/// All that a client knows at the end.
#[derive(Default)]
pub struct Record {
    pub sessions: Vec<Session>,
}

impl Record {
    pub fn step_ups(&self) -> impl Iterator<Item = &StepUp> {
        self.sessions.iter().flat_map(|session| &session.step_ups)
    }

    pub fn summary(all: &[Self]) -> String {
        let step_ups: Vec<_> = all.iter().flat_map(Self::step_ups).collect();
        let count =
            |wanted: &dyn Fn(&StepUp) -> bool| step_ups.iter().filter(|step_up| wanted(step_up)).count();
        let sessions = || all.iter().flat_map(|record| &record.sessions);
        format!(
            "{} proofs acknowledged in {} sessions ({} done without an answer), {} redeemed ({} in doubt), {} consumed ({} in doubt)",
            step_ups.len(),
            sessions().count(),
            sessions().filter(|session| session.lost_in.is_some()).count(),
            count(&|step_up| step_up.redeemed == Step::Done),
            count(&|step_up| step_up.redeemed == Step::InDoubt),
            count(&|step_up| step_up.consumed == Step::Done),
            count(&|step_up| step_up.consumed == Step::InDoubt),
        )
    }
}

/// Signs a person in by password and enrols a passkey by their link. Nobody is killed yet.
pub async fn enrol(issuer: &str, person: &Person) -> (Browser, SoftAuthenticator) {
    let mut browser = Browser::new(issuer);
    let visit = browser.get(&person.link).await.unwrap().visit();
    browser.password(&visit, &person.name).await.unwrap();
    let options = browser.post(&format!("{visit}/enrol/passkey/options"), &json!({})).await.unwrap();
    let mut key = SoftAuthenticator::synced(KeyKind::Es256);
    let registration = key.create(issuer, &options.json()).unwrap();
    let done = browser.post(&format!("{visit}/enrol/passkey"), &registration).await.unwrap();
    assert_eq!(done.json()["status"], "done", "{done:?}");
    (browser, key)
}

/// Steps up until told to stop; first in the session of `browser`.
pub async fn run(shared: Arc<Shared>, browser: Browser, key: SoftAuthenticator, mut number: u64) -> Record {
    let mut record = Record::default();
    let mut next = Some(browser);
    while !shared.stops.load(Ordering::SeqCst) {
        let Some(browser) = next.take() else {
            next = begin(&shared.issuer, &key).await.ok();
            pause().await;
            continue;
        };
        let mut session = Session { browser, step_ups: Vec::new(), lost_in: None };
        while session.lost_in.is_none() && !shared.stops.load(Ordering::SeqCst) {
            number = number.wrapping_add(1);
            if step_up(&shared, &mut session, &key, number.is_multiple_of(2)).await.is_err() {
                pause().await;
            }
        }
        record.sessions.push(session);
    }
    record
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

/// A session of a browser that has never been here. By passkey: a password's tries are counted, and one that
/// was cut off counts as a wrong one.
async fn begin(issuer: &str, key: &SoftAuthenticator) -> Result<Browser, Interrupted> {
    let mut browser = Browser::new(issuer);
    let visit = browser.authorize(&[]).await?.visit();
    let options = browser.post(&format!("{visit}/passkey/options"), &json!({})).await?.or_start_again()?;
    let assertion = key.get(issuer, &options.json()).unwrap();
    let done = browser.post(&format!("{visit}/passkey"), &assertion).await?.or_start_again()?;
    assert_eq!((done.status, &done.json()["status"]), (200, &json!("done")), "{done:?}");
    assert!(browser.session.is_some(), "signed in without a session");
    Ok(browser)
}

/// One step-up, as far as the server lets it come.
async fn step_up(
    shared: &Shared,
    session: &mut Session,
    key: &SoftAuthenticator,
    bound: bool,
) -> Result<(), Interrupted> {
    let browser = &mut session.browser;
    let details = payment("5.00", "ACME");
    let asked = if bound { ("authorization_details", details.as_str()) } else { ("max_age", "0") };
    let visit = browser.authorize(&[("acr_values", "phr"), asked]).await?.visit();
    let options = browser.post(&format!("{visit}/passkey/options"), &json!({})).await?.or_start_again()?;
    assert_eq!(options.status, 200, "{options:?}");
    let assertion = key.get(&shared.issuer, &options.json()).unwrap();
    let challenge = options.json()["publicKey"]["challenge"].as_str().unwrap().to_owned();
    let interaction = visit.rsplit('/').next().unwrap().to_owned();

    let before = browser.session.clone();
    let Ok(done) = browser.post(&format!("{visit}/passkey"), &assertion).await else {
        if has_lost_its_session(browser).await {
            session.lost_in = Some(interaction);
        }
        return Err(Interrupted);
    };
    let done = done.or_start_again()?;
    assert_eq!((done.status, &done.json()["status"]), (200, &json!("done")), "{done:?}");
    assert_ne!(browser.session, before, "the session's cookie was not renewed");
    session.step_ups.push(StepUp {
        visit,
        interaction,
        assertion,
        challenge: bytes(&challenge),
        code: done.param("code").unwrap(),
        redeemed: Step::InDoubt,
        access_token: None,
        bound,
        consumed: Step::Never,
    });
    let step_up = session.step_ups.last_mut().unwrap();

    let tokens = browser.redeem(&step_up.code).await?;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    let access_token = tokens.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(claim(&access_token, "txn").is_some(), bound, "bound or not as was asked");
    step_up.redeemed = Step::Done;
    step_up.access_token = Some(access_token.clone());
    shared.acknowledged.fetch_add(1, Ordering::SeqCst);
    if bound {
        step_up.consumed = Step::InDoubt;
        let consumed = browser.consume(&access_token).await?;
        assert_eq!(consumed.status, 200, "{consumed:?}");
        step_up.consumed = Step::Done;
    }
    Ok(())
}

/// Whether a step that was not answered was taken: then the session has another cookie, which did not arrive.
/// The visit cannot be asked: it went with the server.
async fn has_lost_its_session(browser: &Browser) -> bool {
    loop {
        match browser.clone().authorize(&[("prompt", "none")]).await {
            Ok(answer) => match answer.param("error") {
                None => return false,
                Some(error) if error == "login_required" => return true,
                Some(error) => panic!("{error}: {answer:?}"),
            },
            Err(Interrupted) => pause().await,
        }
    }
}

fn bytes(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}
