//! Flags of `load` with values that they cannot have: each error names the flag and says what may be written.

use crate::support::{Nobody, Sandbox};

#[test]
fn every_flag_says_what_may_be_written() {
    let sandbox = Sandbox::new();
    let whole = "write a whole number";
    for (flag, values, told) in [
        ("--rate", &["0/s", "x", "5", "1/y"][..], "write 500/s, 100/m or 20/h"),
        ("--concurrency", &["0", "x", "1.5", "100001"], "write a whole number from 1 to 100000"),
        ("--duration", &["0s"], "longer than nothing: write 250ms, 30s, 5m or 2h"),
        ("--duration", &["5", "x"], "write 250ms, 30s, 5m, 2h"),
        ("--requests", &["0", "x", "1.5"], "write a whole number, 1 or more"),
        ("--requests", &["18446744073709551616"], "write a whole number up to 18446744073709551615"),
        ("--warm-up", &["5", "x"], "write 250ms, 30s, 5m, 2h"),
        ("--max-in-flight", &["0", "x"], "write a whole number from 1 to 1000000"),
        ("--threads", &["0", "1025"], "write a whole number from 1 to 1024"),
        ("--batch", &["0", "1001"], "write a whole number from 1 to 1000"),
        ("--streams", &["0", "x"], "write a whole number from 1 to 10000"),
        ("--pods", &["0", "x"], whole),
        ("--seed", &["x", "1.5"], "write a whole number, 0 or more"),
        ("--duplicates", &["101%", "2", "x"], "write 5% or 0.05"),
        ("--invalid", &["101%", "x"], "write 5% or 0.05"),
        ("--stage", &["x", "0..5/s", "5/s:0s"], "write 0..500/s:30s"),
        ("--burst", &["x", "0:1s", "5:0s"], "write 200:10s for 200 requests at once"),
        ("--speed", &["x", "0x"], "write 10x, 0.5x or max"),
        ("--shard", &["0/3", "4/3", "x"], "write 3/8 for the third of eight"),
        ("--start-at", &["x"], "write 2026-01-02T03:04:05Z, Unix seconds"),
        ("--payload-size", &["x"], "write 64KiB, 32MiB or a number of bytes"),
        ("--payload-size", &["1GiB"], "at most 64MiB"),
        ("--event", &["a=0", "a=x"], "write a whole number from 1 to 100000"),
        ("--header", &["x"], "'Name: value'"),
        ("--assert", &["x", "p99", "p99 < "], "write 'p99 < 250ms', 'error_rate < 1%'"),
        ("--abort-on", &["x"], "write 'p99 < 250ms', 'error_rate < 1%'"),
        ("--report", &["x", "x.pdf"], ".json, .html, .xml, .md, .csv or .hgrm"),
        ("--http-version", &["3"], "[possible values: 1.1, 2]"),
        ("--emit", &["x"], "[possible values: kubernetes, k6]"),
        ("--timeout", &["x", "5"], "write 250ms, 30s, 5m, 2h"),
        ("--timeout", &["0s"], "it must be more than 0"),
    ] {
        for value in values {
            let flag = format!("{flag}={value}");
            let ran = sandbox.hookctl(["load", "http://127.0.0.1:9/webhooks/stripe", &flag]).run().exits(2);
            let (name, said) = (flag.split('=').next().expect("a flag"), ran.stderr());
            assert!(said.contains(name) && said.contains(told), "{flag}: {said}");
        }
    }
}

#[test]
fn what_is_not_there_is_named() {
    let sandbox = Sandbox::new();
    let url = Nobody::new().url("/webhooks/stripe");
    for (flag, told, hint) in [
        ("--provider=strip", "there is no provider 'strip'", "did you mean 'stripe'?"),
        ("--event=charge.refundde", "stripe has no event 'charge.refundde'", "did you mean 'charge.refunded'"),
        ("--set=x", "'x' is not PATH=VALUE", "a path is data.items[0].price"),
        ("--set-json=a={", "the value of 'a' is not JSON", "a path is data.items[0].price"),
        ("--secret=env:NOBODY", "the environment variable NOBODY is not set", "export NOBODY="),
        ("--data=nothing.json", "cannot read nothing.json: no such file", ""),
        ("--cacert=nothing.pem", "cannot read nothing.pem: no such file", ""),
        ("--from-events=zz", "'zz' is not a delivery", "hookctl events list"),
        ("--url=x", "'x' is not an http or https URL", "http://host:port/path"),
        ("--streams=2", "--streams is about HTTP/2", "--http-version 2"),
    ] {
        sandbox.hookctl(["load", &url, flag]).run().refuses(2, told, hint);
    }
}
