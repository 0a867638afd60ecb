#![no_main]
//! No file makes the readers of capture forms panic; what they read can be written.

use hookctl::formats::{self, Credentials};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for capture in formats::read(data, "file").unwrap_or_default() {
        formats::raw_http::write(&capture.request, Credentials::Keep).expect("a capture can be written");
        let _ = formats::curl::write(&capture.request, "http://localhost/", Credentials::Redact);
    }
});
