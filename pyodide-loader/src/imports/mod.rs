//! The imports that know Python: CPython's own `EM_JS` functions, Pyodide's hooks, and the bridge.

pub mod bridge;
pub mod cpython;
pub mod socket_hooks;
