//! What captures say when they are looked at together. Pure: values in, findings out.
//!
//! ```text
//! diff.rs       two JSON documents, by meaning
//! stats.rs      many deliveries, counted and measured in one pass
//! timeline.rs   how many at which time
//! requests.rs   two whole requests: request line, headers, body; what differs between any two deliveries
//! ```

pub mod diff;
pub mod requests;
pub mod stats;
pub mod timeline;
