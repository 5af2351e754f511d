//! The figures beside their bars.

use std::fmt;

use serde::Serialize;

/// Server CPU of a step-up over its cryptography.
const RATIO: f64 = 4.0;
/// From the start of the process until it can do its work.
const READY_MS: f64 = 100.0;
/// Resident when idle; and the size of the binary.
const MIB_40: u64 = 40 * 1024 * 1024;

/// What was measured.
#[derive(Serialize)]
pub struct Report {
    /// What was asked.
    pub kind: &'static str,
    /// On how many connections.
    pub concurrency: u64,
    /// With how many sessions.
    pub sessions: u64,
    /// Whether nothing else of this program ran on the server's core.
    pub server_has_its_own_core: bool,
    /// How many ended while it counted.
    pub round_trips: usize,
    /// A second.
    pub round_trips_per_second: f64,
    /// Half took no longer.
    pub p50_ms: f64,
    /// 99 of 100 took no longer.
    pub p99_ms: f64,
    /// The server's processor time for one.
    pub server_cpu_us: f64,
    /// How much of its core the server used.
    pub server_cpu_share: f64,
    /// How much of a core the load used.
    pub generator_cpu_share: f64,
    /// One ES256 signature verified.
    pub verify_us: f64,
    /// One made.
    pub sign_us: f64,
    /// What a round trip owes to cryptography.
    pub limit_us: f64,
    /// The start that makes the database and its keys.
    pub first_ready_ms: f64,
    /// Every later start.
    pub ready_ms: f64,
    /// After a start, before any request.
    pub resident_idle_bytes: u64,
    /// After the load.
    pub resident_after_bytes: u64,
    /// Of `riser`.
    pub binary_bytes: u64,
}

impl Report {
    fn ratio(&self) -> f64 {
        self.server_cpu_us / self.limit_us
    }

    /// One document, with the ratio and whether each bar is kept.
    pub fn to_json(&self) -> String {
        let document = serde_json::json!({
            "figures": self,
            "ratio": self.ratio(),
            "within": {
                "ratio": self.ratio() <= RATIO,
                "ready": self.first_ready_ms.max(self.ready_ms) <= READY_MS,
                "resident_idle": self.resident_idle_bytes <= MIB_40,
                "binary": self.binary_bytes <= MIB_40,
            },
        });
        document.to_string()
    }
}

fn verdict(within: bool) -> &'static str {
    if within { "within" } else { "over" }
}

#[allow(clippy::cast_precision_loss, reason = "megabytes for people")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, concurrency, sessions, round_trips, .. } = self;
        writeln!(f, "{kind}: {round_trips} round trips, {concurrency} at once, {sessions} sessions")?;
        if !self.server_has_its_own_core {
            writeln!(f, "  (the server shares its core with the load: no second core, or no `taskset`)")?;
        }
        writeln!(f, "  round trips/s     {:10.0}", self.round_trips_per_second)?;
        writeln!(f, "  p50, p99          {:10.1} {:.1} ms", self.p50_ms, self.p99_ms)?;
        writeln!(f, "  server CPU        {:10.0} us a round trip", self.server_cpu_us)?;
        writeln!(
            f,
            "  limit             {:10.0} us (verify {:.1}, sign {:.1})",
            self.limit_us, self.verify_us, self.sign_us
        )?;
        let ratio = self.ratio();
        writeln!(f, "  CPU / limit       {ratio:10.2}    bar {RATIO:.1}: {}", verdict(ratio <= RATIO))?;
        writeln!(
            f,
            "  core used: server {:10.0} %  load {:.0} %",
            self.server_cpu_share * 100.0,
            self.generator_cpu_share * 100.0
        )?;
        let bar = |value: f64| verdict(value <= READY_MS);
        writeln!(
            f,
            "  ready, first      {:10.1} ms bar 100: {}",
            self.first_ready_ms,
            bar(self.first_ready_ms)
        )?;
        writeln!(f, "  ready, later      {:10.1} ms bar 100: {}", self.ready_ms, bar(self.ready_ms))?;
        let bar = |bytes: u64| verdict(bytes <= MIB_40);
        let idle = self.resident_idle_bytes;
        writeln!(f, "  resident, idle    {:10.1} MiB bar 40: {}", mib(idle), bar(idle))?;
        writeln!(f, "  resident, after   {:10.1} MiB", mib(self.resident_after_bytes))?;
        write!(
            f,
            "  binary            {:10.1} MiB bar 40: {}",
            mib(self.binary_bytes),
            bar(self.binary_bytes)
        )
    }
}
