//! `hookctl providers`

use std::path::Path;
use std::sync::Arc;

use super::Context;
use crate::cli::providers::{ProvidersArgs, ProvidersCommand};
use crate::config::{FolderError, provider_folder, provider_folders};
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::check::CheckObject;
use crate::json::provider::ProviderObject;
use crate::output::human::provider as human;
use crate::provider::{Provider, ProviderFiles, check};
use crate::secrets::Secrets;

pub(super) fn run(context: &Context, args: &ProvidersArgs) -> Result<Exit, Failure> {
    match &args.command {
        None | Some(ProvidersCommand::List) => list(context),
        Some(ProvidersCommand::Show { name }) => show(context, name),
        Some(ProvidersCommand::Check { dir }) => check_folder(context, dir),
    }
}

fn list(context: &Context) -> Result<Exit, Failure> {
    let catalog = context.catalog()?;
    let providers = catalog.all()?;
    if context.output.is_json() {
        let object = |provider: &Arc<Provider>| ProviderObject::new(provider, catalog.origin(&provider.name));
        providers.iter().for_each(|provider| context.output.json(&object(provider)));
    } else {
        context.output.block(&human::table(&providers, &catalog));
    }
    Ok(Exit::Yes)
}

fn show(context: &Context, name: &str) -> Result<Exit, Failure> {
    let catalog = context.catalog()?;
    let (provider, origin) = (catalog.get(name)?, catalog.origin(name));
    if context.output.is_json() {
        context.output.json(&ProviderObject::new(&provider, origin));
    } else {
        context.output.block(&human::whole(&provider, &origin));
    }
    Ok(Exit::Yes)
}

/// A provider's own folder, or one that holds several.
fn check_folder(context: &Context, dir: &Path) -> Result<Exit, Failure> {
    let folders = match provider_folder(dir) {
        Ok(folder) => vec![folder],
        Err(FolderError::NoDefinition { .. } | FolderError::BadName { .. }) => provider_folders(dir)?,
        Err(error) => return Err(error.into()),
    };
    if folders.is_empty() {
        return Err(Failure::usage(format!("{} holds no provider", dir.display()))
            .hint("a provider is a folder with provider.toml and events/; fixtures/README.md describes it"));
    }
    let mut all_well = true;
    for folder in folders {
        let name = folder.name.clone();
        let files =
            ProviderFiles { place: folder.path.display().to_string(), files: folder.files.into_iter().collect() };
        let provider = Arc::new(Provider::parse(&name, Some(&files), None)?);
        let pair = Secrets::fresh(&provider);
        let report = check::run(&provider, &pair);
        all_well &= report.problems.is_empty();
        context.output.result(&CheckObject::new(&name, &report), || human::report(&name, &report));
    }
    Ok(if all_well { Exit::Yes } else { Exit::No })
}
