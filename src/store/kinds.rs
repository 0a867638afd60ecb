//! Provider and event type as one integer: what `kinds` holds, and the part of it that the writer remembers.
//!
//! A pair may be there twice (two processes met it at once, or it was forgotten here), so whoever filters compares with
//! all rows that fit.

use std::collections::HashMap;

use rusqlite::{Connection, params};

/// A real store has some hundreds. The limit keeps a sender who invents event types from filling the memory.
const REMEMBERED: usize = 4_096;

/// Longer names are not remembered, for the same reason.
const LONGEST: usize = 256;

type Pair = (Option<String>, Option<String>);

/// The numbers of the pairs met lately.
#[derive(Debug, Default)]
pub(super) struct Kinds(HashMap<Pair, i64>);

impl Kinds {
    /// Reads the newest ones.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement =
            connection.prepare("SELECT id, provider, event_type FROM kinds ORDER BY id DESC LIMIT ?1")?;
        let rows = statement.query_map([i64::try_from(REMEMBERED).expect("small")], |row| {
            Ok(((row.get(1)?, row.get(2)?), row.get(0)?))
        })?;
        rows.collect::<rusqlite::Result<_>>().map(Self)
    }

    /// The number of a pair; it is added if it is not known. A rolled back transaction makes this value worthless.
    pub(super) fn number(
        &mut self,
        connection: &Connection,
        provider: Option<&str>,
        event_type: Option<&str>,
    ) -> rusqlite::Result<i64> {
        let pair = (provider.map(str::to_owned), event_type.map(str::to_owned));
        if let Some(number) = self.0.get(&pair) {
            return Ok(*number);
        }
        connection
            .prepare_cached("INSERT INTO kinds (provider, event_type) VALUES (?1, ?2)")?
            .execute(params![provider, event_type])?;
        let number = connection.last_insert_rowid();
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        if provider.map_or(0, str::len) + event_type.map_or(0, str::len) <= LONGEST {
            self.0.insert(pair, number);
        }
        Ok(number)
    }
}
