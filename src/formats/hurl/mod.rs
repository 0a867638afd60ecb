//! Hurl files: requests with what is expected of their answers.
//!
//! ```text
//! read.rs    entries → requests; what only hurl can fill in is refused
//! write.rs   a request → an entry
//! ```

mod read;
mod write;

pub(super) use read::{looks_like, read};
pub use write::write;

/// Why an entry of a hurl file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HurlProblem {
    /// A line that is neither the start of a request nor about one.
    #[error("'{text}' is no request: write a method and an address")]
    NoRequest {
        /// What stands there.
        text: String,
    },
    /// `{{name}}`.
    #[error("'{text}' holds a variable, which hurl fills in: write what it stands for")]
    Variable {
        /// What stands there.
        text: String,
    },
    /// A section that changes the request.
    #[error("'{text}' is not read: write address, headers and body as they are sent")]
    Section {
        /// The section.
        text: String,
    },
    /// A body in a form that is not read, or one from another file.
    #[error("'{text}' is no body that is read: write it between ``` and ```, or as base64,…;")]
    Body {
        /// How it begins.
        text: String,
    },
    /// A body without its end.
    #[error("the body has no end")]
    UnclosedBody,
}
