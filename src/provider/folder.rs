//! One provider: what is read of its folder, be it embedded or the user's.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::batch::Batch;
use super::catalog::BuiltIn;
use super::definition::Definition;
use super::error::ProviderError;
use super::event::Event;
use super::scenario::Scenario;
use crate::model::JsonPaths;
use crate::payload::Node;
use crate::signature::content::Template;
use crate::signature::scheme::SchemeError;
use crate::text::nearest;

/// A provider folder from somewhere else: paths within it, and their contents.
#[derive(Debug, Clone, Default)]
pub struct ProviderFiles {
    /// What error messages call the folder.
    pub place: String,
    /// Path below the folder, with `/`, and content.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// A `[providers.NAME]` table of the configuration: it replaces keys of the provider, or is a whole one.
#[derive(Debug, Clone)]
pub struct Override {
    /// The file it is in.
    pub place: String,
    /// The line where it starts.
    pub line: usize,
    /// The keys.
    pub table: toml::Table,
}

/// A provider: its definition and its files.
#[derive(Debug)]
pub struct Provider {
    /// Its id: the folder's name.
    pub name: String,
    /// What `provider.toml` says.
    pub definition: Definition,
    files: Option<ProviderFiles>,
    /// What `parts.json` says, once it is needed.
    parts: OnceLock<Option<Node>>,
    /// The paths of those event locators that are nothing but a value of a JSON body, in their order.
    pub(super) event_paths: JsonPaths,
}

impl Provider {
    /// Reads a provider from its own files, or from the embedded ones.
    ///
    /// # Errors
    /// The first thing that is wrong, with file and line.
    pub fn parse(name: &str, files: Option<&ProviderFiles>, changes: Option<&Override>) -> Result<Self, ProviderError> {
        let mut provider = Self {
            name: name.to_owned(),
            definition: placeholder_definition(),
            files: files.cloned(),
            parts: OnceLock::new(),
            event_paths: JsonPaths::default(),
        };
        let place = provider.place("provider.toml");
        let own = files.map(|files| files.files.get("provider.toml"));
        // A folder without a definition adds to the built-in provider of its name.
        let own = own.filter(|own| own.is_some() || BuiltIn::of(name).is_none());
        let base = match own {
            Some(text) => text.map(|text| parse_definition(&place, text)).transpose()?,
            None => BuiltIn::of(name).map(|one| serde_json::from_str(&one.definition()).expect("a sound definition")),
        };
        provider.definition = match (base, changes) {
            (Some(base), None) => base,
            (None, None) => return Err(ProviderError::NoDefinition { place: provider.place("") }),
            // Errors of the base itself were told with their lines before anything is merged into it.
            (_, Some(changes)) => {
                let mut table = match own {
                    Some(text) => text.and_then(|text| String::from_utf8_lossy(text).parse().ok()).unwrap_or_default(),
                    None => BuiltIn::of(name).map_or_else(toml::Table::new, BuiltIn::table),
                };
                table.extend(changes.table.clone());
                let merged = toml::to_string(&table).unwrap_or_default();
                toml::from_str(&merged).map_err(|error| ProviderError::Definition {
                    place: changes.place.clone(),
                    line: changes.line,
                    message: one_line(error.message()),
                })?
            }
        };
        match changes.filter(|changes| changes.table.contains_key("signature")) {
            Some(changes) => check_schemes(&provider.definition, &changes.place, |_| changes.line)?,
            None => {
                let text = own.flatten().map(Vec::as_slice).unwrap_or_default();
                check_schemes(&provider.definition, &place, |at| line_of_table(text, Array::Signature, at))?;
            }
        }
        match changes.filter(|changes| changes.table.contains_key("handshake")) {
            Some(changes) => check_handshakes(&provider.definition, &changes.place, |_| changes.line)?,
            None => {
                let text = own.flatten().map(Vec::as_slice).unwrap_or_default();
                check_handshakes(&provider.definition, &place, |at| line_of_table(text, Array::Handshake, at))?;
            }
        }
        provider.check_names()?;
        provider.event_paths = JsonPaths::new(provider.definition.event.templates().filter_map(Template::as_json));
        // What is wrong with a user's own is told at once; what is built in has been tested.
        if let Some(bytes) = files.and_then(|files| files.files.get("parts.json")) {
            let error = |error| ProviderError::Json { place: provider.place("parts.json"), error };
            provider.parts = Some(Node::parse(bytes).map_err(error)?).into();
        }
        Ok(provider)
    }

