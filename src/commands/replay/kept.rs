//! A replay as it is kept until it is done, so that somebody can go on with it: what was chosen, in the order of its turns,
//! and what is done with it. Never a secret.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::Recording;
use crate::cli::replay::ReplayArgs;
use crate::clock;
use crate::commands::send::inputs::reference;
use crate::deliver::build::parse_url;
use crate::deliver::replay::{Plan, Targets};
use crate::error::Failure;
use crate::model::Run;
use crate::payload::Seed;

/// The plan of a replay.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    /// What was typed, but for what chooses deliveries.
    pub(super) args: ReplayArgs,
    /// Who sent what has no sender of its own.
    pub(super) provider: Option<String>,
    /// Whether it is of dead letters.
    pub(super) dead: bool,
    /// Where it goes, …
    to: Vec<String>,
    /// … unless hookctl sent it somewhere before.
    same: bool,
    /// What decides all chance, in hex.
    seed: String,
    /// What is sent, in the order of the turns: from one number to another, up or down.
    turns: Vec<(i64, i64)>,
    /// The file that it is from.
    pub(super) file: Option<KeptFile>,
    /// Where the secrets are: `env:NAME`, `file:PATH`.
    pub(super) secrets: Vec<String>,
    /// Whether there was a secret that is not here.
    pub(super) withheld: bool,
}

/// A file that must be as it was.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptFile {
    pub(super) path: String,
    bytes: u64,
    modified_micros: u64,
}

impl KeptFile {
    /// The file as it is now.
    pub(super) fn of(path: &str) -> Result<Self, Failure> {
        let unreadable = |error: std::io::Error| Failure::unreadable(Path::new(path), &error);
        let known = fs::metadata(path).map_err(unreadable)?;
        let modified = known.modified().map_err(unreadable)?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let absolute = std::path::absolute(path).map_err(unreadable)?;
        let modified_micros = u64::try_from(modified.as_micros()).unwrap_or(u64::MAX);
        Ok(Self { path: absolute.display().to_string(), bytes: known.len(), modified_micros })
    }
}

/// The run of a replay that begins. What came from standard input, which nobody can read again, is kept with it.
pub(super) fn run(args: &ReplayArgs, plan: &Plan, tape: &impl Recording) -> Result<Run, Failure> {
    let input = tape.input().cloned();
    let file = args.from.as_deref().filter(|_| input.is_none()).map(KeptFile::of).transpose()?;
    let (to, same) = match &plan.targets {
        Targets::These(urls) => (urls, false),
        Targets::Same(urls) => (urls, true),
    };
    let mut args = args.clone();
    args.tls.cacert = args.tls.cacert.map(|path| std::path::absolute(&path).unwrap_or(path));
    let references: Vec<Option<String>> = args.secrets.secrets.iter().map(|text| reference(text)).collect();
    let round = (0..tape.len() as u64).map(|turn| tape.key(plan.schedule.position(turn)));
    let now = clock::now();
    let kept = Kept {
        provider: args.selection.provider.clone(),
        dead: args.selection.dead,
        to: to.iter().map(ToString::to_string).collect(),
        same,
        seed: hex::encode(plan.seed.as_bytes()),
        turns: ranges(round),
        file,
        withheld: references.contains(&None),
        secrets: references.into_iter().flatten().collect(),
        args,
    };
    Ok(Run {
        id: clock::run_id(now),
        started_at: now,
        command: "replay".to_owned(),
        plan: serde_json::to_string(&kept).expect("arguments have text keys and finite numbers"),
        body: input,
        next: 0,
    })
}

impl Kept {
    /// What is sent, in the order of the turns of a round.
    pub(super) fn numbers(&self) -> Vec<i64> {
        let step = |(from, to): &(i64, i64)| -> Box<dyn Iterator<Item = i64>> {
            if from <= to { Box::new(*from..=*to) } else { Box::new((*to..=*from).rev()) }
        };
        self.turns.iter().flat_map(step).collect()
    }

    /// Where it goes.
    pub(super) fn targets(&self) -> Result<Targets, Failure> {
        let urls = self.to.iter().map(|url| parse_url(url)).collect::<Result<_, _>>()?;
        Ok(if self.same { Targets::Same(urls) } else { Targets::These(urls) })
    }

    /// What decides all chance.
    pub(super) fn seed(&self) -> Result<Seed, Failure> {
        let bytes = hex::decode(&self.seed).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Seed::from_bytes).ok_or_else(|| {
            Failure::surroundings("the interrupted replay is damaged").hint("'hookctl replay --discard' forgets it")
        })
    }
}

/// Numbers as ranges, each of which goes up or down by one.
fn ranges(numbers: impl Iterator<Item = i64>) -> Vec<(i64, i64)> {
    let mut all: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match all.last_mut() {
            Some((from, to)) if (*to >= *from && number == *to + 1) || (*to <= *from && number == *to - 1) => {
                *to = number;
            }
            _ => all.push((number, number)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_in_their_order() {
        for (numbers, kept) in [
            (vec![1, 2, 3, 7, 8], vec![(1, 3), (7, 8)]),
            (vec![5, 4, 3], vec![(5, 3)]),
            (vec![2, 1, 2, 9], vec![(2, 1), (2, 2), (9, 9)]),
            (vec![], vec![]),
        ] {
            assert_eq!(ranges(numbers.iter().copied()), kept);
            let kept = Kept {
                args: crate::cli::Cli::replay_defaults(),
                provider: None,
                dead: false,
                to: Vec::new(),
                same: true,
                seed: String::new(),
                turns: kept,
                file: None,
                secrets: Vec::new(),
                withheld: false,
            };
            let read: Kept = serde_json::from_str(&serde_json::to_string(&kept).expect("JSON")).expect("a plan");
            assert_eq!(read.numbers(), numbers);
        }
    }
}
