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

/// The numbers of the pairs met lately.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    numbers: HashMap<String, i64>,
    /// The key of the pair that is asked for; kept, so that asking takes no memory.
    key: String,
}

impl Kinds {
    /// Reads the newest ones.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement =
            connection.prepare("SELECT id, provider, event_type FROM kinds ORDER BY id DESC LIMIT ?1")?;
        let mut rows = statement.query([i64::try_from(REMEMBERED).expect("small")])?;
        let mut kinds = Self::default();
        while let Some(row) = rows.next()? {
            let (provider, event_type): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
            write_key(&mut kinds.key, provider.as_deref(), event_type.as_deref());
            kinds.numbers.insert(kinds.key.clone(), row.get(0)?);
        }
        Ok(kinds)
    }

    /// The number of a pair; it is added if it is not known. A rolled back transaction makes this value worthless.
    pub(super) fn number(
        &mut self,
        connection: &Connection,
        provider: Option<&str>,
        event_type: Option<&str>,
    ) -> rusqlite::Result<i64> {
        write_key(&mut self.key, provider, event_type);
        if let Some(number) = self.numbers.get(&self.key) {
            return Ok(*number);
        }
        connection
            .prepare_cached("INSERT INTO kinds (provider, event_type) VALUES (?1, ?2)")?
            .execute(params![provider, event_type])?;
        let number = connection.last_insert_rowid();
        if self.numbers.len() >= REMEMBERED {
            self.numbers.clear();
        }
        if self.key.len() <= LONGEST {
            self.numbers.insert(self.key.clone(), number);
        } else {
            self.key = String::new();
        }
        Ok(number)
    }
}

/// Writes a pair as one text. What is not there differs from what is empty, and no provider's name has a NUL.
fn write_key(key: &mut String, provider: Option<&str>, event_type: Option<&str>) {
    key.clear();
    for part in [provider, event_type] {
        if let Some(text) = part {
            key.push('+');
            key.push_str(text);
        }
        key.push('\0');
    }
}
