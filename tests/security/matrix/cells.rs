//! One's own account: every cell, at its page and for programs, and the use of what was let in.

use reqwest::Method;
use riser_core::assurance::Factor;
use riser_server::Clock as _;
use riser_testkit::account::App;
use riser_testkit::authenticator::SoftAuthenticator;
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::claims;
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::{Value, json};

use super::people::{Account, Person, account, fresh_code, hardware, person, recovery, server, synced};
use super::{CHANGES, Change, Expected, Held, Kind, LEVELS, Level, Proof, expected, lifts_to};

const NEW_PASSWORD: &str = "a violet window over the harbour";

/// How the account is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Page,
    Json,
}

/// The hidden value of the forms of a page, if it has any.
async fn csrf(browser: &mut Browser, path: &str) -> Option<String> {
    let page = browser.send(Method::GET, path, &[("accept", "text/html")], None).await;
    let from = page.body.split("name=\"csrf\" value=\"").nth(1)?;
    Some(from.split('"').next().unwrap_or_default().to_owned())
}

/// Posts members to an address, as the door does it.
async fn post(browser: &mut Browser, door: Door, page: &str, path: &str, members: &[(&str, &str)]) -> Answer {
    match door {
        Door::Json => {
            let members = members.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
            browser.post(path, &Value::Object(members.collect())).await
        }
        Door::Page => {
            let csrf = csrf(browser, page).await.unwrap_or_default();
            let mut pairs = vec![("csrf", csrf.as_str())];
            pairs.extend_from_slice(members);
            browser.form(path, &[("accept", "text/html")], &pairs).await
        }
    }
}

/// Gives a proof in a visit, whether or not it is asked for.
pub async fn prove(
    server: &TestServer,
    browser: &mut Browser,
    door: Option<Door>,
    visit: &str,
    person: &Person,
    proof: Proof,
) {
    let door = door.unwrap_or(Door::Json);
    if matches!(proof, Proof::Password | Proof::PasswordAndTotp) {
        post(browser, door, visit, &format!("{visit}/password"), &[("password", PASSWORD)]).await;
    }
    if matches!(proof, Proof::Totp | Proof::PasswordAndTotp) {
        let code = fresh_code(server, person.app.as_ref().unwrap());
        post(browser, door, visit, &format!("{visit}/totp"), &[("code", &code)]).await;
    }
    let key = match proof {
        Proof::Passkey => person.passkey.as_ref(),
        Proof::HardwareKey => person.hardware.as_ref(),
        _ => None,
    };
    if let Some(key) = key {
        let options = browser.post(&format!("{visit}/passkey/options"), &json!({})).await;
        if options.status == 200 {
            let mut any = key.clone();
            any.lies.ignore_allow = true;
            let assertion = any.get(&server.issuer, &options.json()["publicKey"]).unwrap();
            browser.post(&format!("{visit}/passkey"), &assertion).await;
        }
    }
}

/// What was added, to be used afterwards.
pub enum Added {
    Key(Box<SoftAuthenticator>),
    App(App),
    Nothing,
}

