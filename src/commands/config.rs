//! `hookctl config`

use super::Context;
use crate::cli::config::ConfigArgs;
use crate::error::Failure;
use crate::exit::Exit;
use crate::json::config::SettingObject;
use crate::output::table::Table;
use crate::output::{sanitize, style};

#[expect(clippy::unnecessary_wraps, reason = "every command has this form")]
pub(super) fn run(context: &Context, _: &ConfigArgs) -> Result<Exit, Failure> {
    let output = &context.output;
    if output.is_json() {
        for entry in context.config.entries() {
            let origin = entry.origin.to_string();
            output.json(&SettingObject { kind: "setting", key: &entry.key, value: &entry.shown, origin });
        }
        return Ok(Exit::Yes);
    }
    let mut table = Table::with_titles(&["key", "value", "from"]);
    for entry in context.config.entries() {
        table.row(vec![
            entry.key.clone(),
            sanitize::line(&entry.shown).into_owned(),
            style::dim(&sanitize::line(&entry.origin.to_string())),
        ]);
    }
    output.block(&table.lines());
    Ok(Exit::Yes)
}
