//! A thief walks: a model-based random walk with a stolen password session (SU-08, SU-19, SU-21, SU-22, SU-27). The thief has
//! the victim's two cookies, and neither their password nor their passkey; an account, a passkey and a browser
//! of their own; and whatever any answer ever told them. Each step is a call, most of them such as might do
//! something, in any order, with any mixture of cookies.
//!
//! Whatever they do, no token names the victim above what the stolen session holds, and nothing of the
//! victim's account changes. `RISER_WALK_STEPS=100000` walks further than the usual 20,000 steps.

mod moves;
mod report;
mod thief;

use riser_core::Seconds;
use riser_core::abuse::Budget;
use riser_core::assurance::Factor;
use riser_core::quota::Quota;
use riser_server::{Budgets, CoolingOff, EnrolmentPolicy, hashed};
use riser_testkit::account::App;
use riser_testkit::authenticator::SoftAuthenticator;
use riser_testkit::browser::Browser;
use riser_testkit::server::{PASSWORD, Setup, TestServer, acr};
use serde_json::json;

use crate::matrix::people::{Account, account, synced};
use report::Report;
use thief::Thief;

const VARIANTS: usize = 5;

/// All steps of all variants.
fn steps() -> usize {
    std::env::var("RISER_WALK_STEPS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000)
}

/// What the victim has beside a password.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Has {
    Nothing,
    Passkey,
    Everything,
}

/// Why the walk must fail, for the checks of the walk itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Broken {
    Nothing,
    /// A passkey of the thief's is the victim's, with a ceiling that no session of theirs had.
    Ceiling,
    /// The stolen session holds more than the walk is told.
    Session,
    /// The thief comes while the victim's proof has released a change that is not made yet.
    Released,
}

struct Variant {
    seed: u64,
    has: Has,
    cooling_off: bool,
    /// Seconds that pass now and then.
    clock: i64,
    broken: Broken,
}

struct Victim {
    id: riser_core::UserId,
    passkey: Option<SoftAuthenticator>,
    app: Option<App>,
    before: Account,
}

fn setup(variant: &Variant) -> Setup {
    let cooling_off = CoolingOff { wait: Seconds(24 * 3600), to: acr("phr") };
    let cooling_off = variant.cooling_off.then_some(cooling_off);
    // The walk has one network and asks for prompts without end.
    let open = Quota { most: u32::MAX, within: Seconds(60) };
    let plenty = Budget { tries: u32::MAX, wait: Seconds(60), longest: Seconds(60) };
    Setup {
        enrolment: EnrolmentPolicy { cooling_off, ..EnrolmentPolicy::default() },
        budgets: Budgets {
            network: plenty,
            prompts: plenty,
            visits: open,
            client_visits: open,
            ceremonies: open,
            ..Budgets::default()
        },
        ..Setup::default()
    }
}

async fn by_link(
    server: &TestServer,
    user: &riser_core::UserId,
    at: &mut Browser,
    key: &mut SoftAuthenticator,
) {
    let link = server.enrolment_link(user, "phr").await;
    let visit = at.get(&link).await.location().to_owned();
    assert_eq!(at.register(&visit, key).await.json()["status"], "done");
}

/// A new session of the victim's, of which the thief has the cookies.
async fn steal(server: &TestServer) -> Browser {
    // The thief's own guesses may have closed the victim's password for a while.
    server.app.store.clear_attempts(&[hashed("password victim")], &[]).await.unwrap();
    let mut browser = server.inside();
    server.sign_in(&mut browser, "victim").await;
    browser
}

async fn victim(server: &TestServer, variant: &Variant) -> Victim {
    let id = server.add_user_fast("victim").await;
    let mut home = steal(server).await;
    let (mut passkey, mut app) = (None, None);
    if variant.has == Has::Everything {
        let link = server.enrolment_link(&id, "aal2").await;
        let visit = home.get(&link).await.location().to_owned();
        app = Some(home.register_totp(&visit, &server.clock).await);
    }
    if variant.has != Has::Nothing {
        let mut key = synced();
        by_link(server, &id, &mut home, &mut key).await;
        passkey = Some(key);
    }
    if variant.has == Has::Everything {
        let visit = home.account_visit(&json!({ "action": "new_recovery_codes" })).await;
        home.passkey(&visit, passkey.as_ref().unwrap()).await;
        let made = home.post(&format!("{visit}/enrol/recovery-codes"), &json!({})).await;
        assert_eq!(made.status, 200, "{made:?}");
    }
    let before = account(server, &id).await;
    Victim { id, passkey, app, before }
}

/// Nothing of the victim's has changed but the sessions and grants, of which a thief who is signed in as them
/// may begin and end some.
async fn unchanged(server: &TestServer, victim: &Victim) -> Result<(), String> {
    let after = account(server, &victim.id).await;
    let mut found = victim.before.changed_to(&after);
    found.retain(|what| what != "session" && what != "application");
    if found.is_empty() { Ok(()) } else { Err(format!("the victim's account changed: {found:?}")) }
}

