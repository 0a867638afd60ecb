//! What a key of `[listen]` may say about who is let in, and what the answers are.

use ipnet::IpNet;

use crate::model::Rate;
use crate::model::answer::{Act, Reply, ReplyBody, Rule};

use super::error::ValueError;
use super::value::{Folders, Given, Problem, Value, text};

/// Each item of a list in TOML, of a repeated flag, or of a variable that is split at `separators`.
pub(super) fn items<T>(
    given: &Given,
    separators: &[char],
    mut read: impl FnMut(&str) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let all: Vec<T> = match given {
        Given::Words(words) => {
            let parts = words.iter().flat_map(|word| word.split(separators)).map(str::trim);
            parts.filter(|part| !part.is_empty()).map(&mut read).collect::<Result<_, _>>()?
        }
        Given::List(items) => items.iter().map(|item| read(text(item)?)).collect::<Result<_, _>>()?,
        one => vec![read(text(one)?)?],
    };
    if all.is_empty() { Err(ValueError::Blank.into()) } else { Ok(all) }
}

impl Value for Vec<IpNet> {
    const WANTED: &'static str = "a network such as \"192.0.2.0/24\", or a list of them";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        items(given, &[',', ' '], |text| {
            let one = || text.parse().map(|address: std::net::IpAddr| IpNet::from(address.to_canonical()));
            let network = text.parse::<IpNet>().or_else(|_| one());
            network.map(|network| network.trunc()).map_err(|_| ValueError::NotANetwork(text.to_owned()).into())
        })
    }

    fn shown(&self) -> Option<String> {
        Some(self.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    }
}

impl Value for Rate {
    const WANTED: &'static str = "a rate such as \"100/m\"";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        Ok(text(given)?.parse().map_err(ValueError::Rate)?)
    }
}

impl Value for Vec<Rule> {
    const WANTED: &'static str = "an answer such as \"503 after 2s\", or a list of them";

    fn read(given: &Given, folders: Folders<'_>) -> Result<Self, Problem> {
        let rules = items(given, &['\n'], |text| {
            let mut rule: Rule = text.parse().map_err(|error| ValueError::Answer(Box::new(error)))?;
            for answer in rule.plan.answers_mut() {
                if let Act::Reply(Reply { body: Some(ReplyBody::File(file)), .. }) = &mut answer.act {
                    *file = folders.resolve(file)?.display().to_string();
                }
            }
            Ok(rule)
        })?;
        let open = rules.iter().position(|rule| rule.pattern.is_none());
        match open.and_then(|at| rules.get(at + 1)) {
            Some(hidden) => Err(ValueError::Unreached(hidden.to_string()).into()),
            None => Ok(rules),
        }
    }

    fn shown(&self) -> Option<String> {
        Some(self.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }

    /// A file's content would be given to whoever asks.
    fn needs_trust(&self) -> bool {
        let mut answers = self.iter().flat_map(|rule| rule.plan.answers());
        answers.any(|answer| matches!(&answer.act, Act::Reply(Reply { body: Some(ReplyBody::File(_)), .. })))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read<T: Value>(given: &Given) -> Result<T, Problem> {
        T::read(given, Folders { base: Path::new("/base"), home: None })
    }

    fn words<T: Value>(words: &[&str]) -> Result<T, Problem> {
        read(&Given::Words(words.iter().map(|w| (*w).to_owned()).collect()))
    }

    #[test]
    fn networks_are_cut_to_their_size_and_an_address_is_one() {
        let shown = |given: &[&str]| words::<Vec<IpNet>>(given).map(|list| list.shown().expect("a list"));
        assert_eq!(shown(&["192.0.2.9/24"]), Ok("192.0.2.0/24".into()));
        assert_eq!(shown(&["127.0.0.1", "::1"]), Ok("127.0.0.1/32, ::1/128".into()));
        assert_eq!(shown(&["10.0.0.0/8, 2001:db8::/32"]), Ok("10.0.0.0/8, 2001:db8::/32".into()));
        for wrong in ["example.com", "10.0.0.0/33", "10.0.0", "10.0.0.0-10.0.0.9"] {
            assert_eq!(words::<Vec<IpNet>>(&[wrong]), Err(ValueError::NotANetwork(wrong.into()).into()));
        }
        assert_eq!(words::<Vec<IpNet>>(&[" "]), Err(ValueError::Blank.into()));
    }

    #[test]
    fn answers_are_one_or_many_and_files_start_at_their_folder() {
        let shown = |given: &[&str]| words::<Vec<Rule>>(given).map(|list| list.shown().expect("a list"));
        assert_eq!(shown(&["500,200"]), Ok("500,200".into()));
        assert_eq!(shown(&["stripe => 500", "200"]), Ok("stripe => 500; 200".into()));
        assert_eq!(shown(&["stripe => 500\n200"]), Ok("stripe => 500; 200".into()));
        assert_eq!(shown(&["200 body @a.json"]), Ok("200 body @/base/a.json".into()));
        assert_eq!(shown(&["200", "stripe => 500"]), Err(ValueError::Unreached("stripe => 500".into()).into()));
        assert!(words::<Vec<Rule>>(&["200 body @a"]).expect("good").needs_trust());
        assert!(!words::<Vec<Rule>>(&["200 body a"]).expect("good").needs_trust());
    }
}
