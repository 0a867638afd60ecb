//! Conditions on a request: a template, and perhaps a glob that its value must match.

use serde::Deserialize;

use super::{Message, Template, TemplateError};
use crate::text::matches_glob;

/// `{header:X-Version}=v2`: the value is there and matches; `{json:challenge}`: it is there; `!{form:sig}`: it is not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Condition {
    /// Where the value is.
    pub template: Template,
    /// What it must match.
    pub glob: Option<String>,
    /// Whether the condition is the opposite of that.
    pub negated: bool,
}

impl Condition {
    /// Whether it holds. A value that is empty counts as there.
    pub fn holds(&self, message: &Message<'_>) -> bool {
        let found = self.template.bytes(message).is_ok_and(|bytes| match &self.glob {
            None => true,
            Some(glob) => std::str::from_utf8(&bytes).is_ok_and(|text| matches_glob(glob, text)),
        });
        found != self.negated
    }
}

impl TryFrom<String> for Condition {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, TemplateError> {
        let (negated, text) = text.strip_prefix('!').map_or((false, text.as_str()), |rest| (true, rest));
        Ok(match text.find("}=") {
            Some(at) => Self { template: text[..=at].parse()?, glob: Some(text[at + 2..].to_owned()), negated },
            None => Self { template: text.parse()?, glob: None, negated },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Headers, Request};

    #[test]
    fn a_condition_is_a_value_and_perhaps_a_glob() {
        let request = Request {
            method: "POST".into(),
            target: "/?a=1".into(),
            headers: [("X-Version", "v2")].into_iter().collect::<Headers>(),
            body: r#"{"type":"ping"}"#.into(),
        };
        for (text, holds) in [
            ("{header:x-version}=v2", true),
            ("{header:x-version}=v1", false),
            ("{query:a}", true),
            ("{query:b}", false),
            ("!{query:b}", true),
            ("!{json:type}=p*", false),
            ("{json:type}=p*", true),
        ] {
            let condition = Condition::try_from(text.to_owned()).expect(text);
            assert_eq!(condition.holds(&Message::new(&request, None)), holds, "{text}");
        }
        assert!(Condition::try_from("{nope}=x".to_owned()).is_err());
    }
}
