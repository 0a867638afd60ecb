//! What the report of a load test says, in each form.

mod csv;
mod hgrm;
mod html;
mod junit;
mod markdown;
pub mod timeline;
pub mod words;

use super::Format;
use crate::json::load_report::LoadReport;

/// The report in a form, as text that ends with a line feed.
pub fn render(report: &LoadReport, format: Format) -> String {
    match format {
        Format::Json => {
            let mut json = serde_json::to_string_pretty(report).expect("a report has text keys and finite numbers");
            json.push('\n');
            json
        }
        Format::Html => html::page(report),
        Format::Junit => junit::document(report),
        Format::Markdown => markdown::document(report),
        Format::Csv => csv::table(report),
        Format::Hgrm => hgrm::table(report),
    }
}

#[cfg(test)]
mod tests;
