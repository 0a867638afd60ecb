//! What `hookctl load` makes, takes and says, beside other load generators in one run.
//!
//! `cargo bench --bench load -- [PART...] [SECONDS] [ROUNDS]`: all parts, 3 seconds and 5 rounds unless said otherwise.
//!
//! ```text
//! closed       requests a second and processor time, 64 connections: wrk, oha, autocannon, hey and bombardier send the same
//!              bytes, hookctl signs
//! signing      the same beside those that can sign: wrk with a script over libcrypto, autocannon with a hook, k6
//! cost         the share of hookctl's processor time that signatures take
//! secure       over TLS, HTTP/1.1 and HTTP/2: oha
//! open         2,000 and 10,000 starts a second: how many were made, how evenly, at what cost: oha, k6, hey
//! truth        a receiver that freezes, one with known delays: is it told? oha, hey
//! codes        exit codes when nothing is accepted: oha, wrk, hey
//! allocations  how often a further request asks for memory
//! memory       1,000 and 10,000 connections, a plan for an hour, 10,000,000 requests (this takes minutes)
//! ```
//!
//! Other programs are used where they are found in the PATH, else passed over with a word: `apt install wrk hey`, `cargo install
//! oha`, `npm install --global autocannon`; `k6` and `bombardier` as their makers say. All run in turn against the same receiver,
//! which counts what arrives; ratios are medians over the rounds. An arrow stands in front of what is to be reached.

mod clients;
mod closed;
mod cost;
mod goals;
mod memory;
mod open;
mod receiver;
#[path = "../support/mod.rs"]
mod support;
mod truth;

use std::io::{self, Write as _};
use std::time::Duration;

use support::machine::processors;

/// What can be measured alone.
const PARTS: [&str; 9] = ["closed", "signing", "cost", "secure", "open", "truth", "codes", "allocations", "memory"];

/// How long and how often.
#[derive(Debug, Clone, Copy)]
struct Extent {
    duration: Duration,
    rounds: u64,
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == receiver::BE) {
        return receiver::serve(&arguments[at + 1..]);
    }
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse::<u64>().ok());
    let extent =
        Extent { duration: Duration::from_secs(numbers.next().unwrap_or(3)), rounds: numbers.next().unwrap_or(5) };
    // cargo adds a flag of its own.
    let parts: Vec<&String> = arguments.iter().filter(|a| !a.starts_with('-') && a.parse::<u64>().is_err()).collect();
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
        return Err(io::Error::other(format!("there is no part '{unknown}', but {}", PARTS.join(", "))));
    }
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|one| *one == part);
    let mut out = io::stdout();
    writeln!(out, "{} processors, shared by receiver and client", processors())?;
    if wanted("closed") {
        closed::plain(extent, &mut out)?;
    }
    if wanted("signing") {
        closed::signing(extent, &mut out)?;
    }
    if wanted("cost") {
        cost::of_a_signature(extent, &mut out)?;
    }
    if wanted("secure") {
        closed::secure(extent, &mut out)?;
    }
    if wanted("open") {
        open::compare(extent, &mut out)?;
    }
    if wanted("truth") {
        truth::freeze(&mut out)?;
        truth::delays(&mut out)?;
    }
    if wanted("codes") {
        cost::truth_of_codes(&mut out)?;
    }
    if wanted("allocations") {
        cost::of_memory(&mut out)?;
    }
    if wanted("memory") {
        memory::look(&mut out)?;
    }
    Ok(())
}
