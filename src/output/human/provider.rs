//! Providers as a table, and one of them whole.

use std::sync::Arc;

use crate::model::quantity::show_duration;
use crate::output::table::Table;
use crate::output::{sanitize, style};
use crate::provider::check::Report;
use crate::provider::retry::RetryRule;
use crate::provider::{Catalog, Origin, Provider};
use crate::signature::scheme::Scheme;
use crate::text::count;

/// The table of `providers list`.
pub fn table(providers: &[Arc<Provider>], catalog: &Catalog) -> Vec<String> {
    let mut table = Table::with_titles(&["name", "title", "signs with", "events", "status"]);
    for provider in providers {
        let mut kinds: Vec<&str> = provider.definition.schemes().map(|scheme| scheme.kind.as_str()).collect();
        kinds.dedup();
        table.row(vec![
            style::strong(&provider.name),
            match origin_of(&provider.name, &catalog.origin(&provider.name)) {
                Some(origin) => format!("{} ({origin})", provider.definition.title),
                None => provider.definition.title.clone(),
            },
            if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") },
            provider.events().len().to_string(),
            style::dim(provider.definition.status.as_str()),
        ]);
    }
    table.lines()
}

/// Where a provider comes from, if it is not just built in.
fn origin_of(name: &str, origin: &Origin) -> Option<String> {
    let what = match origin {
        Origin::BuiltIn => return None,
        Origin::Folder(place) => format!("yours, {}", sanitize::line(place)),
        Origin::Table(place) if Catalog::is_built_in(name) => format!("changed by {}", sanitize::line(place)),
        Origin::Table(place) => format!("yours, {}", sanitize::line(place)),
    };
    let instead = matches!(origin, Origin::Folder(_)) && Catalog::is_built_in(name);
    Some(if instead { format!("{what}, instead of the built-in one") } else { what })
}

fn scheme(scheme: &Scheme) -> String {
    let what = if scheme.signs_body() { format!(" of {}", scheme.content.as_str()) } else { String::new() };
    format!("{} in {}: {}{what}", scheme.id, scheme.carrier.describe(), scheme.kind.as_str())
}

/// A provider whole.
pub fn whole(provider: &Provider, origin: &Origin) -> Vec<String> {
    let definition = &provider.definition;
    let mut lines = vec![format!(
        "{}  {}  {}",
        style::strong(&provider.name),
        definition.title,
        style::dim(definition.status.as_str())
    )];
    let mut fact = |name: &str, value: String| lines.push(format!("  {}{value}", style::dim(&format!("{name:<11}"))));
    fact("docs", definition.docs.clone());
    if let Some(origin) = origin_of(&provider.name, origin) {
        fact("from", origin);
    }
    if let Some(note) = &definition.note {
        fact("note", note.clone());
    }
    if let Some(secret) = &definition.secret {
        fact("secret", secret.name.clone());
    }
    for (at, one) in definition.schemes().enumerate() {
        fact(if at == 0 { "signs" } else { "" }, scheme(one));
    }
    if let Some(rule) = definition.schemes().find_map(|scheme| scheme.timestamp.as_ref()) {
        fact("tolerance", rule.tolerance.to_string());
    }
    if !definition.handshake.is_empty() {
        let ids: Vec<&str> = definition.handshake.iter().map(|handshake| handshake.id.as_str()).collect();
        fact("handshakes", ids.join(", "));
    }
    let accepts: Vec<String> = definition.answer.accept.iter().map(ToString::to_string).collect();
    let within = definition.answer.timeout.map_or(String::new(), |time| format!(" within {}", show_duration(time)));
    fact("accepts", format!("{}{within}", accepts.join(", ")));
    if let Some(rule) = &definition.retry {
        fact("retries", retries(rule));
    }
    let events = provider.events();
    fact("events", events.len().to_string());
    lines.extend(events.iter().map(|event| format!("    {event}")));
    lines
}

fn retries(rule: &RetryRule) -> String {
    let mut parts = Vec::new();
    let jitter = if rule.jitter > 0.0 { format!(" ±{}%", rule.jitter * 100.0) } else { String::new() };
    match (&rule.schedule, &rule.backoff, rule.waits()) {
        (_, _, Some(waits)) if waits.is_empty() => parts.push("never".to_owned()),
        (Some(_), _, Some(waits)) => {
            let waits: Vec<String> = waits.iter().map(|wait| show_duration(*wait)).collect();
            parts.push(format!("after {}{jitter}", waits.join(", ")));
        }
        (None, Some(backoff), Some(waits)) => {
            let times = count(waits.len(), "time", "times");
            let span = show_duration(waits.iter().sum());
            parts.push(format!(
                "{times} in {span}, after {}, ×{} each{jitter}",
                show_duration(backoff.first),
                backoff.factor
            ));
        }
        _ => {}
    }
    if let Some(triggers) = &rule.retries_on {
        let triggers: Vec<String> = triggers.iter().map(ToString::to_string).collect();
        parts.push(format!("on {}", triggers.join(", ")));
    }
    parts.extend(rule.note.clone());
    parts.join("; ")
}

/// What was found about a provider: a line if all is well, else a line a problem.
pub fn report(name: &str, report: &Report) -> String {
    if report.problems.is_empty() {
        let events = count(report.events, "event", "events");
        let scenarios = count(report.scenarios, "scenario", "scenarios");
        let handshakes = count(report.handshakes, "handshake", "handshakes");
        let vectors = count(report.vectors, "vector", "vectors");
        let mark = style::good("✓");
        return format!(
            "{mark} {name}: {events} rendered, signed and verified; {scenarios} rendered; {handshakes} answered; {vectors} judged"
        );
    }
    let line = |problem: &String| format!("{} {name}: {}", style::bad("✗"), sanitize::line(problem));
    report.problems.iter().map(line).collect::<Vec<_>>().join("\n")
}
