//! Reports as files, for people, CI and other programs. Pure: values in, text out; whoever calls writes the file.
//!
//! `html`, `junit` and `markdown` know their format and nothing of what is reported; what a load test's report says is in
//! `load`.

mod entity;
mod html;
mod junit;
pub mod load;
mod markdown;

use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A form that a report can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The public JSON object, indented.
    Json,
    /// A page with plots, whole in itself.
    Html,
    /// JUnit's XML, which every CI server reads.
    Junit,
    /// Markdown, as GitHub shows it.
    Markdown,
    /// A table of the seconds of a run.
    Csv,
    /// A percentile distribution, as HdrHistogram's plotters read it.
    Hgrm,
}

/// The ends of file names and what they mean.
const ENDS: [(&str, Format); 6] = [
    ("json", Format::Json),
    ("html", Format::Html),
    ("xml", Format::Junit),
    ("md", Format::Markdown),
    ("csv", Format::Csv),
    ("hgrm", Format::Hgrm),
];

/// A file that a report is to be written to; its name says in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// Where.
    pub path: PathBuf,
    /// In which form.
    pub format: Format,
}

/// A name that says no form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{name}' does not say which form the report is to have: the name must end in {}", ends())]
pub struct UnknownFormat {
    name: String,
}

/// `.json, .html, … or .hgrm`.
fn ends() -> String {
    let ends: Vec<String> = ENDS.iter().map(|(end, _)| format!(".{end}")).collect();
    crate::text::list(&ends).replace(" and ", " or ")
}

impl FromStr for ReportFile {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let path = Path::new(text);
        let end = path.extension().map(|end| end.to_string_lossy().to_lowercase());
        let format = ENDS.iter().find(|(known, _)| end.as_deref() == Some(*known)).map(|(_, format)| *format);
        match format {
            Some(format) => Ok(Self { path: path.to_owned(), format }),
            None => Err(UnknownFormat { name: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_its_form() {
        for (name, format) in [
            ("a.json", Format::Json),
            ("out/load.HTML", Format::Html),
            ("./junit.xml", Format::Junit),
            ("a.b.md", Format::Markdown),
            ("x.csv", Format::Csv),
            ("x.hgrm", Format::Hgrm),
        ] {
            assert_eq!(name.parse::<ReportFile>().map(|file| file.format), Ok(format), "{name}");
        }
        for name in ["", "report", ".html", "a.htm", "a.pdf", "json", "html/a"] {
            assert!(name.parse::<ReportFile>().is_err(), "{name}");
        }
        let told = "a.pdf".parse::<ReportFile>().expect_err("unknown").to_string();
        assert!(told.ends_with(".json, .html, .xml, .md, .csv or .hgrm"), "{told}");
    }
}
