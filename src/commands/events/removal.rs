//! What deleting by hand and by age share: asking first, telling afterwards.

use crate::commands::Context;
use crate::error::Failure;
use crate::json::removal::Removed;
use crate::model::quantity::ByteSize;
use crate::output::picker;
use crate::store::Pruned;
use crate::text::count;

/// Asks whether so many are to be deleted. Where nobody can be asked, `needed` says whether that is a refusal.
pub(super) fn agreed(context: &Context, deliveries: usize, needed: bool) -> Result<bool, Failure> {
    let what = count(deliveries, "delivery", "deliveries");
    match picker::confirm(&context.output, &format!("delete {what}?")) {
        Some(agreed) => Ok(agreed),
        // A prompt that was left is a no.
        None if context.output.is_interactive() => Ok(false),
        None if needed => Err(Failure::usage(format!("{what} would be deleted")).hint("--yes does it without asking")),
        None => Ok(true),
    }
}

/// Tells what was deleted.
pub(super) fn removed(context: &Context, kind: &'static str, pruned: Pruned, dry_run: bool) {
    let object = Removed { kind, deliveries: pruned.deliveries as u64, bytes: pruned.bytes, dry_run };
    context.output.result(&object, || {
        let what = count(pruned.deliveries, "delivery", "deliveries");
        let size = ByteSize(pruned.bytes);
        if dry_run { format!("{what} would be {kind} ({size})") } else { format!("{what} {kind} ({size})") }
    });
}
