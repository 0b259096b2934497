//! The imports that know Python: CPython's own `EM_JS` functions, Pyodide's hooks, and the bridge; and which host functions
//! the modules of a release may import.

pub mod bridge;
pub mod cpython;
pub mod socket_hooks;

use pyrun_emscripten_shim::imports::families::FAMILIES;
use pyrun_emscripten_shim::{Family, HostFunctions};

use crate::release::KnownRelease;

/// Every family that a release may have; which it has depends on the series of Emscripten that made it.
const ALL_FAMILIES: &[&[&Family]] =
    &[FAMILIES, &[&cpython::CPYTHON, &bridge::HIWIRE, &socket_hooks::PYODIDE_SOCKET_HOOKS], &[&cpython::BEFORE_314]];

impl KnownRelease {
    /// The host functions that its modules may import. A test holds them against the imports that `releases/` has of each
    /// release.
    #[must_use]
    pub const fn host_functions(&self) -> HostFunctions {
        HostFunctions::new(ALL_FAMILIES, self.emscripten)
    }
}
