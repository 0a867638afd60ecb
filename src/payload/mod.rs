//! Payloads: JSON kept as it is written, placeholders that make fresh values, edits from the command line.

pub mod alike;
pub mod document;
pub mod edit;
pub mod form;
pub mod keys;
pub mod outline;
pub mod placeholder;
pub mod readable;
pub mod writer;

pub use document::{JsonStyle, Node};
pub use edit::Edit;
pub use outline::Outline;
pub use placeholder::{Alphabet, Made, MadeKind, Rendered, Seed, TimeForm, Values};
