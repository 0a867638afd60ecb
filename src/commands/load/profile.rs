//! A profile of the configuration: the flags that it stands for, in front of those that were typed.

use clap::{ArgAction, Args, Command, FromArgMatches};

use crate::cli::load::LoadArgs;
use crate::commands::Context;
use crate::config::LoadProfile;
use crate::error::Failure;
use crate::text::{list, nearest};

/// What was typed, with what the profile that it names says; as it is, if it names none. A flag that was typed replaces the
/// profile's; lists are put together.
pub(super) fn with_profile(context: &Context, args: &LoadArgs) -> Result<LoadArgs, Failure> {
    let Some(name) = args.target.as_deref().filter(|target| !target.contains("://")) else { return Ok(args.clone()) };
    let Some(profile) = context.config.load.get(name) else { return Err(unknown(context, name)) };
    let mut line = vec!["load".to_owned()];
    for (key, (words, _)) in profile {
        let flag = format!("--{}", key.replace('_', "-"));
        match (*key, words.as_slice()) {
            ("target", [url]) => line.push(url.clone()),
            ("allow_remote" | "allow_missed_rate" | "github_summary", [word]) if word == "true" => line.push(flag),
            ("allow_remote" | "allow_missed_rate" | "github_summary", [word]) if word == "false" => {}
            (_, words) => line.extend(words.iter().map(|word| format!("{flag}={word}"))),
        }
    }
    read(&line).map_err(|problem| Failure::usage(format!("[load.{name}] in {}: {problem}", place(profile))))?;
    line.extend(typed(name));
    let mut whole = read(&line).map_err(Failure::usage)?;
    whole.emit = args.emit.clone();
    Ok(whole)
}

fn place(profile: &LoadProfile) -> String {
    profile.values().next().map_or_else(|| "the configuration".to_owned(), |(_, origin)| origin.place())
}

/// What was typed behind `load`, without the profile's name and what belongs to all commands.
fn typed(name: &str) -> Vec<String> {
    let mut words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let mut behind: Vec<String> = words.by_ref().skip_while(|word| word != "load").skip(1).collect();
    if let Some(at) = behind.iter().position(|word| word == name) {
        behind.remove(at);
    }
    behind
}

/// Reads a command line of `load`, in which a later flag replaces an earlier one.
fn read(line: &[String]) -> Result<LoadArgs, String> {
    let command = crate::cli::GlobalArgs::augment_args(LoadArgs::augment_args(Command::new("load")));
    let command = command.mut_args(|arg| {
        let id = arg.get_id().clone();
        if matches!(arg.get_action(), ArgAction::Set | ArgAction::SetTrue) { arg.overrides_with(id) } else { arg }
    });
    let problem = |error: &clap::Error| {
        let text = error.render().to_string();
        text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
    };
    let matches = command.try_get_matches_from(line).map_err(|error| problem(&error))?;
    LoadArgs::from_arg_matches(&matches).map_err(|error| problem(&error))
}

fn unknown(context: &Context, name: &str) -> Failure {
    let names: Vec<String> = context.config.load.keys().cloned().collect();
    let failure = Failure::usage(format!("there is no profile '{name}': no [load.{name}] in the configuration"));
    match nearest(name, names.iter().map(String::as_str)).first() {
        Some(near) => failure.hint(format!("did you mean '{near}'?")),
        None if names.is_empty() => failure.hint("a URL has its http:// in front"),
        None => failure.hint(format!("there are {}; a URL has its http:// in front", list(&names))),
    }
}
