//! The examples that the README shows.

#[path = "../../examples/embed.rs"]
mod embed;
#[path = "../../examples/untrusted.rs"]
mod untrusted;

#[test]
fn they_run() {
    embed::main().unwrap();
    untrusted::main().unwrap();
}
