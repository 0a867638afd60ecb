//! Writing: what reads back as the same.

use std::fmt;
use std::time::Duration;

use super::words::quote;
use super::{Act, AnswerPlan, Fault, ReplyBody, Rule, ScriptedAnswer, Share};

/// Thousandths of a percent as people write them: `90%`, `0.125%`.
pub(super) fn percent(thousandths: u64) -> String {
    let text = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Exactly, unlike what is shown elsewhere.
fn exact(duration: Duration) -> String {
    humantime::format_duration(duration).to_string().replace(' ', "")
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&percent(u64::from(self.0)))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(pattern) = &self.pattern {
            write!(f, "{pattern} => ")?;
        }
        self.plan.fmt(f)
    }
}

impl fmt::Display for AnswerPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written: Vec<String> = match self {
            Self::Sequence(answers) => answers
                .chunk_by(PartialEq::eq)
                .map(|same| match same.len() {
                    1 => same[0].to_string(),
                    times => format!("{} x{times}", same[0]),
                })
                .collect(),
            Self::Mix(answers) => answers.iter().map(|(answer, share)| format!("{answer}:{share}")).collect(),
        };
        f.write_str(&written.join(","))
    }
}

impl fmt::Display for ScriptedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.act {
            Act::Reset => f.write_str("reset")?,
            Act::Close => f.write_str("close")?,
            Act::Timeout => f.write_str("timeout")?,
            Act::Reply(reply) => {
                write!(f, "{}", reply.status)?;
                for (name, value) in &reply.headers {
                    write!(f, " header {}", quote(&format!("{name}: {value}")))?;
                }
                match &reply.body {
                    Some(ReplyBody::Text(text)) => write!(f, " body {}", quote(text))?,
                    Some(ReplyBody::File(file)) => write!(f, " body @{file}")?,
                    None => {}
                }
                match reply.fault {
                    Some(Fault::Slow(over)) => write!(f, " slow {}", exact(over))?,
                    Some(Fault::Cut) => f.write_str(" cut")?,
                    Some(Fault::Length(difference)) => write!(f, " length {difference:+}")?,
                    None => {}
                }
            }
        }
        match self.after {
            Some(wait) => write!(f, " after {}", exact(wait)),
            None => Ok(()),
        }
    }
}
