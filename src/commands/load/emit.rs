//! `hookctl load --emit`: the plan printed for k6 or Kubernetes. Nothing is sent, and nobody need listen.

use std::time::Duration;

use super::settings::{self, Outline};
use crate::cli::load::{EmitTarget, LoadArgs};
use crate::clock;
use crate::commands::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::load::emit::{Job, Script, SecretVariable, manifest, script};
use crate::model::Timestamp;
use crate::model::mask::is_sensitive;
use crate::secrets::variable_of;
use crate::threshold::Scope;

/// Pods, if nothing is said.
const PODS: u32 = 4;
/// How long the pods have until all begin, if no time was named.
const LEAD: i64 = 120;
/// How long a run takes of which only the number of requests is known.
const UNKNOWN: f64 = 3_600.0;
/// The name of everything in the cluster.
const NAME: &str = "hookctl-load";

pub(super) fn run(context: &Context, args: &LoadArgs, what: EmitTarget) -> Result<Exit, Failure> {
    for threshold in &args.flags.verdict.assert {
        threshold.check(Scope::Load)?;
    }
    for line in &args.flags.what.headers {
        if is_sensitive(&line.name) {
            context.output.warning(&format!("what is printed carries the credentials of --header {}", line.name));
        }
    }
    let outline = settings::outline(context, args)?;
    let text = match what {
        EmitTarget::K6 => for_k6(context, args, &outline)?,
        EmitTarget::Kubernetes => for_kubernetes(context, args, &outline)?,
    };
    context.output.raw(text.as_bytes());
    Ok(Exit::Yes)
}

fn for_k6(context: &Context, args: &LoadArgs, outline: &Outline) -> Result<String, Failure> {
    let cannot =
        |event: String| Failure::usage(format!("k6 cannot sign {event} as its provider does")).hint("hookctl load can");
    let lines = outline.plan.sketches().map_err(cannot)?;
    let written = script(&Script {
        target: outline.url.as_str(),
        plan: &outline.description,
        lines: &lines,
        thresholds: &args.flags.verdict.assert,
        variable: &variable_of,
        insecure: args.flags.connection.tls.insecure,
    });
    let (text, left_out) = written.map_err(|error| Failure::usage(error.to_string()).hint("hookctl load has them"))?;
    for threshold in left_out {
        context.output.warning(&format!("k6 cannot check '{threshold}'"));
    }
    Ok(text)
}

fn for_kubernetes(context: &Context, args: &LoadArgs, outline: &Outline) -> Result<String, Failure> {
    let flags = &args.flags;
    if flags.what.data.is_some() {
        return Err(Failure::usage("--data names a file of this machine, which the pods do not have")
            .hint("change the events of a provider with --set, or put the file into the image"));
    }
    if !flags.what.from_events.is_empty() {
        return Err(Failure::usage("--from-events names captures of this machine, which the pods do not have")
            .hint("send events of the same types: --event TYPE=WEIGHT"));
    }
    if flags.connection.tls.cacert.is_some() {
        return Err(Failure::usage("--cacert names a file of this machine, which the pods do not have")
            .hint("put the authority into the image's own, or say --insecure"));
    }
    if flags.verdict.baseline.is_some() {
        return Err(Failure::usage("--baseline names a file of this machine, which the pods do not have")
            .hint("compare afterwards: hookctl load report report.json --baseline FILE"));
    }
    if !flags.run.allow_remote {
        return Err(Failure::usage(format!("the pods would load-test {}, which is no address of theirs", outline.url))
            .hint("say --allow-remote if it may be hit"));
    }
    let catalog = context.catalog()?;
    let mut secrets: Vec<SecretVariable> = Vec::new();
    for event in &outline.description.events {
        let signs = catalog.get(&event.provider)?.definition.schemes().any(|scheme| scheme.send);
        let secret = SecretVariable { variable: variable_of(&event.provider), key: event.provider.clone() };
        if signs && !secrets.contains(&secret) {
            secrets.push(secret);
        }
    }
    let mut load = vec![outline.url.to_string()];
    load.extend(flags.typed());
    load.extend(["--timeout".to_owned(), format!("{}ms", outline.timeout.as_millis())]);
    let mut merge: Vec<String> =
        flags.verdict.assert.iter().flat_map(|one| ["--assert".to_owned(), one.to_string()]).collect();
    if flags.run.allow_missed_rate {
        merge.push("--allow-missed-rate".to_owned());
    }
    let plan = &outline.description;
    let seconds = plan.duration_s.unwrap_or(UNKNOWN) + plan.warm_up_s + outline.timeout.as_secs_f64();
    Ok(manifest(&Job {
        name: NAME.to_owned(),
        image: args.emit.image.clone().unwrap_or_else(|| format!("hookctl:{}", env!("CARGO_PKG_VERSION"))),
        shards: args.emit.pods.unwrap_or(PODS),
        load,
        merge,
        start_at: outline.start_at.unwrap_or_else(|| Timestamp::from_secs(clock::now().as_secs() + LEAD)),
        seconds: Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(Duration::MAX).as_secs(),
        secrets,
    }))
}
