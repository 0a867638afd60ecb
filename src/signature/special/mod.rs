//! Schemes that no template can say.

pub mod contentful;
pub mod plivo;
pub mod twilio;
