//! `hookctl completions`

use clap::CommandFactory;

use super::Context;
use crate::cli::Cli;
use crate::cli::completions::CompletionsArgs;
use crate::error::Failure;
use crate::exit::Exit;

#[expect(clippy::unnecessary_wraps, reason = "every command has this form")]
pub(super) fn run(context: &Context, args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "hookctl", &mut script);
    context.output.raw(&script);
    Ok(Exit::Yes)
}
