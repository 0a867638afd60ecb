//! `hookctl completions`

use clap::Args;
use clap_complete::Shell;

/// Print a completion script for a shell
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hookctl completions bash > ~/.local/share/bash-completion/completions/hookctl
  hookctl completions zsh > ~/.zfunc/_hookctl
  hookctl completions fish > ~/.config/fish/completions/hookctl.fish")]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}
