//! A flood of passwords: more sign-ins at once than the machine can hash, and whether the server still says
//! that it is well, and how much memory it takes for it (AB-09).

use std::fmt;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Outcome;
use crate::client::{Connection, Jar, Sent};
use crate::load::authorize_path;
use crate::server_process::{Installation, Server};

/// The longest that a server in need may take to say that it is ready.
const BAR: Duration = Duration::from_millis(200);

/// What a flood came to.
pub struct Flooded {
    checks: usize,
    at_once: usize,
    refused: usize,
    told_to_wait: usize,
    seconds: f64,
    asked: usize,
    ready_p99: Duration,
    ready_max: Duration,
    resident_before: u64,
    resident_most: u64,
}

/// Sends `checks` passwords, `at_once` of them at any moment, each for a name of its own.
pub async fn run(
    installation: &Installation,
    server: &Server,
    checks: usize,
    at_once: usize,
) -> Outcome<Flooded> {
    let mut visitors = Vec::new();
    for number in 0..at_once {
        visitors.push(Visitor::arrive(installation, number).await?);
    }
    let resident_before = server.resident()?;
    let mut asking = Connection::open(installation.address).await?;
    let started = Instant::now();
    let each = checks / at_once;
    let running: Vec<_> =
        visitors.into_iter().map(|visitor| tokio::spawn(visitor.try_passwords(each))).collect();
    let (mut waits, mut resident_most) = (Vec::new(), resident_before);
    while running.iter().any(|one| !one.is_finished()) {
        let asked = Instant::now();
        let answer = asking.send(&mut Jar::default(), "/readyz", Sent::Nothing).await?;
        if answer.status != 200 {
            return Err(format!("/readyz said {} in the flood", answer.status).into());
        }
        waits.push(asked.elapsed());
        resident_most = resident_most.max(server.resident()?);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seconds = started.elapsed().as_secs_f64();
    let (mut refused, mut told_to_wait) = (0, 0);
    for one in running {
        let (wrong, wait) = one.await??;
        refused += wrong;
        told_to_wait += wait;
    }
    waits.sort_unstable();
    let at = |share: f64| waits.get((waits.len() as f64 * share) as usize).or(waits.last()).copied();
    Ok(Flooded {
        checks: refused + told_to_wait,
        at_once,
        refused,
        told_to_wait,
        seconds,
        asked: waits.len(),
        ready_p99: at(0.99).unwrap_or_default(),
        ready_max: waits.last().copied().unwrap_or_default(),
        resident_before,
        resident_most,
    })
}

/// One browser before the password field.
struct Visitor {
    connection: Connection,
    jar: Jar,
    visit: String,
}

impl Visitor {
    async fn arrive(installation: &Installation, number: usize) -> Outcome<Self> {
        let mut connection = Connection::open(installation.address).await?;
        let mut jar = Jar::default();
        let visit = connection.send(&mut jar, &authorize_path(&[]), Sent::Nothing).await?;
        let visit = visit.location()?.to_owned();
        let name = json!({ "username": format!("nobody-{number}") }).to_string();
        connection.send(&mut jar, &format!("{visit}/identifier"), Sent::Json(name)).await?.json()?;
        Ok(Self { connection, jar, visit })
    }

    /// How many were checked and wrong, and how many were told to come back.
    async fn try_passwords(mut self, count: usize) -> Outcome<(usize, usize)> {
        let (mut wrong, mut wait) = (0, 0);
        let path = format!("{}/password", self.visit);
        for _ in 0..count {
            let guess = json!({ "password": "not the one that it is" }).to_string();
            match self.connection.send(&mut self.jar, &path, Sent::Json(guess)).await?.status {
                401 => wrong += 1,
                429 => wait += 1,
                other => return Err(format!("a password was answered with {other}").into()),
            }
        }
        Ok((wrong, wait))
    }
}

impl fmt::Display for Flooded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let mib = |bytes: u64| bytes as f64 / (1024.0 * 1024.0);
        writeln!(f, "{} passwords, {} at once, {:.1} s", self.checks, self.at_once, self.seconds)?;
        writeln!(f, "  hashed and wrong {}, told to come back {}", self.refused, self.told_to_wait)?;
        let met = if self.ready_max <= BAR { "met" } else { "missed" };
        writeln!(
            f,
            "  /readyz meanwhile: asked {} times, p99 {:.1} ms, longest {:.1} ms (bar {} ms: {met})",
            self.asked,
            ms(self.ready_p99),
            ms(self.ready_max),
            BAR.as_millis(),
        )?;
        write!(
            f,
            "  memory {:.0} MiB before, {:.0} MiB at most",
            mib(self.resident_before),
            mib(self.resident_most)
        )
    }
}
