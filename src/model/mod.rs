//! What the words mean: deliveries, requests, verdicts, times, secrets.
//!
//! Pure values without input or output: nothing here reads a clock, opens a file or waits. Everything else in hookctl
//! is built on these types.

pub mod address;
pub mod attempt;
pub mod delivery;
pub mod headers;
pub mod id;
pub mod json_path;
pub mod json_paths;
pub mod mask;
pub mod quantity;
pub mod request;
pub mod retry;
pub mod secret;
pub mod time;
pub mod verdict;

pub use attempt::{Attempt, FailureKind, NewAttempt, RecordedAnswer};
pub use delivery::{Delivery, Direction, NewDelivery, Summary};
pub use headers::{Header, Headers};
pub use id::{DeliveryId, Selector};
pub use json_path::JsonPath;
pub use json_paths::JsonPaths;
pub use request::{Request, Response};
pub use retry::RetryPolicy;
pub use secret::Secret;
pub use time::Timestamp;
pub use verdict::{Reason, Verdict};
