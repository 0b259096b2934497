//! The examples that the README shows.

#[path = "../../examples/embed.rs"]
#[expect(unreachable_pub, reason = "a program of its own")]
mod embed;
#[path = "../../examples/untrusted.rs"]
#[expect(unreachable_pub, reason = "a program of its own")]
mod untrusted;

#[test]
fn they_run() {
    embed::main().unwrap();
    untrusted::main().unwrap();
}
