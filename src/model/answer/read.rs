//! Reading: from words to rules, plans and answers.

use std::str::FromStr;
use std::time::Duration;

use super::words::{self, Word};
use super::{Act, AnswerError, AnswerPlan, Fault, LONGEST_WAIT, MOST_ANSWERS, Reply, ReplyBody};
use super::{Rule, ScriptedAnswer, Share};
use crate::model::quantity::parse_duration;

const REPLY_MAY: &str = "after, header, body, slow, cut, length or xN";
const OTHER_MAY: &str = "after or xN";

/// What HTTP calls a token: the characters of a header's name.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

impl FromStr for Rule {
    type Err = AnswerError;

    fn from_str(text: &str) -> Result<Self, AnswerError> {
        // A pattern has no quotes, so an arrow behind one belongs to a value.
        match text.split_once("=>").filter(|(before, _)| !before.contains(['\'', '"', '{', '['])) {
            Some((pattern, plan)) => Ok(Self { pattern: Some(pattern.parse()?), plan: plan.parse()? }),
            None => Ok(Self { pattern: None, plan: text.parse()? }),
        }
    }
}

impl FromStr for AnswerPlan {
    type Err = AnswerError;

    fn from_str(text: &str) -> Result<Self, AnswerError> {
        let missing = || AnswerError::Missing(text.trim().to_owned());
        let (mut sequence, mut mix, mut shareless) = (Vec::new(), Vec::new(), None);
        for mut words in words::answers(text)? {
            let name = words.first().map(|word| word.text.clone()).ok_or_else(missing)?;
            let share = take_share(&mut words)?;
            let (answer, times) = answer(&words)?;
            match share {
                Some(_) if times > 1 => return Err(AnswerError::Twice(format!("x{times}"))),
                Some(share) => mix.push((answer, share)),
                None => {
                    shareless.get_or_insert(name);
                    sequence.extend(std::iter::repeat_n(answer, times));
                }
            }
            if sequence.len().max(mix.len()) > MOST_ANSWERS {
                return Err(AnswerError::TooMany);
            }
        }
        match (mix.is_empty(), shareless) {
            (true, _) => Ok(Self::Sequence(sequence)),
            (false, Some(name)) => Err(AnswerError::Shareless(name)),
            (false, None) => {
                let total = mix.iter().map(|(_, share)| u64::from(share.0)).sum::<u64>();
                if total == u64::from(Share::WHOLE) {
                    Ok(Self::Mix(mix))
                } else {
                    Err(AnswerError::Shares(super::write::percent(total)))
                }
            }
        }
    }
}

/// Takes `:90%` off the last word.
fn take_share(words: &mut [Word]) -> Result<Option<Share>, AnswerError> {
    let is_header = words.len() > 1 && words[words.len() - 2].text == "header" && !words[words.len() - 2].literal;
    let Some(last) = words.last_mut() else { return Ok(None) };
    let share = if last.literal {
        last.share.take()
    } else {
        // `header Retry-After:2` has a colon of its own.
        let own = usize::from(is_header);
        match last.text.rsplit_once(':') {
            Some((text, share)) if last.text.matches(':').count() > own => {
                let (text, share) = (text.to_owned(), share.to_owned());
                last.text = text;
                Some(share)
            }
            _ => None,
        }
    };
    share.map(|share| share.parse()).transpose()
}

impl FromStr for Share {
    type Err = AnswerError;

    fn from_str(text: &str) -> Result<Self, AnswerError> {
        let bad = || AnswerError::Share(text.to_owned());
        let (number, whole) = match text.strip_suffix('%') {
            Some(percent) => (percent, 1_000.0),
            None => (text, f64::from(Self::WHOLE)),
        };
        if !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err(bad());
        }
        let thousandths = (number.parse::<f64>().map_err(|_| bad())? * whole).round();
        if !(0.0..=f64::from(Self::WHOLE)).contains(&thousandths) {
            return Err(bad());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the range just checked")]
        Ok(Self(thousandths as u32))
    }
}

