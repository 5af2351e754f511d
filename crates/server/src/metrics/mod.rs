//! What the provider counts, for operators: requests, decisions and prompts, in the text form of Prometheus.
//!
//! Owns numbers only; decides nothing. Everything on the way of a request is an atomic that is there already: counting
//! takes no lock and no memory. Nothing that names a person, a resource or a secret is a label.

mod counts;
mod endpoints;
mod histogram;
mod serve;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use riser_core::audit::{Cause, Entry, Prompt, PromptEnd};
use riser_core::step_up::Lack;
use riser_policy::Difference;
use riser_store::Store;

use self::counts::Counts;
use self::endpoints::Endpoints;
pub(crate) use self::endpoints::Measured;
use self::histogram::Histogram;
pub use self::serve::serve_metrics;

/// How a decision can end, as it is called on the wire.
pub(crate) const REASONS: [&str; 4] = ["permitted", "step_up_required", "enrolment_required", "denied"];

/// Upper bounds in seconds of how long people take; a visit lasts ten minutes.
const ANSWERED_WITHIN: &[f64] = &[2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// The numbers of one server.
#[derive(Debug)]
pub struct Metrics(Arc<Numbers>);

#[derive(Debug)]
struct Numbers {
    endpoints: Endpoints,
    decisions: Counts,
    prompts: Counts,
    answered_within: Histogram,
    redundant: AtomicU64,
    shadow: Counts,
    unrecorded: AtomicU64,
}

/// A prompt that ended, as far as it is counted.
pub(crate) type Ended = Option<(PromptEnd, &'static str, Prompt)>;

impl Default for Metrics {
    fn default() -> Self {
        Self(Arc::new(Numbers {
            endpoints: Endpoints::new(),
            decisions: Counts::new(&[("reason", &REASONS)]),
            prompts: Counts::new(&[
                ("end", &PromptEnd::ALL.map(PromptEnd::name)),
                ("cause", &Cause::NAMES),
                ("lacked", &Lack::ALL.map(Lack::name)),
            ]),
            answered_within: Histogram::new(ANSWERED_WITHIN),
            redundant: AtomicU64::new(0),
            shadow: Counts::new(&[("difference", &Difference::ALL.map(Difference::name))]),
            unrecorded: AtomicU64::new(0),
        }))
    }
}

impl Metrics {
    /// Begins to measure a request.
    pub(crate) fn begin(&self, request: &axum::extract::Request) -> Measured<'_> {
        self.0.endpoints.begin(request)
    }

    /// Counts a decision.
    pub(crate) fn decision(&self, reason: &str) {
        self.0.decisions.count(&[reason]);
    }

    /// The prompt that ends with what is to be recorded.
    pub(crate) fn prompt_of(entries: &[Entry]) -> Ended {
        let (end, cause, prompt) = entries.iter().find_map(|entry| entry.event.prompt())?;
        Some((end, cause.name(), prompt))
    }

    /// Counts a prompt whose end was recorded.
    pub(crate) fn prompt(&self, ended: Ended) {
        let Some((end, cause, prompt)) = ended else { return };
        self.0.prompts.count(&[end.name(), cause, prompt.lacked.name()]);
        if end != PromptEnd::Abandoned {
            self.0.answered_within.observe(f64::from(prompt.took.0));
        }
        if prompt.lacked == Lack::Nothing {
            self.0.redundant.fetch_add(1, Ordering::Relaxed);
            tracing::error!(
                cause,
                end = end.name(),
                "A person was asked for what was still fresh: please report this"
            );
        }
    }

    /// Counts what the rules of the shadow would have answered, beside the answer.
    pub(crate) fn shadow(&self, difference: Difference) {
        self.0.shadow.count(&[difference.name()]);
    }

    /// Counts decisions that were not rehearsed: there was no room, or the store could not keep them.
    pub(crate) fn unrecorded(&self, count: u64) {
        self.0.unrecorded.fetch_add(count, Ordering::Relaxed);
    }

    /// Prompts for something that was still fresh. Each is a defect of Riser's.
    #[must_use]
    pub fn redundant_prompts(&self) -> u64 {
        self.0.redundant.load(Ordering::Relaxed)
    }

    /// Everything, in the text form of OpenMetrics, with what the store can tell of itself.
    #[must_use]
    pub fn text(&self, store: Arc<dyn Store>) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Everything { numbers: self.0.clone(), store }));
        let mut text = String::new();
        // Writing to a string does not fail; what a failure left out is missing from the answer, and seen there.
        if text::encode(&mut text, &registry).is_err() {
            tracing::warn!("The metrics could not be written");
        }
        text
    }
}

struct Everything {
    numbers: Arc<Numbers>,
    store: Arc<dyn Store>,
}

impl std::fmt::Debug for Everything {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Everything")
    }
}

impl Collector for Everything {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let numbers = &self.numbers;
        numbers.endpoints.encode(&mut encoder)?;
        let counter = MetricType::Counter;
        let of_decisions = encoder.encode_descriptor(
            "riser_decisions",
            "Decisions about actions, by their reason",
            None,
            counter,
        )?;
        numbers.decisions.encode(of_decisions)?;
        let of_prompts = encoder.encode_descriptor(
            "riser_prompts",
            "Prompts by how they ended, who caused them, and what was lacking",
            None,
            counter,
        )?;
        numbers.prompts.encode(of_prompts)?;
        let help = "Prompts for something that was still fresh: each is a defect";
        let of_redundant = encoder.encode_descriptor("riser_prompts_redundant", help, None, counter)?;
        ConstCounter::new(numbers.redundant.load(Ordering::Relaxed)).encode(of_redundant)?;
        let mut of_answers = encoder.encode_descriptor(
            "riser_prompt_duration_seconds",
            "From the request's arrival to the end of its prompt, where somebody answered",
            None,
            MetricType::Histogram,
        )?;
        numbers.answered_within.encode(&mut of_answers)?;
        let help = "Decisions by what the rules of the shadow would have answered instead";
        let of_shadow = encoder.encode_descriptor("riser_decisions_shadow", help, None, counter)?;
        numbers.shadow.encode(of_shadow)?;
        let help = "Decisions that could not be rehearsed or recorded";
        let of_unrecorded = encoder.encode_descriptor("riser_decisions_unrecorded", help, None, counter)?;
        ConstCounter::new(numbers.unrecorded.load(Ordering::Relaxed)).encode(of_unrecorded)?;
        let Some(load) = self.store.load() else { return Ok(()) };
        let waiting = i64::try_from(load.waiting).unwrap_or(i64::MAX);
        let of_waiting = encoder.encode_descriptor(
            "riser_store_waiting",
            "Transactions that wait for the writer now",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(waiting).encode(of_waiting)?;
        for (name, help, value) in [
            ("riser_store_groups", "Commits, each of all transactions that waited together", load.groups),
            ("riser_store_transactions", "Transactions in those commits", load.transactions),
        ] {
            let of_store = encoder.encode_descriptor(name, help, None, counter)?;
            ConstCounter::new(value).encode(of_store)?;
        }
        Ok(())
    }
}