async fn walk(variant: &Variant, steps: usize) -> Result<Report, String> {
    let server = TestServer::start_fast(setup(variant)).await;
    let mut victim = victim(&server, variant).await;
    let mut thief = Thief::new(&server, variant.seed).await;
    match variant.broken {
        Broken::Nothing | Broken::Session | Broken::Released => {}
        Broken::Ceiling => {
            let mut home = steal(&server).await;
            let mut key = synced();
            by_link(&server, &victim.id, &mut home, &mut key).await;
            thief.keys.push(key);
            victim.before = account(&server, &victim.id).await;
        }
    }
    thief.take(steal(&server).await);
    let mut released = None;
    if variant.broken == Broken::Session {
        let mut home = steal(&server).await;
        home.step_up("app", &[("acr_values", "phr")], victim.passkey.as_ref().unwrap()).await;
        thief.take(home);
    }
    if variant.broken == Broken::Released {
        let mut home = steal(&server).await;
        let visit = home.account_visit(&json!({ "action": "add_passkey" })).await;
        home.passkey(&visit, victim.passkey.as_ref().unwrap()).await;
        // That session has risen: what is looked for is the change.
        thief.blind = true;
        thief.take(home);
        released = Some(visit);
    }
    let mut next_check = 0;
    while thief.steps < steps {
        thief.step(&server, &victim.id).await?;
        if thief.steps < next_check {
            continue;
        }
        next_check = thief.steps + 50;
        unchanged(&server, &victim).await?;
        if let Some(visit) = &released {
            thief.sees(visit.clone());
        }
        if variant.clock > 0 {
            server.clock.advance(variant.clock);
        }
        let lasting = matches!(variant.broken, Broken::Nothing | Broken::Ceiling);
        if lasting && !thief.has(&server, &victim.id).await {
            thief.take(steal(&server).await);
        }
        thief.renew(&server).await;
    }
    unchanged(&server, &victim).await?;
    owner_still_can(&server, &victim).await;
    Ok(thief.report)
}

/// Whatever the thief did, the owner comes in and steps up: by passkey at once, by password when the wait that
/// the thief's guesses brought about is over.
async fn owner_still_can(server: &TestServer, victim: &Victim) {
    if let Some(key) = &victim.passkey {
        let mut home = server.inside();
        let visit = home.visit("app", &[]).await;
        assert_eq!(home.passkey(&visit, key).await.json()["status"], "done");
        home.step_up("app", &[("acr_values", "phr"), ("max_age", "0")], key).await;
    }
    server.clock.advance(2 * 24 * 3600);
    let mut home = server.inside();
    let visit = home.visit("app", &[]).await;
    assert_eq!(home.sign_in(&visit, "victim", PASSWORD).await.json()["status"], "done");
    if let Some(app) = &victim.app {
        let visit = home.visit("app", &[("acr_values", "aal2")]).await;
        let code = app.code(&server.clock);
        let done = home.post(&format!("{visit}/totp"), &json!({ "code": code })).await;
        assert!(done.param("code").is_some(), "{done:?}");
    }
    assert!(victim.before.credential(Factor::Password).is_some());
}

async fn holds(variant: Variant) {
    let steps = steps() / VARIANTS;
    let began = std::time::Instant::now();
    let report =
        walk(&variant, steps).await.unwrap_or_else(|breach| panic!("seed {}: {breach}", variant.seed));
    let seconds = began.elapsed().as_secs_f64();
    println!("{report}");
    println!("{steps} steps in {seconds:.1} s, {:.0} a second", steps as f64 / seconds);
    report.is_not_vacuous(steps);
}

const PLAIN: Variant =
    Variant { seed: 1, has: Has::Nothing, cooling_off: false, clock: 0, broken: Broken::Nothing };

#[tokio::test]
async fn atk_su_19_su_21_walk_with_the_session_of_who_has_a_password_only() {
    holds(PLAIN).await;
}

#[tokio::test]
async fn atk_su_19_su_21_walk_with_the_session_of_who_has_a_passkey() {
    holds(Variant { seed: 2, has: Has::Passkey, ..PLAIN }).await;
}

#[tokio::test]
async fn atk_su_19_su_21_su_27_walk_with_the_session_of_who_has_everything() {
    holds(Variant { seed: 3, has: Has::Everything, ..PLAIN }).await;
}

#[tokio::test]
async fn atk_su_19_su_21_walk_where_credentials_cool_off_and_the_time_is_not_come() {
    holds(Variant { seed: 4, cooling_off: true, ..PLAIN }).await;
}

#[tokio::test]
async fn atk_su_19_su_21_walk_while_time_passes_and_sessions_end() {
    holds(Variant { seed: 5, has: Has::Passkey, clock: 120, ..PLAIN }).await;
}

/// A walk that cannot fail would be worth nothing.
#[tokio::test]
async fn the_walk_finds_what_is_broken_on_purpose() {
    for (broken, finds) in [
        // Whatever it is used for first.
        (Broken::Ceiling, ["a token", "the victim's account changed"].as_slice()),
        (Broken::Session, &["a token"]),
        (Broken::Released, &["the victim's account changed"]),
    ] {
        let mut found = Vec::new();
        for seed in 10..14 {
            let variant = Variant { seed, has: Has::Passkey, broken, ..PLAIN };
            found.extend(walk(&variant, 1_500).await.err());
        }
        assert!(!found.is_empty(), "nothing was found");
        for breach in found {
            assert!(finds.iter().any(|found| breach.starts_with(found)), "{breach}");
        }
    }
}