/// One answer, and how many times in a row it is given.
fn answer(words: &[Word]) -> Result<(ScriptedAnswer, usize), AnswerError> {
    let (first, rest) = words.split_first().expect("the caller has looked");
    let act = match first.text.as_str() {
        _ if first.literal => return Err(AnswerError::NoAnswer(first.text.clone())),
        "timeout" | "hang" => Act::Timeout,
        "reset" => Act::Reset,
        "close" => Act::Close,
        text => {
            let status = text.parse().ok().filter(|status| (200..=999).contains(status) && text.len() == 3);
            let status = status.ok_or_else(|| AnswerError::NoAnswer(text.to_owned()))?;
            Act::Reply(Reply { status, headers: Vec::new(), body: None, fault: None })
        }
    };
    let may = if matches!(act, Act::Reply(_)) { REPLY_MAY } else { OTHER_MAY };
    let mut answer = ScriptedAnswer { act, after: None };
    let mut times = 1;
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        let place = || AnswerError::Word { word: word.text.clone(), answer: first.text.clone(), may };
        if word.literal {
            return Err(place());
        }
        let twice = || AnswerError::Twice(word.text.clone());
        match (word.text.as_str(), &mut answer.act) {
            ("after", _) => {
                let wait = duration(value(&mut rest, "after", "a duration")?)?;
                if answer.after.replace(wait).is_some() {
                    return Err(twice());
                }
            }
            ("header", Act::Reply(reply)) => reply.headers.push(header(value(&mut rest, "header", "'Name: value'")?)?),
            ("body", Act::Reply(reply)) => {
                let body = body(value(&mut rest, "body", "a text in quotes, JSON or @FILE")?);
                if reply.body.replace(body).is_some() {
                    return Err(twice());
                }
            }
            ("slow" | "cut" | "length", Act::Reply(reply)) => {
                let fault = fault(&word.text, &mut rest)?;
                if reply.fault.replace(fault).is_some() {
                    return Err(twice());
                }
            }
            (text, _) => {
                let many =
                    text.strip_prefix('x').and_then(|n| n.parse().ok()).filter(|n| (1..=MOST_ANSWERS).contains(n));
                times = many.filter(|_| times == 1).ok_or_else(place)?;
            }
        }
    }
    if let Act::Reply(Reply { status: status @ (204 | 304), body, fault, .. }) = &answer.act
        && (body.is_some() || fault.is_some())
    {
        return Err(AnswerError::Bodiless(*status));
    }
    Ok((answer, times))
}

fn value<'a>(
    rest: &mut impl Iterator<Item = &'a Word>,
    word: &'static str,
    what: &'static str,
) -> Result<&'a Word, AnswerError> {
    rest.next().ok_or(AnswerError::Needs { word, what })
}

fn duration(word: &Word) -> Result<Duration, AnswerError> {
    let read = parse_duration(&word.text).ok().filter(|wait| *wait <= LONGEST_WAIT);
    read.ok_or_else(|| AnswerError::Duration(word.text.clone()))
}

fn header(word: &Word) -> Result<(String, String), AnswerError> {
    let bad = || AnswerError::Header(word.text.clone());
    let (name, value) = word.text.split_once(':').ok_or_else(bad)?;
    let (name, value) = (name.trim(), value.trim());
    if !is_name(name) || value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(bad());
    }
    let framing = ["content-length", "transfer-encoding", "connection", "keep-alive"];
    if framing.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(AnswerError::Framing(name.to_owned()));
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn body(word: &Word) -> ReplyBody {
    match word.text.strip_prefix('@') {
        Some(file) if !word.literal => ReplyBody::File(file.to_owned()),
        _ => ReplyBody::Text(word.text.clone()),
    }
}

fn fault<'a>(name: &str, rest: &mut impl Iterator<Item = &'a Word>) -> Result<Fault, AnswerError> {
    match name {
        "slow" => Ok(Fault::Slow(duration(value(rest, "slow", "a duration")?)?)),
        "cut" => Ok(Fault::Cut),
        _ => {
            let what = "a difference such as +5 or -3";
            let word = value(rest, "length", what)?;
            let signed = word.text.starts_with(['+', '-']);
            let difference: Option<i64> = word.text.parse().ok();
            let difference = difference.filter(|n| signed && *n != 0 && n.unsigned_abs() <= 1 << 40);
            difference.map(Fault::Length).ok_or(AnswerError::Needs { word: "length", what })
        }
    }
}