    /// Two files must not be the same event.
    fn check_names(&self) -> Result<(), ProviderError> {
        let events = self.events();
        match events.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(ProviderError::TwoFiles { place: self.place("events"), event: pair[0].clone() }),
            None => Ok(()),
        }
    }

    /// Where in an event's file, or in `provider.toml`, the first of these texts stands: what an error about it names.
    pub fn place_of(&self, event: Option<&str>, texts: &[String]) -> String {
        let events = event.into_iter().flat_map(|name| [event_path(name), format!("events/{name}.json")]);
        let candidates: Vec<String> = events.chain(["parts.json".to_owned(), "provider.toml".to_owned()]).collect();
        let found =
            texts.iter().flat_map(|text| candidates.iter().map(move |path| (text, path))).find_map(|(text, path)| {
                let bytes = self.file(path)?;
                let at = bytes.windows(text.len().max(1)).position(|window| window == text.as_bytes())?;
                Some(format!("{}:{}", self.place(path), line_of(&bytes, at)))
            });
        found.unwrap_or_else(|| self.place("provider.toml"))
    }

    /// The entries of `parts.json`.
    pub fn parts(&self) -> Option<&Node> {
        self.parts.get_or_init(|| self.file("parts.json").and_then(|bytes| Node::parse(&bytes).ok())).as_ref()
    }

    /// The names of its events, in alphabetical order.
    pub fn events(&self) -> Vec<String> {
        let mut names: Vec<String> = self.paths().iter().filter_map(|path| event_name(path)).collect();
        names.sort();
        names
    }

    /// The paths of its files.
    fn paths(&self) -> Vec<String> {
        let own = self.files.iter().flat_map(|files| files.files.keys().cloned());
        if self.files.is_some() && !self.adds() {
            return own.collect();
        }
        let built_in = BuiltIn::of(&self.name).into_iter().flat_map(BuiltIn::paths);
        let mut paths: BTreeSet<String> = built_in.map(str::to_owned).collect();
        paths.extend(own);
        paths.into_iter().collect()
    }

    /// Whether a private folder adds to the built-in provider of its name: it has no definition of its own.
    fn adds(&self) -> bool {
        self.files.as_ref().is_some_and(|files| !files.files.contains_key("provider.toml"))
    }

    /// The names of its scenarios, in alphabetical order.
    pub fn scenarios(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .paths()
            .iter()
            .filter_map(|path| Some(path.strip_prefix("scenarios/")?.strip_suffix(".toml")?.to_owned()))
            .collect();
        names.sort();
        names
    }

    /// A scenario by its name.
    ///
    /// # Errors
    /// There is none, or its file is broken.
    pub fn scenario(&self, name: &str) -> Result<Scenario, ProviderError> {
        let path = format!("scenarios/{name}.toml");
        let Some(bytes) = self.file(&path) else {
            let names = self.scenarios();
            let near = nearest(name, names.iter().map(String::as_str)).into_iter().map(str::to_owned).collect();
            return Err(ProviderError::UnknownScenario {
                provider: self.name.clone(),
                scenario: name.to_owned(),
                near,
            });
        };
        let text = String::from_utf8_lossy(&bytes);
        Scenario::parse(&text).map_err(|error| ProviderError::Scenario { place: self.place(&path), error })
    }

    /// An event by its type.
    ///
    /// # Errors
    /// There is none, or its file is broken.
    pub fn event(&self, name: &str) -> Result<Event, ProviderError> {
        let plain = format!("events/{name}.json");
        let path = event_path(name);
        let (path, bytes) = match self.file(&path) {
            Some(bytes) => (path, Some(bytes)),
            None => (plain.clone(), self.file(&plain)),
        };
        let Some(bytes) = bytes else {
            let names = self.events();
            let near = nearest(name, names.iter().map(String::as_str)).into_iter().map(str::to_owned).collect();
            return Err(ProviderError::UnknownEvent { provider: self.name.clone(), event: name.to_owned(), near });
        };
        let node = Node::parse(&bytes).map_err(|error| ProviderError::Json { place: self.place(&path), error })?;
        Event::from_node(node, self.definition.request.body)
            .map_err(|error| ProviderError::Event { place: self.place(&path), error })
    }

