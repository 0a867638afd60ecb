#![no_main]
//! The document keeps what it reads, and reads whatever `serde_json` reads.

use hookctl::payload::{JsonStyle, Node};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let ours = Node::parse(data);
    if serde_json_reads(data) {
        assert!(ours.is_ok());
    }
    if let Ok(node) = ours {
        for indent in [0, 2] {
            let written = node.write(&JsonStyle { indent, ..JsonStyle::default() });
            assert_eq!(Node::parse(&written).expect("it was written"), node);
        }
    }
});

fn serde_json_reads(data: &[u8]) -> bool {
    // Through the path finder, which parses with serde_json and skips what it is not asked for.
    "a".parse::<hookctl::model::JsonPath>().is_ok_and(|path| path.locate(data).is_some())
}
