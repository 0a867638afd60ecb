//! Reading the routes again when a configuration file changes, without losing a delivery.
//!
//! A file that is wrong changes nothing: the routes that held go on to hold, and it is said where the error is. What else
//! a file says needs a restart.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use super::{Context, announce, targets};
use crate::config::{Config, PROJECT_FILE};
use crate::error::Failure;
use crate::receive::Receiver;
use crate::receive::notify::{Notice, Reloaded};

/// Editors write a file in several steps: what they do within this time is one change.
const SETTLE: Duration = Duration::from_millis(100);

/// Keys that are read again.
const READ_AGAIN: [&str; 3] = ["listen.forward_to", "listen.keep_path", "listen.tenant"];

/// What tells of changes, for as long as it is kept.
pub(super) struct Watching {
    changes: mpsc::Receiver<()>,
    _watcher: Option<notify::RecommendedWatcher>,
}

/// Watches from now on; a change that comes right behind this is heard.
pub(super) fn watch(context: &Context) -> Watching {
    let (tell, changes) = mpsc::channel(1);
    let files = files(context);
    let names: BTreeSet<OsString> =
        files.iter().filter_map(|file| file.file_name()).map(std::ffi::OsStr::to_owned).collect();
    let heard = move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        let concerned = event.paths.iter().filter_map(|path| path.file_name()).any(|name| names.contains(name));
        if concerned && !matches!(event.kind, EventKind::Access(_)) {
            // One that waits already tells as much.
            let _ = tell.try_send(());
        }
    };
    // Folders rather than files: editors put a new file in the place of the old one.
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).filter(|path| path.is_dir()).collect();
    let watcher = notify::recommended_watcher(heard).and_then(|mut watcher| {
        folders.into_iter().try_for_each(|folder| watcher.watch(folder, RecursiveMode::NonRecursive))?;
        Ok(watcher)
    });
    if watcher.is_err() {
        context.output.warning("changes of configuration files are not noticed: they cannot be watched");
    }
    Watching { changes, _watcher: watcher.ok() }
}

/// The files that are read, or would be if they were there.
fn files(context: &Context) -> Vec<PathBuf> {
    let here = || context.sources.start_dir.join(PROJECT_FILE);
    let project = context.config.project_file.clone().unwrap_or_else(here);
    context.sources.user_file.iter().cloned().chain([project]).collect()
}

/// Reads routes again with every change, for ever.
pub(super) async fn follow(context: &Context, receiver: &Arc<Receiver>, mut watching: Watching) {
    while watching.changes.recv().await.is_some() {
        tokio::time::sleep(SETTLE).await;
        let _ = watching.changes.try_recv();
        let reloaded = match reload(context, receiver).await {
            Ok(reloaded) => reloaded,
            Err(failure) => Reloaded { error: Some(failure.message), ..Reloaded::default() },
        };
        receiver.notices.tell(Notice::Reloaded(reloaded));
    }
    // Nobody will tell of anything more.
    std::future::pending::<()>().await;
}

async fn reload(context: &Context, receiver: &Arc<Receiver>) -> Result<Reloaded, Failure> {
    let config = Config::load(&context.sources)?;
    let routes = targets::routes(&config)?;
    announce::check_targets(context, &receiver.forward, &routes).await?;
    let count = routes.routes.len();
    if let Some(behind) = &receiver.behind {
        behind.start(routes.targets())?;
    }
    receiver.forward.set_routes(routes);
    let others = |config: &Config| -> BTreeSet<(String, String)> {
        let entries = config
            .entries()
            .iter()
            .filter(|entry| !entry.key.starts_with("route.") && !READ_AGAIN.contains(&entry.key.as_str()));
        entries.map(|entry| (entry.key.clone(), entry.shown.clone())).collect()
    };
    let (before, after) = (others(&context.config), others(&config));
    let restart = before.symmetric_difference(&after).map(|(key, _)| key.clone()).collect::<BTreeSet<_>>();
    Ok(Reloaded { routes: count, needs_restart: restart.into_iter().collect(), error: None })
}
