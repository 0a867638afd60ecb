//! it

mod readme;
