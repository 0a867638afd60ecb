//! `{"kind":"exported"}` and `{"kind":"imported"}`.

use serde::Serialize;

/// What `events export` wrote to a file.
#[derive(Debug, Serialize)]
pub struct Exported {
    /// Always `exported`.
    pub kind: &'static str,
    /// The file.
    pub file: String,
    /// `ndjson`, `har`, `curl` or `hurl`.
    pub format: &'static str,
    /// How many deliveries.
    pub deliveries: u64,
    /// Of these, those that carry credentials which are in the file.
    pub with_credentials: u64,
    /// The file's size.
    pub bytes: u64,
}

/// What `events import` recorded.
#[derive(Debug, Default, Serialize)]
pub struct Imported {
    /// Always `imported`.
    pub kind: &'static str,
    /// The file.
    pub source: String,
    /// How many captures.
    pub deliveries: u64,
    /// The number of the first in the store.
    pub first: Option<i64>,
    /// The number of the last.
    pub last: Option<i64>,
    /// Of these, those that repeat another one.
    pub duplicates: u64,
    /// How many have which verdict.
    pub verdicts: Verdicts,
}

/// A count of each verdict.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verdicts {
    /// `valid`
    pub valid: u64,
    /// `invalid`
    pub invalid: u64,
    /// `unsigned`
    pub unsigned: u64,
    /// `unknown-provider`
    pub unknown_provider: u64,
    /// `no-secret`
    pub no_secret: u64,
}

impl Verdicts {
    /// Counts one.
    pub fn count(&mut self, verdict: crate::model::Verdict) {
        use crate::model::Verdict;
        *match verdict {
            Verdict::Valid => &mut self.valid,
            Verdict::Invalid => &mut self.invalid,
            Verdict::Unsigned => &mut self.unsigned,
            Verdict::UnknownProvider => &mut self.unknown_provider,
            Verdict::NoSecret => &mut self.no_secret,
        } += 1;
    }

    /// Verdict and count, of those that there are.
    pub fn found(&self) -> Vec<(crate::model::Verdict, u64)> {
        use crate::model::Verdict;
        let all = [
            (Verdict::Valid, self.valid),
            (Verdict::Invalid, self.invalid),
            (Verdict::Unsigned, self.unsigned),
            (Verdict::UnknownProvider, self.unknown_provider),
            (Verdict::NoSecret, self.no_secret),
        ];
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}
