//! What wrote a JSON body, as far as its style tells: the handler that is to be mended is written in that language.

use super::body;

/// A language with a way of its own of writing JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `JSON.stringify`
    JavaScript,
    /// `json.dumps`
    Python,
    /// `json_encode`
    Php,
    /// Jackson, Gson
    Java,
    /// `System.Text.Json`
    DotNet,
    /// `encoding/json`, and Rails, which escapes the same
    Go,
}

impl Language {
    /// The frameworks in which its handlers are written.
    pub fn frameworks(self) -> &'static [&'static str] {
        match self {
            Self::JavaScript => &["express", "Next.js", "NestJS"],
            Self::Python => &["Flask", "Django", "FastAPI"],
            Self::Php => &["Laravel", "Symfony"],
            Self::Java => &["Spring"],
            Self::DotNet => &["ASP.NET"],
            Self::Go => &["Go net/http", "gin", "Rails"],
        }
    }
}

/// How a body is written: in words, and the language that writes so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// `with a space after ',' and ':' as json.dumps writes`
    pub style: String,
    /// The language, where only one writes so.
    pub language: Option<Language>,
}

/// How a body is written, if it is JSON in the style of a common program.
pub fn written(body: &[u8]) -> Option<Written> {
    body::style_of(body).map(|(style, language)| Written { style, language })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_how_they_write() {
        for (body, language) in [
            ("{\"a\": [1, 2]}", Some(Language::Python)),
            ("{\"a\":\"é/\"}", Some(Language::JavaScript)),
            ("{\n  \"a\": 1\n}", Some(Language::JavaScript)),
            ("{\"a\":\"\\/\\u00e9\"}", Some(Language::Php)),
            ("{\"a\":\"\\u003cb\\u003e é\"}", Some(Language::Go)),
            ("{\"a\":\"\\u002B \\u00E9\"}", Some(Language::DotNet)),
            ("{\n  \"a\" : [ 1, 2 ]\n}", Some(Language::Java)),
        ] {
            assert_eq!(written(body.as_bytes()).and_then(|written| written.language), language, "{body}");
        }
        assert_eq!(written(b"{\"a\" :1}"), None);
        assert_eq!(written(b"a=1"), None);
    }
}
