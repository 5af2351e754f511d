//! Guessing: AB-02 to AB-04, AB-06, AB-07, AB-10, PS-06.

use std::time::{Duration, Instant};

use riser_core::abuse::Budget;
use riser_core::audit::Event;
use riser_core::{Seconds, UserId};
use riser_server::{Budgets, Clock as _};
use riser_testkit::account::App;
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::server::{PASSWORD, Setup, TestServer};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::refusal;

const PLENTY: Budget = Budget { tries: u32::MAX, wait: Seconds(60), longest: Seconds(60) };

/// Budgets of names and factors; the tests' one network has as much as they need.
fn budgets(tries: u32) -> Budgets {
    let few = Budget { tries, wait: Seconds(900), longest: Seconds(24 * 3600) };
    let factors = Budgets { password: few, totp: few, recovery_code: few, ..Budgets::default() };
    Budgets { network: PLENTY, prompts: PLENTY, ..factors }
}

async fn start(tries: u32) -> TestServer {
    TestServer::start_fast(Setup { budgets: budgets(tries), ..Setup::default() }).await
}

/// Ada with an authenticator app, signed in by password.
async fn with_app(server: &TestServer) -> (UserId, Browser, App) {
    let user = server.add_user_fast("ada").await;
    let mut ada = server.inside();
    server.sign_in(&mut ada, "ada").await;
    let link = server.enrolment_link(&user, "aal2").await;
    let visit = ada.get(&link).await.location().to_owned();
    let app = ada.register_totp(&visit, &server.clock).await;
    server.clock.advance(60);
    (user, ada, app)
}

/// How many proofs a verifier has refused: each is one that it looked at.
async fn looked_at(server: &TestServer) -> usize {
    let mut count = 0;
    let mut after = 0;
    loop {
        let some = server.app.store.audit(after, 1_000).await.unwrap();
        let Some((last, _)) = some.last() else { return count };
        after = *last;
        count += some.iter().filter(|(_, entry)| matches!(entry.event, Event::ProofRefused { .. })).count();
    }
}

