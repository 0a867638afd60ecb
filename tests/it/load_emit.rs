//! The plan of a load test printed for others, and carried out as they would.

use std::collections::HashSet;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::Sandbox;
use crate::support::crowd::Crowd;

/// One job of a manifest: its script and what stands behind it, as the cluster would hand it to the shell.
struct Step {
    script: String,
    arguments: Vec<String>,
    env: Vec<(String, String)>,
}

/// Reads the jobs of a manifest. It is our own writing: each argument and each plain variable has a line.
fn steps(manifest: &str) -> Vec<Step> {
    let text = |scalar: &str| serde_json::from_str(scalar).unwrap_or_else(|_| scalar.to_owned());
    manifest
        .split("\n---\n")
        .filter(|document| document.contains("kind: Job"))
        .map(|document| {
            let (_, rest) = document.split_once("            - |\n").expect("a script");
            let script: String =
                rest.lines().map_while(|line| Some(format!("{}\n", line.strip_prefix("              ")?))).collect();
            let rest = &rest[rest.find("\n            - ").expect("arguments")..];
            let (arguments, rest) = rest.split_once("\n          env:\n").expect("variables");
            let arguments = arguments.lines().filter_map(|line| line.trim().strip_prefix("- ")).map(text);
            let env = rest.lines().filter_map(|line| {
                let (name, value) =
                    line.trim().strip_prefix("- {name: ")?.strip_suffix('}')?.split_once(", value: ")?;
                Some((text(name), text(value)))
            });
            Step {
                script,
                // As the cluster does with what it does not replace.
                arguments: arguments.map(|argument| argument.replace("$$(", "$(")).collect(),
                env: env.collect(),
            }
        })
        .collect()
}

/// Runs a step as a pod would, with these variables over its own.
fn pod(step: &Step, folder: &Path, more: &[(&str, &str)]) -> Command {
    let programs = Path::new(env!("CARGO_BIN_EXE_hookctl")).parent().expect("a folder");
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(&step.script).args(&step.arguments).env_clear().envs(step.env.clone());
    command.env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
    command.env("REPORTS", folder).env("HOME", folder).current_dir(folder).envs(more.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn the_jobs_for_kubernetes_do_the_plan_together() {
    let sandbox = Sandbox::new();
    let receiver = Crowd::answering(200);
    let url = receiver.url("/webhooks/stripe");
    let flags =
        ["--requests", "90", "--rate", "900/s", "--set", "data.object.note=$(HOME) it's", "--start-at", "1767323045"];
    let emit =
        ["--emit", "kubernetes", "--pods", "3", "--allow-remote", "--allow-missed-rate", "--assert", "requests == 90"];
    let manifest = sandbox.ok([&["load", url.as_str()], &flags[..], &emit[..]].concat()).stdout();
    assert!(receiver.all().is_empty(), "nothing is sent when the plan is printed");
    let steps = steps(&manifest);
    assert_eq!(steps.len(), 2);
    let folder = sandbox.path("reports");
    let secret = ("HOOKCTL_STRIPE_SECRET", "whsec_cluster");
    let shards: Vec<_> = ["0", "1", "2"]
        .map(|index| pod(&steps[0], &folder, &[("JOB_COMPLETION_INDEX", index), secret]))
        .into_iter()
        .map(|mut shard| {
            std::fs::create_dir_all(&folder).expect("a folder");
            shard.spawn().expect("a shell")
        })
        .collect();
    for shard in shards {
        let done = shard.wait_with_output().expect("it ends");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let merged = pod(&steps[1], &folder, &[]).output().expect("a shell");
    assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stderr));
    let report: Value =
        serde_json::from_slice(&std::fs::read(folder.join("report.json")).expect("a report")).expect("JSON");
    assert_eq!((&report["requests"], &report["asserts"][0]["pass"]), (&Value::from(90), &Value::from(true)));
    assert!(folder.join("report.html").exists() && folder.join("report.xml").exists());
    let all = receiver.all();
    let ids: HashSet<String> = all.iter().map(|one| one.json()["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!((all.len(), ids.len()), (90, 90), "no two shards sent the same");
    assert!(all.iter().all(|one| one.json()["data"]["object"]["note"] == "$(HOME) it's"));
}

#[test]
fn a_plan_that_pods_could_not_carry_out_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("body.json", "{}");
    let url = "http://app.example/webhooks/stripe";
    for (flags, told) in [
        (&["--emit", "kubernetes"][..], "which is no address of theirs"),
        (&["--emit", "kubernetes", "--allow-remote", "--data", "body.json"], "the pods do not have"),
        (&["--emit", "k6", "--burst", "10:1s", "--rate", "1/s"], "k6 has no bursts"),
        (&["--emit", "nomad"], "invalid value 'nomad'"),
        (&["--pods", "3"], "--emit"),
    ] {
        let ran = sandbox.hookctl([&["load", url], flags].concat()).run().exits(2);
        assert!(ran.stderr().contains(told), "{flags:?}: {}", ran.stderr());
    }
    let asymmetric = ["load", "http://app.example/webhooks/discord", "--provider", "discord", "--emit", "k6"];
    let ran = sandbox.hookctl(asymmetric).run().exits(2);
    assert!(ran.stderr().contains("k6 cannot sign discord/"), "{}", ran.stderr());
}

#[test]
fn no_secret_is_printed() {
    let sandbox = Sandbox::new();
    for what in ["k6", "kubernetes"] {
        let flags = ["--allow-remote", "--emit", what, "--secret", "whsec_tell_nobody"];
        let ran = sandbox.ok([&["load", "http://app.example/webhooks/stripe"], &flags[..]].concat());
        assert!(!ran.stdout().contains("tell_nobody") && ran.stdout().contains("HOOKCTL_STRIPE_SECRET"));
    }
}
