//! A place that can hold a signature, and what is done with it there.

use std::borrow::Cow;

use crate::model::{JsonPath, Request};
use crate::signature::content::Message;

/// A place that can hold a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A header.
    Header(String),
    /// Headers of which `{n}` in the name is 1, 2 and so on.
    Numbered(String),
    /// A value in the JSON body.
    Json(JsonPath),
    /// A value in each element of a list in the JSON body.
    Item(JsonPath),
    /// A field of a form body.
    Form(String),
    /// A parameter of the query.
    Query(String),
}

/// Why there is nothing to read in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// The same header or field is there more than once.
    Repeated,
    /// It is not text.
    NotText,
}

impl Place {
    /// What is there; `None` if nothing is. What is there twice is refused, since receivers disagree about which counts.
    ///
    /// # Errors
    /// Something is there, and cannot be read.
    pub fn value<'a>(&self, message: &Message<'a>) -> Result<Option<Cow<'a, str>>, Unreadable> {
        let request = message.request;
        match self {
            Self::Header(name) => header(request, name),
            // The carrier asks for each of the numbers by its name.
            Self::Numbered(_) => Ok(None),
            // An empty text in a body is no signature; in a header it is a broken one.
            Self::Json(path) => Ok(path.locate(request.document()).filter(|text| !text.is_empty()).map(Cow::Owned)),
            Self::Item(path) => {
                let text = message.item.and_then(|item| path.locate(item));
                Ok(text.filter(|text| !text.is_empty()).map(Cow::Owned))
            }
            Self::Form(name) if request.is_form() => field(&request.body, name),
            Self::Form(_) => Ok(None),
            Self::Query(name) => field(request.query().unwrap_or_default().as_bytes(), name),
        }
    }

    /// How a person would name it.
    pub fn describe(&self) -> String {
        match self {
            Self::Header(name) => name.clone(),
            Self::Numbered(name) => name.replace("{n}", "1"),
            Self::Json(path) => format!("{path} in the body"),
            Self::Item(path) => format!("{path} in each element of the body's list"),
            Self::Form(name) => format!("the form field {name}"),
            Self::Query(name) => format!("the query parameter {name}"),
        }
    }

    /// The header's name, if it is one; of numbered ones the first.
    pub fn header(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Header(name) => Some(Cow::Borrowed(name)),
            Self::Numbered(name) => Some(Cow::Owned(name.replace("{n}", "1"))),
            _ => None,
        }
    }

    /// Puts a value there. `false` if the body has no such place.
    pub fn set(&self, request: &mut Request, each: Option<(&JsonPath, usize)>, value: &str) -> bool {
        match self {
            Self::Header(name) => request.headers.set(name, value.to_owned()),
            Self::Numbered(_) => return false,
            Self::Json(path) => match path.replaced(request.document(), value) {
                Some(document) => request.body = request.with_document(document),
                None => return false,
            },
            Self::Item(path) => {
                let whole = each.map(|(list, at)| list.element(at).join(path));
                match whole.and_then(|path| path.replaced(&request.body, value)) {
                    Some(body) => request.body = body.into(),
                    None => return false,
                }
            }
            Self::Form(name) => {
                let form = String::from_utf8_lossy(&request.body).into_owned();
                request.body = with_field(&form, name, Some(value)).into();
            }
            Self::Query(name) => {
                let query = with_field(request.query().unwrap_or_default(), name, Some(value));
                let end = request.target.find('?').unwrap_or(request.target.len());
                request.target = format!("{}?{query}", &request.target[..end]);
            }
        }
        true
    }

    /// Takes away what is there: a header or field; a value in JSON becomes an empty text.
    pub(super) fn clear(&self, request: &mut Request, each: Option<(&JsonPath, usize)>) {
        match self {
            Self::Header(name) => {
                request.headers.remove(name);
            }
            Self::Numbered(_) => {}
            Self::Json(_) | Self::Item(_) => {
                self.set(request, each, "");
            }
            Self::Form(name) => {
                let form = String::from_utf8_lossy(&request.body).into_owned();
                request.body = with_field(&form, name, None).into();
            }
            Self::Query(name) => {
                let Some((path, query)) = request.target.split_once('?') else { return };
                let query = with_field(query, name, None);
                request.target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
            }
        }
    }
}

