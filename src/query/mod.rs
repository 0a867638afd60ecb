//! Choosing deliveries: by what is known about them, by glob, by jq filter.
//!
//! Pure: a selection and the facts of a delivery in, an answer out. Where the deliveries are looked up is not known here.

pub mod facts;
pub mod jq;
pub mod selection;
pub mod wanted;

pub use facts::Facts;
pub use jq::{Jq, JqError, JqFailure};
pub use selection::Selection;
pub use wanted::Wanted;
