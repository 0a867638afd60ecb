//! Providers: what `fixtures/<provider>/` says, typed, and what follows from it for a request.
//!
//! A provider is data. This module reads it, recognises its requests, finds its events in them, renders its payloads and
//! judges its signatures; it knows no provider by name.

pub mod anonymize;
pub mod batch;
pub mod catalog;
pub mod check;
pub mod definition;
pub mod detect;
mod error;
pub mod event;
pub mod fixture;
mod folder;
pub mod handshake;
pub mod headers;
pub mod render;
pub mod retry;
pub mod scenario;
pub mod verifier;

pub use catalog::{Catalog, Origin};
pub use definition::Definition;
pub use error::ProviderError;
pub use event::Event;
pub use folder::{Override, Provider, ProviderFiles};
pub use render::{RenderError, RenderOptions, Unsigned, render};
pub use verifier::{Judgement, KnownSecret, SecretOrigin, Verifier};
