//! Choosing deliveries: by number, by part of an id, by what lists filter on.
//!
//! Searches walk through the deliveries by number and need no index but the one on ids: a million narrow rows are read
//! in a fraction of a second, and every further index would be paid for by each delivery that arrives.

use std::fmt;
use std::ops::ControlFlow;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::codes::Code;
use super::deliveries::{COLUMNS, Row, TABLES, row};
use super::{Store, StoreError};
use crate::model::{DeliveryId, Direction, Selector, Timestamp, Verdict};

impl Store {
    /// The numbers of what a selector names, the smallest first; at least one.
    pub fn resolve(&self, selector: &Selector) -> Result<Vec<i64>, StoreError> {
        self.readers.read(|connection| resolve(connection, selector))
    }

    /// The newest deliveries that fit, at most `limit`.
    pub fn list(&self, filter: &Filter, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.readers.read(|connection| Ok(list(connection, filter, Order::NewestFirst, limit)?))
    }

    /// The highest number; 0 if nothing is recorded.
    pub fn newest(&self) -> Result<i64, StoreError> {
        Ok(self.list(&Filter::default(), 1)?.first().map_or(0, |row| row.number))
    }

    /// Hands over every delivery that fits, without ever holding many, until the visitor breaks.
    pub fn visit(
        &self,
        filter: Filter,
        order: Order,
        visitor: impl FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let read = |filter: &Filter, limit| self.readers.read(|connection| Ok(list(connection, filter, order, limit)?));
        visit(filter, order, read, visitor)
    }

    /// How many deliveries fit.
    pub fn count(&self, filter: &Filter) -> Result<u64, StoreError> {
        self.readers.read(|connection| Ok(count(connection, filter)?))
    }
}

/// Deliveries read in one go when all are visited: between two portions the log can be written back.
const PORTION: usize = 1_000;

/// Of an ambiguous part of an id, so many are offered.
const CANDIDATES: usize = 5;

/// A test for event types.
pub type EventTest = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// Which deliveries are wanted. The default wants all.
#[derive(Default)]
pub struct Filter {
    /// Only captures, or only sent ones.
    pub direction: Option<Direction>,
    /// Only of this provider.
    pub provider: Option<String>,
    /// Only with an event type that passes. Asked once a distinct type, not once a delivery.
    pub event: Option<EventTest>,
    /// Only those that arrived then or later.
    pub since: Option<Timestamp>,
    /// Only those that arrived before.
    pub until: Option<Timestamp>,
    /// Only with this verdict.
    pub verdict: Option<Verdict>,
    /// Only those whose last status is not 2xx, or that got no answer.
    pub failed: bool,
    /// Only those that were tried and never accepted, and will not be tried again.
    pub dead: bool,
    /// Only those that are still to be tried.
    pub pending: bool,
    /// Only those that repeat another one.
    pub duplicates: bool,
    /// Only those with a greater number: what is new since.
    pub after: Option<i64>,
    /// Only those with a smaller number: the next page.
    pub before: Option<i64>,
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter")
            .field("direction", &self.direction)
            .field("provider", &self.provider)
            .field("event", &self.event.is_some())
            .field("since", &self.since)
            .field("until", &self.until)
            .field("verdict", &self.verdict)
            .field("failed", &self.failed)
            .field("dead", &self.dead)
            .field("pending", &self.pending)
            .field("duplicates", &self.duplicates)
            .field("after", &self.after)
            .field("before", &self.before)
            .finish()
    }
}

/// The order in which deliveries are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As lists show them.
    NewestFirst,
    /// As they were recorded.
    OldestFirst,
}

/// A condition in SQL with its values; `None` if nothing can fit.
struct Condition {
    sql: String,
    values: Vec<Value>,
}

