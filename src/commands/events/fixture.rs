//! `hookctl events fixture`

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::events::fixture::FixtureArgs;
use crate::commands::new_file::NewFile;
use crate::commands::{Context, selection};
use crate::config::{FolderError, provider_folder};
use crate::error::Failure;
use crate::exit::Exit;
use crate::http::head::request_of;
use crate::json::fixture::FixtureObject;
use crate::output::{sanitize, style};
use crate::payload::JsonStyle;
use crate::provider::{Provider, ProviderFiles, check, fixture};
use crate::secrets::Secrets;
use crate::store::{OpenOptions, StoreError};
use crate::text::count;

pub(super) fn run(context: &Context, args: &FixtureArgs) -> Result<Exit, Failure> {
    let dir = folder(context, args)?;
    let store = context.store(&OpenOptions::default())?;
    let numbers = selection::named(&store, std::slice::from_ref(&args.id))?;
    let [number] = numbers.as_slice() else {
        return Err(Failure::usage(format!(
            "'{}' names {} deliveries, and one makes a fixture",
            args.id,
            numbers.len()
        )));
    };
    let delivery = store.get(*number)?;
    let request = request_of(&delivery).map_err(|_| StoreError::Damaged { number: Some(*number) })?;
    let catalog = context.catalog()?;
    let named = args.provider.as_deref().or(delivery.summary.provider.as_deref());
    let named = named.ok_or_else(|| {
        Failure::usage(format!("#{number}: no provider was recognised")).hint("say who sent it: --provider NAME")
    })?;
    let provider = catalog.get(named)?;
    let made = fixture::of(&request, &provider, delivery.summary.received_at)
        .map_err(|error| Failure::usage(format!("#{number}: {error}")))?;
    let file = file_of(&made.event_type).ok_or_else(|| {
        Failure::usage(format!("#{number}: the event type '{}' cannot be the name of a file", made.event_type))
    })?;
    let pretty = JsonStyle { indent: 2, end: "\n".to_owned(), ..JsonStyle::default() };
    let content = made.document.write(&pretty);
    let output = &context.output;
    let Some(dir) = dir else {
        output.raw(&content);
        return Ok(Exit::Yes);
    };
    let own = dir.join(&provider.name);
    try_out(&provider, &own, &file, &content, &made.event_type)?;
    let path = own.join(&file);
    let parent = path.parent().unwrap_or(&own);
    fs::create_dir_all(parent).map_err(|error| Failure::unwritable(parent, &error))?;
    let mut new = NewFile::create(&path, args.force)?;
    new.write_all(&content).map_err(|error| Failure::unwritable(&path, &error))?;
    new.finish()?;
    let shown = path.display().to_string();
    let object = FixtureObject {
        kind: "fixture",
        provider: provider.name.clone(),
        event_type: made.event_type.clone(),
        path: shown.clone(),
        placeholders: made.placeholders,
    };
    output.result(&object, || {
        let placeholders = count(made.placeholders, "placeholder", "placeholders");
        format!("{} written, with {placeholders}", sanitize::line(&shown))
    });
    let configured = context.config.providers_dir.as_ref().is_some_and(|setting| same(&setting.value, &dir));
    let set = if configured {
        String::new()
    } else {
        format!("with providers_dir = \"{}\" in hookctl.toml, ", dir.display())
    };
    let next = format!("{set}'hookctl send {} {}' sends one like it", provider.name, made.event_type);
    output.note(&format!("{} {}", style::dim("hint:"), sanitize::line(&next)));
    Ok(Exit::Yes)
}

/// Where it is written; `None`: it is printed.
fn folder(context: &Context, args: &FixtureArgs) -> Result<Option<PathBuf>, Failure> {
    if args.stdout {
        return Ok(None);
    }
    let configured = context.config.providers_dir.as_ref().map(|setting| setting.value.clone());
    let dir = args.dir.clone().or(configured);
    dir.map(Some).ok_or_else(|| {
        Failure::usage("there is no folder for your own providers")
            .hint("say where with --dir DIR, or set providers_dir in hookctl.toml; --stdout prints it")
    })
}

/// The path of an event below its provider's folder. The type may have come from anybody: it names nothing outside.
fn file_of(event_type: &str) -> Option<PathBuf> {
    let fine = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.chars().all(|c| c.is_alphanumeric() || "._-: ".contains(c))
            && part.len() <= 120
    };
    let parts: Vec<&str> = event_type.split('/').collect();
    (parts.len() <= 4 && parts.iter().all(|part| fine(part)))
        .then(|| Path::new("events").join(format!("{event_type}.json")))
}

/// Renders it, signs it, and verifies that, before anything is written: with the files that are in its folder already.
fn try_out(provider: &Provider, own: &Path, file: &Path, content: &[u8], event: &str) -> Result<(), Failure> {
    let mut files: BTreeMap<String, Vec<u8>> = match provider_folder(own) {
        Ok(folder) => folder.files.into_iter().collect(),
        Err(FolderError::File(_) | FolderError::NoDefinition { .. }) => BTreeMap::new(),
        Err(error) => return Err(error.into()),
    };
    files.insert(file.display().to_string(), content.to_vec());
    let files = ProviderFiles { place: own.display().to_string(), files };
    let tried = Arc::new(Provider::parse(&provider.name, Some(&files), None)?);
    let pair = Secrets::fresh(&tried);
    check::event(&tried, event, &pair).map_err(|problem| {
        Failure::usage(format!("the fixture would not work: {problem}"))
            .hint("--stdout prints it, to be put right by hand")
    })
}

fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_type_names_no_file_outside() {
        for (name, path) in [
            ("charge.refunded", Some("events/charge.refunded.json")),
            ("orders/create", Some("events/orders/create.json")),
            ("../x", None),
            ("a/../../x", None),
            ("/etc/x", None),
            (".hidden", None),
            ("a\u{0}b", None),
            ("", None),
            ("a/b/c/d/e", None),
        ] {
            assert_eq!(file_of(name), path.map(PathBuf::from), "{name}");
        }
    }
}
