//! What a password leaves behind: a newer hash, and no try that nobody made.

use std::time::Duration;

use riser_core::Seconds;
use riser_core::abuse::Budget;
use riser_server::Budgets;
use riser_testkit::server::{PASSWORD, Setup, TestServer};
use serde_json::json;

/// The usual password, as an installation with less memory would have hashed it.
const OLD: &str =
    "$argon2id$v=19$m=8192,t=1,p=1$YW4gb2xkIHJvdydzIHNhbA$J398uBqS426Nd9EOp0LhLmzbDwmRBjr2L4d3FO/ziZw";

fn database(server: &TestServer) -> rusqlite::Connection {
    rusqlite::Connection::open(server.folder.path().join("riser.db")).unwrap()
}

fn make_old(server: &TestServer) {
    let changed = database(server).execute("UPDATE credentials SET password = ?1", [OLD]).unwrap();
    assert_eq!(changed, 1);
}

fn hash(server: &TestServer) -> String {
    database(server).query_row("SELECT password FROM credentials", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn an_old_hash_is_renewed_at_a_right_password_and_at_no_wrong_one() {
    let server = TestServer::start().await;
    server.add_user("ada").await;
    make_old(&server);
    let mut browser = server.browser();
    let visit = browser.visit("app", &[]).await;
    assert_eq!(browser.sign_in(&visit, "ada", "not her password at all").await.status, 401);
    assert_eq!(hash(&server), OLD);
    assert_eq!(browser.sign_in(&visit, "ada", PASSWORD).await.json()["status"], "done");
    let renewed = hash(&server);
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
    let mut again = server.browser();
    assert_eq!(server.sign_in(&mut again, "ada").await.json()["status"], "done");
    assert_eq!(hash(&server), renewed, "once is enough");
}

#[tokio::test]
async fn many_who_renew_one_hash_at_once_all_sign_in() {
    let server = TestServer::start().await;
    server.add_user("ada").await;
    make_old(&server);
    let mut signing_in = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut browser = server.browser();
        let visit = browser.visit("app", &[]).await;
        signing_in.spawn(async move { browser.sign_in(&visit, "ada", PASSWORD).await });
    }
    while let Some(answer) = signing_in.join_next().await {
        let answer = answer.unwrap();
        assert_eq!(answer.json()["status"], "done", "{answer:?}");
    }
    assert!(hash(&server).contains("m=19456,t=2"), "{}", hash(&server));
}

#[tokio::test]
async fn right_tries_whose_clients_hang_up_close_nothing() {
    let password = Budget { tries: 3, wait: Seconds(900), longest: Seconds(86_400) };
    let budgets = Budgets { password, ..Budgets::default() };
    let server = TestServer::start_with(Setup { budgets, ..Setup::default() }).await;
    server.add_user("ada").await;
    for _ in 0..6 {
        let mut browser = server.browser();
        let visit = browser.visit("app", &[]).await;
        let named = browser.post(&format!("{visit}/identifier"), &json!({ "username": "ada" })).await;
        assert_eq!(named.status, 200, "{named:?}");
        let (path, body) = (format!("{visit}/password"), json!({ "password": PASSWORD }));
        // Long enough to arrive, too short for an answer.
        let hung_up = tokio::time::timeout(Duration::from_millis(8), browser.post(&path, &body)).await;
        assert!(hung_up.is_err(), "{hung_up:?}");
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    let mut browser = server.browser();
    assert_eq!(server.sign_in(&mut browser, "ada").await.json()["status"], "done");
}