impl Condition {
    fn of(connection: &Connection, filter: &Filter) -> rusqlite::Result<Option<Self>> {
        let mut condition = Self { sql: String::from("1"), values: Vec::new() };
        if filter.provider.is_some() || filter.event.is_some() {
            let kinds = kinds(connection, filter)?;
            if kinds.is_empty() {
                return Ok(None);
            }
            condition.and("d.kind IN (SELECT value FROM json_each(?))", format!("[{}]", kinds.join(",")));
        }
        if let Some(direction) = filter.direction {
            condition.and("d.direction = ?", direction.code());
        }
        if let Some(verdict) = filter.verdict {
            condition.and("d.verdict = ?", verdict.code());
        }
        if let Some(since) = filter.since {
            condition.and("d.received_at >= ?", since.as_micros());
        }
        if let Some(until) = filter.until {
            condition.and("d.received_at < ?", until.as_micros());
        }
        if let Some(after) = filter.after {
            condition.and("d.number > ?", after);
        }
        if let Some(before) = filter.before {
            condition.and("d.number < ?", before);
        }
        if filter.failed {
            condition.sql.push_str(" AND (d.status IS NULL OR d.status NOT BETWEEN 200 AND 299)");
        }
        if filter.duplicates {
            condition.sql.push_str(" AND d.duplicate_of IS NOT NULL");
        }
        if filter.dead {
            condition.sql.push_str(
                " AND (EXISTS (SELECT 1 FROM forwards f WHERE f.delivery = d.number AND f.due_at IS NULL)
                  OR EXISTS (SELECT 1 FROM attempts a WHERE a.delivery = d.number)
                  AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.delivery = d.number AND a.accepted)
                  AND NOT EXISTS (SELECT 1 FROM pending p WHERE p.delivery = d.number)
                  AND NOT EXISTS (SELECT 1 FROM forwards f WHERE f.delivery = d.number))",
            );
        }
        if filter.pending {
            condition.sql.push_str(
                " AND (EXISTS (SELECT 1 FROM pending p WHERE p.delivery = d.number)
                  OR EXISTS (SELECT 1 FROM forwards f WHERE f.delivery = d.number AND f.due_at IS NOT NULL))",
            );
        }
        Ok(Some(condition))
    }

    fn and(&mut self, sql: &str, value: impl Into<Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
        self.values.push(value.into());
    }
}

/// The kinds that fit the filter, as text.
fn kinds(connection: &Connection, filter: &Filter) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached("SELECT id, provider, event_type FROM kinds")?;
    let mut rows = statement.query([])?;
    let mut fitting = Vec::new();
    while let Some(row) = rows.next()? {
        let provider: Option<String> = row.get(1)?;
        let event_type: Option<String> = row.get(2)?;
        let provider_fits = filter.provider.is_none() || filter.provider == provider;
        let event_fits = filter.event.as_ref().is_none_or(|test| event_type.is_some_and(|text| test(&text)));
        if provider_fits && event_fits {
            fitting.push(row.get::<_, i64>(0)?.to_string());
        }
    }
    Ok(fitting)
}

/// Those that fit, at most `limit`.
pub(super) fn list(connection: &Connection, filter: &Filter, order: Order, limit: usize) -> rusqlite::Result<Vec<Row>> {
    let Some(mut condition) = Condition::of(connection, filter)? else { return Ok(Vec::new()) };
    let direction = match order {
        Order::NewestFirst => "DESC",
        Order::OldestFirst => "ASC",
    };
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE {} ORDER BY d.number {direction} LIMIT ?", condition.sql);
    condition.values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map(params_from_iter(condition.values), row)?.collect()
}

/// How many fit.
pub(super) fn count(connection: &Connection, filter: &Filter) -> rusqlite::Result<u64> {
    let Some(condition) = Condition::of(connection, filter)? else { return Ok(0) };
    let sql = format!("SELECT count(*) FROM deliveries d WHERE {}", condition.sql);
    let counted: i64 =
        connection.prepare_cached(&sql)?.query_row(params_from_iter(condition.values), |row| row.get(0))?;
    Ok(u64::try_from(counted).unwrap_or(0))
}

