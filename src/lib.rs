//! hookctl: listen for, send, sign and verify webhooks, offline, with the providers' real signatures.
//!
//! ```text
//! main → commands  cli                                    asks
//!      → output  inspector                                shows
//!      → error  exit                                      says what went wrong
//!      → receive  load  deliver                           acts     (async)
//!      → store  http  config  secrets  formats  clock     touches  (files, sockets, SQLite)
//!      → report                                           knows    (pure)
//!      → query  json                                      knows    (pure)
//!      → diagnosis                                        knows    (pure)
//!      → analysis  provider  payload                      knows    (pure)
//!      → signature  threshold                             knows    (pure)
//!      → model                                            means    (pure)
//!      → text                                             says     (pure)
//! ```
//!
//! A module uses those on the lines below it, never those above; `tests/it/layers.rs` holds it to that, and names the few
//! that use another one on their own line.

pub mod analysis;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod deliver;
pub mod diagnosis;
pub mod error;
pub mod exit;
pub mod formats;
pub mod http;
pub mod inspector;
pub mod json;
pub mod load;
pub mod model;
pub mod output;
pub mod payload;
pub mod provider;
pub mod query;
pub mod receive;
pub mod report;
pub mod secrets;
pub mod signature;
pub mod store;
pub mod text;
pub mod threshold;

/// Tells what is wrong with a command line, or shows the help that was asked for, and ends the process.
///
/// With `--json`, an error is an object on stdout like every other.
pub fn usage_error(error: &clap::Error) -> ! {
    use clap::error::ErrorKind;
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let json = std::env::args_os().any(|arg| arg == "--json");
    if json && !asked {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let style = output::Style { json: true, ..output::Style::default() };
        output::Output::of_process(style)
            .failure(&error::Failure::usage(message).hint("--help shows what can be typed"));
        std::process::exit(i32::from(exit::Exit::Usage.code()));
    }
    error.exit()
}
