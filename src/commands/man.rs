//! `hookctl man`

use clap::CommandFactory;

use super::Context;
use crate::cli::Cli;
use crate::cli::man::ManArgs;
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::written::Written;

pub(super) fn run(context: &Context, args: &ManArgs) -> Result<Exit, Failure> {
    let command = Cli::command();
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(|error| Failure::unwritable("page".as_ref(), &error))?;
        context.output.raw(&page);
        return Ok(Exit::Yes);
    };
    std::fs::create_dir_all(dir).map_err(|error| Failure::unwritable(dir, &error))?;
    clap_mangen::generate_to(command, dir).map_err(|error| Failure::unwritable(dir, &error))?;
    context
        .output
        .result(&Written::new(dir.display()), || format!("wrote a page for each command to {}", dir.display()));
    Ok(Exit::Yes)
}
