//! Looking through a whole store: whether SQLite finds it sound, and whether every delivery reads as it was written.
//!
//! It reads, beside whoever records, and holds one delivery at a time.

use std::ops::ControlFlow;

use rusqlite::Connection;

use super::{Filter, Order, Store, StoreError};
use crate::model::Delivery;

/// Of more problems than this the first are told.
const TOLD: usize = 20;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// Deliveries that were read.
    pub deliveries: u64,
    /// Bytes of their heads and bodies.
    pub bytes: u64,
    /// What is wrong, in words; the first of it.
    pub problems: Vec<String>,
}

impl Checked {
    fn tell(&mut self, problem: String) {
        if self.problems.len() < TOLD {
            self.problems.push(problem);
        }
    }
}

impl Store {
    /// Looks through everything. `reads` says whether a delivery is a request.
    ///
    /// # Errors
    /// It cannot be read at all.
    pub fn check(&self, reads: impl Fn(&Delivery) -> bool) -> Result<Checked, StoreError> {
        let mut checked = Checked::default();
        match self.readers.read(|connection| Ok(structure(connection)?)) {
            Ok(problems) => problems.into_iter().for_each(|problem| checked.tell(problem)),
            Err(StoreError::Damaged { .. }) => checked.tell("the file is damaged".to_owned()),
            Err(error) => return Err(error),
        }
        let listed = self.visit(Filter::default(), Order::OldestFirst, |row| {
            match self.get(row.number) {
                Ok(delivery) => {
                    checked.deliveries += 1;
                    checked.bytes += (delivery.head.len() + delivery.body.len()) as u64;
                    if !reads(&delivery) {
                        checked.tell(format!("delivery {} is no request", row.number));
                    }
                }
                // Whoever prunes meanwhile does no damage.
                Err(StoreError::NoSuchNumber(_)) => {}
                Err(error) => checked.tell(format!("delivery {}: {error}", row.number)),
            }
            ControlFlow::Continue(())
        });
        if let Err(error) = listed {
            checked.tell(format!("not all deliveries can be listed: {error}"));
        }
        Ok(checked)
    }
}

/// What SQLite says about pages, indexes and tables.
fn structure(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({TOLD})"))?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(lines
        .into_iter()
        .filter(|line| line != "ok")
        .flat_map(|line| line.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect())
}
