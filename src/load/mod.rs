//! Load.

pub(crate) mod plan;
