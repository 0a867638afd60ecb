#![no_main]
//! Nothing that was made safe holds a control character.

use hookctl::output::sanitize;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let safe = sanitize::bytes(data);
    assert!(!safe.chars().any(char::is_control), "{safe:?}");
    let text = String::from_utf8_lossy(data);
    assert!(!sanitize::line(&text).chars().any(char::is_control));
    assert!(sanitize::lines(&text).chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
});
