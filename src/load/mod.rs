//! Load: an honest load test in which every delivery is genuine.
//!
//! ```text
//! plan/         what is sent: events compiled to bytes and slots, by the number of a request
//! schedule.rs   open loop: when each request starts
//! lanes.rs      which thread of which shard starts it
//! run.rs        threads set to work, watched, stopped
//! assignment.rs what a thread is to do
//! worker/       a thread over bare sockets: its event loop
//! connection.rs one connection of it
//! tasks/        a thread over TLS and HTTP/2: its tasks
//! answer.rs     reading answers
//! timer.rs      waking up to the microsecond
//! recorder.rs   counting, within a thread
//! gathered.rs   the counts of all threads, second by second
//! summary.rs    from counts to the report
//! probe.rs      what the receiver did with the events
//! target.rs     where the receiver is
//! judge.rs      a report held against thresholds
//! baseline.rs   a report beside an earlier one
//! merge.rs      the reports of shards put together
//! emit/         the plan as a script for k6, as a job for Kubernetes
//! ```
//!
//! Latency counts from the moment a request was to start, whatever kept it: a receiver that stalls cannot make the numbers
//! better by keeping requests from being sent.

mod answer;
mod assignment;
pub mod baseline;
mod connection;
mod control;
pub mod emit;
mod gathered;
pub mod judge;
mod lanes;
pub mod merge;
pub(crate) mod plan;
pub mod probe;
mod recorder;
pub(crate) mod run;
pub mod schedule;
mod summary;
mod system;
pub mod target;
mod tasks;
mod timer;
mod worker;

pub use control::Control;
pub use gathered::Watched;
pub use plan::PlanError;
pub use summary::Ended;