/// The one header of that name.
pub(super) fn header<'a>(request: &'a Request, name: &str) -> Result<Option<Cow<'a, str>>, Unreadable> {
    let mut fields = request.headers.all(name);
    let Some(first) = fields.next() else { return Ok(None) };
    if fields.next().is_some() {
        return Err(Unreadable::Repeated);
    }
    first.text().map(|text| Some(Cow::Borrowed(text))).ok_or(Unreadable::NotText)
}

/// The one field of that name.
fn field<'a>(encoded: &[u8], name: &str) -> Result<Option<Cow<'a, str>>, Unreadable> {
    let mut fields = url::form_urlencoded::parse(encoded).filter(|(key, _)| key == name);
    let Some((_, value)) = fields.next() else { return Ok(None) };
    if fields.next().is_some() { Err(Unreadable::Repeated) } else { Ok(Some(Cow::Owned(value.into_owned()))) }
}

/// A form or query with one field set, or without it. The others stay as they are written, and where they are.
fn with_field(encoded: &str, name: &str, value: Option<&str>) -> String {
    let is_it = |pair: &&str| url::form_urlencoded::parse(pair.as_bytes()).any(|(key, _)| key == name);
    let written = value.map(|value| {
        let mut pair = url::form_urlencoded::Serializer::new(String::new());
        pair.append_pair(name, value);
        pair.finish()
    });
    let pairs: Vec<&str> = encoded.split('&').filter(|pair| !pair.is_empty()).collect();
    let mut out: Vec<&str> = Vec::with_capacity(pairs.len() + 1);
    let mut is_set = false;
    for pair in &pairs {
        if is_it(pair) {
            if let (Some(written), false) = (&written, is_set) {
                out.push(written);
                is_set = true;
            }
        } else {
            out.push(pair);
        }
    }
    if let (Some(written), false) = (&written, is_set) {
        out.push(written);
    }
    out.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Headers;

    #[test]
    fn a_signature_is_put_anywhere_and_everything_else_stays() {
        let request = Request {
            method: "POST".into(),
            target: "/h?a=1&sig=old&b=%20".into(),
            headers: [("Content-Type", "application/x-www-form-urlencoded")].into_iter().collect::<Headers>(),
            body: "x=%20&sig=old&y".into(),
        };
        let mut form = request.clone();
        assert!(Place::Form("sig".into()).set(&mut form, None, "a+b"));
        assert_eq!(&form.body[..], b"x=%20&sig=a%2Bb&y");
        let message = Message::new(&form, None);
        assert_eq!(Place::Form("sig".into()).value(&message), Ok(Some("a+b".into())));
        let mut query = request.clone();
        assert!(Place::Query("sig".into()).set(&mut query, None, "new"));
        assert_eq!(query.target, "/h?a=1&sig=new&b=%20");
        Place::Query("sig".into()).clear(&mut query, None);
        assert_eq!(query.target, "/h?a=1&b=%20");
        let list: JsonPath = "l".parse().expect("a path");
        let item = Place::Item("s".parse().expect("a path"));
        let mut json = Request { body: r#"{"l":[{"s":""}, {"s" : null}]}"#.into(), ..request.clone() };
        assert!(item.set(&mut json, Some((&list, 1)), "x"));
        assert_eq!(&json.body[..], br#"{"l":[{"s":""}, {"s" : "x"}]}"#);
        assert!(!item.set(&mut json, Some((&list, 2)), "x"));
        let twice = Request { body: "sig=1&sig=1".into(), ..request };
        assert_eq!(Place::Form("sig".into()).value(&Message::new(&twice, None)), Err(Unreadable::Repeated));
    }
}
