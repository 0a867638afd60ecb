//! What a signature costs, what a request asks of memory, and what an exit code says.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::Extent;
use super::clients::{CONNECTIONS, Hookctl, Make, Ran, hey, oha, run, wrk};
use super::goals::{Reach, held};
use super::receiver::{Kind, Receiver};
use super::support::machine::median;

/// The provider of the same events without a signature.
const UNSIGNED: &str = "unsigned";

/// The same events with a signature and without one, in turn. What signs is Stripe's scheme: HMAC-SHA-256 over 1.5 KB.
pub(crate) fn of_a_signature(extent: Extent, out: &mut impl io::Write) -> io::Result<()> {
    let hookctl = Hookctl::new()?;
    without_signature(hookctl.home())?;
    let receiver = Receiver::start(Kind::Fast)?;
    let seconds = format!("{}s", extent.duration.as_secs());
    let usual = ["--concurrency", CONNECTIONS, "--duration", &seconds];
    writeln!(out, "\nwhat a signature costs: {} rounds of {seconds}", extent.rounds)?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..extent.rounds {
        with.push(run(hookctl.load(&receiver.url(), &usual), &receiver)?.cpu_for_100k());
        // As long as with the signature, so that it is only the making that differs.
        let header = format!("Stripe-Signature: t=1767225600,v1={}", "0".repeat(64));
        let flags = [&usual[..], &["--header", &header]].concat();
        without.push(run(hookctl.load_as(UNSIGNED, &receiver.url(), &flags), &receiver)?.cpu_for_100k());
    }
    let share = median(with.iter().zip(&without).map(|(with, without)| (1.0 - without / with) * 100.0));
    writeln!(
        out,
        "  {:.2} CPU s of the client for 100,000 requests, {:.2} without signatures",
        median(with.iter().copied()),
        median(without.iter().copied()),
    )?;
    held(out, "share of the client's CPU that signs, in %", share, Reach::Most(20.0, 20.0))
}

/// Stripe's folder as a private provider that signs nothing.
fn without_signature(home: &Path) -> io::Result<()> {
    let theirs = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stripe");
    let ours = home.join("providers").join(UNSIGNED);
    fs::create_dir_all(ours.join("events"))?;
    let text = fs::read_to_string(theirs.join("provider.toml"))?;
    let (before, rest) = text.split_once("[[signature]]").ok_or_else(|| io::Error::other("Stripe signs"))?;
    let (_, after) = rest.split_once("\n[").ok_or_else(|| io::Error::other("more than a signature"))?;
    fs::write(ours.join("provider.toml"), format!("{before}[{after}"))?;
    for folder in ["", "events"] {
        for file in fs::read_dir(theirs.join(folder))? {
            let file = file?.path();
            let to = file.file_name().map(|name| ours.join(folder).join(name));
            if let Some(to) = to.filter(|to| file.is_file() && !to.exists()) {
                fs::copy(&file, to)?;
            }
        }
    }
    fs::create_dir_all(home.join("hookctl"))?;
    fs::write(home.join("hookctl/config.toml"), format!("providers_dir = \"{}\"\n", home.join("providers").display()))
}

/// Counted by a program of its own, whose allocator counts.
pub(crate) fn of_memory(out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "\nallocations for a further request (cargo bench --bench allocations)")?;
    let mut command = Command::new(env!("CARGO"));
    command.args(["bench", "--quiet", "--bench", "allocations"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    for line in String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.contains(" allocations ")) {
        writeln!(out, "  {line}")?;
        let each = line.split_once(": ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        if let Some(each) = each {
            held(out, "allocations a request, in the steady state", each, Reach::Most(0.005, 0.005))?;
        }
    }
    Ok(())
}

/// Whether a run that failed is told by the exit code, of everybody who is there.
pub(crate) fn truth_of_codes(out: &mut impl io::Write) -> io::Result<()> {
    let hookctl = Hookctl::new()?;
    let receiver = Receiver::start(Kind::Broken)?;
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        format!("http://{}/webhooks/stripe", listener.local_addr()?)
    };
    let second = Duration::from_secs(1);
    writeln!(out, "\nexit codes: every answer is 500; nobody listens")?;
    let clients: [(&str, Make<'_>); 4] = [
        ("hookctl", Box::new(|url, _| Some(hookctl.load(url, &["--duration", "1s"])))),
        ("oha", Box::new(|url, duration| oha(url, duration, &[]))),
        ("wrk", Box::new(|url, duration| wrk("post.lua", url, duration))),
        ("hey", Box::new(|url, duration| hey(url, duration, None))),
    ];
    for (name, make) in clients {
        let code = |url: &str| -> io::Result<Option<String>> {
            let Some(mut command) = make(url, second) else { return Ok(None) };
            let ended = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
            Ok(Some(ended.code().map_or_else(|| "none".to_owned(), |code| code.to_string())))
        };
        match (code(&receiver.url())?, code(&gone)?) {
            (Some(broken), Some(gone)) => writeln!(out, "  {name:<11} {broken}; {gone}")?,
            _ => writeln!(out, "  {name}: not found, passed over")?,
        }
    }
    // The rate is missed: at most two are under way, and each takes 2 ms or more.
    let slow = Receiver::start(Kind::Slow)?;
    let flags = ["--rate", "5000/s", "--duration", "1s", "--max-in-flight", "2"];
    let missed: Ran = run(hookctl.load(&slow.url(), &flags), &slow)?;
    let asserts = missed.report()["asserts"].to_string();
    let told = if asserts.contains("\"pass\":false") { "told" } else { "NOT TOLD" };
    writeln!(out, "  hookctl, the rate missed by more than 1%: {told}")
}
