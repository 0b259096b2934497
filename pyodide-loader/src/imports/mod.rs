//! The imports that know Python: CPython's own `EM_JS` functions, Pyodide's hooks, and the bridge.

pub mod bridge;
pub mod cpython;
pub mod socket_hooks;

use pyrun_emscripten_shim::Family;

/// Every family that a main module of Pyodide imports from, the shim's first.
pub static FAMILIES: &[&[&Family]] =
    &[pyrun_emscripten_shim::FAMILIES, &[&cpython::CPYTHON, &bridge::HIWIRE, &socket_hooks::PYODIDE_SOCKET_HOOKS]];