/// Hands over all that fit, portion by portion, until the visitor breaks. `read` reads one portion.
pub(super) fn visit(
    mut filter: Filter,
    order: Order,
    mut read: impl FnMut(&Filter, usize) -> Result<Vec<Row>, StoreError>,
    mut visitor: impl FnMut(Row) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    loop {
        let rows = read(&filter, PORTION)?;
        let last = rows.len() < PORTION;
        for row in rows {
            match order {
                Order::NewestFirst => filter.before = Some(row.number),
                Order::OldestFirst => filter.after = Some(row.number),
            }
            if visitor(row).is_break() {
                return Ok(());
            }
        }
        if last {
            return Ok(());
        }
    }
}

/// The numbers of the deliveries that a selector names, the smallest first; at least one.
pub(super) fn resolve(connection: &Connection, selector: &Selector) -> Result<Vec<i64>, StoreError> {
    let numbers = match selector {
        Selector::Number(number) => between(connection, *number, *number)?,
        Selector::Range(from, to) => between(connection, *from, *to)?,
        Selector::Latest(back) => connection
            .prepare_cached("SELECT number FROM deliveries WHERE direction = 0 ORDER BY number DESC LIMIT 1 OFFSET ?1")?
            .query_map([i64::try_from(*back).unwrap_or(i64::MAX)], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?,
        Selector::PartOfId(part) => {
            let fitting = by_part_of_id(connection, part)?;
            if fitting.len() > 1 {
                let candidates = fitting.into_iter().map(|(_, id)| id).take(CANDIDATES).collect();
                return Err(StoreError::Ambiguous { part: part.clone(), candidates });
            }
            fitting.into_iter().map(|(number, _)| number).collect()
        }
    };
    if numbers.is_empty() {
        return Err(StoreError::NotFound { selector: selector.to_string() });
    }
    Ok(numbers)
}

fn between(connection: &Connection, from: i64, to: i64) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached("SELECT number FROM deliveries WHERE number BETWEEN ?1 AND ?2 ORDER BY number")?
        .query_map([from, to], |row| row.get(0))?
        .collect()
}

/// Deliveries whose id starts or ends with these hex digits, the newest first; a few at most.
fn by_part_of_id(connection: &Connection, part: &str) -> rusqlite::Result<Vec<(i64, DeliveryId)>> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, DeliveryId::from_bytes(row.get(1)?)));
    let bound = |filler: &str| {
        let digits = format!("{part}{}", filler.repeat(32_usize.saturating_sub(part.len())));
        u128::from_str_radix(&digits, 16).map(|number| number.to_be_bytes().to_vec())
    };
    // What is no hex, or longer than an id, is no part of one.
    let (Ok(lowest), Ok(highest), true) = (bound("0"), bound("f"), part.len() <= 32) else { return Ok(Vec::new()) };
    let limit = i64::try_from(CANDIDATES + 1).expect("small");
    let mut fitting: Vec<(i64, DeliveryId)> = connection
        .prepare_cached("SELECT number, id FROM deliveries WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT ?3")?
        .query_map(rusqlite::params![lowest, highest, limit], read)?
        .collect::<rusqlite::Result<_>>()?;
    // SQLite compares whole bytes; an odd first digit is looked at here.
    let whole =
        u128::from_str_radix(&format!("{:0>32}", &part[part.len() % 2..]), 16).unwrap_or_default().to_be_bytes();
    let length = part.len() / 2;
    let mut statement = connection
        .prepare_cached("SELECT number, id FROM deliveries WHERE substr(id, ?1) = ?2 ORDER BY number DESC")?;
    let start = i64::try_from(17 - length).expect("at most 17");
    for found in statement.query_map(rusqlite::params![start, &whole[16 - length..]], read)? {
        let found = found?;
        if fitting.len() > CANDIDATES {
            break;
        }
        if found.1.to_string().ends_with(part) && !fitting.contains(&found) {
            fitting.push(found);
        }
    }
    Ok(fitting)
}
