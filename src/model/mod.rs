//! What the words mean: deliveries, requests, verdicts, times, secrets.
//!
//! Pure values without input or output: nothing here reads a clock, opens a file or waits. Everything else in hookctl
//! is built on these types.

pub mod address;
pub mod answer;
pub mod attempt;
pub mod breaker;
pub mod delivery;
pub mod endpoint;
pub mod expectation;
pub mod forward;
pub mod headers;
pub mod histogram;
pub mod id;
pub mod json_path;
pub mod json_paths;
mod json_raw;
mod json_scan;
pub mod localhost;
pub mod mask;
pub mod multipart;
pub mod pattern;
pub mod program;
pub mod quantity;
pub mod rate;
pub mod request;
pub mod retry;
pub mod run;
pub mod secret;
pub mod tenant;
pub mod time;
pub mod token;
pub mod verdict;

pub use attempt::{Attempt, FailureKind, NewAttempt, RecordedAnswer, Upcoming};
pub use breaker::BreakerPolicy;
pub use delivery::{Delivery, Direction, NewDelivery, Summary};
pub use forward::{ForwardAttempt, ForwardOrder, ForwardSequel, NewForward, PendingForward};
pub use headers::{Header, Headers};
pub use id::{DeliveryId, RunId, Selector};
pub use json_path::JsonPath;
pub use json_paths::JsonPaths;
pub use pattern::Pattern;
pub use program::Program;
pub use rate::Rate;
pub use request::{Request, Response};
pub use retry::RetryPolicy;
pub use run::{Pending, Run, Sequel};
pub use secret::Secret;
pub use tenant::TenantRule;
pub use time::Timestamp;
pub use verdict::{Reason, Verdict};
