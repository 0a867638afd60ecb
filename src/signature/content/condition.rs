//! Conditions on a request: a template, and perhaps a glob that its value must match.

use serde::Deserialize;

use super::{Message, Template, TemplateError};
use crate::text::matches_glob;

/// `{header:X-Version}=v2`: the value is there and matches; `{json:challenge}`: it is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Condition {
    /// Where the value is.
    pub template: Template,
    /// What it must match.
    pub glob: Option<String>,
}

impl Condition {
    /// Whether it holds. A value that is empty counts as there.
    pub fn holds(&self, message: &Message<'_>) -> bool {
        let Ok(bytes) = self.template.bytes(message) else { return false };
        match &self.glob {
            None => true,
            Some(glob) => std::str::from_utf8(&bytes).is_ok_and(|text| matches_glob(glob, text)),
        }
    }
}

impl TryFrom<String> for Condition {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, TemplateError> {
        Ok(match text.find("}=") {
            Some(at) => Self { template: text[..=at].parse()?, glob: Some(text[at + 2..].to_owned()) },
            None => Self { template: text.parse()?, glob: None },
        })
    }
}
