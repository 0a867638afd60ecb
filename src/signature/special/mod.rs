//! Schemes that no kind describes.

pub mod twilio;
