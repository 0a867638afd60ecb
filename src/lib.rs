//! hookctl: listen for, send, verify and replay webhooks, offline, with the providers' real signatures.
//!
//! ```text
//! main → commands, cli, error, exit
//!      → output   inspector                                shows
//!      → receive  →  deliver                               acts     (async)
//!      → store  http  config  secrets  formats             touches  (files, sockets, SQLite)
//!      → provider  payload                                 knows    (pure)
//!      → query  json  signature                            knows    (pure)
//!      → model  → text                                     means    (pure)
//! ```
//!
//! A module uses those below it, never those above; `tests/it/layers.rs` holds it to that.

pub mod formats;
pub mod http;
pub mod model;
pub mod text;
