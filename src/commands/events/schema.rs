//! `hookctl events schema`

use super::changing;
use crate::analysis::drift::{DriftKind, compare};
use crate::analysis::schema::{Schema, document};
use crate::analysis::shape::Observed;
use crate::analysis::stats::Kind;
use crate::cli::events::analysis::SchemaArgs;
use crate::commands::{Context, read_input, selection};
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::diff::raw;
use crate::json::schema::{SchemaComparison, SchemaObject};
use crate::model::Request;
use crate::output::human::schema as human;
use crate::output::style;
use crate::payload::{JsonStyle, Node, form};
use crate::store::OpenOptions;
use crate::text::count;

pub(super) fn run(context: &Context, args: &SchemaArgs) -> Result<Exit, Failure> {
    if args.changes || args.watch {
        return changing::run(context, args);
    }
    // A file that cannot be compared with is told before a store is read through.
    let against = args.against.as_deref().map(|path| read_schema(path).map(|schema| (path, schema))).transpose()?;
    let store = context.store(&OpenOptions::default())?;
    let mut observed = Observed::default();
    let mut kind: Option<Kind> = None;
    let mut unreadable = 0;
    for capture in selection::chosen(context, &store, &[], &args.selection, args.limit)? {
        let (delivery, request) = capture?;
        let own = Kind { provider: delivery.summary.provider, event_type: delivery.summary.event_type };
        match &kind {
            Some(first) if *first != own => return Err(several(first, &own)),
            Some(_) => {}
            None => kind = Some(own),
        }
        match payload(&request) {
            Some(document) => observed.add(&document),
            None => unreadable += 1,
        }
    }
    let Some(Kind { provider, event_type }) = kind else {
        return Err(Failure::usage("nothing recorded that fits").hint("'hookctl events stats' shows what there is"));
    };
    let captures = observed.shape.seen;
    if captures == 0 {
        return Err(Failure::usage("no body is JSON, nor a form"));
    }
    if unreadable > 0 {
        let bodies = count(unreadable, "body that is", "bodies that are");
        context.output.note(&style::dim(&format!("left out {bodies} neither JSON nor a form")));
    }
    let Some((file, schema)) = against else {
        let words: Vec<&str> = [provider.as_deref(), event_type.as_deref()].into_iter().flatten().collect();
        let from = count(usize::try_from(captures).unwrap_or(usize::MAX), "capture", "captures");
        let schema = document(&observed.shape, &words.join(" "), &format!("inferred from {from}"));
        print(context, &schema, provider, event_type, captures);
        return Ok(Exit::Yes);
    };
    let drifts = compare(&schema, &observed.shape);
    let (breaking, changes): (Vec<_>, Vec<_>) = drifts.iter().partition(|drift| DriftKind::is_breaking(drift.kind));
    let compatible = breaking.is_empty();
    if context.output.is_json() {
        context.output.json(&SchemaComparison {
            kind: "schema_comparison",
            against: file.to_owned(),
            provider,
            event_type,
            captures,
            compatible,
            breaking: breaking.into_iter().map(Into::into).collect(),
            changes: changes.into_iter().map(Into::into).collect(),
        });
    } else {
        context.output.block(&human::lines(captures, &drifts));
    }
    Ok(if compatible { Exit::Yes } else { Exit::No })
}

fn print(context: &Context, schema: &Node, provider: Option<String>, event_type: Option<String>, captures: u64) {
    let output = &context.output;
    if output.is_json() {
        let schema = raw(schema.compact());
        output.json(&SchemaObject { kind: "schema", provider, event_type, captures, schema });
    } else {
        let pretty = JsonStyle { indent: 2, end: "\n".to_owned(), ..JsonStyle::default() };
        output.raw(&schema.write(&pretty));
    }
}

/// What a body says; `None` if it is neither JSON nor a form.
pub(super) fn payload(request: &Request) -> Option<Node> {
    if request.is_form() { Some(form::decode(&request.body)) } else { Node::parse(&request.body).ok() }
}

pub(super) fn read_schema(path: &str) -> Result<Schema, Failure> {
    let node = Node::parse(&read_input(path)?).map_err(|error| Failure::usage(format!("{path}: {error}")))?;
    Schema::read(&node).map_err(|error| {
        Failure::usage(format!("{path}: {error}")).hint("'hookctl events schema' without --against writes one that is")
    })
}

fn several(one: &Kind, other: &Kind) -> Failure {
    let name = |kind: &Kind| {
        let words = [kind.provider.as_deref(), kind.event_type.as_deref()].map(|word| word.unwrap_or("unknown"));
        format!("'{}'", words.join(" "))
    };
    Failure::usage(format!(
        "a schema is of one event type, and these captures are of {} and {}",
        name(one),
        name(other)
    ))
    .hint("choose with --provider and --event; 'hookctl events stats' lists what there is")
}
