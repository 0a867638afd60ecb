//! What captures say when they are looked at together. Pure: values in, findings out.
//!
//! ```text
//! diff.rs       two JSON documents, by meaning
//! shape.rs      what documents of one kind look like, gathered from many
//! schema.rs     that as a JSON Schema, written and read
//! drift.rs      what was observed against a schema: breaking or compatible
//! learned.rs    what each event type looked like so far, and what is new in the next payload
//! stats.rs      many deliveries, counted and measured in one pass
//! timeline.rs   how many at which time
//! requests.rs   two whole requests: request line, headers, body; what differs between any two deliveries
//! answers.rs    two answers to the same delivery
//! ```

pub mod answers;
pub mod diff;
pub mod drift;
pub mod learned;
pub mod requests;
pub mod schema;
pub mod shape;
pub mod stats;
pub mod timeline;
