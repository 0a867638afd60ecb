//! `hookctl events fixture`

use std::path::PathBuf;

use clap::Args;

/// Make an event of your own from a capture
///
/// Ids and times become placeholders, so that each 'hookctl send' makes fresh ones; everything else stays as it was captured,
/// personal data too. The file is written to your own providers: the folder that 'providers_dir' in the configuration names, or
/// --dir. There, an event alone adds to the built-in provider of its folder's name.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl events fixture --dir providers
  hookctl events fixture 12 --stdout
  hookctl events fixture latest --provider github --force")]
pub struct FixtureArgs {
    /// A number, latest, latest~1, or part of an id
    #[arg(value_name = "ID", default_value = "latest")]
    pub id: String,

    /// Who sent it, where the capture does not tell
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,

    /// Write below this folder instead of 'providers_dir'
    #[arg(long, value_name = "DIR", conflicts_with = "stdout")]
    pub dir: Option<PathBuf>,

    /// Print it instead
    #[arg(long)]
    pub stdout: bool,

    /// Overwrite the file that is there
    #[arg(long, conflicts_with = "stdout")]
    pub force: bool,
}
