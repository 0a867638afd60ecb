//! Payloads as `application/x-www-form-urlencoded`.

use std::collections::HashMap;

use super::{JsonStyle, Node};

/// Writes an object's fields as a form. Objects and lists become JSON of this style, null an empty value; anything that is
/// no object gives an empty form.
pub fn encode(node: &Node, style: &JsonStyle) -> Vec<u8> {
    let Node::Object(entries) = node else { return Vec::new() };
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (key, value) in entries {
        match value {
            Node::Text(text) | Node::Number(text) => form.append_pair(key, text),
            Node::Null => form.append_pair(key, ""),
            Node::Bool(_) | Node::Array(_) | Node::Object(_) => {
                form.append_pair(key, &String::from_utf8_lossy(&value.write(style)))
            }
        };
    }
    form.finish().into_bytes()
}

/// Reads a form as an object. A field that comes several times is a list; one that holds a JSON object or list is that.
pub fn decode(form: &[u8]) -> Node {
    let mut fields: Vec<(String, Vec<Node>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (key, text) in url::form_urlencoded::parse(form) {
        let value = match text.as_bytes().first() {
            Some(b'{' | b'[') => Node::parse(text.as_bytes()).unwrap_or_else(|_| Node::Text(text.into_owned())),
            _ => Node::Text(text.into_owned()),
        };
        let at = *places.entry(key.into_owned()).or_insert_with_key(|key| {
            fields.push((key.clone(), Vec::new()));
            fields.len() - 1
        });
        fields[at].1.push(value);
    }
    let node = |(key, mut values): (String, Vec<Node>)| match values.len() {
        1 => (key, values.remove(0)),
        _ => (key, Node::Array(values)),
    };
    Node::Object(fields.into_iter().map(node).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_a_form() {
        let node =
            Node::parse(r#"{"To":"+1 555","n":2,"payload":{"a":[1]},"e":null,"b":true}"#.as_bytes()).expect("JSON");
        let form = String::from_utf8(encode(&node, &JsonStyle::default())).expect("ASCII");
        assert_eq!(form, "To=%2B1+555&n=2&payload=%7B%22a%22%3A%5B1%5D%7D&e=&b=true");
        let node = Node::parse(br#"{"payload":{"a":"/"}}"#).expect("JSON");
        let style = toml::from_str("escape = ['slash']").expect("a style");
        assert_eq!(encode(&node, &style), b"payload=%7B%22a%22%3A%22%5C%2F%22%7D");
    }

    #[test]
    fn a_form_is_read_as_an_object() {
        let node = decode(b"a=1&b=x+%C3%A9&a=2&payload=%7B%22n%22%3A1.0%7D&j=%7Bno&e=");
        assert_eq!(
            node.compact(),
            r#"{"a":["1","2"],"b":"x \u00e9","payload":{"n":1.0},"j":"{no","e":""}"#.replace("\\u00e9", "é")
        );
    }
}
