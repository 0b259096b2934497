//! `--untrusted`: what holds for a program that nobody has read.

use std::path::{Path, PathBuf};

use pyrun::sandbox::{LockDown, Sandbox};
use pyrun::{Engine, Grants};

use crate::flags::Args;
use crate::report::{Failure, say};

/// The limits and precautions, if the option was given.
pub(crate) fn sandbox(args: &Args) -> Option<Sandbox> {
    args.untrusted.then(Sandbox::untrusted)
}

/// What this process keeps, for `wall`, if the option was given. What `--names` and MicroPython's script are is read later.
pub(crate) fn wall(args: &Args, engine: &Engine, grants: &Grants) -> Option<LockDown> {
    if !args.untrusted {
        return None;
    }
    let script = args.python.last().filter(|_| args.kind.is_some()).map(PathBuf::from);
    let files = args.names.iter().cloned().chain(script).filter(|path| Path::is_file(path));
    Some(files.fold(LockDown::new().engine(engine).grants(grants), LockDown::read))
}

/// Has this process give up what it does not need, before a program runs. What the system lacks is said.
pub(crate) fn put_up(wall: Option<LockDown>) -> Result<(), Failure> {
    let Some(wall) = wall else { return Ok(()) };
    for lack in wall.apply()?.lacks() {
        say(format_args!("pyrun: --untrusted: {lack}"));
    }
    Ok(())
}
