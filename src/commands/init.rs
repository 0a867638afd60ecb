//! `hookctl init`

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::Context;
use crate::cli::init::InitArgs;
use crate::config::{DEFAULTS, PROJECT_FILE};
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::written::Written;

pub(super) fn run(context: &Context, args: &InitArgs) -> Result<Exit, Failure> {
    let path = Path::new(PROJECT_FILE);
    let mut options = OpenOptions::new();
    options.write(true);
    if args.force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(path).and_then(|mut file| file.write_all(template().as_bytes()));
    match written {
        Ok(()) => {
            context.output.result(&Written::new(PROJECT_FILE), || {
                format!("wrote {PROJECT_FILE}: every key with its default, commented out")
            });
            Ok(Exit::Yes)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Failure::usage(format!("there is a {PROJECT_FILE} already")).hint("--force overwrites it"))
        }
        Err(error) => Err(Failure::unwritable(path, &error)),
    }
}

/// The defaults with every value commented out: a file that pinned them would override its user's own configuration.
fn template() -> String {
    let is_value = |line: &str| !line.is_empty() && !line.starts_with(['#', '[']);
    let lines = DEFAULTS.lines().map(|line| if is_value(line) { format!("# {line}\n") } else { format!("{line}\n") });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_file_changes_nothing() {
        let table: toml::Table = template().parse().expect("TOML");
        let set = table.values().filter(|value| value.as_table().is_none_or(|table| !table.is_empty()));
        assert_eq!(set.count(), 0, "{}", template());
        assert!(template().contains("# bind = \"127.0.0.1:4400\""));
    }
}
