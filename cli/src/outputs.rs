//! The files of `--report`, `--audit` and `--export` are begun anew: none may be what is to be read, or another of them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use pyrun::CommandLine;

use crate::flags::Args;
use crate::line::is_same_file;
use crate::report::Failure;

/// Looks whether an output is a file that is to be read, or another output, before any is opened.
///
/// # Errors
/// [`Failure::Usage`]
pub(crate) fn check(args: &Args) -> Result<(), Failure> {
    let outputs = [("--report", &args.report), ("--audit", &args.audit), ("--export", &args.export)];
    let outputs: Vec<(&str, &Path)> =
        outputs.into_iter().filter_map(|(option, path)| Some((option, path.as_deref()?))).collect();
    let inputs = read(args);
    for (at, (option, path)) in outputs.iter().enumerate() {
        let shown = path.display();
        if inputs.iter().any(|input| is_same_file(path, input)) {
            return Err(Failure::Usage(format!(
                "{option} {shown}: that is what is to be run, or belongs to it, and would be lost: name another file"
            )));
        }
        let others = outputs.get(at + 1..).unwrap_or_default();
        if let Some((other, _)) = others.iter().find(|(_, other)| is_same(path, other)) {
            return Err(Failure::Usage(format!(
                "{option} {shown}: that is the file of {other}, too: name another one"
            )));
        }
    }
    match args.export.as_deref() {
        Some(path) if path == Path::new("-") => Err(Failure::Usage(
            "--export -: standard output is the program's; name a file, or /dev/fd/N for a descriptor".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// The files of the command line that are read: the script or the module, and the names of a module.
fn read(args: &Args) -> Vec<PathBuf> {
    let script = CommandLine::parse(&args.python).script.and_then(|index| args.python.get(index));
    // Of a module also its script, and what else may be one.
    let of_module = args.python.iter().filter(|_| args.invoke.is_some() || args.kind.is_some());
    script.into_iter().chain(of_module).map(PathBuf::from).chain(args.names.clone()).collect()
}

/// Whether two outputs are one: by what they are called, or by what is there. Devices and pipes may be shared.
fn is_same(one: &Path, other: &Path) -> bool {
    let absolute = |path: &Path| std::path::absolute(path).ok();
    let is_special = std::fs::metadata(one).is_ok_and(|metadata| !metadata.is_file());
    let is_output = one.as_os_str() == OsStr::new("-");
    !is_special && !is_output && absolute(one) == absolute(other) || is_same_file(one, other)
}
