//! Flags on top of others: what was typed over what a profile says.
//!
//! Structures are taken apart whole, so that a new flag does not compile until someone has thought about it here.

use super::{ConnectionFlags, LoadFlags, MixFlags, PaceFlags, RunFlags, VerdictFlags, WhatFlags};
use crate::cli::shared::{EditFlags, SecretFlags, TlsFlags};

impl LoadFlags {
    /// These flags where they say something, else those below. A list that says what happens (events, sizes, stages, captures)
    /// replaces the one below; one that collects (thresholds, reports, headers, changes) is added to it.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        let Self { what, pace, mix, run, connection, verdict, secrets, edits } = self;
        let SecretFlags { secrets } = secrets;
        let EditFlags { set, set_string, set_json, unset } = edits;
        Self {
            what: what.over(below.what),
            pace: pace.over(below.pace),
            mix: mix.over(&below.mix),
            run: run.over(below.run),
            connection: connection.over(below.connection),
            verdict: verdict.over(below.verdict),
            // Secrets are alternatives of each other: whoever names one means that one.
            secrets: SecretFlags { secrets: instead(secrets, below.secrets.secrets) },
            edits: EditFlags {
                set: with(below.edits.set, set),
                set_string: with(below.edits.set_string, set_string),
                set_json: with(below.edits.set_json, set_json),
                unset: with(below.edits.unset, unset),
            },
        }
    }
}

impl WhatFlags {
    fn over(self, below: Self) -> Self {
        let Self { provider, event, data, payload_size, batch, from_events, filter, headers, signed_url, seed } = self;
        Self {
            provider: provider.or(below.provider),
            event: instead(event, below.event),
            data: data.or(below.data),
            payload_size: instead(payload_size, below.payload_size),
            batch: batch.or(below.batch),
            from_events: instead(from_events, below.from_events),
            filter: filter.or(below.filter),
            headers: with(below.headers, headers),
            signed_url: signed_url.or(below.signed_url),
            seed: seed.or(below.seed),
        }
    }
}

impl PaceFlags {
    /// There is one loop and one rate: whoever types another one does not mean that of the profile as well.
    fn over(self, below: Self) -> Self {
        let Self { rate, concurrency, stage, burst, speed, duration, requests, warm_up, max_in_flight, threads } = self;
        let another = rate.is_some() || concurrency.is_some() || !stage.is_empty() || speed.is_some();
        let closed = concurrency.is_some();
        let kept = |said: bool| !another && !said;
        let ends = duration.is_some() || requests.is_some();
        Self {
            burst: burst.or(below.burst.filter(|_| !closed && speed.is_none())),
            duration: duration.or(below.duration.filter(|_| stage.is_empty() && !ends)),
            requests: requests.or(below.requests.filter(|_| !ends)),
            max_in_flight: max_in_flight.or(below.max_in_flight.filter(|_| !closed)),
            rate: rate.or(below.rate.filter(|_| kept(false))),
            concurrency: concurrency.or(below.concurrency.filter(|_| kept(burst.is_some()))),
            stage: if another { stage } else { below.stage },
            speed: speed.or(below.speed.filter(|_| kept(burst.is_some()))),
            warm_up: warm_up.or(below.warm_up),
            threads: threads.or(below.threads),
        }
    }
}

impl MixFlags {
    fn over(self, below: &Self) -> Self {
        let Self { duplicates, invalid } = self;
        Self { duplicates: duplicates.or(below.duplicates), invalid: invalid.or(below.invalid) }
    }
}

impl RunFlags {
    fn over(self, below: Self) -> Self {
        let Self { allow_remote, abort_on, probe_url, probe_cmd, allow_missed_rate, shard, start_at } = self;
        let asked = probe_url.is_some() || probe_cmd.is_some();
        Self {
            allow_remote: allow_remote || below.allow_remote,
            abort_on: with(below.abort_on, abort_on),
            probe_url: probe_url.or(below.probe_url.filter(|_| !asked)),
            probe_cmd: probe_cmd.or(below.probe_cmd.filter(|_| !asked)),
            allow_missed_rate: allow_missed_rate || below.allow_missed_rate,
            shard: shard.or(below.shard),
            start_at: start_at.or(below.start_at),
        }
    }
}

impl ConnectionFlags {
    fn over(self, below: Self) -> Self {
        let Self { http_version, streams, tls: TlsFlags { cacert, insecure } } = self;
        Self {
            http_version: http_version.or(below.http_version),
            streams: streams.or(below.streams),
            tls: TlsFlags { cacert: cacert.or(below.tls.cacert), insecure: insecure || below.tls.insecure },
        }
    }
}

impl VerdictFlags {
    fn over(self, below: Self) -> Self {
        let Self { assert, baseline, report, github_summary } = self;
        Self {
            assert: with(below.assert, assert),
            baseline: baseline.or(below.baseline),
            report: with(below.report, report),
            github_summary: github_summary || below.github_summary,
        }
    }
}

/// The list, if it says something.
fn instead<T>(list: Vec<T>, below: Vec<T>) -> Vec<T> {
    if list.is_empty() { below } else { list }
}

/// Both lists.
fn with<T>(mut below: Vec<T>, list: Vec<T>) -> Vec<T> {
    below.extend(list);
    below
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn flags(words: &[&str]) -> LoadFlags {
        let all = ["hookctl", "load", "http://localhost/"].iter().chain(words);
        match Cli::try_parse_from(all).expect("they can be typed").command {
            Command::Load(args) => args.flags,
            other => panic!("{other:?}"),
        }
    }

    /// What comes of flags over a profile, as it would be typed.
    fn whole(words: &[&str], profile: &[&str]) -> Vec<String> {
        flags(words).over(flags(profile)).typed()
    }

    #[test]
    fn what_is_typed_has_the_last_word() {
        for (words, profile, wanted) in [
            (&[][..], &["--rate", "5/s", "--seed", "1"][..], &["--seed", "1", "--rate", "5/s"][..]),
            (&["--rate", "9/s"], &["--rate", "5/s", "--duration", "3s"], &["--rate", "9/s", "--duration", "3s"]),
            (&["--concurrency", "4"], &["--rate", "5/s", "--burst", "3:1s"], &["--concurrency", "4"]),
            (&["--stage", "..5/s:1s"], &["--rate", "5/s", "--duration", "3s"], &["--stage", "../5/s:1s"]),
            (
                &["--requests", "7"],
                &["--concurrency", "2", "--duration", "3s"],
                &["--concurrency", "2", "--requests", "7"],
            ),
            (&["--burst", "3:1s"], &["--concurrency", "2"], &["--burst", "3:1s"]),
            (&["--event", "b"], &["--event", "a=2", "--set", "x=1"], &["--event", "b=1", "--set", "x=1"]),
            (&["--set", "y=2"], &["--set", "x=1"], &["--set", "x=1", "--set", "y=2"]),
        ] {
            let wanted: Vec<String> = wanted.iter().map(|word| word.replace("../", "..")).collect();
            assert_eq!(whole(words, profile), wanted, "{words:?} over {profile:?}");
        }
        let both = flags(&["--probe-cmd", "a", "--assert", "p99 < 1s"]).over(flags(&[
            "--probe-url",
            "http://localhost/",
            "--assert",
            "p50 < 1s",
        ]));
        assert_eq!((both.run.probe_url, both.run.probe_cmd.as_deref()), (None, Some("a")));
        assert_eq!(both.verdict.assert.len(), 2);
    }
}
