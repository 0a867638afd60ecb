//! Which mistakes have been told: a stream of the same one is told once and then counted.

use crate::diagnosis::{Cause, Diagnosis};
use crate::model::Verdict;
use crate::output::human::diagnosis as human;
use crate::output::style;
use crate::receive::notify::Explained;

/// Different mistakes that are told apart; a stranger who makes more of them must not fill the memory.
const MOST: usize = 100;

/// The mistakes so far, in the order in which they were first seen.
#[derive(Default)]
pub(super) struct Mistakes {
    seen: Vec<Seen>,
}

struct Seen {
    provider: String,
    causes: Vec<Cause>,
    first: i64,
    times: u64,
}

impl Mistakes {
    /// The line that is to be shown for a delivery, if any: the first of its kind whole, of the others each tenth,
    /// hundredth and so on as a count.
    pub(super) fn line(&mut self, explained: &Explained) -> Option<String> {
        let Explained { number, summary, diagnosis, .. } = explained;
        if !is_mistake(explained) {
            return None;
        }
        let (provider, causes) = (summary.provider.clone().unwrap_or_default(), causes(diagnosis));
        let Some(seen) = self.seen.iter_mut().find(|seen| seen.provider == provider && seen.causes == causes) else {
            if self.seen.len() < MOST {
                self.seen.push(Seen { provider, causes, first: *number, times: 1 });
            }
            let line = human::brief(diagnosis)?;
            return Some(format!("          {} {line}", style::dim(&format!("why #{number}:"))));
        };
        seen.times += 1;
        let is_round = |times: u64| times.ilog10() > (times - 1).ilog10();
        is_round(seen.times).then(|| {
            let (first, times) = (seen.first, seen.times);
            style::dim(&format!("          why #{number}: as #{first}, {} ({times} times so far)", named(&seen.causes)))
        })
    }

    /// What came of it all, if a mistake was made more than once: `12 times body-newline-added, once header-missing`.
    pub(super) fn summary(&self) -> Option<String> {
        if self.seen.iter().all(|seen| seen.times == 1) {
            return None;
        }
        let mut seen: Vec<&Seen> = self.seen.iter().collect();
        seen.sort_by_key(|seen| std::cmp::Reverse(seen.times));
        let each = seen.iter().map(|seen| format!("{} {} {}", seen.times, seen.provider, named(&seen.causes)));
        Some(format!("not valid, as far as looked into: {}", each.collect::<Vec<_>>().join(", ")))
    }
}

/// Whether it may be one of the sender's. Where the secret is not known, that is told elsewhere, once.
pub(super) fn is_mistake(explained: &Explained) -> bool {
    explained.summary.verdict != Verdict::NoSecret || causes(&explained.diagnosis) != [Cause::NoMatch]
}

/// The causes of what is most likely: one, or those that belong together.
fn causes(diagnosis: &Diagnosis) -> Vec<Cause> {
    let Some(first) = diagnosis.findings.first() else { return Vec::new() };
    std::iter::once(first.change.cause).chain(first.with.iter().copied()).collect()
}

fn named(causes: &[Cause]) -> String {
    causes.iter().map(|cause| cause.as_str()).collect::<Vec<_>>().join(" with ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{Change, Finding};
    use crate::model::{Reason, Summary};
    use crate::provider::Judgement;

    fn explained(number: i64, cause: Cause, verdict: Verdict) -> Explained {
        let summary = Summary { verdict, ..Summary::example("customer.created") };
        let finding = Finding {
            change: Change::new(cause, "so it is"),
            with: Vec::new(),
            proof: String::new(),
            difference: None,
            language: None,
        };
        let judgement = Judgement::plain(verdict, Reason::SignatureMismatch);
        let diagnosis = Diagnosis { findings: vec![finding], tried: 1, complete: true };
        Explained { number, summary, judgement, diagnosis }
    }

    #[test]
    fn a_stream_of_the_same_mistake_is_told_once_and_then_counted() {
        let mut mistakes = Mistakes::default();
        let lines: Vec<Option<String>> = (1..=100)
            .map(|number| mistakes.line(&explained(number, Cause::BodyNewlineAdded, Verdict::Invalid)))
            .collect();
        let told: Vec<&String> = lines.iter().flatten().collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].contains("why #1:") && told[0].contains("body-newline-added (so it is): Keep"), "{}", told[0]);
        assert!(told[1].contains("why #10: as #1, body-newline-added (10 times so far)"), "{}", told[1]);
        assert!(told[2].contains("#100") && lines[99].is_some(), "{}", told[2]);
        let other = mistakes.line(&explained(101, Cause::SecretQuoted, Verdict::NoSecret));
        assert!(other.is_some_and(|line| line.contains("secret-quoted")), "another mistake is told at once");
        assert_eq!(mistakes.line(&explained(102, Cause::NoMatch, Verdict::NoSecret)), None);
        let summary = mistakes.summary().expect("more than once");
        assert!(summary.ends_with("100 stripe body-newline-added, 1 stripe secret-quoted"), "{summary}");
    }

    #[test]
    fn what_was_told_whole_is_not_summed_up() {
        let mut mistakes = Mistakes::default();
        mistakes.line(&explained(1, Cause::BodyBom, Verdict::Invalid));
        assert_eq!(mistakes.summary(), None);
    }
}
