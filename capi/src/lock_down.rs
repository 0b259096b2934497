//! `pyrun_lock_down`: the process gives up what it does not need.

use pyrun::sandbox::LockDown;
use pyrun::{Stdio, Value};

use crate::code::bad;
use crate::result::{ResultOut, answer};
use crate::settings::{Chosen, Settings};

/// `PYRUN_LOCK_NETWORK`.
const LOCK_NETWORK: u32 = 1;
/// `PYRUN_LOCK_STRICT`.
const LOCK_STRICT: u32 = 2;

/// Gives up what the process does not need to run what these settings say.
pub(crate) fn apply(settings: Option<&Settings>, flags: u32, result: ResultOut) -> i32 {
    answer(result, || {
        if flags & !(LOCK_NETWORK | LOCK_STRICT) != 0 {
            return Err(bad("unknown flags"));
        }
        let chosen = Chosen::of(settings)?;
        let engine = chosen.engine()?;
        engine.prepare()?;
        let mut wall = LockDown::new().engine(&engine).grants(&chosen.grants(Stdio::discard()));
        if flags & LOCK_NETWORK != 0 {
            wall = wall.allow_network();
        }
        if flags & LOCK_STRICT != 0 {
            wall = wall.strict();
        }
        Ok(Value::Str(wall.apply()?.lacks().join("\n")))
    })
}
