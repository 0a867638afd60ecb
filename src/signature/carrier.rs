//! Where a signature is, and how it is written there: `t=…,v1=…` · `sha256=…` · `v1,…` · plain, in headers, or in a
//! field of the body or the query.

use std::borrow::Cow;

use serde::Deserialize;

use super::content::{Message, Template};
use crate::model::{JsonPath, Request};

/// The highest number of a numbered header (`X-DocuSign-Signature-{n}`).
const MOST_NUMBERED: usize = 100;

/// How several values share a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeaderForm {
    /// One signature and nothing else.
    #[default]
    Plain,
    /// `t=…,v1=…`: named parts; the signature may repeat.
    Pairs,
    /// Several items, of which those with the prefix are signatures.
    List,
    /// A timestamp, then signatures.
    TimedList,
}

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

/// Where signatures are, and how they are written.
#[derive(Debug, Clone)]
pub struct Carrier {
    /// The places. Of several, each may hold a signature; the n-th secret's is written to the n-th.
    pub places: Vec<Place>,
    /// How values share one.
    pub form: HeaderForm,
    /// Text in front of a signature; it may name parts of the secret.
    pub prefix: Template,
    /// `pairs`: the key of signatures.
    pub signature: Option<String>,
    /// `pairs`: the key of the timestamp.
    pub timestamp: Option<String>,
    /// Between pairs or items.
    pub separator: Option<String>,
    /// `pairs`: between groups of pairs that each have a timestamp of their own.
    pub groups: Option<String>,
}

/// The `header` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderTable {
    name: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    form: HeaderForm,
    #[serde(default = "nothing")]
    prefix: Template,
    signature: Option<String>,
    timestamp: Option<String>,
    separator: Option<String>,
    groups: Option<String>,
}

/// The `parameter` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParameterTable {
    #[serde(default, deserialize_with = "super::tolerance::json_path")]
    json: Option<JsonPath>,
    #[serde(default, deserialize_with = "super::tolerance::json_path")]
    item: Option<JsonPath>,
    form: Option<String>,
    query: Option<String>,
    #[serde(default = "nothing")]
    prefix: Template,
    separator: Option<String>,
}

fn nothing() -> Template {
    "".parse().expect("nothing is a template")
}

impl Carrier {
    /// From the tables of a scheme, of which there should be one.
    pub(super) fn new(header: Option<HeaderTable>, parameter: Option<ParameterTable>) -> Self {
        let mut carrier = Self {
            places: Vec::new(),
            form: HeaderForm::Plain,
            prefix: nothing(),
            signature: None,
            timestamp: None,
            separator: None,
            groups: None,
        };
        if let Some(table) = header {
            let names = std::iter::once(table.name).chain(table.also);
            carrier.places.extend(
                names.map(|name| if name.contains("{n}") { Place::Numbered(name) } else { Place::Header(name) }),
            );
            carrier = Self {
                form: table.form,
                prefix: table.prefix,
                signature: table.signature,
                timestamp: table.timestamp,
                separator: table.separator,
                groups: table.groups,
                ..carrier
            };
        }
        if let Some(table) = parameter {
            let places = [
                table.json.map(Place::Json),
                table.item.map(Place::Item),
                table.form.map(Place::Form),
                table.query.map(Place::Query),
            ];
            carrier.places.extend(places.into_iter().flatten());
            carrier.form = if table.separator.is_some() { HeaderForm::List } else { HeaderForm::Plain };
            carrier.prefix = table.prefix;
            carrier.separator = table.separator;
        }
        carrier
    }
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
            Self::Json(path) => Ok(path.locate(&request.body).filter(|text| !text.is_empty()).map(Cow::Owned)),
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
            Self::Json(path) => match path.replaced(&request.body, value) {
                Some(body) => request.body = body.into(),
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
    fn clear(&self, request: &mut Request, each: Option<(&JsonPath, usize)>) {
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
fn header<'a>(request: &'a Request, name: &str) -> Result<Option<Cow<'a, str>>, Unreadable> {
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

/// What was carried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found<'a> {
    /// The texts that may be the signature, without prefix.
    pub signatures: Vec<&'a str>,
    /// The timestamp, where it is in the same place.
    pub timestamp: Option<&'a str>,
}

/// Why a value holds no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The prefix is not there.
    #[error("it does not start with '{0}'")]
    NoPrefix(String),
    /// Nothing after the prefix.
    #[error("the signature is empty")]
    Empty,
    /// No item is a signature of this scheme.
    #[error("none of its items is a '{0}' signature")]
    NoneOfScheme(String),
    /// A timestamp was expected and is not there.
    #[error("it has no timestamp '{0}='")]
    NoTimestamp(String),
    /// Two timestamps: which one was signed is anybody's guess.
    #[error("it has more than one timestamp '{0}='")]
    TwoTimestamps(String),
}