#[tokio::test]
async fn atk_ab_02_a_thousand_sessions_guess_no_more_than_one() {
    let server = start(10).await;
    let (_, _, app) = with_app(&server).await;
    let right = app.code(&server.clock);
    let (mut refused, mut limited) = (0, 0);
    let mut session = server.inside();
    server.sign_in(&mut session, "ada").await;
    for round in 0..1_000 {
        // Each in a browser and a visit of its own; every tenth begins a session of its own too.
        let mut browser = session.clone();
        if round % 100 == 0 {
            browser = server.inside();
            server.sign_in(&mut browser, "ada").await;
        }
        let visit = browser.visit("app", &[("acr_values", "aal2")]).await;
        for guess in 0..10 {
            let code = format!("{:06}", (round * 10 + guess) * 97 % 1_000_000);
            if code == right {
                continue;
            }
            let answer = browser.post(&format!("{visit}/totp"), &json!({ "code": code })).await;
            match answer.status {
                401 => refused += 1,
                429 => limited += 1,
                other => panic!("{other}: {answer:?}"),
            }
        }
    }
    assert_eq!(refused, 10);
    assert!(limited >= 9_980, "{limited}");
    assert_eq!(looked_at(&server).await, 10, "these reached the verifier");
    // Not even the right one, until the wait is over.
    let visit = session.visit("app", &[("acr_values", "aal2")]).await;
    let closed = session.post(&format!("{visit}/totp"), &json!({ "code": app.code(&server.clock) })).await;
    assert_eq!(refusal(&closed), (429, "rate_limited".to_owned()));
    assert!(closed.headers["retry-after"].parse::<u32>().unwrap() <= 900);
    assert!(server.notices().await.contains(&"tries_exhausted".to_owned()), "its owner is told");
    server.clock.advance(900);
    let visit = session.visit("app", &[("acr_values", "aal2")]).await;
    let open = session.post(&format!("{visit}/totp"), &json!({ "code": app.code(&server.clock) })).await;
    assert!(open.param("code").is_some(), "{open:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atk_ab_03_of_two_hundred_guesses_at_once_ten_are_looked_at() {
    for factor in ["password", "totp", "recovery-code"] {
        let server = start(10).await;
        let (_, mut ada, _) = with_app(&server).await;
        let (visit, body) = match factor {
            "password" => {
                let visit = ada.visit("app", &[("prompt", "login")]).await;
                (visit, json!({ "password": "not the one, whatever it is" }))
            }
            "totp" => (ada.visit("app", &[("acr_values", "aal2")]).await, json!({ "code": "000000" })),
            _ => {
                let visit = ada.get("/recovery").await.location().to_owned();
                ada.sign_in(&visit, "ada", PASSWORD).await;
                (visit, json!({ "code": "AAAA-AAAA-AAAA-AAAA" }))
            }
        };
        // Each in a visit of its own, as one visit takes one step at a time anyway.
        let mut visits = vec![visit];
        for _ in 0..9 {
            let asked: &[(&str, &str)] =
                if factor == "totp" { &[("acr_values", "aal2")] } else { &[("prompt", "login")] };
            visits.push(match factor {
                "recovery-code" => visits[0].clone(),
                _ => ada.visit("app", asked).await,
            });
        }
        let mut tries = JoinSet::new();
        for number in 0..200 {
            let (mut browser, body) = (ada.clone(), body.clone());
            let path = format!("{}/{factor}", visits[number % visits.len()]);
            tries.spawn(async move { browser.post(&path, &body).await.status });
        }
        let answers = tries.join_all().await;
        let seen = answers.iter().filter(|status| **status != 429).count();
        assert!(seen <= 10, "{factor}: {seen} of {answers:?}");
        assert!(seen >= 1, "{factor}");
        assert!(looked_at(&server).await <= 10, "{factor}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atk_ab_04_of_one_code_used_fifty_times_at_once_one_counts() {
    let server = start(100).await;
    let (_, mut ada, app) = with_app(&server).await;
    for round in 0..3 {
        server.clock.advance(30);
        let code = app.code(&server.clock);
        let mut tries = JoinSet::new();
        for _ in 0..50 {
            let mut browser = ada.clone();
            let visit = browser.visit("app", &[("acr_values", "aal2"), ("prompt", "login")]).await;
            browser.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
            let code = code.clone();
            tries.spawn(async move {
                let answer = browser.post(&format!("{visit}/totp"), &json!({ "code": code })).await;
                (answer.status, browser)
            });
        }
        let answers = tries.join_all().await;
        let mut won = answers.into_iter().filter(|(status, _)| *status == 200);
        let (_, winner) = won.next().unwrap_or_else(|| panic!("{round}: nobody"));
        assert!(won.next().is_none(), "{round}: a code counted twice");
        ada = winner;
    }
    // In series, and a half minute later, while its own half minute could still pass by drift.
    server.clock.advance(30);
    let code = app.code(&server.clock);
    for (seconds, passes) in [(0, true), (0, false), (30, false)] {
        server.clock.advance(seconds);
        let visit = ada.visit("app", &[("acr_values", "aal2"), ("max_age", "0")]).await;
        ada.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
        let answer = ada.post(&format!("{visit}/totp"), &json!({ "code": code })).await;
        assert_eq!(answer.status == 200, passes, "{seconds}: {answer:?}");
    }
}

#[tokio::test]
async fn atk_ab_06_who_exhausts_a_password_keeps_its_owner_out_of_nothing_else() {
    let server = TestServer::start_with(Setup { budgets: budgets(10), ..Setup::default() }).await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    server.letters().await;
    let mut attacker = server.browser();
    let visit = attacker.visit("app", &[]).await;
    for _ in 0..10 {
        assert_eq!(attacker.sign_in(&visit, "ada", "a guess that is not right").await.status, 401);
    }
    assert_eq!(attacker.sign_in(&visit, "ada", PASSWORD).await.status, 429, "not even the right one");
    assert_eq!(server.notices().await, ["tries_exhausted"]);
    // Going on does not lengthen the wait, nor write again.
    for _ in 0..20 {
        server.clock.advance(30);
        let visit = attacker.visit("app", &[]).await;
        assert_eq!(attacker.sign_in(&visit, "ada", "a guess").await.status, 429);
    }
    assert_eq!(server.notices().await, Vec::<String>::new());
    // The owner: signed in they stay, and a passkey signs in and steps up as ever.
    assert_eq!(ada.held().await["acr"], "aal1");
    ada.step_up("app", &[("acr_values", "phr")], &key).await;
    let mut elsewhere = server.browser();
    let visit = elsewhere.visit("app", &[]).await;
    assert_eq!(elsewhere.passkey(&visit, &key).await.json()["status"], "done");
    server.clock.advance(300);
    let mut later = server.browser();
    server.sign_in(&mut later, "ada").await;
}

/// What a visitor can see of an answer, but for what names the visit.
fn seen(answer: &Answer, visit: &str, name: &str) -> Value {
    let id = visit.rsplit('/').next().unwrap();
    let plain = |text: &str| text.replace(id, "ID").replace(name, "NAME");
    let headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(header, _)| *header != "date")
        .map(|(header, value)| (header.clone(), plain(value)))
        .collect();
    json!([answer.status, headers, plain(&answer.body)])
}

#[tokio::test]
async fn atk_ab_07_whether_a_name_is_known_is_told_by_no_answer() {
    let server = start(5).await;
    server.add_user_fast("zqann").await;
    let shut = server.add_user_fast("zqbob").await;
    server.disable(&shut).await;
    let mut all = Vec::new();
    // Names of one length: how long an answer is, says how long the name is.
    for name in ["zqann", "zqeve", "zqbob"] {
        let mut answers = Vec::new();
        for open in ["/authorize", "/recovery", "/account"] {
            let mut browser = server.inside();
            let visit = match open {
                "/authorize" => browser.visit("app", &[]).await,
                "/recovery" => browser.get("/recovery").await.location().to_owned(),
                _ => {
                    let opened = browser.try_account_visit(&json!({ "action": "view" })).await;
                    format!("{}/interaction/{}", server.issuer, opened.json()["id"].as_str().unwrap())
                }
            };
            let calls = [
                ("identifier", json!({ "username": name })),
                ("totp", json!({ "code": "123456" })),
                ("recovery-code", json!({ "code": "AAAA-AAAA-AAAA-AAAA" })),
                ("recovery", json!({ "lost": "x" })),
                ("password", json!({ "password": "a guess that is not right" })),
                ("totp", json!({ "code": "123456" })),
                ("recovery-code", json!({ "code": "AAAA-AAAA-AAAA-AAAA" })),
                ("enrol/totp/options", json!({})),
            ];
            for (call, body) in calls {
                let answer = browser.post(&format!("{visit}/{call}"), &body).await;
                answers.push(seen(&answer, &visit, name));
            }
            // The challenge of a passkey differs; what is around it does not.
            let options = browser.post(&format!("{visit}/passkey/options"), &json!({})).await;
            let mut json = options.json();
            json["publicKey"]["challenge"] = json!("x");
            answers.push(json!([options.status, json]));
            let page = browser.send(reqwest::Method::GET, &visit, &[("accept", "text/html")], None).await;
            let csrf = page.body.split("name=\"csrf\" value=\"").nth(1).unwrap_or_default();
            let csrf = csrf.split('"').next().unwrap_or_default();
            let mut page = seen(&page, &visit, name);
            if !csrf.is_empty() {
                page = json!(page.to_string().replace(csrf, "CSRF"));
            }
            answers.push(page);
        }
        // And the end of the budget comes at the same try.
        let mut browser = server.inside();
        let visit = browser.visit("app", &[]).await;
        for _ in 0..4 {
            let answer = browser.sign_in(&visit, name, "a guess that is not right").await;
            answers.push(seen(&answer, &visit, name));
        }
        all.push(answers);
    }
    for other in &all[1..] {
        for (known, unknown) in all[0].iter().zip(other) {
            assert!(known == unknown, "{known:.600}\n{unknown:.600}");
        }
    }
}

#[tokio::test]
async fn atk_ab_07_whether_a_name_is_known_is_told_by_no_clock() {
    let setup = Setup { budgets: Budgets { password: PLENTY, ..budgets(10) }, ..Setup::default() };
    let server = TestServer::start_fast(setup).await;
    // With the hash that everybody has. Of one the account is shut, and that is told no sooner.
    server.add_user("known").await;
    let shut = server.add_user("shut.").await;
    server.disable(&shut).await;
    let names = ["known", "shut.", "nobod"];
    let mut times: [Vec<Duration>; 3] = Default::default();
    let mut browser = server.inside();
    let mut visits = Vec::new();
    for name in names {
        let visit = browser.visit("app", &[]).await;
        browser.post(&format!("{visit}/identifier"), &json!({ "username": name })).await;
        visits.push(visit);
    }
    // In turns, so that whatever else the machine does falls on all.
    for _ in 0..60 {
        for (kept, visit) in times.iter_mut().zip(&visits) {
            let began = Instant::now();
            let answer = browser.post(&format!("{visit}/password"), &json!({ "password": "a guess" })).await;
            kept.push(began.elapsed());
            assert_eq!(answer.status, 401);
        }
    }
    // A hash costs milliseconds, which the quicker half of the tries shows whatever the load; without it an
    // answer would be there in a tenth of the time. The bounds are wide for the sake of loaded machines.
    let quartile = |mut kept: Vec<Duration>| {
        kept.sort();
        kept[kept.len() / 4].as_secs_f64()
    };
    let [known, others @ ..] = times.map(quartile);
    for (name, other) in names[1..].iter().zip(others) {
        assert!((0.4..2.5).contains(&(known / other)), "{name}: {known} {other}");
    }
}

#[tokio::test]
async fn atk_ab_10_what_anybody_can_open_is_small_and_is_swept() {
    let server = TestServer::start_fast(Setup { budgets: budgets(10), ..Setup::default() }).await;
    let size = |server: &TestServer| {
        let files = std::fs::read_dir(server.folder.path()).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>()
    };
    server.add_user_fast("ada").await;
    let before = size(&server);
    let mut browser = server.inside();
    let long = "x".repeat(60_000);
    for _ in 0..1_500 {
        let visit = browser.visit("app", &[("login_hint", "somebody")]).await;
        let options = browser.post(&format!("{visit}/passkey/options"), &json!({})).await;
        assert_eq!(options.status, 200);
        browser.get("/recovery").await;
        browser.try_account_visit(&json!({ "action": "view" })).await;
        // What is kept of a name that is guessed at is a hash of it.
        let named = browser.post(&format!("{visit}/identifier"), &json!({ "username": long })).await;
        assert_eq!(named.status, 400);
    }
    let grown = (size(&server) - before) / 6_000;
    assert!(grown < 4_096, "{grown} bytes for each of 6000 rows");
    // All of it is gone once it is over, in pieces that hold nobody up.
    server.clock.advance(24 * 3600);
    let mut swept = 0;
    loop {
        let some = server.app.store.sweep(server.clock.now(), 500).await.unwrap();
        swept += some;
        if some == 0 {
            break;
        }
    }
    assert!(swept >= 6_000, "{swept}");
}

#[tokio::test]
async fn atk_ps_06_the_sixth_wrong_try_is_blocked_and_a_restart_forgets_nothing() {
    let setup = || Setup { budgets: budgets(5), ..Setup::default() };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("riser.db");
    let server = TestServer::start_at(setup(), &path).await;
    let (user, mut ada, app) = with_app(&server).await;
    let started = server.clock.now().0;
    let visit = ada.visit("app", &[("acr_values", "aal2")]).await;
    for _ in 0..3 {
        assert_eq!(ada.post(&format!("{visit}/totp"), &json!({ "code": "000000" })).await.status, 401);
    }
    drop(server);
    for (wrong, fails) in [(2, 401), (1, 429), (3, 429)] {
        // Another process on the same database, whose clock goes on from where it was.
        let server = TestServer::start_at(setup(), &path).await;
        server.clock.advance(started - server.clock.now().0);
        let mut ada = server.inside();
        server.sign_in(&mut ada, "ada").await;
        let visit = ada.visit("app", &[("acr_values", "aal2")]).await;
        for _ in 0..wrong {
            let answer = ada.post(&format!("{visit}/totp"), &json!({ "code": "000000" })).await;
            assert_eq!(answer.status, fails, "{answer:?}");
        }
        if fails == 429 {
            let right = json!({ "code": app.code(&server.clock) });
            assert_eq!(ada.post(&format!("{visit}/totp"), &right).await.status, 429, "the right one too");
            // The wait is told in the answer, and to the owner.
            let waits = server.app.store.audit(0, 1_000).await.unwrap();
            let told = |event: &Event| matches!(event, Event::TriesExhausted { user: Some(whose), .. } if *whose == user);
            assert_eq!(waits.iter().filter(|(_, entry)| told(&entry.event)).count(), 1);
        }
    }
}
