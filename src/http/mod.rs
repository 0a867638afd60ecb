//! HTTP/1.1 on raw bytes: the one reader and writer of heads, bodies with their limits, and the webhook port's server.
//!
//! Separate from the frameworks, which repair or reorder what they read: a capture must show what came, and a request
//! whose length two programs could read differently must be refused, not interpreted.

pub mod alarm;
pub mod body;
pub mod budget;
pub mod chunked;
pub mod client;
pub mod fetch;
pub mod head;
pub mod hop_by_hop;
pub mod server;
pub mod sse;
pub mod stream;
