//! `pyrun FILE.wasm`, `pyrun --invoke FUNCTION FILE.wasm`: modules of WebAssembly other than Pyodide's.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use pyrun::home::Asset;
use pyrun::{
    CommandLine, Error, Grants, InstanceBuilder, InterruptHandle, Kind, Module, ModuleNames, Outcome, WasmArg,
    WasmType, WasmValue,
};

use crate::flags::Args;
use crate::limits::{limits, say_reached, say_usage};
use crate::micropython;
use crate::modes::{self, Mode};
use crate::output::print;
use crate::report::{Failure, own_status, say_timings};
use crate::seen::Seen;
use crate::text::text;

/// How every module begins, of whatever version.
const MAGIC: &[u8] = b"\0asm";

/// The module that a command line names, and its arguments; `None` when it is Python's.
pub(crate) fn named(args: &Args) -> Result<Option<(&OsStr, &[OsString])>, Failure> {
    let by_option = match (&args.invoke, &args.kind) {
        (Some(_), _) => Some("--invoke FUNCTION FILE.wasm [ARGUMENTS]"),
        (None, Some(_)) => Some("--kind micropython FILE.wasm [-X heapsize=BYTES] [SCRIPT | -c CODE]"),
        (None, None) => None,
    };
    let first = args.python.split_first().filter(|(first, _)| {
        // An option of CPython's, or of nobody's.
        by_option.is_none() || !first.as_encoded_bytes().starts_with(b"-") || Path::new(first).exists()
    });
    if let (None, Some(script)) = (by_option, behind_options(&args.python)) {
        let script = script.display();
        return Err(Failure::Usage(format!(
            "{script} is a module, and what stands before it is for Python: leave it out, or put pyrun's own options there"
        )));
    }
    match (first, by_option) {
        (None, Some(form)) => {
            let option = form.split(' ').next().unwrap_or_default();
            Err(Failure::Usage(format!("{option}: the module is missing; it should read {form}")))
        }
        (Some((first, rest)), by_option) if by_option.is_some() || is_module(Path::new(first)) => {
            Ok(Some((first.as_os_str(), rest)))
        }
        _ => Ok(None),
    }
}

/// A module that stands where a script does behind options of CPython's.
fn behind_options(python: &[OsString]) -> Option<&Path> {
    let script = CommandLine::parse(python).script.filter(|index| *index > 0)?;
    python.get(script).map(Path::new).filter(|script| is_module(script))
}

/// Whether a file is to be run as a module. Its first bytes tell, since Python scripts and archives may be called anything; a file
/// that is called `.wasm` or `.wat` and is no archive is meant to be one.
fn is_module(path: &Path) -> bool {
    // What a pipe gives it gives once, to whoever runs it.
    if !path.is_file() {
        return false;
    }
    let mut start = [0; 4];
    let read = File::open(path).and_then(|file| file.take(4).read(&mut start)).unwrap_or(0);
    let start = start.get(..read).unwrap_or_default();
    let called_one = path.extension().is_some_and(|extension| extension == "wasm" || extension == "wat");
    start.starts_with(MAGIC) || called_one && !start.starts_with(b"PK")
}

/// The folder of the release whose main module `file` is: what follows on the command line is then Python's. `None` for modules of
/// other kinds.
pub(crate) fn release_folder(args: &Args, module: &Module, file: &OsStr) -> Result<Option<PathBuf>, Failure> {
    if args.invoke.is_some() || args.kind.is_some() || module.kind() != Kind::PyodideMain {
        return Ok(None);
    }
    let (path, name) = (Path::new(file), Asset::Module.file_name());
    if path.file_name() != Some(OsStr::new(name)) {
        let file = path.display();
        return Err(Failure::Usage(format!(
            "{file} is the main module of a release of Pyodide: have it in a folder of its own as {name}, with the release's \
             {} and {} beside it",
            Asset::Stdlib.file_name(),
            Asset::Lock.file_name()
        )));
    }
    Ok(path.parent().map(|folder| Path::new(".").join(folder)))
}

/// Refuses options that mean nothing to what is done with a module.
pub(crate) fn check_options(args: &Args, module: &Module, file: &OsStr) -> Result<(), Failure> {
    let file = file.to_string_lossy();
    let by_option = args.invoke.as_ref().map(|_| "--invoke").or(args.kind.as_ref().map(|_| "--kind"));
    if let (Some(option), Kind::NotWasm) = (by_option, module.kind()) {
        return Err(Failure::Usage(format!("{option} is for modules, but {file} is {}", module.description())));
    }
    let (mode, what) = match (&args.invoke, &args.kind) {
        (Some(function), _) => (Mode::of(module.kind()), format!("{function} of {file} is called")),
        (None, Some(_)) => (Some(Mode::MicroPython), format!("{file} is run as MicroPython")),
        (None, None) => (Mode::of(module.kind()), format!("{file} is {}", module.description())),
    };
    mode.map_or(Ok(()), |mode| modes::check(args, mode, &what))
}

