//! The `Date` of an answer, made once a second and a thread.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Timestamp;

/// `Sun, 06 Nov 1994 08:49:37 GMT`
const LENGTH: usize = 29;

thread_local! {
    static LAST: Cell<(u64, [u8; LENGTH])> = const { Cell::new((u64::MAX, [b' '; LENGTH])) };
}

/// Appends the date line of now.
pub(super) fn write_date(out: &mut Vec<u8>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (second, mut text) = LAST.get();
    if second != now {
        text = render(now);
        LAST.set((now, text));
    }
    for part in [b"Date: ", &text[..], b"\r\n"] {
        out.extend_from_slice(part);
    }
}

/// The form of RFC 9110 section 5.6.7.
fn render(second: u64) -> [u8; LENGTH] {
    let at = Timestamp::from_secs(i64::try_from(second).unwrap_or(0));
    at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        .and_then(|text| text.into_bytes().try_into().ok())
        .unwrap_or(*b"Thu, 01 Jan 1970 00:00:00 GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_the_form_of_the_standard() {
        assert_eq!(&render(784_111_777), b"Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(&render(u64::MAX), b"Thu, 01 Jan 1970 00:00:00 GMT");
        let mut out = Vec::new();
        write_date(&mut out);
        let first = out.clone();
        write_date(&mut out);
        assert!(out.starts_with(&first) && out.len() == 2 * first.len());
    }
}
