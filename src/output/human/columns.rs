//! Deliveries as rows of a table, in the columns that a person asks for.

use super::date_time;
use super::delivery::target;
use crate::model::Reason;
use crate::model::quantity::ByteSize;
use crate::output::sanitize::clipped;
use crate::output::style;
use crate::output::table::Table;
use crate::store::Row;

/// Something that a list can show of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Its number in the store.
    Number,
    /// When it arrived, on this machine's clock.
    Received,
    /// The provider.
    Provider,
    /// The event type; method and path where there is none.
    Event,
    /// The event id.
    EventId,
    /// The method.
    Method,
    /// Path and query.
    Path,
    /// The other side.
    Remote,
    /// The size of the body.
    Size,
    /// The verdict, and whether it repeats another one.
    Verdict,
    /// Why it is not valid.
    Reason,
    /// The last status.
    Status,
    /// The one it repeats.
    DuplicateOf,
    /// The end of its id.
    Id,
}

impl Column {
    /// All columns.
    pub const ALL: [Self; 14] = [
        Self::Number,
        Self::Received,
        Self::Provider,
        Self::Event,
        Self::EventId,
        Self::Method,
        Self::Path,
        Self::Remote,
        Self::Size,
        Self::Verdict,
        Self::Reason,
        Self::Status,
        Self::DuplicateOf,
        Self::Id,
    ];

    /// Those that are shown when nobody says otherwise.
    pub const USUAL: [Self; 8] =
        [Self::Number, Self::Received, Self::Provider, Self::Event, Self::Size, Self::Verdict, Self::Status, Self::Id];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Received => "received",
            Self::Provider => "provider",
            Self::Event => "event",
            Self::EventId => "event-id",
            Self::Method => "method",
            Self::Path => "path",
            Self::Remote => "remote",
            Self::Size => "size",
            Self::Verdict => "verdict",
            Self::Reason => "reason",
            Self::Status => "status",
            Self::DuplicateOf => "duplicate-of",
            Self::Id => "id",
        }
    }

    fn title(self) -> &'static str {
        if self == Self::Number { "#" } else { self.as_str() }
    }

    fn cell(self, row: &Row) -> String {
        let summary = &row.summary;
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| style::dim("-"));
        match self {
            Self::Number => row.number.to_string(),
            Self::Received => date_time(summary.received_at),
            Self::Provider => or_dash(summary.provider.as_deref().map(|name| clipped(name, 20))),
            Self::Event => summary.event_type.as_deref().map_or_else(|| target(summary), |event| clipped(event, 44)),
            Self::EventId => or_dash(summary.event_id.as_deref().map(|id| clipped(id, 40))),
            Self::Method => clipped(&summary.method, 16),
            Self::Path => clipped(&summary.target, 60),
            Self::Remote => clipped(&summary.remote, 60),
            Self::Size => format!("{:#}", ByteSize(summary.bytes)),
            Self::Verdict => {
                let duplicate = row.duplicate_of.map_or(String::new(), |(number, _)| format!(" dup of #{number}"));
                format!("{}{}", style::verdict(summary.verdict), style::warn(&duplicate))
            }
            Self::Reason => or_dash(summary.reason.map(|reason| Reason::as_str(reason).to_owned())),
            Self::Status => or_dash(summary.status.map(style::status)),
            Self::DuplicateOf => or_dash(row.duplicate_of.map(|(number, _)| format!("#{number}"))),
            Self::Id => style::dim(&format!("…{}", summary.id.short())),
        }
    }
}

impl std::str::FromStr for Column {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|column| column.as_str() == text).ok_or(())
    }
}

/// A list of deliveries that can grow: later rows line up with earlier ones.
#[derive(Debug)]
pub struct List {
    columns: Vec<Column>,
    table: Table,
}

impl List {
    /// An empty list with titles.
    pub fn new(columns: &[Column]) -> Self {
        let titles: Vec<&str> = columns.iter().map(|column| column.title()).collect();
        Self { columns: columns.to_vec(), table: Table::with_titles(&titles) }
    }

    /// Adds a delivery.
    pub fn add(&mut self, row: &Row) {
        self.table.row(self.columns.iter().map(|column| column.cell(row)).collect());
    }

    /// The lines that were added since the last time.
    pub fn take_lines(&mut self) -> Vec<String> {
        self.table.take_lines()
    }
}
