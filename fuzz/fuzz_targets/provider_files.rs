#![no_main]
//! No `provider.toml` or scenario panics.

use hookctl::provider::scenario::Scenario;
use hookctl::provider::{Provider, ProviderFiles};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let files = [("provider.toml".to_owned(), data.to_vec())].into_iter().collect();
    let _ = Provider::parse("fuzz", Some(&ProviderFiles { place: "fuzz".to_owned(), files }), None);
    let _ = Scenario::parse(&String::from_utf8_lossy(data));
});
