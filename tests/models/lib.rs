//! Models: parts of the crates that run here under every order of their steps. `cargo test --manifest-path tests/models/Cargo.toml`.
