//! Which passes LLVM runs over each function.
//!
//! wasmer's LLVM compiler asks for a short list of its own, which hoists nothing out of loops and unrolls none, and has no
//! setting for it. Its one way to run passes is the C function `LLVMRunPasses`; the linker (`--wrap`, see the feature `llvm-passes` in Cargo.toml) puts
//! [`__wrap_LLVMRunPasses`] in its place, which names other passes and leaves all else as it is.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Once;

/// How wasmer's list for functions of the usual size begins. What is larger, or relocates data, keeps its own passes.
const THEIRS: &[u8] = b"sccp,";
/// LLVM's own pipeline for the fastest code.
const OURS: &CStr = c"default<O3>";
/// The first is the program's name.
const OPTIONS: [&CStr; 5] = [
    c"pyrun",
    // Each of the 246 ends of CPython's bytecode handlers gets the jump to the next handler, as with GCC's computed goto.
    c"-tail-dup-pred-size=1000",
    c"-tail-dup-succ-size=1000",
    // The calls of memset and memcpy that this makes of loops are not among those that the engine links.
    c"-disable-loop-idiom-all",
    // It makes vectors of the addresses of unrelated loads, as in NumPy's pairwise sums (docs/PERFORMANCE.md).
    c"-vectorize-slp=false",
];

unsafe extern "C" {
    /// `LLVMRunPasses` of LLVM's C API, under the name that the linker gives it.
    fn __real_LLVMRunPasses(
        module: *mut c_void,
        passes: *const c_char,
        machine: *mut c_void,
        options: *mut c_void,
    ) -> *mut c_void;

    /// Part of LLVM's C API (Support.h).
    fn LLVMParseCommandLineOptions(count: c_int, arguments: *const *const c_char, overview: *const c_char);
}

/// Set before the first pass runs, while no other thread can be in one.
static SET_OPTIONS: Once = Once::new();

/// Stands in for `LLVMRunPasses`.
///
/// # Safety
/// As of LLVM's function: all pointers are valid, `passes` ends with a zero.
#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_LLVMRunPasses(
    module: *mut c_void,
    passes: *const c_char,
    machine: *mut c_void,
    options: *mut c_void,
) -> *mut c_void {
    SET_OPTIONS.call_once(|| {
        let arguments = OPTIONS.map(CStr::as_ptr);
        // SAFETY: so many strings, which end with a zero and live for ever; LLVM takes no overview, too.
        unsafe { LLVMParseCommandLineOptions(OPTIONS.len() as c_int, arguments.as_ptr(), std::ptr::null()) };
    });
    // SAFETY: the caller's promise.
    let asked = unsafe { CStr::from_ptr(passes) };
    let chosen = if asked.to_bytes().starts_with(THEIRS) { OURS } else { asked };
    // SAFETY: the caller's promise, and `chosen` names passes that LLVM has.
    unsafe { __real_LLVMRunPasses(module, chosen.as_ptr(), machine, options) }
}
