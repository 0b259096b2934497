//! How a guest of Emscripten's ended, as the embedder reads it.

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::program::ProgramError;
use pyrun_translate::ModuleInfo;

use crate::error::Error;
use crate::limits::LimitTooLow;
use crate::module::error::ModuleError;
use crate::module::instance::{error_of, undefined};

/// How a call ended, other than by returning. Functions are called by their own names, which the module has kept.
pub(crate) fn ended(trap: Trap) -> Error {
    match trap.flatten() {
        Trap::Guest(error) => error_of(&error, &ModuleInfo::default()),
        Trap::Exit(status) => Error::SystemExit { status, message: None },
        Trap::MissingExport(name) => ModuleError::Lacks { name }.into(),
        Trap::Unresolved { symbol, .. } => undefined(&symbol),
        other => Error::from_trap(other),
    }
}

/// Why one did not start.
pub(crate) fn not_started(error: ProgramError) -> Error {
    match error {
        ProgramError::Ended(trap) => ended(trap),
        ProgramError::Limit { what, needed, given } => LimitTooLow { limit: what, given, needed }.into(),
        error @ ProgramError::Instantiate(_) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            ModuleError::NotMade { what: "instance", why: cause.unwrap_or_else(|| error.to_string()) }.into()
        }
        other => ModuleError::NotMade { what: "instance", why: other.to_string() }.into(),
    }
}
