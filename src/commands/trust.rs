//! `hookctl trust`

use std::path::Path;

use super::Context;
use crate::cli::trust::TrustArgs;
use crate::config::{Config, Sources, TrustList, TrustedFile, read_project_file};
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::trust::TrustedObject;
use crate::output::{sanitize, style};

pub(super) fn run(context: &Context, args: &TrustArgs) -> Result<Exit, Failure> {
    let Some(folder) = &context.config.data_folder else {
        return Err(Failure::surroundings("there is no place for the list: neither HOME nor XDG_DATA_HOME is set"));
    };
    let list = TrustList::in_folder(folder);
    if args.list {
        return all(context, &list);
    }
    let path = match (&args.file, &context.config.project_file) {
        (Some(path), _) => context.sources.start_dir.join(path),
        (None, Some(path)) => path.clone(),
        (None, None) => {
            return Err(Failure::usage("there is no hookctl.toml here or in a folder above")
                .hint("'hookctl init' writes one; or name the file"));
        }
    };
    if args.revoke { revoke(context, &list, &path) } else { accept(context, &list, &path) }
}

fn all(context: &Context, list: &TrustList) -> Result<Exit, Failure> {
    let output = &context.output;
    for file in list.all()? {
        if output.is_json() {
            output.json(&object(&file));
        } else {
            output.line(&format!(
                "{}  {}",
                &file.sha256[..file.sha256.len().min(12)],
                sanitize::line(&file.path.display().to_string())
            ));
        }
    }
    Ok(Exit::Yes)
}

fn object(file: &TrustedFile) -> TrustedObject {
    TrustedObject::new(file.path.display().to_string(), file.sha256.clone())
}

fn revoke(context: &Context, list: &TrustList, path: &Path) -> Result<Exit, Failure> {
    let shown = path.display().to_string();
    let shown = sanitize::line(&shown);
    if !list.revoke(path)? {
        return Err(Failure::usage(format!("{shown} was not accepted")).hint("'hookctl trust --list' shows what was"));
    }
    context.output.note(&format!("{shown} is accepted no more"));
    Ok(Exit::Yes)
}

/// Accepts the file in the state in which it is read here, whatever becomes of it meanwhile.
fn accept(context: &Context, list: &TrustList, path: &Path) -> Result<Exit, Failure> {
    let bytes = read_project_file(path)?;
    let sources = Sources { project_file: Some(path.to_owned()), trust_project: true, ..context.sources.clone() };
    let config = Config::load(&sources)?;
    let accepted = list.accept(path, &bytes)?;
    let output = &context.output;
    if output.is_json() {
        output.json(&object(&accepted));
        return Ok(Exit::Yes);
    }
    let name = accepted.path.display().to_string();
    output.line(&format!("{} {}", style::good("trusted"), sanitize::line(&name)));
    for entry in config.reserved() {
        let (key, value) = (sanitize::line(&entry.key), sanitize::line(&entry.shown));
        output.note(&style::dim(&format!(
            "  it may now: {key} = {value} (line {})",
            entry.origin.file().map_or(0, |(_, line)| line)
        )));
    }
    if config.reserved().is_empty() {
        output.note(&style::dim("  there is nothing in it that needs to be accepted"));
    }
    Ok(Exit::Yes)
}
