//! The imports that know Python: CPython's own `EM_JS` functions, Pyodide's hooks, and the bridge; and which host functions
//! the modules of a release may import.

pub mod bridge;
pub mod cpython;
pub mod socket_hooks;

use pyrun_emscripten_shim::{Family, families as shim};

use crate::release::{Era, KnownRelease};

/// What all releases have in common.
const COMMON: &[&Family] = &[&cpython::CPYTHON, &bridge::HIWIRE, &socket_hooks::PYODIDE_SOCKET_HOOKS];
const FROM_314: &[&[&Family]] = &[shim::FAMILIES, COMMON];
const FROM_315: &[&[&Family]] = &[shim::FROM_315, shim::FAMILIES, COMMON];
const FROM_0_28: &[&[&Family]] = &[shim::BEFORE_314, shim::FAMILIES, COMMON, &[&cpython::BEFORE_314]];
const FROM_0_26: &[&[&Family]] =
    &[shim::BEFORE_0_28, shim::BEFORE_314, shim::FAMILIES, COMMON, &[&cpython::BEFORE_314]];

/// The host functions that the modules of a release may import; the first of a name counts. A test holds it against the imports
/// that `releases/` has of each release.
#[must_use]
pub fn families(release: &KnownRelease) -> &'static [&'static [&'static Family]] {
    match (release.era, release.python) {
        (Era::JsExceptions, _) => FROM_0_26,
        (Era::WasmExceptions, _) => FROM_0_28,
        (Era::SelfContained, (3, 14)) => FROM_314,
        (Era::SelfContained, _) => FROM_315,
    }
}
