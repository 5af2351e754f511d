//! The load: round trips one after the other on each of many connections, for a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use riser_testkit::authenticator::SoftAuthenticator;

use crate::Outcome;
use crate::client::{Connection, Jar, Sent};
use crate::limit::Limit;
use crate::server_process::{CLIENT, CLIENT_SECRET, Installation, REDIRECT_URI, Server, cpu_seconds};

/// RFC 7636 Appendix B: a verifier and its challenge.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What is asked, over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A fresh proof each time.
    StepUp,
    /// What the session has already.
    Silent,
}

impl Kind {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::StepUp => "step-up",
            Self::Silent => "silent",
        }
    }

    /// What one round trip owes to cryptography: two tokens, and the assertion if there is one.
    pub fn limit_us(self, limit: &Limit) -> f64 {
        match self {
            Self::StepUp => limit.verify_us + 2.0 * limit.sign_us,
            Self::Silent => 2.0 * limit.sign_us,
        }
    }

    fn asks(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::StepUp => &[("acr_values", "phr"), ("max_age", "0")],
            Self::Silent => &[("acr_values", "phr")],
        }
    }
}

/// A signed-in session with its person's passkey.
pub struct Session {
    /// Its cookies.
    pub jar: Jar,
    /// The passkey.
    pub key: SoftAuthenticator,
    /// The origin of the server's pages.
    pub origin: String,
}

impl Session {
    /// Answers a visit's challenge; where the browser goes then.
    pub async fn prove(&mut self, connection: &mut Connection, visit: &str) -> Outcome<String> {
        let Self { jar, key, origin } = self;
        let options = Sent::Json("{}".to_owned());
        let options = connection.send(jar, &format!("{visit}/passkey/options"), options).await?.json()?;
        let assertion = Sent::Json(key.get(origin, &options)?.to_string());
        let state = connection.send(jar, &format!("{visit}/passkey"), assertion).await?.json()?;
        let next = state.get("next").and_then(serde_json::Value::as_str);
        Ok(next.ok_or_else(|| format!("the visit is not done: {state}"))?.to_owned())
    }
}

/// How to load.
pub struct Plan {
    /// With what.
    pub kind: Kind,
    /// On how many connections.
    pub concurrency: u64,
    /// How long before anything counts.
    pub warm_up: Duration,
    /// How long it counts.
    pub measured: Duration,
}

/// What came of it.
pub struct Loaded {
    /// How long each round trip took that ended while it counted; in order.
    pub latencies: Vec<Duration>,
    elapsed: f64,
    server_cpu: f64,
    generator_cpu: f64,
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts"
)]
impl Loaded {
    /// Round trips a second.
    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed
    }

    /// A quantile of the latencies, in milliseconds.
    pub fn quantile_ms(&self, quantile: f64) -> f64 {
        let at = (self.latencies.len() as f64 * quantile) as usize;
        let at = at.min(self.latencies.len().saturating_sub(1));
        self.latencies.get(at).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    }

    /// The server's processor time for one round trip, in microseconds.
    pub fn server_cpu_us(&self) -> f64 {
        self.server_cpu * 1e6 / self.latencies.len() as f64
    }

    /// How much of a core the server used.
    pub fn server_share(&self) -> f64 {
        self.server_cpu / self.elapsed
    }

    /// How much of a core the load itself used: near one, it is the load that is measured.
    pub fn generator_share(&self) -> f64 {
        self.generator_cpu / self.elapsed
    }
}

const WARMS_UP: u8 = 0;
const COUNTS: u8 = 1;
const OVER: u8 = 2;

/// Loads the server and measures both sides.
pub async fn run(
    installation: &Installation,
    server: &Server,
    sessions: Vec<Session>,
    plan: &Plan,
) -> Outcome<Loaded> {
    let phase = Arc::new(AtomicU8::new(WARMS_UP));
    let mut shares: Vec<Vec<Session>> = Vec::new();
    shares.resize_with(usize::try_from(plan.concurrency)?, Vec::new);
    let count = shares.len();
    for (number, session) in sessions.into_iter().enumerate() {
        if let Some(share) = shares.get_mut(number % count) {
            share.push(session);
        }
    }
    let workers: Vec<_> = shares
        .into_iter()
        .map(|share| tokio::spawn(work(installation.address, share, plan.kind, phase.clone())))
        .collect();

    tokio::time::sleep(plan.warm_up).await;
    let before = (Instant::now(), server.cpu_seconds()?, cpu_seconds("self")?);
    phase.store(COUNTS, Ordering::SeqCst);
    tokio::time::sleep(plan.measured).await;
    phase.store(OVER, Ordering::SeqCst);
    let after = (Instant::now(), server.cpu_seconds()?, cpu_seconds("self")?);

    let mut latencies = Vec::new();
    for worker in workers {
        latencies.extend(worker.await??);
    }
    if latencies.is_empty() {
        return Err("no round trip ended in the time: measure for longer".into());
    }
    latencies.sort_unstable();
    Ok(Loaded {
        latencies,
        elapsed: (after.0 - before.0).as_secs_f64(),
        server_cpu: after.1 - before.1,
        generator_cpu: after.2 - before.2,
    })
}

/// Round trips with each of its sessions in turn, until it is over.
async fn work(
    address: std::net::SocketAddr,
    mut sessions: Vec<Session>,
    kind: Kind,
    phase: Arc<AtomicU8>,
) -> Outcome<Vec<Duration>> {
    let client = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{CLIENT_SECRET}")));
    let mut connection = Connection::open(address).await?;
    if kind == Kind::Silent {
        // Something to be satisfied by.
        for session in &mut sessions {
            round_trip(&mut connection, session, Kind::StepUp, &client).await?;
        }
    }
    let mut latencies = Vec::new();
    loop {
        for session in &mut sessions {
            let started = Instant::now();
            round_trip(&mut connection, session, kind, &client).await?;
            match phase.load(Ordering::SeqCst) {
                WARMS_UP => {}
                COUNTS => latencies.push(started.elapsed()),
                _ => return Ok(latencies),
            }
        }
    }
}

/// The path of an authorization request.
pub fn authorize_path(more: &[(&str, &str)]) -> String {
    let usual = [
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "af0ifjsldkj"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let query =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(usual).extend_pairs(more).finish();
    format!("/authorize?{query}")
}

async fn round_trip(
    connection: &mut Connection,
    session: &mut Session,
    kind: Kind,
    client: &str,
) -> Outcome<()> {
    let answer = connection.send(&mut session.jar, &authorize_path(kind.asks()), Sent::Nothing).await?;
    let next = match kind {
        Kind::Silent => answer.location()?.to_owned(),
        Kind::StepUp => session.prove(connection, answer.location()?).await?,
    };
    let url = url::Url::parse(&next)?;
    let code = url.query_pairs().find(|(name, _)| name == "code").map(|(_, value)| value);
    let code = code.ok_or_else(|| format!("no code in {next}"))?;
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ])
        .finish();
    let tokens = connection.send(&mut session.jar, "/token", Sent::Form(form, client)).await?.json()?;
    match tokens.get("access_token") {
        Some(_) => Ok(()),
        None => Err(format!("no access token: {tokens}").into()),
    }
}
