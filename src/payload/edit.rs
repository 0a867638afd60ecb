//! Edits of a payload: `--set PATH=VALUE`, `--set-string`, `--set-json`, `--unset PATH`.

use super::document::{Node, ParseError, is_number};
use crate::model::JsonPath;
use crate::model::json_path::{PathError, Step};
use crate::text::count;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    path: JsonPath,
    /// `None` removes what is there.
    value: Option<Node>,
}

/// Why an edit cannot be read or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No `=`.
    #[error("'{0}' is not PATH=VALUE")]
    NoEquals(String),
    /// The path cannot be read.
    #[error("{0}")]
    Path(#[from] PathError),
    /// The value of `--set-json` is not JSON.
    #[error("the value of '{path}' is not JSON: {error}")]
    Json {
        /// The path it was meant for.
        path: String,
        /// Where it stops being JSON.
        error: ParseError,
    },
    /// A step goes into something that has no such inside.
    #[error("'{path}': {found} is in the way")]
    InTheWay {
        /// The whole path.
        path: String,
        /// What was found where an object or array is needed.
        found: &'static str,
    },
    /// An index beyond the array.
    #[error("'{path}': there is no [{index}], the list has {}", count(*length, "element", "elements"))]
    Index {
        /// The whole path.
        path: String,
        /// The index asked for.
        index: usize,
        /// How many there are.
        length: usize,
    },
    /// `--unset` of something that is not there.
    #[error("'{0}' is not in the payload")]
    NotThere(String),
}

fn split(text: &str) -> Result<(JsonPath, &str), EditError> {
    let (path, value) = text.split_once('=').ok_or_else(|| EditError::NoEquals(text.to_owned()))?;
    Ok((path.parse()?, value))
}

impl Edit {
    /// `PATH=VALUE`: a JSON scalar if the value reads as one, else text.
    pub fn set(text: &str) -> Result<Self, EditError> {
        let (path, value) = split(text)?;
        let node = match value {
            "null" => Node::Null,
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            number if is_number(number.as_bytes()) => Node::Number(number.to_owned()),
            quoted if quoted.starts_with('"') => {
                Node::parse(quoted.as_bytes()).unwrap_or(Node::Text(quoted.to_owned()))
            }
            text => Node::Text(text.to_owned()),
        };
        Ok(Self { path, value: Some(node) })
    }

    /// `PATH=VALUE`: always text.
    pub fn set_string(text: &str) -> Result<Self, EditError> {
        let (path, value) = split(text)?;
        Ok(Self { path, value: Some(Node::Text(value.to_owned())) })
    }

    /// `PATH=JSON`: any JSON.
    pub fn set_json(text: &str) -> Result<Self, EditError> {
        let (path, value) = split(text)?;
        let node = Node::parse(value.as_bytes()).map_err(|error| EditError::Json { path: path.to_string(), error })?;
        Ok(Self { path, value: Some(node) })
    }

    /// Sets what is at a path.
    pub fn to(path: &str, value: Node) -> Result<Self, EditError> {
        Ok(Self { path: path.parse()?, value: Some(value) })
    }

    /// The same edit with its value changed.
    ///
    /// # Errors
    /// What the change fails with.
    pub fn map_value<E>(self, change: impl FnOnce(Node) -> Result<Node, E>) -> Result<Self, E> {
        Ok(Self { value: self.value.map(change).transpose()?, ..self })
    }

    /// `PATH`: removes what is there.
    pub fn unset(text: &str) -> Result<Self, EditError> {
        Ok(Self { path: text.parse()?, value: None })
    }

    /// Makes the change. Missing keys are made; everything else stays as it is written.
    pub fn apply(&self, payload: &mut Node) -> Result<(), EditError> {
        let (last, way) = self.path.steps().split_last().expect("a path has a step");
        let mut node = payload;
        for step in way {
            node = self.enter(node, step)?;
        }
        match &self.value {
            Some(value) => *self.enter(node, last)? = value.clone(),
            None => self.remove(node, last)?,
        }
        Ok(())
    }

