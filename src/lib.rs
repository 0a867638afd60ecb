//! hookctl: listen for, send, verify and replay webhooks, offline, with the providers' real signatures.
//!
//! ```text
//! main → commands, cli, error, exit
//!      → output   inspector                                shows
//!      → receive  →  deliver                               acts     (async)
//!      → store  http  config  secrets  formats  clock      touches  (files, sockets, SQLite)
//!      → provider  payload                                 knows    (pure)
//!      → json  signature                                   knows    (pure)
//!      → model  → text                                     means    (pure)
//! ```
//!
//! A module uses those below it, never those above; `tests/it/layers.rs` holds it to that.

pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod deliver;
pub mod error;
pub mod exit;
pub mod formats;
pub mod http;
pub mod inspector;
pub mod json;
pub mod model;
pub mod output;
pub mod payload;
pub mod provider;
pub mod receive;
pub mod secrets;
pub mod signature;
pub mod store;
pub mod text;
