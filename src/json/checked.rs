//! `{"kind":"checked"}`

use serde::Serialize;

/// What looking through a store found.
#[derive(Debug, Serialize)]
pub struct CheckedObject {
    kind: &'static str,
    store: String,
    sound: bool,
    /// Deliveries that were read.
    deliveries: u64,
    /// Bytes of their heads and bodies.
    bytes: u64,
    /// Bytes of the file, and of these those that are free.
    file_bytes: u64,
    free_bytes: u64,
    /// What is wrong, the first of it.
    problems: Vec<String>,
}

impl CheckedObject {
    /// A store that was looked through; `file` are the bytes of its file, and the free ones of these.
    pub fn new(store: String, deliveries: u64, bytes: u64, file: (u64, u64), problems: Vec<String>) -> Self {
        let (file_bytes, free_bytes) = file;
        Self { kind: "checked", store, sound: problems.is_empty(), deliveries, bytes, file_bytes, free_bytes, problems }
    }
}
