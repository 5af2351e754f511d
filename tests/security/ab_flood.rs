//! Floods of what anybody can open: AB-10.

use riser_core::Seconds;
use riser_core::quota::Quota;
use riser_server::Budgets;
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::authorize_path;
use riser_testkit::server::{Setup, TestServer};
use serde_json::json;

use crate::support::refusal;

const PLENTY: Quota = Quota { most: u32::MAX, within: Seconds(600) };

fn few(most: u32) -> Quota {
    Quota { most, within: Seconds(600) }
}

fn is_crowded(answer: &Answer) -> bool {
    let waits =
        answer.headers.get("retry-after").is_some_and(|text| (1..=600).contains(&text.parse().unwrap()));
    refusal(answer) == (429, "rate_limited".to_owned()) && waits
}

/// The tests' requests without a socket are of one network, which is not that of a socket.
fn elsewhere(server: &TestServer) -> Browser {
    server.browser()
}

#[tokio::test]
async fn atk_ab_10_of_a_hundred_thousand_visits_of_one_network_few_open_and_others_are_served() {
    let server = TestServer::start_fast(Setup::default()).await;
    server.add_user_fast("ada").await;
    let mut ada = server.inside();
    server.sign_in(&mut ada, "ada").await;
    let size = |server: &TestServer| {
        let files = std::fs::read_dir(server.folder.path()).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>()
    };
    let before = size(&server);
    let (mut opened, mut last) = (0, None);
    let mut flood = server.inside();
    let path = authorize_path("app", &[]);
    for _ in 0..100_000 {
        let answer = flood.get(&path).await;
        match answer.status {
            302 => opened += 1,
            _ => last = Some(answer),
        }
    }
    assert_eq!(opened, 20_000);
    assert!(last.as_ref().is_some_and(is_crowded), "{last:?}");
    let grown = (size(&server) - before) / 1024 / 1024;
    assert!(grown < 128, "{grown} MiB");
    // Every way to open one is closed to that network, for people in words of theirs.
    assert!(is_crowded(&flood.get("/recovery").await));
    assert!(is_crowded(&flood.try_account_visit(&json!({ "action": "view" })).await));
    let page = flood.send(reqwest::Method::GET, &path, &[("accept", "text/html")], None).await;
    assert_eq!((page.status, page.headers.contains_key("retry-after")), (429, true));
    assert!(page.body.contains("begun here and not finished"), "{}", page.body);
    // Who is signed in there is served, and so is everybody from elsewhere.
    ada.code("app", &[]).await;
    ada.visit("app", &[("prompt", "login")]).await;
    ada.account_visit(&json!({ "action": "set_password" })).await;
    let mut other = elsewhere(&server);
    server.sign_in(&mut other, "ada").await;
    // And the network again, in time.
    server.clock.advance(600);
    flood.visit("app", &[]).await;
}

#[tokio::test]
async fn atk_ab_10_a_flooded_application_leaves_the_others_and_those_who_are_signed_in() {
    let budgets = Budgets { visits: PLENTY, client_visits: few(50), ..Budgets::default() };
    let server = TestServer::start_fast(Setup { budgets, ..Setup::default() }).await;
    server.add_user_fast("ada").await;
    let mut ada = server.inside();
    server.sign_in(&mut ada, "ada").await;
    let mut flood = server.inside();
    for _ in 0..50 {
        flood.visit("app", &[]).await;
    }
    for mut anybody in [server.inside(), elsewhere(&server)] {
        assert!(is_crowded(&anybody.authorize("app", &[]).await));
        anybody.visit("shop", &[]).await;
    }
    ada.visit("app", &[("prompt", "login")]).await;
    // A request that opens nothing takes no place.
    assert_eq!(flood.authorize("app", &[("prompt", "none")]).await.param("error").unwrap(), "login_required");
}

#[tokio::test]
async fn atk_ab_10_challenges_of_one_network_are_as_few_and_what_is_finished_makes_room() {
    let budgets = Budgets { visits: few(5), ceremonies: few(8), ..Budgets::default() };
    let server = TestServer::start_fast(Setup { budgets, ..Setup::default() }).await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    // A person is never in their own way: each visit that comes to its end frees its place and its challenge's.
    for _ in 0..30 {
        ada.step_up("app", &[("acr_values", "phr"), ("max_age", "0")], &key).await;
    }
    for _ in 0..30 {
        let mut again = server.inside();
        let visit = again.visit("app", &[]).await;
        assert_eq!(again.passkey(&visit, &key).await.json()["status"], "done");
    }
    let mut flood = server.inside();
    let visit = flood.visit("app", &[]).await;
    for _ in 0..8 {
        assert_eq!(flood.post(&format!("{visit}/passkey/options"), &json!({})).await.status, 200);
    }
    assert!(is_crowded(&flood.post(&format!("{visit}/passkey/options"), &json!({})).await));
    ada.step_up("app", &[("acr_values", "phr"), ("max_age", "0")], &key).await;
    let mut other = elsewhere(&server);
    let visit = other.visit("app", &[]).await;
    assert_eq!(other.passkey(&visit, &key).await.json()["status"], "done");
}
