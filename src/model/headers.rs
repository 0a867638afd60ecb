//! Header fields as they came: order, repetition and spelling kept, values as bytes.
//!
//! Lookups ignore case. Nothing is merged, trimmed or decoded.

use bytes::Bytes;

/// One header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    name: Bytes,
    value: Bytes,
}

impl Header {
    /// Whether it has this name, in whatever case.
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The name in the spelling of the sender.
    pub fn name(&self) -> &str {
        std::str::from_utf8(&self.name).expect("names are checked to be ASCII when they are made")
    }

    /// The name for another message, without copying it.
    pub fn name_bytes(&self) -> Bytes {
        self.name.clone()
    }

    /// The value for another message, without copying it.
    pub fn value_bytes(&self) -> Bytes {
        self.value.clone()
    }

    /// The value, byte for byte.
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// The value as text, if it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.value).ok()
    }

    /// The value as text for showing; invalid bytes become U+FFFD.
    pub fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.value).into_owned()
    }
}

/// The header fields of a request or an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// No fields yet, and room for so many.
    pub fn with_capacity(fields: usize) -> Self {
        Self(Vec::with_capacity(fields))
    }

    /// Appends a field. A name that is not ASCII is stored with `?` for the foreign bytes: such a name cannot come from
    /// a request, whose head is checked, only from a careless caller.
    pub fn push(&mut self, name: impl Into<Bytes>, value: impl Into<Bytes>) {
        let mut name = name.into();
        if !name.is_ascii() {
            name = name.iter().map(|b| if b.is_ascii() { *b } else { b'?' }).collect::<Vec<_>>().into();
        }
        self.0.push(Header { name, value: value.into() });
    }

    /// Replaces the first field of that name and drops its repetitions, or appends it.
    pub fn set(&mut self, name: &str, value: impl Into<Bytes>) {
        let value = value.into();
        let Some(at) = self.0.iter().position(|h| h.is(name)) else {
            self.push(name.to_owned(), value);
            return;
        };
        self.0[at].value = value;
        let mut index = 0;
        self.0.retain(|h| {
            index += 1;
            index - 1 == at || !h.is(name)
        });
    }

    /// Removes every field of that name; says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|h| !h.is(name));
        self.0.len() != before
    }

    /// The first field of that name.
    pub fn get(&self, name: &str) -> Option<&Header> {
        self.0.iter().find(|h| h.is(name))
    }

    /// The first field of that name as text; `None` also when it is not UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Header::text)
    }

    /// Every field of that name.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a Header> + use<'a, 'n> {
        self.0.iter().filter(move |h| h.is(name))
    }

    /// Whether there is a field of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All fields in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Header> {
        self.0.iter()
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = &'a Header;
    type IntoIter = std::slice::Iter<'a, Header>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<N: Into<Bytes>, V: Into<Bytes>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut headers = Self::new();
        for (name, value) in fields {
            headers.push(name, value);
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_case_and_repetition_are_kept() {
        let headers: Headers = [("X-B", "1"), ("x-a", "2"), ("X-B", "3")].into_iter().collect();
        let seen: Vec<_> = headers.iter().map(|h| (h.name(), h.text().unwrap_or_default())).collect();
        assert_eq!(seen, [("X-B", "1"), ("x-a", "2"), ("X-B", "3")]);
        assert_eq!(headers.text("x-b"), Some("1"));
        assert_eq!(headers.all("X-B").count(), 2);
    }

    #[test]
    fn set_replaces_in_place_and_drops_repetitions() {
        let mut headers: Headers = [("A", "1"), ("b", "2"), ("a", "3")].into_iter().collect();
        headers.set("a", "9");
        let seen: Vec<_> = headers.iter().map(|h| (h.name(), h.text().unwrap_or_default())).collect();
        assert_eq!(seen, [("A", "9"), ("b", "2")]);
    }
}
