//! What the sender gets: as it is scripted, else 200 once the delivery is recorded.
//!
//! A refusal by a gate comes first; whatever is said, it is said only after the delivery is on disk.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::identify::Identified;
use super::validate::Misfit;
use crate::http::server::{Answer, Manner};
use crate::model::answer::{Act, AnswerPlan, Fault, LONGEST_WAIT, Reply, ReplyBody, Rule, ScriptedAnswer, Share};
use crate::model::{Pattern, Request};
use crate::provider::Judgement;
use crate::store::StoreError;

/// An answer that was decided on.
#[derive(Debug, Clone)]
pub struct Decided {
    /// What goes over the wire.
    pub answer: Answer,
    /// The status that the sender sees; none if it sees no answer.
    pub status: Option<u16>,
    /// Why it is not simply accepted, in one line.
    pub note: Option<String>,
}

impl Decided {
    /// The delivery is recorded. The body stays empty: some providers read an answer's body as instructions.
    pub fn accepted() -> Self {
        Self { answer: Answer::new(200), status: Some(200), note: None }
    }

    /// The delivery is recorded, and will be forwarded behind this answer.
    pub fn acknowledged(status: u16) -> Self {
        Self { answer: Answer::new(status), status: Some(status), note: None }
    }

    /// The signature is not valid, and only valid ones are wanted.
    pub fn not_valid(judgement: &Judgement) -> Self {
        let reason = judgement.reason.map_or("signature-mismatch", |reason| reason.as_str());
        // The verdict is shown beside it and says why.
        Self {
            answer: Answer::text(401, format!("the signature is not valid: {reason}\n")),
            status: Some(401),
            note: None,
        }
    }

    /// The body is not what it should be.
    pub fn misfit(misfit: Misfit) -> Self {
        let Misfit { status, reason } = misfit;
        Self { answer: Answer::text(status, format!("{reason}\n")), status: Some(status), note: Some(reason) }
    }
}

/// The delivery could not be recorded: the sender is to try again.
pub fn not_recorded(error: &StoreError) -> Answer {
    /// Seconds; room on a disk is rarely found faster, and a queue is empty long before.
    const RETRY_AFTER: &str = "1";
    let text = match error {
        StoreError::TooBig => return Answer::text(413, "the delivery is too large to be recorded\n"),
        StoreError::Busy => "too many deliveries are waiting to be recorded\n",
        _ => "the delivery could not be recorded\n",
    };
    let mut answer = Answer::text(503, text);
    answer.headers.push("Retry-After", RETRY_AFTER);
    answer
}

/// The body of a broken answer for which none was given: something must be there to be slow, cut or miscounted.
const FILLER: &str = "this answer is broken on purpose, for those who want to see what their sender makes of it\n";

/// Answers as they were scripted.
pub struct Answers {
    rules: Vec<Prepared>,
    chance: Mutex<StdRng>,
}

/// A rule with its answers made, and how far it has come.
struct Prepared {
    pattern: Option<Pattern>,
    answers: Vec<Decided>,
    turns: Turns,
}

enum Turns {
    /// The next one, up to the last one.
    Sequence(AtomicUsize),
    /// The sum of the shares up to and with each answer.
    Mix(Vec<u32>),
}

impl Answers {
    /// Makes the answers of these rules; `load` reads the bodies that are in files.
    ///
    /// # Errors
    /// Those of `load`.
    pub fn new<E>(rules: &[Rule], seed: u64, mut load: impl FnMut(&str) -> Result<Bytes, E>) -> Result<Self, E> {
        let prepared = rules.iter().map(|rule| {
            let answers = rule.plan.answers().map(|answer| decided(answer, &mut load)).collect::<Result<_, E>>()?;
            let turns = match &rule.plan {
                AnswerPlan::Sequence(_) => Turns::Sequence(AtomicUsize::new(0)),
                AnswerPlan::Mix(mix) => Turns::Mix(
                    mix.iter()
                        .scan(0, |sum, (_, share)| {
                            *sum += share.0;
                            Some(*sum)
                        })
                        .collect(),
                ),
            };
            Ok(Prepared { pattern: rule.pattern.clone(), answers, turns })
        });
        Ok(Self { rules: prepared.collect::<Result<_, E>>()?, chance: Mutex::new(StdRng::seed_from_u64(seed)) })
    }

