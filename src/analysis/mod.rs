//! What captures say when they are looked at together. Pure: values in, findings out.
//!
//! ```text
//! diff.rs       two JSON documents, by meaning
//! requests.rs   two whole requests: request line, headers, body; what differs between any two deliveries
//! ```

pub mod diff;
pub mod requests;
