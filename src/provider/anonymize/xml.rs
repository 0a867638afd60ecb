//! XML with other texts: elements, the names of attributes, and how it is laid out stay as they are.

/// Replaces the text of elements and attributes by what `replace` makes of it and of the path to it; `None` for what is no
/// XML. Comments and definitions go.
pub(super) fn rewritten(xml: &str, mut replace: impl FnMut(&str, &str) -> String) -> Option<String> {
    let mut path: Vec<&str> = Vec::new();
    let mut out = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        out.push_str(&spaced(&rest[..at], |text| escaped(&replace(&path.join("."), &unescaped(text)))));
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix("<![CDATA[") {
            let (text, behind) = behind.split_once("]]>")?;
            out.push_str(&escaped(&replace(&path.join("."), text)));
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("<!--") {
            rest = behind.split_once("-->")?.1;
        } else {
            let (tag, behind) = rest[1..].split_once('>')?;
            rest = behind;
            if tag.starts_with('!') {
                continue;
            }
            out.push('<');
            out.push_str(&attributes(tag, &mut replace));
            out.push('>');
            match tag.strip_prefix('/') {
                Some(name) => drop(path.pop().filter(|open| *open == name.trim())?),
                None if tag.ends_with('/') || tag.starts_with('?') => {}
                None => path.push(tag.split(char::is_whitespace).next()?),
            }
        }
    }
    (path.is_empty() && rest.trim().is_empty() && !out.is_empty()).then(|| out + rest)
}

/// A tag with other values of its attributes.
fn attributes(tag: &str, replace: &mut impl FnMut(&str, &str) -> String) -> String {
    let mut out = String::new();
    let mut rest = tag;
    while let Some((before, quote, value, behind)) = quoted(rest).filter(|_| !tag.starts_with('?')) {
        let name = before.trim_end().trim_end_matches('=').trim_end();
        let name = name.rsplit(char::is_whitespace).next().unwrap_or_default();
        out.extend([before, quote, &escaped(&replace(name, &unescaped(value))), quote]);
        rest = behind;
    }
    out + rest
}

/// What stands before the first quote, the quote, what it encloses, and what follows.
fn quoted(text: &str) -> Option<(&str, &str, &str, &str)> {
    let at = text.find(['"', '\''])?;
    let quote = &text[at..=at];
    let (value, behind) = text[at + 1..].split_once(quote)?;
    Some((&text[..at], quote, value, behind))
}

/// A text that is changed between the spaces around it.
fn spaced(text: &str, change: impl FnOnce(&str) -> String) -> String {
    let inner = text.trim();
    if inner.is_empty() { text.to_owned() } else { text.replacen(inner, &change(inner), 1) }
}

const ESCAPES: [(&str, &str); 5] = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];

fn unescaped(text: &str) -> String {
    ESCAPES.iter().fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character))
}

fn escaped(text: &str) -> String {
    ESCAPES.iter().rev().fold(text.to_owned(), |text, (escape, character)| text.replace(character, escape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_replaced_where_they_stand() {
        let replace = |path: &str, text: &str| format!("[{path}:{text}]");
        for (xml, expected) in [
            ("<a>\n  <b>x &amp; y</b>\n</a>\n", Some("<a>\n  <b>[a.b:x &amp; y]</b>\n</a>\n")),
            ("<?xml version=\"1.0\"?><a k='v'/>", Some("<?xml version=\"1.0\"?><a k='[k:v]'/>")),
            ("<a><!-- Ada --><![CDATA[<x>]]></a>", Some("<a>[a:&lt;x&gt;]</a>")),
            ("<a><b></a></b>", None),
            ("<a>", None),
            ("a < b", None),
        ] {
            assert_eq!(rewritten(xml, replace).as_deref(), expected, "{xml}");
        }
    }
}
