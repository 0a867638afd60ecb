//! Payloads as `application/x-www-form-urlencoded`.

use super::Node;

/// Writes an object's fields as a form. Objects and lists become compact JSON, null an empty value; anything that is no
/// object gives an empty form.
pub fn encode(node: &Node) -> Vec<u8> {
    let Node::Object(entries) = node else { return Vec::new() };
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (key, value) in entries {
        match value {
            Node::Text(text) | Node::Number(text) => form.append_pair(key, text),
            Node::Null => form.append_pair(key, ""),
            Node::Bool(_) | Node::Array(_) | Node::Object(_) => form.append_pair(key, &value.compact()),
        };
    }
    form.finish().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_a_form() {
        let node =
            Node::parse(r#"{"To":"+1 555","n":2,"payload":{"a":[1]},"e":null,"b":true}"#.as_bytes()).expect("JSON");
        let form = String::from_utf8(encode(&node)).expect("ASCII");
        assert_eq!(form, "To=%2B1+555&n=2&payload=%7B%22a%22%3A%5B1%5D%7D&e=&b=true");
    }
}