/// Asks for a change, gives the proof, and does what the change still needs.
async fn attempt(
    server: &TestServer,
    person: &mut Person,
    door: Door,
    before: &Account,
    proof: Proof,
    change: Change,
) -> Added {
    let foreign = "password of mallory";
    let of = |factor| before.credential(factor).unwrap_or(foreign).to_owned();
    let strongest = before.credential(Factor::Passkey).map_or_else(|| of(Factor::Password), str::to_owned);
    let mut browser = person.browser.clone();
    let (mut key, mut app) = (None, None);
    let credential;
    let members: Vec<(&str, &str)> = match change {
        Change::AddPasskey => vec![("action", "add_passkey")],
        Change::AddHardwareKey => vec![("action", "add_hardware_key")],
        Change::AddTotp => vec![("action", "add_totp")],
        Change::SetPassword => vec![("action", "set_password")],
        Change::NewRecoveryCodes => vec![("action", "new_recovery_codes")],
        Change::SetEmail => vec![("action", "set_email"), ("email", "thief@example.net")],
        Change::Rename => {
            credential = strongest;
            vec![("action", "rename"), ("credential", &credential), ("label", "Another name")]
        }
        Change::RemovePasskey | Change::RemoveTotp | Change::RemovePassword => {
            credential = match change {
                Change::RemovePasskey => of(Factor::Passkey),
                Change::RemoveTotp => of(Factor::Totp),
                _ => of(Factor::Password),
            };
            vec![("action", "remove"), ("credential", &credential)]
        }
        Change::EndSession | Change::RevokeApplication | Change::CancelRecovery => {
            end(server, person, door, change).await;
            return Added::Nothing;
        }
    };
    let opened = post(&mut browser, door, "/account", "/account/visits", &members).await;
    let visit = match door {
        Door::Json if opened.status == 200 => {
            format!("{}/interaction/{}", server.issuer, opened.json()["id"].as_str().unwrap())
        }
        Door::Page if opened.status == 303 => opened.location().to_owned(),
        _ => return Added::Nothing,
    };
    prove(server, &mut browser, Some(door), &visit, person, proof).await;
    match change {
        Change::AddPasskey | Change::AddHardwareKey => {
            let mut made = if change == Change::AddPasskey { synced() } else { hardware() };
            browser.register(&visit, &mut made).await;
            key = Some(made);
        }
        Change::AddTotp => {
            let offered = browser.post(&format!("{visit}/enrol/totp/options"), &json!({})).await;
            let path = format!("{visit}/enrol/totp");
            if offered.status == 200 {
                let made = App::reading(&offered.json());
                let code = made.code(&server.clock);
                post(&mut browser, door, &visit, &path, &[("code", &code)]).await;
                app = Some(made);
            } else {
                post(&mut browser, door, &visit, &path, &[("code", "123456")]).await;
            }
        }
        Change::SetPassword => {
            let path = format!("{visit}/enrol/password");
            post(&mut browser, door, &visit, &path, &[("password", NEW_PASSWORD)]).await;
        }
        Change::NewRecoveryCodes => {
            post(&mut browser, door, &visit, &format!("{visit}/enrol/recovery-codes"), &[]).await;
        }
        _ => {}
    }
    person.browser = browser;
    match (key, app) {
        (Some(key), _) => Added::Key(Box::new(key)),
        (None, Some(app)) => Added::App(app),
        (None, None) => Added::Nothing,
    }
}

async fn end(server: &TestServer, person: &mut Person, door: Door, change: Change) {
    let life = server.app.provider.session_life;
    let sessions = server.app.store.sessions_of(&person.id, life, server.clock.now()).await.unwrap();
    let other = sessions.iter().find(|session| session.id.as_str() != person.sid).unwrap();
    let path = format!("/account/sessions/{}/end", other.id);
    let (path, members): (&str, &[(&str, &str)]) = match change {
        Change::EndSession => (&path, &[]),
        Change::RevokeApplication => ("/account/applications/revoke", &[("client_id", "bank")]),
        _ => ("/account/recoveries/cancel", &[]),
    };
    post(&mut person.browser, door, "/account", path, members).await;
}

/// What becomes of an account by a change, in the words of [`Account::changed_to`].
fn effect(change: Change) -> &'static str {
    match change {
        Change::AddPasskey | Change::AddHardwareKey => "+passkey",
        Change::AddTotp => "+totp",
        Change::SetPassword => "password",
        Change::NewRecoveryCodes => "codes",
        Change::Rename => "renamed",
        Change::RemovePasskey => "-passkey",
        Change::RemoveTotp => "-totp",
        Change::RemovePassword => "-password",
        Change::SetEmail => "email",
        Change::EndSession => "session",
        Change::RevokeApplication => "application",
        Change::CancelRecovery => "recovery",
    }
}

