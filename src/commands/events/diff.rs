//! `hookctl events diff`

use std::borrow::Cow;
use std::sync::Arc;

use crate::analysis::requests::{Difference, Rules, Side, requests};
use crate::cli::events::analysis::DiffArgs;
use crate::commands::judge::{Judge, Said};
use crate::commands::{Context, capture};
use crate::error::Failure;
use crate::exit::Exit;
use crate::formats::Capture;
use crate::json::diff::{Diff, DifferenceObject};
use crate::model::Request;
use crate::output::human::diff as human;
use crate::provider::Provider;

pub(super) fn run(context: &Context, args: &DiffArgs) -> Result<Exit, Failure> {
    if args.old == "-" && args.new == "-" {
        return Err(Failure::usage("standard input holds one request, not both"));
    }
    let (old, new) = (one(context, &args.old)?, one(context, &args.new)?);
    let judge = Judge::new(context, &Said { secrets: &[], provider: None, at: None, tolerance: None })?;
    let rules = Rules { ignore: args.ignore.clone(), header_order: args.header_order, ..Rules::default() };
    let sides = [(&old.request, judge.provider_of(&old)?), (&new.request, judge.provider_of(&new)?)];
    let mut found = differences(&sides, rules);
    for difference in &mut found {
        if args.strict {
            difference.expected = None;
        }
        if !args.show_secrets {
            difference.mask();
        }
    }
    let equal = found.iter().all(|difference| difference.expected.is_some());
    if context.output.is_json() {
        context.output.json(&Diff {
            kind: "diff",
            old: old.source.clone(),
            new: new.source.clone(),
            equal,
            differences: found.iter().map(DifferenceObject::of).collect(),
        });
    } else {
        context.output.block(&human::lines(&old.source, &new.source, &found));
    }
    Ok(if equal { Exit::Yes } else { Exit::No })
}

/// What two requests differ in, the old one first, each with who sent it.
pub(in crate::commands) fn differences(
    sides: &[(&Request, Option<Arc<Provider>>); 2],
    mut rules: Rules,
) -> Vec<Difference> {
    let ids = sides.each_ref().map(|(request, provider)| {
        let provider = provider.as_ref()?;
        learn(&mut rules, provider);
        provider.locate(request).event_id
    });
    let [old, new] = [0, 1].map(|at| Side { request: sides[at].0, event_id: ids[at].as_deref() });
    requests(old, new, &rules)
}

/// The one request that an argument names.
fn one(context: &Context, target: &str) -> Result<Capture, Failure> {
    let mut captures = capture::named(context, target)?;
    match captures.len() {
        1 => Ok(captures.remove(0)),
        several => Err(Failure::usage(format!("'{target}' names {several} requests, and one is compared"))),
    }
}

/// Which headers a provider's schemes use.
fn learn(rules: &mut Rules, provider: &Provider) {
    for scheme in provider.definition.schemes() {
        rules.signatures.extend(scheme.carrier.headers().map(Cow::into_owned));
        rules.times.extend(scheme.timestamp.iter().filter_map(|rule| rule.header.clone()));
    }
}
