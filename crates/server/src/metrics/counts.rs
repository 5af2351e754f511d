use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::{EncodeMetric as _, MetricEncoder};
use prometheus_client::metrics::counter::ConstCounter;

/// A counter for each combination of a few closed sets of values, all there from the start.
#[derive(Debug)]
pub(super) struct Counts {
    labels: Vec<(&'static str, Vec<&'static str>)>,
    /// Row by row: the last label moves fastest.
    cells: Vec<AtomicU64>,
}

impl Counts {
    /// Labels, each with the values that it can have.
    pub(super) fn new(labels: &[(&'static str, &[&'static str])]) -> Self {
        let cells = labels.iter().map(|(_, values)| values.len()).product();
        Self {
            labels: labels.iter().map(|(name, values)| (*name, values.to_vec())).collect(),
            cells: std::iter::repeat_with(AtomicU64::default).take(cells).collect(),
        }
    }

    /// Counts one, under a value of each label. A value that is in no set is not counted.
    pub(super) fn count(&self, values: &[&str]) {
        let mut index = 0;
        for ((_, known), value) in self.labels.iter().zip(values) {
            let Some(place) = known.iter().position(|known| known == value) else { return };
            index = index * known.len() + place;
        }
        if let Some(cell) = self.cells.get(index) {
            cell.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The combinations that occurred; where there is one label only, all of them.
    pub(super) fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        for (index, cell) in self.cells.iter().enumerate() {
            let count = cell.load(Ordering::Relaxed);
            if count == 0 && self.labels.len() > 1 {
                continue;
            }
            let (mut rest, mut values) = (index, Vec::new());
            for (name, known) in self.labels.iter().rev() {
                values.push((*name, known.get(rest % known.len()).copied().unwrap_or_default()));
                rest /= known.len();
            }
            values.reverse();
            ConstCounter::new(count).encode(encoder.encode_family(&values)?)?;
        }
        Ok(())
    }
}
