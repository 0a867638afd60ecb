//! A profile of the configuration: the flags that it stands for, below those that were typed.

use clap::{Args, Command, FromArgMatches};

use crate::cli::load::{LoadArgs, LoadFlags};
use crate::commands::Context;
use crate::config::{LoadProfile, PROFILE_SWITCHES};
use crate::error::Failure;
use crate::text::{list, nearest};

/// What was typed, over what the profile says that it names; as it is, if it names none.
pub(super) fn with_profile(context: &Context, args: &LoadArgs) -> Result<LoadArgs, Failure> {
    let Some(name) = args.target.as_deref().filter(|target| !target.contains("://")) else { return Ok(args.clone()) };
    let Some(profile) = context.config.load.get(name) else { return Err(unknown(context, name)) };
    let below =
        read(profile).map_err(|problem| Failure::usage(format!("[load.{name}] in {}: {problem}", place(profile))))?;
    let flags = args.flags.clone().over(below.flags);
    check(&flags)?;
    Ok(LoadArgs { target: below.target, flags, ..args.clone() })
}

/// What clap refuses on a command line, and two of them together may say all the same.
fn check(flags: &LoadFlags) -> Result<(), Failure> {
    let LoadFlags { what, pace, edits, .. } = flags;
    let edited = [&edits.set, &edits.set_string, &edits.set_json, &edits.unset].iter().any(|list| !list.is_empty());
    let changes = [
        (edited, "a change of the payload"),
        (!what.payload_size.is_empty(), "--payload-size"),
        (what.batch.is_some(), "--batch"),
    ];
    let fixed = [(what.data.is_some(), "--data"), (!what.from_events.is_empty(), "--from-events")];
    let said = |list: &[(bool, &'static str)]| list.iter().find(|(said, _)| *said).map(|(_, name)| *name);
    let clash = match (said(&fixed), said(&changes)) {
        _ if fixed.iter().all(|(said, _)| *said) => Some(("--data", "--from-events")),
        (Some(body), Some(change)) => Some((body, change)),
        _ if !pace.stage.is_empty() && pace.duration.is_some() => Some(("--stage", "--duration")),
        _ if pace.speed.is_some() && what.from_events.is_empty() => {
            return Err(Failure::usage("--speed is about recorded gaps: it needs --from-events"));
        }
        _ => None,
    };
    let hint = "one of them is the profile's; leave out the other, or write the command without the profile";
    match clash {
        None => Ok(()),
        Some((one, other)) => Err(Failure::usage(format!("{one} and {other} cannot go together")).hint(hint)),
    }
}

fn place(profile: &LoadProfile) -> String {
    profile.values().next().map_or_else(|| "the configuration".to_owned(), |(_, origin)| origin.place())
}

/// The flags that a profile stands for.
fn read(profile: &LoadProfile) -> Result<LoadArgs, String> {
    let mut line = vec!["load".to_owned()];
    for (key, (words, _)) in profile {
        let flag = format!("--{}", key.replace('_', "-"));
        match (*key, words.as_slice()) {
            ("target", [url]) => line.push(url.clone()),
            (key, [word]) if PROFILE_SWITCHES.contains(&key) && word == "true" => line.push(flag),
            (key, [word]) if PROFILE_SWITCHES.contains(&key) && word == "false" => {}
            (_, words) => line.extend(words.iter().map(|word| format!("{flag}={word}"))),
        }
    }
    let problem = |error: &clap::Error| {
        let text = error.render().to_string();
        text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
    };
    let command = LoadArgs::augment_args(Command::new("load"));
    let matches = command.try_get_matches_from(&line).map_err(|error| problem(&error))?;
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
