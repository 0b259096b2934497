//! The examples that the README shows.

#[path = "../../examples/embed.rs"]
mod embed;
#[path = "../../examples/untrusted.rs"]
#[expect(dead_code, reason = "its `main` locks the process down, which has other tests")]
mod untrusted;

#[test]
fn they_run() {
    embed::main().unwrap();
    untrusted::run_all(&pyrun::Engine::new(pyrun::Config::new()).unwrap()).unwrap();
}
