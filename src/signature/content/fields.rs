//! `fields`: the fields of a form or query, put in order and written as one text, as several providers sign them.

use std::borrow::Cow;

use serde::Deserialize;

use super::filter::percent_encode;
use crate::model::Request;

/// How the fields of a form or query become one text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldRule {
    /// Where they are.
    pub of: FieldPlace,
    /// Left out.
    #[serde(default)]
    pub without: Vec<String>,
    /// How one is written: text with `{name}`, `{value}`, `{name_bytes}`, `{value_bytes}` (their lengths).
    pub write: String,
    /// Between them.
    #[serde(default)]
    pub join: String,
    /// Characters of values that are written as another one.
    #[serde(default)]
    pub replace: Vec<(char, char)>,
    /// How names and values are encoded.
    #[serde(default)]
    pub encode: FieldEncoding,
    /// Between the values of a name that comes several times; if it is not set, each is a field of its own.
    pub join_values: Option<String>,
}

/// Where fields are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldPlace {
    /// In a form body.
    Form,
    /// In the query.
    Query,
    /// In a form body; without one, in the query.
    Any,
}

/// How names and values are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldEncoding {
    /// As they are.
    #[default]
    None,
    /// `%XX` for everything but letters, digits and `-_.~`.
    Percent,
    /// As in a form: a space is `+`.
    Form,
}

impl FieldRule {
    /// Whether a changed body changes the text.
    pub fn is_of_body(&self) -> bool {
        self.of != FieldPlace::Query
    }

    /// The fields as one text; `None` if there is neither form nor query where they should be.
    pub fn write(&self, request: &Request) -> Option<String> {
        let mut text = String::new();
        for (at, (name, value)) in self.fields(request)?.iter().enumerate() {
            if at > 0 {
                text.push_str(&self.join);
            }
            self.write_one(name, value, &mut text);
        }
        Some(text)
    }

    /// How many fields the text has.
    pub fn count(&self, request: &Request) -> Option<usize> {
        Some(self.fields(request)?.len())
    }

    /// The fields, sorted by name, and by value where a name comes several times.
    fn fields(&self, request: &Request) -> Option<Vec<(String, String)>> {
        let encoded = match self.of {
            FieldPlace::Form | FieldPlace::Any if request.is_form() => &request.body[..],
            FieldPlace::Form => return None,
            FieldPlace::Query | FieldPlace::Any => request.query().unwrap_or_default().as_bytes(),
        };
        let parsed = url::form_urlencoded::parse(encoded).into_owned();
        let mut fields: Vec<(String, String)> =
            parsed.filter(|(name, _)| !self.without.iter().any(|left_out| left_out == name)).collect();
        fields.sort();
        for (name, value) in &mut fields {
            for (from, to) in &self.replace {
                if value.contains(*from) {
                    *value = value.replace(*from, &to.to_string());
                }
            }
            self.encode(name);
            self.encode(value);
        }
        if let Some(joint) = &self.join_values {
            let mut joined: Vec<(String, String)> = Vec::with_capacity(fields.len());
            for (name, value) in fields {
                match joined.last_mut() {
                    Some((last, values)) if *last == name => {
                        values.push_str(joint);
                        values.push_str(&value);
                    }
                    _ => joined.push((name, value)),
                }
            }
            fields = joined;
        }
        Some(fields)
    }

    fn encode(&self, text: &mut String) {
        match self.encode {
            FieldEncoding::None => {}
            FieldEncoding::Percent => {
                if let Cow::Owned(encoded) = percent_encode(text) {
                    *text = encoded;
                }
            }
            FieldEncoding::Form => *text = url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
        }
    }

    fn write_one(&self, name: &str, value: &str, out: &mut String) {
        let mut rest = self.write.as_str();
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            rest = &rest[open..];
            let end = rest.find('}').map_or(rest.len(), |close| close + 1);
            match &rest[..end] {
                "{name}" => out.push_str(name),
                "{value}" => out.push_str(value),
                "{name_bytes}" => out.push_str(&name.len().to_string()),
                "{value_bytes}" => out.push_str(&value.len().to_string()),
                other => out.push_str(other),
            }
            rest = &rest[end..];
        }
        out.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;

    fn rule(text: &str) -> FieldRule {
        toml::from_str(text).expect(text)
    }

    #[test]
    fn fields_are_sorted_and_written_as_the_rule_says() {
        let request = Request {
            method: "POST".into(),
            target: "/h?b=2&a=1&jwt=x&b=1%2C".into(),
            headers: [("Content-Type", "application/x-www-form-urlencoded")].into_iter().collect::<Headers>(),
            body: Bytes::from_static("to=x&sig=1&a=%C3%A9%26=".as_bytes()),
        };
        for (text, result, count) in [
            (
                "of = 'form'\nwithout = ['sig']\nwrite = '&{name}={value}'\nreplace = [['&', '_'], ['=', '_']]",
                "&a=é__&to=x",
                2,
            ),
            ("of = 'form'\nwithout = ['sig']\nwrite = 's:{value_bytes}:\"{value}\";'", "s:4:\"é&=\";s:1:\"x\";", 2),
            (
                "of = 'query'\nwithout = ['jwt']\nwrite = '{name}={value}'\njoin = '&'\nencode = 'percent'\njoin_values = ','",
                "a=1&b=1%2C,2",
                2,
            ),
            ("of = 'query'\nwrite = '{name}={value}'\njoin = '&'\nencode = 'form'", "a=1&b=1%2C&b=2&jwt=x", 4),
        ] {
            let rule = rule(text);
            assert_eq!(rule.write(&request).as_deref(), Some(result), "{text}");
            assert_eq!(rule.count(&request), Some(count), "{text}");
        }
        let json = Request { headers: Headers::new(), ..request };
        assert_eq!(rule("of = 'form'\nwrite = '{name}'").write(&json), None);
    }
}