/// Runs the program that a module is, or calls the function that is asked for; gives the exit status.
pub(crate) fn run(
    args: &Args,
    seen: &mut Seen,
    grants: Grants,
    module: Module,
    rest: &[OsString],
) -> Result<u8, Failure> {
    let module = match &args.names {
        Some(names) => module.with_names(&read_names(names)?)?,
        None => module,
    };
    if let Some(function) = &args.invoke {
        return invoke(args, seen, &module, grants, (function, rest));
    }
    if args.kind.is_some() {
        let ran = micropython::run(&module, args, seen, grants, rest)?;
        return Ok(status(args, seen, &ran));
    }
    let program = module.program().grants(grants).limits(limits(args)?).arguments(rest);
    let mut program = program.second_ctrl_c_ends_process();
    let guest = program.interrupt_handle()?;
    seen.begin(&guest, &limits(args)?)?;
    let ran = program.run();
    say_usage(args, &guest, &seen.voice);
    Ok(status(args, seen, &ran?))
}

/// The exit status of a run. What it cost is printed if that was asked for, and which limit has ended it.
fn status(args: &Args, seen: &mut Seen, outcome: &Outcome) -> u8 {
    seen.ended(outcome);
    say_reached(outcome, &seen.voice);
    if args.timings {
        say_timings(&outcome.timings, &seen.voice);
    }
    // A status is a byte to the system that started us.
    (outcome.status & 0xff) as u8
}

/// Names from a file: one of names, or JavaScript.
pub(crate) fn read_names(path: &Path) -> Result<ModuleNames, Failure> {
    let name = path.display().to_string();
    let file = path.to_owned();
    let text = text(&name, None, move || File::open(file))?;
    match ModuleNames::parse(&text) {
        Ok(names) => Ok(names),
        Err(error) => match ModuleNames::from_javascript(&text) {
            names if names.is_empty() => Err(error.into()),
            names => Ok(names),
        },
    }
}

/// Calls a function and prints its results, one a line. The status is 0, or the one with which the module ends itself.
fn invoke(
    args: &Args,
    seen: &mut Seen,
    module: &Module,
    grants: Grants,
    (function, texts): (&str, &[OsString]),
) -> Result<u8, Failure> {
    let (mut timings, mut begun) = (Vec::new(), Instant::now());
    let mut mark = |step| {
        timings.push((step, begun.elapsed()));
        begun = Instant::now();
    };
    let limits = limits(args)?;
    let mut builder = module.instance().grants(grants).limits(limits.clone());
    let guest = builder.interrupt_handle()?;
    seen.begin(&guest, &limits)?;
    let called = call(builder, &guest, function, texts, &mut mark);
    say_usage(args, &guest, &seen.voice);
    if args.timings {
        say_timings(&timings, &seen.voice);
    }
    let reached = guest.reached(&limits);
    match called {
        Ok(results) => {
            let begin = if results.is_empty() { "" } else { seen.voice.line_of_output() };
            print(results.iter().fold(begin.to_owned(), |text, result| format!("{text}{result}\n")))?;
            let status = seen.returned(reached);
            Ok(status)
        }
        Err(Failure::Pyrun(error)) => match own_status(&error) {
            Some(status) => {
                seen.reports(error.report());
                Ok((status & 0xff) as u8)
            }
            None => Err(Failure::Pyrun(error)),
        },
        Err(failure) => Err(failure),
    }
}

/// The native stack of the thread that a function is called on, in bytes.
const STACK: usize = 64 << 20;

/// Calls a function, which Ctrl-C ends. It is called on another thread than this one, which takes the signal.
fn call(
    builder: InstanceBuilder,
    interrupt: &InterruptHandle,
    function: &str,
    texts: &[OsString],
    mark: &mut (dyn FnMut(&'static str) + Send),
) -> Result<Vec<WasmValue>, Failure> {
    let called = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("module".to_owned()).stack_size(STACK);
        let called = thread.spawn_scoped(scope, || {
            let _ctrl_c = interrupt.take_ctrl_c(true)?;
            let _timed = interrupt.time();
            call_here(builder, function, texts, mark)
        });
        called.map(|called| called.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    called.map_err(|source| Error::System { what: "cannot start a thread", source })?
}

fn call_here(
    builder: InstanceBuilder,
    function: &str,
    texts: &[OsString],
    mark: &mut dyn FnMut(&'static str),
) -> Result<Vec<WasmValue>, Failure> {
    let mut instance = builder.start()?;
    mark("instance");
    let (params, _) = instance.signature(function)?;
    let arguments = arguments(function, &params, texts)?;
    let results = instance.call(function, arguments);
    mark("call");
    Ok(results?)
}

/// The arguments, read as the signature asks.
fn arguments(function: &str, params: &[WasmType], texts: &[OsString]) -> Result<Vec<WasmArg>, Failure> {
    if params.len() != texts.len() {
        let types: Vec<String> = params.iter().map(WasmType::to_string).collect();
        let wanted = match params.len() {
            0 => "no arguments".to_owned(),
            1 => format!("1 argument ({})", types.join(", ")),
            count => format!("{count} arguments ({})", types.join(", ")),
        };
        let given = texts.len();
        return Err(Failure::Usage(format!(
            "{function} takes {wanted}, and {given} follow{} the file",
            if given == 1 { "s" } else { "" }
        )));
    }
    let read = |(index, (ty, text)): (usize, (&WasmType, &OsString))| {
        let argument = WasmArg::parse(&text.to_string_lossy(), *ty);
        argument.map_err(|why| Failure::Usage(format!("argument {} of {function} ({ty}): {why}", index + 1)))
    };
    params.iter().zip(texts).enumerate().map(read).collect()
}
