//! `kill -9` at random moments of step-ups under load: no acknowledged proof is lost, no code or challenge is
//! used twice, and no token is without its audit entry.
//!
//! The real `riser serve` runs on a database of its own and is killed and started again on it, many times, while
//! clients step up. Each client writes down what it was told. Afterwards their records and the database, and
//! nothing else, say whether that was true. (What a power cut leaves is another question: that is what the
//! flush before each answer is for, and the store's own tests look at it.)
//!
//! `KILL_SEED` repeats the moments of a run; `RISER_BIN` names a binary that is built already.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod after;
mod client;
mod database;
mod server;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use server::Server;
use worker::{Record, Shared};

/// How many step-ups are acknowledged before the end, and how many times the server is killed.
const STEP_UPS: usize = 200;
const KILLS: usize = 40;
/// Clients at work at once, each a person of its own.
const WORKERS: usize = 8;
/// A server that is ready lives for at most this long.
const LONGEST_LIFE: u64 = 250;
/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_and_nothing_is_used_twice() {
    let mut random = Random::seeded();
    let mut server = Server::install();
    server.start();
    let people: Vec<_> = (0..WORKERS).map(|number| server.add_person(&format!("person-{number}"))).collect();
    let shared = Arc::new(Shared {
        issuer: server.issuer.clone(),
        acknowledged: AtomicUsize::new(0),
        stops: AtomicBool::new(false),
    });
    let mut workers = Vec::new();
    for person in people {
        let (browser, key) = worker::enrol(&shared.issuer, &person).await;
        workers.push(tokio::spawn(worker::run(shared.clone(), browser, key, random.next())));
    }

    let started = Instant::now();
    let mut kills = 0;
    while kills < KILLS || shared.acknowledged.load(Ordering::SeqCst) < STEP_UPS {
        assert!(started.elapsed() < PATIENCE, "{kills} kills, {:?} step-ups", shared.acknowledged);
        assert!(!workers.iter().any(tokio::task::JoinHandle::is_finished), "a client met what it must not");
        tokio::time::sleep(Duration::from_millis(1 + random.next() % LONGEST_LIFE)).await;
        server.kill();
        kills += 1;
        server.start();
    }
    shared.stops.store(true, Ordering::SeqCst);
    let mut records: Vec<Record> = Vec::new();
    for worker in workers {
        records.push(worker.await.expect("a client met what it must not"));
    }
    server.kill();
    let found = database::read(&server.database());
    println!("{kills} kills; {}", Record::summary(&records));

    found.is_whole();
    found.holds_what_was_acknowledged(&records);
    found.used_nothing_twice();
    found.has_an_entry_for_each_effect();
    server.start();
    after::answers_stand(&shared.issuer, &records).await;
    after::what_was_used_is_refused(&shared.issuer, records).await;
}

/// A sequence that a seed repeats (SplitMix64).
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let given = std::env::var("KILL_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from(std::process::id()));
        println!("KILL_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