    /// The answer to a delivery: of the first rule that it fits; `None` if it fits none.
    pub fn to(&self, identified: &Identified, request: &Request) -> Option<Decided> {
        let fitting = self.rules.iter().find(|rule| {
            let provider = identified.provider.as_ref().map(|provider| provider.name.as_str());
            let event = identified.event.event_type.as_deref();
            rule.pattern.as_ref().is_none_or(|pattern| pattern.fits(provider, event, &request.target))
        });
        let Prepared { answers, turns, .. } = fitting?;
        let last = answers.len() - 1;
        let turn = match turns {
            Turns::Sequence(next) => {
                let step = |turn: usize| (turn < last).then_some(turn + 1);
                next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap_or(last)
            }
            Turns::Mix(sums) => {
                let drawn = self.chance.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..Share::WHOLE);
                sums.iter().position(|sum| drawn < *sum).unwrap_or(last)
            }
        };
        Some(answers[turn].clone())
    }
}

fn decided<E>(scripted: &ScriptedAnswer, load: &mut impl FnMut(&str) -> Result<Bytes, E>) -> Result<Decided, E> {
    let without_answer = |manner, note: &str| {
        let mut answer = Answer::new(200);
        answer.manner = manner;
        Decided { answer, status: None, note: Some(note.to_owned()) }
    };
    let after = scripted.after.unwrap_or(Duration::ZERO);
    let mut decided = match &scripted.act {
        Act::Reset => without_answer(Manner::Reset, "reset, as asked for"),
        Act::Close => without_answer(Manner::Silent(Duration::ZERO), "closed, as asked for"),
        Act::Timeout => {
            let time = scripted.after.unwrap_or(LONGEST_WAIT);
            return Ok(without_answer(Manner::Silent(time), "left waiting, as asked for"));
        }
        Act::Reply(reply) => replied(reply, load)?,
    };
    decided.answer.after = after;
    Ok(decided)
}

