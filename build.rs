//! Makes cargo notice new files in `fixtures/`: the macro that embeds them is not run again by itself.

fn main() {
    println!("cargo::rerun-if-changed=fixtures");
}