/// The strongest level that a sign-in elsewhere reaches with what was added.
pub async fn reaches(server: &TestServer, name: &str, added: &Added) -> Level {
    for (acr, level) in LEVELS {
        let mut browser = server.inside();
        let visit = browser.visit("app", &[("acr_values", acr)]).await;
        let done = match added {
            Added::Key(key) => browser.passkey(&visit, key).await,
            Added::App(app) => {
                browser.sign_in(&visit, name, PASSWORD).await;
                let code = fresh_code(server, app);
                browser.post(&format!("{visit}/totp"), &json!({ "code": code })).await
            }
            Added::Nothing => return Level::Nothing,
        };
        let code = if done.status == 200 { done.param("code") } else { None };
        let Some(code) = code else { continue };
        let tokens = browser.redeem("app", &code).await.json();
        assert_eq!(claims(tokens["access_token"].as_str().unwrap())["acr"], acr);
        return level;
    }
    Level::Nothing
}

async fn cell(
    server: &TestServer,
    kept: &mut Option<Person>,
    door: Door,
    (kind, held, proof, change): (Kind, Held, Proof, Change),
) -> bool {
    let cell = format!("{door:?} {kind:?} {held:?} {proof:?} {change:?}");
    // Whoever an earlier cell left as they were, is used again, while what they hold is still fresh.
    let fresh = |kept: &Person| server.clock.now().0 - kept.made_at < 300;
    let mut person = match kept.take().filter(fresh) {
        Some(kept) => kept,
        None => person(server, kind, held).await,
    };
    if change == Change::CancelRecovery && kind != Kind::Password {
        recovery(server, &mut person, kind).await;
    }
    let before = account(server, &person.id).await;
    let added = attempt(server, &mut person, door, &before, proof, change).await;
    let found = before.changed_to(&account(server, &person.id).await);
    let done = expected(kind, held, proof, change) == Expected::Done;
    let wanted: &[&str] = if done { &[effect(change)] } else { &[] };
    assert_eq!(found, wanted, "{cell}");
    if !done {
        // A recovery under way would be in the way of the next.
        *kept = (change != Change::CancelRecovery).then_some(person);
        return false;
    }
    if let Some(level) = lifts_to(kind, change) {
        // At once, and after what the session had is forgotten.
        let reached = reaches(server, &person.name, &added).await;
        // An app that no password accompanies signs nobody in; below its level, the password does.
        let wanted = if change == Change::AddTotp && level == Level::Aal1 { Level::Nothing } else { level };
        assert_eq!(reached, wanted, "{cell}");
    }
    if change == Change::SetPassword {
        for (password, status) in [(PASSWORD, 401), (NEW_PASSWORD, 200)] {
            let mut browser = server.inside();
            let visit = browser.visit("app", &[]).await;
            assert_eq!(browser.sign_in(&visit, &person.name, password).await.status, status, "{cell}");
        }
    }
    true
}

async fn cells(kind: Kind) {
    let server = server().await;
    let (mut done, mut refused) = (0, 0);
    for door in [Door::Page, Door::Json] {
        for held in kind.sessions() {
            let mut kept = None;
            for (change, _) in CHANGES {
                for proof in kind.proofs() {
                    // What takes no proof has one row.
                    if change.only_ends() && *proof != Proof::Nothing {
                        continue;
                    }
                    match cell(&server, &mut kept, door, (kind, *held, *proof, change)).await {
                        true => done += 1,
                        false => refused += 1,
                    }
                }
            }
        }
    }
    println!("{kind:?}: {done} cells passed, {refused} were refused");
    assert!(done >= 16 && refused >= 24, "{done} {refused}");
}

#[tokio::test]
async fn atk_su_19_su_21_matrix_of_an_account_with_a_password_only() {
    cells(Kind::Password).await;
}

#[tokio::test]
async fn atk_su_19_su_21_matrix_of_an_account_with_a_passkey() {
    cells(Kind::Passkey).await;
}

#[tokio::test]
async fn atk_su_19_su_21_matrix_of_an_account_with_an_authenticator_app() {
    cells(Kind::Totp).await;
}

#[tokio::test]
async fn atk_su_19_su_21_matrix_of_an_account_with_a_hardware_key() {
    cells(Kind::Hardware).await;
}
