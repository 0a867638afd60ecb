//! What is printed where: JSON, colour, quiet, closed pipes, exit codes.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::support::{Receiver, Sandbox};

/// Whether there are escape sequences.
fn colored(text: &str) -> bool {
    text.contains('\u{1b}')
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let sandbox = Sandbox::new();
    let providers = |variables: &[(&str, &str)], flags: &[&str]| {
        let mut command = sandbox.hookctl(flags.iter().copied().chain(["providers"]));
        for (name, value) in variables {
            command = command.env(name, value);
        }
        colored(&command.run().exits(0).stdout())
    };
    assert!(!providers(&[], &[]), "a pipe is no terminal");
    assert!(providers(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!providers(&[("CLICOLOR_FORCE", "0")], &[]));
    assert!(!providers(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(providers(&[("NO_COLOR", "1")], &["--color", "always"]), "a flag has the last word");
    assert!(!providers(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(providers(&[("HOOKCTL_COLOR", "always")], &[]));
}

#[test]
fn errors_are_objects_with_json_and_lines_without() {
    let sandbox = Sandbox::new();
    let object = sandbox.hookctl(["--json", "send", "strpe", "x"]).run().exits(2).object();
    assert_eq!(object["kind"], "error");
    assert_eq!(object["code"], 2);
    assert_eq!(object["message"], "there is no provider 'strpe'");
    assert!(object["hint"].as_str().expect("a hint").contains("'stripe'"));
    let usage = sandbox.hookctl(["--json", "frobnicate"]).run().exits(2).object();
    assert_eq!((usage["kind"].as_str(), usage["code"].as_u64()), (Some("error"), Some(2)));
    sandbox.hookctl(["send", "strpe", "x"]).run().refuses(2, "there is no provider 'strpe'", "did you mean 'stripe'?");
}

#[test]
fn quiet_leaves_results_and_errors() {
    let sandbox = Sandbox::new();
    let receiver = Receiver::answering([500]);
    let sent =
        sandbox.hookctl(["-q", "send", "stripe", "customer.created", "--to", &receiver.url("/x")]).run().exits(1);
    assert!(sent.stdout().contains("500"));
    assert_eq!(sent.stderr(), "");
    assert!(!sandbox.hookctl(["-q", "verify", "nope"]).run().exits(2).stderr().is_empty());
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let sandbox = Sandbox::new();
    let mut child = sandbox.hookctl(["providers", "--json"]).spawn();
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    // A listener whose reader has gone ends by itself.
    let mut child = sandbox.hookctl(["listen", "--json", "--bind", "127.0.0.1:0", "--no-ui"]).spawn();
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    drop(out);
    let ready: Value = serde_json::from_str(&line).expect("JSON");
    let url = format!("{}/webhooks/stripe", ready["address"].as_str().expect("an address"));
    sandbox.ok(["send", "stripe", "customer.created", "--to", &url]);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn help_fits_a_screen_and_shows_examples() {
    let sandbox = Sandbox::new();
    for command in ["listen", "send", "sign", "verify", "events", "providers", "secret", "completions"] {
        let short = sandbox.ok([command, "-h"]).stdout();
        assert!(short.lines().count() <= 75, "{command} -h has {} lines", short.lines().count());
        assert!(short.contains("Examples:"), "{command} has no examples");
        assert!(short.lines().all(|line| line.chars().count() <= 120), "{command} has a line that is too wide");
    }
    assert!(sandbox.ok(["-h"]).stdout().lines().count() <= 50);
    assert!(sandbox.ok(["--version"]).stdout().starts_with("hookctl "));
}

#[test]
fn without_a_terminal_nothing_asks() {
    let sandbox = Sandbox::new();
    let before = sandbox.snapshot();
    sandbox.hookctl(["send"]).run().refuses(2, "no provider was named", "hookctl providers");
    sandbox.hookctl(["send", "github"]).run().refuses(2, "no event was named", "pull_request.opened");
    sandbox.hookctl(["send", "--list"]).run().refuses(2, "--list needs a provider", "hookctl providers");
    assert_eq!(sandbox.snapshot(), before, "nothing was written");
}

/// The words in front of the usage were once those of the list of commands, and never more than a line.
#[test]
fn help_explains_what_a_command_does() {
    let sandbox = Sandbox::new();
    let before_usage = |args: [&str; 2]| {
        let text = sandbox.ok(args).stdout();
        text.split("Usage:").next().expect("text").to_owned()
    };
    for (command, words) in [("listen", "keys act on the selected delivery"), ("replay", "byte for byte")] {
        let (brief, long) = (before_usage([command, "-h"]), before_usage([command, "--help"]));
        assert!(long.starts_with(brief.trim_end()) && brief.trim_end().lines().count() == 1, "{brief}");
        assert!(long.contains(words), "{long}");
    }
}
