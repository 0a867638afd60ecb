#![no_main]
//! The head parser ends, and what it accepts is written and parsed back the same.

use bytes::Bytes;
use hookctl::http::head::{HeadLimits, parse_request, parse_response, write_request_head};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let limits = HeadLimits::default();
    let raw = Bytes::copy_from_slice(data);
    let _ = parse_response(&raw, "POST", &limits);
    if let Ok(head) = parse_request(&raw, &limits) {
        let written = write_request_head(head.method(), head.target(), &head.headers).expect("it was accepted");
        let unlimited = HeadLimits { bytes: usize::MAX, ..limits };
        let again = parse_request(&Bytes::from(written), &unlimited).expect("it was written");
        assert_eq!((again.method(), again.target()), (head.method(), head.target()));
        assert_eq!(again.headers, head.headers);
        assert_eq!(again.framing, head.framing);
    }
});