    /// How it puts several events into one request; `None`: it does not.
    ///
    /// # Errors
    /// Its file is broken.
    pub fn batch(&self) -> Result<Option<Batch>, ProviderError> {
        let path = "batch.json";
        if let Some(bytes) = self.file(path) {
            let node = Node::parse(&bytes).map_err(|error| ProviderError::Json { place: self.place(path), error })?;
            let event = Event::from_node(node, self.definition.request.body)
                .map_err(|error| ProviderError::Event { place: self.place(path), error })?;
            return Ok(Some(Batch::Envelope(Box::new(event))));
        }
        Ok(self.definition.batch.as_ref().and_then(|rule| rule.list.clone()).map(Batch::List))
    }

    /// The request of a handshake: `handshakes/<id>.json`, in the form of an event, or the event of that name.
    ///
    /// # Errors
    /// There is none, or its file is broken.
    pub fn handshake_event(&self, id: &str) -> Result<Event, ProviderError> {
        let path = format!("handshakes/{id}.json");
        let Some(bytes) = self.file(&path) else { return self.event(id) };
        let node = Node::parse(&bytes).map_err(|error| ProviderError::Json { place: self.place(&path), error })?;
        Event::from_node(node, self.definition.request.body)
            .map_err(|error| ProviderError::Event { place: self.place(&path), error })
    }

    /// The lines of its vector files; embedded providers carry none.
    pub fn vectors(&self) -> Vec<String> {
        self.lines(|path| path.starts_with("vectors/") && path != HANDSHAKE_VECTORS)
    }

    /// The lines of its file of handshakes whose answers are known.
    pub fn handshake_vectors(&self) -> Vec<String> {
        self.lines(|path| path == HANDSHAKE_VECTORS)
    }

    fn lines(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let files = self.files.iter().flat_map(|files| &files.files);
        files
            .filter(|(path, _)| wanted(path))
            .flat_map(|(_, bytes)| {
                let text = String::from_utf8_lossy(bytes).into_owned();
                text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect::<Vec<_>>()
            })
            .collect()
    }

    fn file(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        let own = self.files.as_ref().and_then(|files| files.files.get(path));
        match own {
            Some(bytes) => Some(Cow::Owned(bytes.clone())),
            None if self.files.is_some() && !self.adds() => None,
            None => BuiltIn::of(&self.name)?.file(path).map(Cow::Borrowed),
        }
    }

    /// What error messages call a file of this provider.
    fn place(&self, path: &str) -> String {
        match &self.files {
            Some(files) => format!("{}/{path}", files.place),
            None => format!("fixtures/{}/{path}", self.name),
        }
    }
}

fn event_name(path: &str) -> Option<String> {
    Some(path.strip_prefix("events/")?.strip_suffix(".json")?.replace(COLON, ":"))
}

/// Where the event of this name is.
fn event_path(name: &str) -> String {
    format!("events/{}.json", name.replace(':', COLON))
}

/// Handshakes whose answers are known.
const HANDSHAKE_VECTORS: &str = "vectors/handshakes.jsonl";

/// A colon in a file's name: Windows cannot store one, and types such as `repo:push` have it.
const COLON: &str = "%3A";

/// Stands in until the real definition has been read.
fn placeholder_definition() -> Definition {
    toml::from_str("title = ''\ndocs = ''").expect("two keys are a definition")
}

fn parse_definition(place: &str, text: &[u8]) -> Result<Definition, ProviderError> {
    let text = std::str::from_utf8(text).map_err(|error| ProviderError::Definition {
        place: place.to_owned(),
        line: line_of(text, error.valid_up_to()),
        message: "the file is not UTF-8".to_owned(),
    })?;
    toml::from_str(text).map_err(|error| ProviderError::Definition {
        place: place.to_owned(),
        line: error.span().map_or(0, |span| line_of(text.as_bytes(), span.start)),
        message: one_line(error.message()),
    })
}

