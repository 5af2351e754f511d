use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;

use super::histogram::Histogram;

/// Rate, errors and duration of each route of the router. A route gets its place at its first request and keeps it: a
/// place that was given is found without a lock. What matches no route shares one.
#[derive(Debug)]
pub(super) struct Endpoints {
    places: Vec<OnceLock<Endpoint>>,
    others: Endpoint,
}

/// More than twice the routes there are, so that places are found at once. Should they ever not do, the rest share one.
const PLACES: usize = 256;

/// Upper bounds in seconds: the fastest answers take tens of microseconds, a password a fiftieth of a second.
const ANSWERED_WITHIN: &[f64] =
    &[0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Debug)]
struct Endpoint {
    route: Box<str>,
    /// By the first digit of the status, from 1.
    answers: [AtomicU64; 5],
    took: Histogram,
}

impl Endpoint {
    fn new(route: &str) -> Self {
        Self { route: route.into(), answers: Default::default(), took: Histogram::new(ANSWERED_WITHIN) }
    }
}

/// A request that is being answered.
pub(crate) struct Measured<'m> {
    endpoint: &'m Endpoint,
    began: Instant,
}

impl Measured<'_> {
    /// Counts its answer.
    pub(crate) fn end(self, status: StatusCode) {
        if let Some(answers) = self.endpoint.answers.get(usize::from(status.as_u16() / 100).wrapping_sub(1)) {
            answers.fetch_add(1, Ordering::Relaxed);
        }
        self.endpoint.took.observe(self.began.elapsed().as_secs_f64());
    }
}

impl Endpoints {
    pub(super) fn new() -> Self {
        let places = std::iter::repeat_with(OnceLock::new).take(PLACES).collect();
        Self { places, others: Endpoint::new("other") }
    }

    pub(super) fn begin(&self, request: &Request) -> Measured<'_> {
        let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let endpoint = route.map_or(&self.others, |route| self.endpoint(route));
        // A duration is no moment: nothing is decided by it.
        Measured { endpoint, began: Instant::now() }
    }

    fn endpoint(&self, route: &str) -> &Endpoint {
        let mut hasher = DefaultHasher::new();
        route.hash(&mut hasher);
        let begin = usize::try_from(hasher.finish() % PLACES as u64).unwrap_or_default();
        let (after, before) = (self.places.iter().skip(begin), self.places.iter().take(begin));
        let mut found = after.chain(before).map(|place| place.get_or_init(|| Endpoint::new(route)));
        found.find(|endpoint| *endpoint.route == *route).unwrap_or(&self.others)
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let all = || self.places.iter().filter_map(OnceLock::get).chain([&self.others]);
        let help = "Requests, by route and by the first digit of the answer's status";
        let mut requests =
            encoder.encode_descriptor("riser_http_requests", help, None, MetricType::Counter)?;
        for endpoint in all() {
            for (answers, status) in endpoint.answers.iter().zip(["1xx", "2xx", "3xx", "4xx", "5xx"]) {
                let count = answers.load(Ordering::Relaxed);
                if count > 0 {
                    let labels = [("endpoint", &*endpoint.route), ("status", status)];
                    ConstCounter::new(count).encode(requests.encode_family(&labels)?)?;
                }
            }
        }
        let mut durations = encoder.encode_descriptor(
            "riser_http_request_duration_seconds",
            "How long answers took, by route",
            None,
            MetricType::Histogram,
        )?;
        for endpoint in all() {
            let labels = [("endpoint", &*endpoint.route)];
            endpoint.took.encode(&mut durations.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_a_place_of_its_own_and_keeps_it() {
        let endpoints = Endpoints::new();
        let routes: Vec<String> = (0..PLACES).map(|number| format!("/{number}")).collect();
        let first: Vec<&Endpoint> = routes.iter().map(|route| endpoints.endpoint(route)).collect();
        for (route, place) in routes.iter().zip(first) {
            assert_eq!(&*place.route, route.as_str());
            assert!(std::ptr::eq(place, endpoints.endpoint(route)));
        }
        assert_eq!(&*endpoints.endpoint("/one too many").route, "other");
    }
}
