//! The `[load.NAME]` tables: what `hookctl load NAME` is to do, in the words of its flags.
//!
//! A profile is kept as the flags that it stands for; the command line reads them, so that a value means the same in both
//! places.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::layer::{Author, given};
use super::origin::Origin;
use super::position::Lines;
use super::value::Given;
use crate::model::mask::MASK;
use crate::text::nearest;

/// The keys of a profile: the long flags of `load`, with underscores, and `target` for its argument.
pub const PROFILE_KEYS: [&str; 41] = [
    "target",
    "provider",
    "event",
    "data",
    "payload_size",
    "batch",
    "from_events",
    "filter",
    "header",
    "url",
    "seed",
    "rate",
    "concurrency",
    "stage",
    "burst",
    "speed",
    "duration",
    "requests",
    "warm_up",
    "max_in_flight",
    "threads",
    "duplicates",
    "invalid",
    "http_version",
    "streams",
    "cacert",
    "insecure",
    "allow_remote",
    "abort_on",
    "allow_missed_rate",
    "probe_url",
    "probe_cmd",
    "assert",
    "baseline",
    "report",
    "github_summary",
    "secret",
    "set",
    "set_string",
    "set_json",
    "unset",
];

/// Those that are flags without a value: they are true or false.
pub const PROFILE_SWITCHES: [&str; 4] = ["allow_remote", "allow_missed_rate", "github_summary", "insecure"];

/// What a file that came with somebody else's repository may not decide: whom to hit, and what to run.
const NOT_FOR_PROJECTS: [&str; 2] = ["allow_remote", "probe_cmd"];

/// A profile: for each key its words, and who said so.
pub type LoadProfile = BTreeMap<&'static str, (Vec<String>, Origin)>;

/// Reads the `load` table of a file.
pub(super) fn read_profiles(
    table: &DeTable<'_>,
    author: Author<'_>,
    lines: &Lines<'_>,
) -> Result<BTreeMap<String, LoadProfile>, ConfigError> {
    let mut profiles = BTreeMap::new();
    for (name, value) in table {
        let origin = author.at(lines.line(name.span().start));
        let name: &str = name.get_ref();
        let DeValue::Table(inner) = value.get_ref() else {
            let found = given(value.get_ref()).kind();
            return Err(ConfigError::WrongType { key: format!("load.{name}"), origin, wanted: "a table", found });
        };
        let mut profile = LoadProfile::new();
        for (key, value) in inner {
            let origin = author.at(lines.line(key.span().start));
            let full = format!("load.{name}.{}", key.get_ref());
            let Some(known) = PROFILE_KEYS.into_iter().find(|known| *known == key.get_ref().as_ref()) else {
                let near = nearest(key.get_ref(), PROFILE_KEYS);
                let nearest = near.into_iter().map(|near| format!("load.{name}.{near}")).collect();
                return Err(ConfigError::UnknownKey { key: full, origin, nearest });
            };
            let value = given(value.get_ref());
            let Some(words) = words(&value) else {
                let wanted = "text, a number, true, false or a list";
                return Err(ConfigError::WrongType { key: full, origin, wanted, found: value.kind() });
            };
            if let Origin::ProjectFile { path, line } = &origin
                && NOT_FOR_PROJECTS.contains(&known)
                && words != ["false"]
            {
                let (path, line) = (path.clone(), *line);
                return Err(ConfigError::NotForProjects { key: known.to_owned(), value: words.join(", "), path, line });
            }
            profile.insert(known, (words, origin));
        }
        profiles.insert(name.to_owned(), profile);
    }
    Ok(profiles)
}

/// The words of a key as they may be seen.
pub(super) fn shown(key: &str, words: &[String]) -> String {
    if key == "secret" { MASK.to_owned() } else { words.join(", ") }
}

fn words(value: &Given) -> Option<Vec<String>> {
    match value {
        Given::Text(text) => Some(vec![text.clone()]),
        Given::Bool(value) => Some(vec![value.to_string()]),
        Given::Integer(number) => Some(vec![number.to_string()]),
        Given::List(items) => {
            let one = |item: &Given| words(item).filter(|words| words.len() == 1).map(|mut words| words.swap_remove(0));
            items.iter().map(one).collect()
        }
        Given::Words(_) | Given::Other(_) => None,
    }
}