    fn enter<'n>(&self, node: &'n mut Node, step: &Step) -> Result<&'n mut Node, EditError> {
        match (node, step) {
            (Node::Object(entries), Step::Key(key)) => {
                let at = match entries.iter().rposition(|(k, _)| k == key) {
                    Some(at) => at,
                    // A made parent is an object; the next step finds out if it should have been a list.
                    None if self.value.is_some() => {
                        entries.push((key.clone(), Node::Object(Vec::new())));
                        entries.len() - 1
                    }
                    None => return Err(EditError::NotThere(self.path.to_string())),
                };
                Ok(&mut entries[at].1)
            }
            (Node::Array(items), Step::Index(index)) => {
                let length = items.len();
                items.get_mut(*index).ok_or(EditError::Index { path: self.path.to_string(), index: *index, length })
            }
            (node, _) => Err(self.in_the_way(node)),
        }
    }

    fn remove(&self, node: &mut Node, step: &Step) -> Result<(), EditError> {
        match (node, step) {
            (Node::Object(entries), Step::Key(key)) => {
                let before = entries.len();
                entries.retain(|(k, _)| k != key);
                if entries.len() == before { Err(EditError::NotThere(self.path.to_string())) } else { Ok(()) }
            }
            (Node::Array(items), Step::Index(index)) if *index < items.len() => {
                items.remove(*index);
                Ok(())
            }
            (Node::Array(items), Step::Index(index)) => {
                Err(EditError::Index { path: self.path.to_string(), index: *index, length: items.len() })
            }
            (node, _) => Err(self.in_the_way(node)),
        }
    }

    fn in_the_way(&self, node: &Node) -> EditError {
        let found = match node {
            Node::Null => "null",
            Node::Bool(_) => "a boolean",
            Node::Number(_) => "a number",
            Node::Text(_) => "a text",
            Node::Array(_) => "a list",
            Node::Object(_) => "an object",
        };
        EditError::InTheWay { path: self.path.to_string(), found }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(edit: Result<Edit, EditError>) -> Result<String, EditError> {
        let mut node = Node::parse(br#"{"a":{"n":1.50,"l":[1,2]},"b.c":0}"#).expect("JSON");
        edit?.apply(&mut node)?;
        Ok(node.compact())
    }

    #[test]
    fn edits_change_one_thing() {
        for (edit, result) in [
            (Edit::set("a.l[1]=x"), r#"{"a":{"n":1.50,"l":[1,"x"]},"b.c":0}"#),
            (Edit::set("a.n=4200"), r#"{"a":{"n":4200,"l":[1,2]},"b.c":0}"#),
            (Edit::set("b\\.c=null"), r#"{"a":{"n":1.50,"l":[1,2]},"b.c":null}"#),
            (Edit::set("x.y=true"), r#"{"a":{"n":1.50,"l":[1,2]},"b.c":0,"x":{"y":true}}"#),
            (Edit::set("b\\.c=a=b"), r#"{"a":{"n":1.50,"l":[1,2]},"b.c":"a=b"}"#),
            (Edit::set("b\\.c=\"1\""), r#"{"a":{"n":1.50,"l":[1,2]},"b.c":"1"}"#),
            (Edit::set_string("b\\.c=1"), r#"{"a":{"n":1.50,"l":[1,2]},"b.c":"1"}"#),
            (Edit::set_json("a={\"z\":[]}"), r#"{"a":{"z":[]},"b.c":0}"#),
            (Edit::unset("a.l"), r#"{"a":{"n":1.50},"b.c":0}"#),
            (Edit::unset("a.l[0]"), r#"{"a":{"n":1.50,"l":[2]},"b.c":0}"#),
        ] {
            assert_eq!(edited(edit).expect("an edit"), result);
        }
    }

    #[test]
    fn wrong_edits_say_why() {
        let beyond = EditError::Index { path: "l[1]".into(), index: 1, length: 1 };
        assert_eq!(beyond.to_string(), "'l[1]': there is no [1], the list has 1 element");
        for (edit, message) in [
            (Edit::set("a"), "'a' is not PATH=VALUE"),
            (Edit::set("=1"), "'' has an empty step"),
            (Edit::set("a.l[7]=1"), "'a.l[7]': there is no [7], the list has 2 elements"),
            (Edit::set("a.n.x=1"), "'a.n.x': a number is in the way"),
            (Edit::set("a.l.x=1"), "'a.l.x': a list is in the way"),
            (
                Edit::set_json("a={"),
                "the value of 'a' is not JSON: line 1, column 2: a key in double quotes was expected",
            ),
            (Edit::unset("a.q"), "'a.q' is not in the payload"),
            (Edit::unset("q.r"), "'q.r' is not in the payload"),
        ] {
            assert_eq!(edited(edit).expect_err(message).to_string(), message);
        }
    }
}
