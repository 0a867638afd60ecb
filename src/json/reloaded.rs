//! `{"kind":"reloaded"}`

use serde::Serialize;

/// The routes were read again, or could not be.
#[derive(Debug, Serialize)]
pub struct ReloadedObject<'a> {
    kind: &'static str,
    /// How many there are now; `None` if those that held go on to hold.
    routes: Option<usize>,
    /// Keys that have changed and are not read before a restart.
    needs_restart: &'a [String],
    /// What is wrong, and where.
    error: Option<&'a str>,
}

impl<'a> ReloadedObject<'a> {
    /// What came of it: so many routes, or what is wrong.
    pub fn new(routes: usize, needs_restart: &'a [String], error: Option<&'a str>) -> Self {
        Self { kind: "reloaded", routes: error.is_none().then_some(routes), needs_restart, error }
    }
}
