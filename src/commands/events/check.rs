//! `hookctl events check`

use crate::commands::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::http::head::request_of;
use crate::json::checked::CheckedObject;
use crate::model::quantity::ByteSize;
use crate::output::{sanitize, style};
use crate::store::OpenOptions;
use crate::text::count;

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let store = context.store(&OpenOptions::default())?;
    let (checked, room) = (store.check(|delivery| request_of(delivery).is_ok())?, store.room()?);
    let (place, output) = (store.path().display().to_string(), &context.output);
    let sound = checked.problems.is_empty();
    if output.is_json() {
        let (deliveries, bytes) = (checked.deliveries, checked.bytes);
        output.json(&CheckedObject::new(place, deliveries, bytes, (room.all, room.free), checked.problems));
    } else {
        let what = count(usize::try_from(checked.deliveries).unwrap_or(usize::MAX), "delivery", "deliveries");
        let word = if sound { style::good("sound") } else { style::bad("damaged") };
        let (bytes, all, free) = (ByteSize(checked.bytes), ByteSize(room.all), ByteSize(room.free));
        output.line(&format!("{word}  {}", sanitize::line(&place)));
        output.line(&format!("  {what} read ({bytes}); the file has {all}, {free} of it free"));
        for problem in &checked.problems {
            output.line(&format!("  {} {}", style::bad("✗"), sanitize::line(problem)));
        }
    }
    Ok(if sound { Exit::Yes } else { Exit::No })
}
