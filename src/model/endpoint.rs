//! What can happen to an endpoint while deliveries go there.

use std::time::Duration;

/// What happened to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointChange {
    /// It fails: nothing is sent to it for so long, by its own time.
    Opened(Duration),
    /// It is back.
    Closed,
    /// It fails all the time: what is meant for it stays pending.
    GaveUp,
    /// The provider would send nothing more to it.
    Disabled(Disabled),
}

/// Why a provider disables an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disabled {
    /// It asked for it with this status.
    Status(u16),
    /// So many attempts in a row were not accepted.
    Failures(u32),
    /// No attempt was accepted for so long.
    Failing(Duration),
    /// The attempts at a delivery ran out.
    Exhausted,
}