fn check_schemes(definition: &Definition, place: &str, line: impl Fn(usize) -> usize) -> Result<(), ProviderError> {
    for (at, scheme) in definition.signature.iter().enumerate() {
        let twice = definition.signature[..at].iter().any(|before| before.id == scheme.id);
        let checked = if twice { Err(SchemeError::Twice { scheme: scheme.id.to_string() }) } else { scheme.check() };
        checked.map_err(|error| ProviderError::Scheme { place: place.to_owned(), line: line(at), error })?;
    }
    Ok(())
}

/// Two handshakes must not have the same id, which names the file of their request.
fn check_handshakes(definition: &Definition, place: &str, line: impl Fn(usize) -> usize) -> Result<(), ProviderError> {
    let handshakes = &definition.handshake;
    let twice = (1..handshakes.len()).find(|at| handshakes[..*at].iter().any(|before| before.id == handshakes[*at].id));
    twice.map_or(Ok(()), |at| {
        let message = format!("handshake {}: there is another one with this id", handshakes[at].id);
        Err(ProviderError::Definition { place: place.to_owned(), line: line(at), message })
    })
}

/// The line of the n-th table in an array of them, such as `[[signature]]`, counting from 0; 0 if it is not in the text.
fn line_of_table(text: &[u8], array: Array, at: usize) -> usize {
    #[derive(serde::Deserialize)]
    struct Lines {
        #[serde(default)]
        signature: Vec<toml::Spanned<toml::Table>>,
        #[serde(default)]
        handshake: Vec<toml::Spanned<toml::Table>>,
    }
    let lines = std::str::from_utf8(text).ok().and_then(|text| toml::from_str::<Lines>(text).ok());
    let start = lines.and_then(|lines| {
        let tables = match array {
            Array::Signature => &lines.signature,
            Array::Handshake => &lines.handshake,
        };
        tables.get(at).map(|table| table.span().start)
    });
    start.map_or(0, |start| line_of(text, start))
}

/// An array of tables of `provider.toml`.
#[derive(Clone, Copy)]
enum Array {
    Signature,
    Handshake,
}

fn line_of(text: &[u8], offset: usize) -> usize {
    text[..offset.min(text.len())].split(|b| *b == b'\n').count()
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(definition: &str) -> ProviderFiles {
        let files = [("provider.toml".to_owned(), definition.as_bytes().to_vec())].into_iter().collect();
        ProviderFiles { place: "acme".into(), files }
    }

    fn error(definition: &str) -> String {
        Provider::parse("acme", Some(&files(definition)), None).expect_err("a broken provider").to_string()
    }

    #[test]
    fn errors_name_file_line_and_key() {
        let start = "title = 'A'\ndocs = 'd'\n";
        assert!(error("docs = 'd'").contains("acme/provider.toml:1: missing field `title`"));
        assert!(error(&format!("{start}colour = 1")).starts_with("acme/provider.toml:3: unknown field `colour`"));
        let wrong = format!("{start}[[signature]]\nid = 'x'\nkind = 'hmac'\nheader = {{ name = 'X', form = 'pairs' }}");
        assert!(error(&wrong).starts_with("acme/provider.toml:3: signature x: header.signature"), "{}", error(&wrong));
        let twice = format!("{start}{0}{0}", "[[handshake]]\nid = 'x'\nwhen = []\nanswer = {}\n");
        assert!(error(&twice).starts_with("acme/provider.toml:7: handshake x: there is another"), "{}", error(&twice));
        let template = format!("{start}[event]\ntype = ['{{nope}}']");
        assert!(error(&template).starts_with("acme/provider.toml:4: '{nope}' is no part"), "{}", error(&template));
        assert_eq!(
            Provider::parse("acme", Some(&ProviderFiles { place: "acme".into(), ..ProviderFiles::default() }), None)
                .expect_err("no file")
                .to_string(),
            "acme/: there is no provider.toml"
        );
    }
}
