//! `--untrusted`: what holds for a program that nobody has read.

use std::path::Path;

use pyrun::sandbox::LockDown;
use pyrun::{Engine, Grants};

use crate::flags::Args;
use crate::patience::Patience;
use crate::report::Failure;
use crate::script::Script;
use crate::voice::say;

/// Limit: files beside a module that stay readable.
const MOST_FILES: usize = 256;

/// What this process keeps, for [`put_up`], if the option was given.
pub(crate) fn wall(args: &Args, engine: &Engine, grants: &Grants) -> Option<LockDown> {
    args.untrusted.then(|| LockDown::new().engine(engine).grants(grants))
}

/// With what is read of a module when it is run: what `--names` says, MicroPython's script, and the files beside it that belong to it, by
/// its name or as libraries.
pub(crate) fn keep_module(wall: LockDown, args: &Args, module: &Path, script: Option<&Script>) -> LockDown {
    let folder = module.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stem = module.file_stem().unwrap_or_default().as_encoded_bytes();
    let belongs = |path: &Path| {
        let is_library = path.extension().is_some_and(|extension| extension == "so" || extension == "wasm");
        is_library || path.file_stem().is_some_and(|name| name.as_encoded_bytes().starts_with(stem))
    };
    let beside = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let beside = beside.filter(|path| belongs(path)).take(MOST_FILES);
    let named = args.names.iter().cloned().chain(script.map(|script| script.path().to_owned()));
    beside.chain(named).filter(|path| path.is_file()).fold(wall, LockDown::read)
}

/// Has this process give up what it does not need, before a program runs. What the system lacks is said.
pub(crate) fn put_up(wall: Option<LockDown>) -> Result<(), Failure> {
    let Some(wall) = wall else { return Ok(()) };
    for lack in wall.apply()?.lacks() {
        say(format_args!("pyrun: --untrusted: {lack}"), Patience::default());
    }
    Ok(())
}

/// As [`put_up`], once everything is made that Python needs.
pub(crate) fn put_up_for_python(wall: Option<LockDown>, engine: &Engine) -> Result<(), Failure> {
    if wall.is_some() {
        engine.prepare()?;
    }
    put_up(wall)
}