impl Carrier {
    /// The places in which something can be, numbers written out, as far as they are in the request.
    pub fn values<'a>(&self, message: &Message<'a>) -> Result<Vec<Cow<'a, str>>, (String, Unreadable)> {
        let mut values = Vec::new();
        for place in &self.places {
            if let Place::Numbered(name) = place {
                for n in 1..=MOST_NUMBERED {
                    let name = name.replace("{n}", &n.to_string());
                    match header(message.request, &name).map_err(|why| (name, why))? {
                        Some(value) => values.push(value),
                        None => break,
                    }
                }
            } else {
                values.extend(place.value(message).map_err(|why| (place.describe(), why))?);
            }
        }
        Ok(values)
    }

    /// The names of the headers that can hold a signature; of numbered ones the first.
    pub fn headers(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.places.iter().filter_map(Place::header)
    }

    /// How a person would name the place.
    pub fn describe(&self) -> String {
        self.places.iter().map(Place::describe).collect::<Vec<_>>().join(" or ")
    }

    /// Writes signatures to their places. `each` is the list whose element is signed, and which one.
    ///
    /// # Errors
    /// The place that the body does not have.
    pub fn set(
        &self,
        request: &mut Request,
        each: Option<(&JsonPath, usize)>,
        signatures: &[String],
        timestamp: Option<&str>,
        prefix: &str,
    ) -> Result<(), Place> {
        let numbered = |name: &str, n: usize| Place::Header(name.replace("{n}", &(n + 1).to_string()));
        let places: Vec<Cow<'_, Place>> = match self.places.as_slice() {
            [Place::Numbered(name)] => (0..signatures.len()).map(|n| Cow::Owned(numbered(name, n))).collect(),
            places => places.iter().map(Cow::Borrowed).collect(),
        };
        if places.len() > 1 {
            for (place, signature) in places.iter().zip(signatures) {
                let value = self.write(std::slice::from_ref(signature), timestamp, prefix);
                if !place.set(request, each, &value) {
                    return Err(place.clone().into_owned());
                }
            }
            return Ok(());
        }
        match places.first() {
            Some(place) if place.set(request, each, &self.write(signatures, timestamp, prefix)) => Ok(()),
            Some(place) => Err(place.clone().into_owned()),
            None => Ok(()),
        }
    }

    /// Takes all signatures out of a request.
    pub fn clear(&self, request: &mut Request, each: Option<&JsonPath>) {
        let elements = each.map_or(1, |list| list.elements(&request.body).map_or(0, |elements| elements.len()));
        for at in 0..elements {
            for place in &self.places {
                if let Place::Numbered(name) = place {
                    for n in 1..=MOST_NUMBERED {
                        request.headers.remove(&name.replace("{n}", &n.to_string()));
                    }
                } else {
                    place.clear(request, each.map(|list| (list, at)));
                }
            }
        }
    }

    /// Leaves the places, and nothing in them.
    pub fn empty(&self, request: &mut Request, each: Option<&JsonPath>) {
        let elements = each.map_or(1, |list| list.elements(&request.body).map_or(0, |elements| elements.len()));
        for at in 0..elements {
            for place in &self.places {
                let place = place.header().map_or_else(|| place.clone(), |name| Place::Header(name.into_owned()));
                if !matches!(place.value(&Message::new(request, None)), Ok(None)) || matches!(place, Place::Item(_)) {
                    place.set(request, each.map(|list| (list, at)), "");
                }
            }
        }
    }

    /// How many signatures can be carried at once.
    pub fn room(&self) -> usize {
        let many = self.form != HeaderForm::Plain || matches!(self.places.as_slice(), [Place::Numbered(_)]);
        if many { usize::MAX } else { self.places.len().max(1) }
    }

    fn separator(&self) -> &str {
        self.separator.as_deref().unwrap_or(match self.form {
            HeaderForm::List => " ",
            HeaderForm::Pairs | HeaderForm::Plain | HeaderForm::TimedList => ",",
        })
    }

    /// Reads one value.
    ///
    /// # Errors
    /// What keeps it from holding a signature of this scheme.
    pub fn read<'a>(&self, value: &'a str, prefix: &str) -> Result<Found<'a>, HeaderError> {
        let mut found = Found::default();
        match self.form {
            HeaderForm::Plain => {
                let signature = value.strip_prefix(prefix).ok_or_else(|| HeaderError::NoPrefix(prefix.to_owned()))?;
                if signature.is_empty() {
                    return Err(HeaderError::Empty);
                }
                found.signatures.push(signature);
            }
            HeaderForm::List => Self::read_items(value.split(self.separator()), prefix, &mut found)?,
            HeaderForm::TimedList => {
                let mut items = value.split(self.separator());
                found.timestamp = items.next();
                Self::read_items(items, prefix, &mut found)?;
            }
            HeaderForm::Pairs => match &self.groups {
                None => self.read_pairs(value, prefix, &mut found)?,
                Some(between) => {
                    for group in value.split(between.as_str()) {
                        let before = found.timestamp.take();
                        self.read_pairs(group, prefix, &mut found)?;
                        if before.is_some() && before != found.timestamp {
                            return Err(HeaderError::TwoTimestamps(self.timestamp.clone().unwrap_or_default()));
                        }
                    }
                }
            },
        }
        Ok(found)
    }

    fn read_items<'a>(
        items: impl Iterator<Item = &'a str>,
        prefix: &str,
        found: &mut Found<'a>,
    ) -> Result<(), HeaderError> {
        let signatures = items.filter_map(|item| item.strip_prefix(prefix)).filter(|signature| !signature.is_empty());
        found.signatures.extend(signatures);
        if found.signatures.is_empty() { Err(HeaderError::NoneOfScheme(prefix.to_owned())) } else { Ok(()) }
    }

    fn read_pairs<'a>(&self, value: &'a str, prefix: &str, found: &mut Found<'a>) -> Result<(), HeaderError> {
        let signature_key = self.signature.as_deref().unwrap_or_default();
        let before = found.signatures.len();
        for pair in value.split(self.separator()) {
            let Some((key, value)) = pair.split_once('=') else { continue };
            if key == signature_key {
                if let Some(signature) = value.strip_prefix(prefix)
                    && !signature.is_empty()
                {
                    found.signatures.push(signature);
                }
            } else if Some(key) == self.timestamp.as_deref() && found.timestamp.replace(value).is_some() {
                return Err(HeaderError::TwoTimestamps(key.to_owned()));
            }
        }
        if let (Some(key), None) = (&self.timestamp, found.timestamp) {
            return Err(HeaderError::NoTimestamp(key.clone()));
        }
        if found.signatures.len() == before {
            return Err(HeaderError::NoneOfScheme(signature_key.to_owned()));
        }
        Ok(())
    }

    /// The value with every signature in it changed, whatever is in front of it; `None` if it holds none.
    pub fn changed(&self, value: &str, change: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        // A prefix that names the secret is not known here: what is behind its last character is the signature.
        let Some(prefix) = self.prefix.as_literal() else {
            let end = value.rfind([':', '|', ' '])? + 1;
            return Some(format!("{}{}", &value[..end], change(&value[end..])?));
        };
        let found = self.read(value, prefix).ok()?;
        let mut out = String::with_capacity(value.len());
        let mut done = 0;
        for signature in found.signatures {
            // The signature is a part of the value: its place follows from where its text begins.
            let start = signature.as_ptr() as usize - value.as_ptr() as usize;
            out.push_str(&value[done..start]);
            out.push_str(&change(signature)?);
            done = start + signature.len();
        }
        out.push_str(&value[done..]);
        Some(out)
    }

    /// The timestamp in a value.
    pub fn time_of<'a>(&self, value: &'a str) -> Option<&'a str> {
        self.read(value, self.prefix.as_literal().unwrap_or_default()).ok()?.timestamp
    }

    /// Whether the value holds something that looks like a signature of this scheme, right or wrong.
    pub fn concerns(&self, value: &str) -> bool {
        match (self.form, self.prefix.as_literal()) {
            (HeaderForm::List, Some(prefix)) => value.split(self.separator()).any(|item| item.starts_with(prefix)),
            _ => true,
        }
    }

    /// Writes signatures (and, for forms that carry it, the timestamp) as one value.
    pub fn write(&self, signatures: &[String], timestamp: Option<&str>, prefix: &str) -> String {
        let items = signatures.iter().map(|s| format!("{prefix}{s}"));
        match self.form {
            HeaderForm::Plain => items.take(1).collect(),
            HeaderForm::List => items.collect::<Vec<_>>().join(self.separator()),
            HeaderForm::TimedList => {
                let time = timestamp.map(str::to_owned);
                time.into_iter().chain(items).collect::<Vec<_>>().join(self.separator())
            }
            HeaderForm::Pairs => {
                let key = self.signature.as_deref().unwrap_or_default();
                let time = self.timestamp.as_ref().zip(timestamp).map(|(key, time)| format!("{key}={time}"));
                let mut pairs = items.map(|item| format!("{key}={item}"));
                match &self.groups {
                    // Each signature in a group of its own, with the time again.
                    Some(between) => {
                        let group =
                            |pair| time.iter().cloned().chain([pair]).collect::<Vec<_>>().join(self.separator());
                        pairs.map(group).collect::<Vec<_>>().join(between)
                    }
                    None => time.into_iter().chain(&mut pairs).collect::<Vec<_>>().join(self.separator()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Headers;

    fn header(form: HeaderForm) -> Carrier {
        let pairs = form == HeaderForm::Pairs;
        Carrier {
            places: vec![Place::Header("X".into())],
            form,
            prefix: nothing(),
            signature: pairs.then(|| "v1".into()),
            timestamp: pairs.then(|| "t".into()),
            separator: None,
            groups: None,
        }
    }

    #[test]
    fn every_form_reads_what_it_writes() {
        let two = ["aa".to_owned(), "bb".to_owned()];
        let pairs = header(HeaderForm::Pairs);
        assert_eq!(pairs.write(&two, Some("7"), ""), "t=7,v1=aa,v1=bb");
        assert_eq!(pairs.read("t=7,v1=aa,v1=bb", ""), Ok(Found { signatures: vec!["aa", "bb"], timestamp: Some("7") }));
        let list = header(HeaderForm::List);
        assert_eq!(list.write(&two, None, "v1,"), "v1,aa v1,bb");
        assert_eq!(list.read("v2,zz v1,aa v1,bb", "v1,").map(|f| f.signatures), Ok(vec!["aa", "bb"]));
        let plain = header(HeaderForm::Plain);
        assert_eq!(plain.write(&two[..1], None, "sha256="), "sha256=aa");
        assert_eq!(plain.read("sha256=aa", "sha256=").map(|f| f.signatures), Ok(vec!["aa"]));
        let timed = header(HeaderForm::TimedList);
        assert_eq!(timed.write(&two, Some("7"), ""), "7,aa,bb");
        assert_eq!(timed.read("7,aa,bb", ""), Ok(Found { signatures: vec!["aa", "bb"], timestamp: Some("7") }));
        let groups = Carrier { groups: Some(" ".into()), ..header(HeaderForm::Pairs) };
        assert_eq!(groups.write(&two, Some("7"), ""), "t=7,v1=aa t=7,v1=bb");
        let read = groups.read("t=7,v1=aa t=7,v1=bb", "");
        assert_eq!(read, Ok(Found { signatures: vec!["aa", "bb"], timestamp: Some("7") }));
    }

    #[test]
    fn what_holds_no_signature_is_an_error() {
        let pairs = header(HeaderForm::Pairs);
        assert_eq!(pairs.read("v1=aa", ""), Err(HeaderError::NoTimestamp("t".into())));
        assert_eq!(pairs.read("t=1,t=2,v1=aa", ""), Err(HeaderError::TwoTimestamps("t".into())));
        assert_eq!(pairs.read("t=1,v0=aa", ""), Err(HeaderError::NoneOfScheme("v1".into())));
        assert_eq!(pairs.read("t=1,v1=", ""), Err(HeaderError::NoneOfScheme("v1".into())));
        assert_eq!(pairs.read("t=1, v1=aa", ""), Err(HeaderError::NoneOfScheme("v1".into())));
        let groups = Carrier { groups: Some(" ".into()), ..header(HeaderForm::Pairs) };
        assert_eq!(groups.read("t=1,v1=aa t=2,v1=bb", ""), Err(HeaderError::TwoTimestamps("t".into())));
        assert_eq!(groups.read("t=1,v1=aa v1=bb", ""), Err(HeaderError::NoTimestamp("t".into())));
        let list = header(HeaderForm::List);
        assert_eq!(list.read("aa", "v1,"), Err(HeaderError::NoneOfScheme("v1,".into())));
        assert_eq!(list.read("v1,", "v1,"), Err(HeaderError::NoneOfScheme("v1,".into())));
        assert_eq!(header(HeaderForm::TimedList).read("7", ""), Err(HeaderError::NoneOfScheme(String::new())));
        let plain = header(HeaderForm::Plain);
        assert_eq!(plain.read("aa", "sha256="), Err(HeaderError::NoPrefix("sha256=".into())));
        assert_eq!(plain.read("sha256=", "sha256="), Err(HeaderError::Empty));
        assert_eq!(plain.read("", ""), Err(HeaderError::Empty));
    }

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
