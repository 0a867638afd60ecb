//! What a load test was asked to do.

use serde::{Deserialize, Serialize};

/// The plan of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// How starts are decided.
    #[serde(rename = "loop")]
    pub kind: LoopKind,
    /// Open loop: starts a second, where that does not change.
    pub rate: Option<f64>,
    /// Open loop: how the rate changes.
    pub stages: Vec<Stage>,
    /// Open loop: starts that come all at once, beside the rate.
    pub burst: Option<Burst>,
    /// Closed loop: connections, each with one request in flight.
    pub concurrency: Option<u32>,
    /// Open loop: requests in flight beyond which starts are dropped.
    pub max_in_flight: Option<u32>,
    /// How long, without the warm-up; `None` where the number of requests decides.
    pub duration_s: Option<f64>,
    /// How many requests; `None` where the duration decides.
    pub requests: Option<u64>,
    /// Before that, without being counted.
    pub warm_up_s: f64,
    /// What is sent.
    pub events: Vec<EventWeight>,
    /// The share of deliveries sent a second time.
    pub duplicates: f64,
    /// The share of deliveries that must be refused.
    pub invalid: f64,
    /// Events in a request, where several are.
    pub batch: Option<u32>,
    /// Captures that are sent instead of fresh events: how many there are.
    #[serde(default)]
    pub captures: Option<u64>,
    /// How much faster than they were captured, where their gaps are kept.
    #[serde(default)]
    pub speed: Option<f64>,
    /// The HTTP that is spoken: `1.1` or `2`.
    #[serde(default = "usual_version")]
    pub http_version: String,
    /// HTTP/2: how many requests share a connection.
    #[serde(default)]
    pub streams: Option<u32>,
    /// The time limit of a request.
    pub timeout_ms: f64,
}

fn usual_version() -> String {
    "1.1".to_owned()
}

/// How starts are decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoopKind {
    /// By a schedule, whatever the receiver does.
    Open,
    /// By the receiver: the next request starts when one has ended.
    Closed,
}

/// A part of a schedule in which the rate goes evenly from one value to another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Starts a second at its beginning.
    pub from: f64,
    /// And at its end.
    pub to: f64,
    /// How long it is.
    pub duration_s: f64,
}

/// Starts that come all at once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Burst {
    /// How many.
    pub starts: u64,
    /// How often.
    pub every_s: f64,
}

/// An event and how often it is sent, relative to the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventWeight {
    /// The provider.
    pub provider: String,
    /// The event type.
    pub event_type: String,
    /// Its weight.
    pub weight: f64,
}

/// One of several hookctls that carry out one plan together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which one, from 1.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}
