//! Who steps up: accounts with a password and a passkey, each in several browsers.

use riser_testkit::authenticator::{KeyKind, SoftAuthenticator};
use serde_json::json;

use crate::Outcome;
use crate::client::{Connection, Jar, Sent};
use crate::load::{Session, authorize_path};
use crate::server_process::Installation;

const PASSWORD: &str = "correct horse battery staple";

/// An account and the link that enrols its passkey.
pub struct Account {
    name: String,
    link: String,
}

/// Makes accounts as an operator does, from the shell.
pub fn add_accounts(installation: &Installation, count: u64) -> Outcome<Vec<Account>> {
    let account = |number| -> Outcome<Account> {
        let name = format!("person-{number}");
        installation.administer(&["user", "add", &name, "--password-stdin"], PASSWORD)?;
        let link = installation.administer(&["grant", "create", "--user", &name, "--ceiling", "phr"], "")?;
        let url = link.get("url").and_then(serde_json::Value::as_str).ok_or("no link")?;
        Ok(Account { name, link: url.to_owned() })
    };
    (0..count).map(account).collect()
}

/// Enrols a passkey for each account and begins `count` sessions, spread evenly over them.
pub async fn sign_in(
    installation: &Installation,
    accounts: Vec<Account>,
    count: u64,
) -> Outcome<Vec<Session>> {
    let people = accounts.len() as u64;
    let mut running = Vec::new();
    for (account, number) in accounts.into_iter().zip(0..) {
        let share = count / people + u64::from(number < count % people);
        let (address, issuer) = (installation.address, installation.issuer.clone());
        running.push(tokio::spawn(async move {
            let mut connection = Connection::open(address).await?;
            sessions_of(&mut connection, &issuer, &account, share).await
        }));
    }
    let mut sessions = Vec::new();
    for person in running {
        sessions.extend(person.await??);
    }
    Ok(sessions)
}

/// The first session begins with the password and enrols the passkey; the others begin with that, which costs
/// the server a hundredth of hashing a password again.
async fn sessions_of(
    connection: &mut Connection,
    issuer: &str,
    account: &Account,
    count: u64,
) -> Outcome<Vec<Session>> {
    let mut key = SoftAuthenticator::synced(KeyKind::Es256);
    let mut jar = Jar::default();
    let visit = connection.send(&mut jar, &account.link, Sent::Nothing).await?.location()?.to_owned();
    password(connection, &mut jar, &visit, &account.name).await?;
    let options = format!("{visit}/enrol/passkey/options");
    let options = connection.send(&mut jar, &options, Sent::Json("{}".to_owned())).await?.json()?;
    let registration = key.create(issuer, &options)?;
    let enrol = format!("{visit}/enrol/passkey");
    connection.send(&mut jar, &enrol, Sent::Json(registration.to_string())).await?.json()?;

    let mut sessions = vec![Session { jar, key: key.clone(), origin: issuer.to_owned() }];
    for _ in 1..count {
        let mut session = Session { jar: Jar::default(), key: key.clone(), origin: issuer.to_owned() };
        let visit = connection.send(&mut session.jar, &authorize_path(&[]), Sent::Nothing).await?;
        let visit = visit.location()?.to_owned();
        session.prove(connection, &visit).await?;
        sessions.push(session);
    }
    Ok(sessions)
}

async fn password(connection: &mut Connection, jar: &mut Jar, visit: &str, name: &str) -> Outcome<()> {
    let identifier = json!({ "username": name }).to_string();
    connection.send(jar, &format!("{visit}/identifier"), Sent::Json(identifier)).await?.json()?;
    let password = json!({ "password": PASSWORD }).to_string();
    connection.send(jar, &format!("{visit}/password"), Sent::Json(password)).await?.json()?;
    Ok(())
}
