//! The imports that know Python: CPython's own `EM_JS` functions, Pyodide's hooks, and the bridge. Which of them a release
//! has is said in [`crate::release`].

pub mod bridge;
pub mod cpython;
pub mod socket_hooks;
