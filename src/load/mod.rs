//! Load.

pub(crate) mod plan;
pub mod schedule;
