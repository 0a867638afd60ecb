//! Distributions of durations: recorded in nanoseconds, carried as HDR histograms, shown in milliseconds.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use serde::{Deserialize, Serialize};

/// Digits of a second's histogram: one part in a hundred, so that an hour of seconds stays small.
pub const SERIES_DIGITS: u8 = 2;

/// Digits of all others: one part in a thousand.
const DIGITS: u8 = 3;

/// Nanoseconds in a millisecond.
const MILLI: f64 = 1e6;

/// How durations are spread, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// The smallest.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// The one that half do not exceed.
    pub p50: f64,
    /// 90 of a hundred, and so on.
    pub p90: f64,
    /// The same.
    pub p95: f64,
    /// The same.
    pub p99: f64,
    /// 999 of a thousand.
    pub p999: f64,
    /// The greatest.
    pub max: f64,
}

impl Percentiles {
    /// Those of a histogram of nanoseconds; `None` of an empty one.
    pub fn of(histogram: &Histogram<u64>) -> Option<Self> {
        let at = |quantile| millis(histogram.value_at_quantile(quantile));
        (!histogram.is_empty()).then(|| Self {
            min: millis(histogram.min()),
            mean: tidy(histogram.mean() / MILLI),
            p50: at(0.5),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            max: millis(histogram.max()),
        })
    }
}

/// An empty histogram for durations in nanoseconds, exact to one part in a thousand, that grows as it must.
pub fn histogram() -> Histogram<u64> {
    Histogram::new(DIGITS).expect("three digits are allowed")
}

/// Adds one histogram to another, exactly.
pub fn add(to: &mut Histogram<u64>, other: &Histogram<u64>) {
    to.add(other).expect("a histogram that grows takes every value");
}

/// Nanoseconds in milliseconds.
#[expect(clippy::cast_precision_loss, reason = "2^53 nanoseconds are a hundred days")]
pub(super) fn millis(nanos: u64) -> f64 {
    tidy(nanos as f64 / MILLI)
}

/// To the nanosecond: what arithmetic leaves behind it says nothing.
fn tidy(millis: f64) -> f64 {
    (millis * MILLI).round() / MILLI
}

/// A histogram as text: HDR V2, compressed, in base64, as in HDR's own logs. An empty one is the empty text.
pub fn encode(histogram: &Histogram<u64>) -> String {
    if histogram.is_empty() {
        return String::new();
    }
    // How far a histogram that grew could reach depends on how it grew, and is written too: the same values, the same text.
    let mut fitted =
        Histogram::new_with_bounds(1, histogram.max().max(2), histogram.sigfig()).expect("bounds of what is in it");
    fitted.add(histogram).expect("it reaches as far as its values");
    let histogram = &fitted;
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(histogram, &mut bytes).expect("memory takes all that is written");
    STANDARD.encode(bytes)
}

/// Reads what [`encode`] wrote, or another program in the same form, compressed or not. `None` if it is something else.
pub fn decode(text: &str) -> Option<Histogram<u64>> {
    if text.is_empty() {
        return Some(histogram());
    }
    let bytes = STANDARD.decode(text).ok()?;
    let mut histogram: Histogram<u64> = Deserializer::new().deserialize(&mut bytes.as_slice()).ok()?;
    // It may be added to.
    histogram.auto(true);
    Some(histogram)
}
