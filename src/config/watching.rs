//! What keys may say about programs that are run and alerts that are raised.

use super::error::ValueError;
use super::gates::items;
use super::value::{Folders, Given, Problem, Value, text};
use crate::model::Program;
use crate::threshold::{Scope, Threshold};

impl Value for Program {
    const WANTED: &'static str = "a program with its arguments, as text or as a list of words";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        let program = match given {
            Given::List(words) => {
                let words: Result<Vec<String>, Problem> = words.iter().map(|word| Ok(text(word)?.to_owned())).collect();
                Self::of_words(words?)
            }
            one => text(one)?.parse(),
        };
        Ok(program.map_err(ValueError::Program)?)
    }

    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn needs_trust(&self) -> bool {
        true
    }
}

impl Value for Vec<Threshold> {
    const WANTED: &'static str = "an alert such as \"error_rate > 10%\", or a list of them";

    fn read(given: &Given, _: Folders<'_>) -> Result<Self, Problem> {
        items(given, &['\n'], |text| {
            let wrong = |error| ValueError::Threshold(Box::new(error));
            let threshold: Threshold = text.parse().map_err(wrong)?;
            threshold.check(Scope::Listen).map_err(wrong)?;
            Ok(threshold)
        })
    }

    fn shown(&self) -> Option<String> {
        Some(self.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read<T: Value>(given: &Given) -> Result<T, Problem> {
        T::read(given, Folders { base: Path::new("/base"), home: None })
    }

    #[test]
    fn a_program_is_text_or_words_and_never_a_projects_own_business() {
        let words = Given::List(["jq", ".a | .b"].map(|word| Given::Text(word.to_owned())).to_vec());
        let program: Program = read(&words).expect("a program");
        assert_eq!(read::<Program>(&Given::Text("jq '.a | .b'".to_owned())), Ok(program.clone()));
        assert_eq!(program.shown().as_deref(), Some("jq '.a | .b'"));
        assert!(program.needs_trust());
        assert!(matches!(read::<Program>(&Given::Text(" ".to_owned())), Err(Problem::Bad(ValueError::Program(_)))));
        assert_eq!(read::<Program>(&Given::Bool(true)), Err(Problem::WrongType { found: "true or false" }));
    }

    #[test]
    fn alerts_are_one_or_many_of_what_is_measured_here() {
        let shown = |text: &str| read::<Vec<Threshold>>(&Given::Words(vec![text.to_owned()])).map(|all| all.shown());
        assert_eq!(shown("error_rate>10%"), Ok(Some("error_rate > 10%".to_owned())));
        assert_eq!(shown("p95 > 2s\nsilence(stripe) > 1h"), Ok(Some("p95 > 2s; silence(stripe) > 1h".to_owned())));
        for wrong in ["late > 0", "p95 > baseline", "p95", "speed > 1"] {
            assert!(matches!(shown(wrong), Err(Problem::Bad(ValueError::Threshold(_)))), "{wrong}");
        }
    }
}
