//! What the tests stand on: the binary in a sandbox, a client and receivers that do as they are told.

pub(crate) mod crowd;
pub(crate) mod hookctl;
pub(crate) mod receiver;
pub(crate) mod tls;
pub(crate) mod wire;

pub(crate) use hookctl::{Listener, Ran, Sandbox};
pub(crate) use receiver::{Answer, Nobody, Peer, Receiver, Reply};
pub(crate) use wire::Wire;

/// How long a wait that should end at once may last before the test is called stuck. It is no measure of speed: nothing
/// passes or fails by being faster than this.
pub(crate) const STUCK: std::time::Duration = std::time::Duration::from_mins(2);
