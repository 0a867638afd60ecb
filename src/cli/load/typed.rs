//! The flags of a load test as they would be typed: what a profile and a command line say together, for another machine.
//!
//! Structures are taken apart whole, so that a new flag does not compile until someone has thought about it here.

use std::fmt::Display;
use std::time::Duration;

use clap::ValueEnum as _;

use super::{ConnectionFlags, LoadFlags, MixFlags, PaceFlags, RunFlags, SharePart, WhatFlags};
use crate::cli::shared::{EditFlags, TlsFlags};

/// Flags being written.
#[derive(Default)]
struct Typed(Vec<String>);

impl Typed {
    fn one(&mut self, flag: &str, value: Option<impl Display>) {
        self.all(flag, value);
    }

    fn all(&mut self, flag: &str, values: impl IntoIterator<Item = impl Display>) {
        for value in values {
            self.0.extend([flag.to_owned(), value.to_string()]);
        }
    }

    fn duration(&mut self, flag: &str, value: Option<Duration>) {
        self.one(flag, value.map(|value| humantime::format_duration(value).to_string().replace(' ', "")));
    }
}

impl LoadFlags {
    /// The flags that every shard of the plan takes alike. Secrets, files and what the report is held against are not among them.
    pub fn typed(&self) -> Vec<String> {
        let mut typed = Typed::default();
        // Files are of this machine, secrets are not to be written down, and verdicts are about the whole.
        let Self { what, pace, mix, run, connection, verdict: _, secrets: _, edits } = self;
        let WhatFlags {
            provider,
            event,
            data: _,
            payload_size,
            batch,
            from_events: _,
            filter: _,
            headers,
            signed_url,
            seed,
        } = what;
        typed.one("--provider", provider.as_ref());
        typed.all("--event", event.iter().map(|choice| format!("{}={}", choice.name, choice.weight)));
        typed.all("--payload-size", payload_size.iter().map(|choice| format!("{}={}", choice.size.0, choice.weight)));
        typed.one("--batch", *batch);
        typed.all("--header", headers.iter().map(|line| format!("{}: {}", line.name, line.value)));
        typed.one("--url", signed_url.as_ref());
        typed.one("--seed", *seed);
        let PaceFlags {
            rate,
            concurrency,
            stage,
            burst,
            speed: _,
            duration,
            requests,
            warm_up,
            max_in_flight,
            threads,
        } = pace;
        typed.one("--rate", *rate);
        typed.one("--concurrency", *concurrency);
        typed.all("--stage", stage);
        typed.one("--burst", *burst);
        typed.duration("--duration", *duration);
        typed.one("--requests", *requests);
        typed.duration("--warm-up", *warm_up);
        typed.one("--max-in-flight", *max_in_flight);
        typed.one("--threads", *threads);
        let MixFlags { duplicates, invalid } = mix;
        typed.one("--duplicates", *duplicates);
        typed.one("--invalid", *invalid);
        // Which shard begins when differs; every one of them may miss its part of the rate, if only the whole does not.
        // The receiver is asked once, when the reports of all are put together.
        let RunFlags {
            allow_remote,
            abort_on,
            allow_missed_rate: _,
            shard: _,
            start_at: _,
            probe_url: _,
            probe_cmd: _,
        } = run;
        if *allow_remote {
            typed.0.push("--allow-remote".to_owned());
        }
        typed.all("--abort-on", abort_on);
        // An authority is a file of this machine.
        let ConnectionFlags { http_version, streams, tls: TlsFlags { cacert: _, insecure } } = connection;
        let version = http_version.and_then(|version| version.to_possible_value());
        typed.one("--http-version", version.map(|version| version.get_name().to_owned()));
        typed.one("--streams", *streams);
        if *insecure {
            typed.0.push("--insecure".to_owned());
        }
        let EditFlags { set, set_string, set_json, unset } = edits;
        typed.all("--set", set);
        typed.all("--set-string", set_string);
        typed.all("--set-json", set_json);
        typed.all("--unset", unset);
        typed.0
    }
}

impl Display for SharePart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", f64::from(self.0) / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::{Cli, Command};

    fn typed(arguments: &[&str]) -> Vec<String> {
        let all = ["hookctl", "load", "http://localhost/"].iter().chain(arguments);
        match Cli::try_parse_from(all).expect("they can be typed").command {
            Command::Load(args) => args.flags.typed(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn flags_are_written_as_they_are_read() {
        let arguments = [
            "--provider",
            "stripe",
            "--event",
            "charge.refunded=9",
            "--event",
            "github/push=1",
            "--payload-size",
            "1024=1",
            "--header",
            "X-A: b c",
            "--url",
            "https://a.example/",
            "--seed",
            "7",
            "--rate",
            "500/s",
            "--duration",
            "1m30s",
            "--requests",
            "9",
            "--warm-up",
            "250ms",
            "--max-in-flight",
            "5",
            "--threads",
            "1",
            "--duplicates",
            "0.05",
            "--invalid",
            "0.000001",
            "--allow-remote",
            "--abort-on",
            "error_rate > 10%",
            "--http-version",
            "2",
            "--streams",
            "8",
            "--insecure",
            "--set",
            "a.b=$(x)",
            "--unset",
            "c",
        ];
        assert_eq!(typed(&arguments), arguments);
        let stages = ["--stage", "0/s..500/s:30s", "--stage", "500/s:1m", "--burst", "10:5s"];
        let again = typed(&stages);
        let words: Vec<&str> = again.iter().map(String::as_str).collect();
        assert_eq!(typed(&words), again, "what is written reads the same");
    }

    #[test]
    fn secrets_and_verdicts_are_left_out() {
        let left_out = [
            "--secret",
            "whsec_x",
            "--assert",
            "p99 < 1s",
            "--report",
            "a.html",
            "--emit",
            "k6",
            "--allow-missed-rate",
        ];
        assert!(typed(&left_out).is_empty());
    }
}
