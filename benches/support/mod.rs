//! What the benchmarks share.
#![allow(dead_code, reason = "each of them is a program of its own and uses a part of it")]

pub(crate) mod load;
pub(crate) mod machine;