fn replied<E>(reply: &Reply, load: &mut impl FnMut(&str) -> Result<Bytes, E>) -> Result<Decided, E> {
    let mut answer = Answer::new(reply.status);
    for (name, value) in &reply.headers {
        answer.headers.push(name.clone(), value.clone());
    }
    answer.body = match &reply.body {
        Some(ReplyBody::Text(text)) => text.clone().into(),
        Some(ReplyBody::File(file)) => load(file)?,
        None if reply.fault.is_some() => FILLER.into(),
        None => Bytes::new(),
    };
    if !answer.body.is_empty() && !answer.headers.contains("Content-Type") {
        let json = serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body).is_ok();
        let text = std::str::from_utf8(&answer.body).is_ok();
        let kind = match (json, text) {
            (true, _) => "application/json",
            (false, true) => "text/plain; charset=utf-8",
            (false, false) => "application/octet-stream",
        };
        answer.headers.push("Content-Type", kind);
    }
    let length = answer.body.len() as u64;
    let (manner, note) = match reply.fault {
        None => (Manner::AtOnce, None),
        Some(Fault::Slow(over)) => (Manner::Slowly(over), Some("slowly, as asked for")),
        Some(Fault::Cut) => (Manner::Cut, Some("cut off, as asked for")),
        Some(Fault::Length(more)) => {
            (Manner::Length(length.saturating_add_signed(more)), Some("with a wrong length, as asked for"))
        }
    };
    answer.manner = manner;
    Ok(Decided { answer, status: Some(reply.status), note: note.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::model::Headers;

    fn answers(rules: &[&str], seed: u64) -> Answers {
        let rules: Vec<Rule> = rules.iter().map(|rule| rule.parse().expect(rule)).collect();
        let load = |name: &str| Ok::<_, Infallible>(Bytes::from(format!("<{name}>")));
        Answers::new(&rules, seed, load).unwrap_or_else(|never| match never {})
    }

    fn to(answers: &Answers, target: &str) -> Decided {
        let request =
            Request { method: "POST".into(), target: target.into(), headers: Headers::new(), body: Bytes::new() };
        answers.to(&Identified::default(), &request).unwrap_or_else(Decided::accepted)
    }

    #[test]
    fn a_sequence_goes_to_its_last_answer_and_stays_there() {
        let answers = answers(&["500,503 after 2s,200"], 1);
        let given: Vec<_> = (0..5).map(|_| to(&answers, "/")).collect();
        let statuses: Vec<_> = given.iter().map(|given| given.status.expect("an answer")).collect();
        assert_eq!(statuses, [500, 503, 200, 200, 200]);
        assert_eq!(given[1].answer.after, Duration::from_secs(2));
    }

    #[test]
    fn a_mix_has_its_shares_and_repeats_with_its_seed() {
        let draw = |seed| {
            let answers = answers(&["200:90%,500:8%,timeout:2%"], seed);
            (0..10_000).map(|_| to(&answers, "/").status).collect::<Vec<_>>()
        };
        let drawn = draw(7);
        assert_eq!(drawn, draw(7));
        assert_ne!(drawn, draw(8));
        for (status, share) in [(Some(200), 9_000), (Some(500), 800), (None, 200)] {
            let count = drawn.iter().filter(|drawn| **drawn == status).count();
            assert!(count.abs_diff(share) < 200, "{status:?}: {count}");
        }
    }

    #[test]
    fn the_first_rule_that_fits_counts_and_each_goes_its_own_way() {
        let answers = answers(&["/a/* => 500,201", "/a/b => 400", "202"], 1);
        let statuses: Vec<_> =
            ["/a/b", "/c", "/a/c?d", "/a"].iter().map(|target| to(&answers, target).status).collect();
        assert_eq!(statuses, [Some(500), Some(202), Some(201), Some(202)]);
        assert_eq!(to(&self::answers(&["/a => 500"], 1), "/b").status, Some(200), "without a rule it is accepted");
    }

    #[test]
    fn bodies_have_a_type_and_faults_have_something_to_break() {
        for (rule, content_type, body) in [
            ("200 body {\"ok\":true}", Some("application/json"), "{\"ok\":true}"),
            ("200 body hello", Some("text/plain; charset=utf-8"), "hello"),
            ("200 body '<a/>' header 'Content-Type: text/xml'", Some("text/xml"), "<a/>"),
            ("200 body @a.txt", Some("text/plain; charset=utf-8"), "<a.txt>"),
            ("204", None, ""),
        ] {
            let answer = to(&answers(&[rule], 1), "/").answer;
            assert_eq!(
                (answer.headers.text("content-type"), &answer.body[..]),
                (content_type, body.as_bytes()),
                "{rule}"
            );
        }
        let length = FILLER.len() as u64;
        for (rule, manner) in [
            ("200 cut", Manner::Cut),
            ("200 slow 3s", Manner::Slowly(Duration::from_secs(3))),
            ("200 length +5", Manner::Length(length + 5)),
            ("200 length -1000", Manner::Length(0)),
            ("timeout", Manner::Silent(LONGEST_WAIT)),
            ("timeout after 9s", Manner::Silent(Duration::from_secs(9))),
            ("close after 9s", Manner::Silent(Duration::ZERO)),
            ("reset", Manner::Reset),
        ] {
            let decided = to(&answers(&[rule], 1), "/");
            assert_eq!(decided.answer.manner, manner, "{rule}");
            assert!(decided.note.is_some(), "{rule}");
        }
    }
}
