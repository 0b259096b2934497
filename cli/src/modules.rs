//! `pyrun FILE.wasm`, `pyrun --invoke FUNCTION FILE.wasm`: modules of WebAssembly other than Pyodide's.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use pyrun::home::Asset;
use pyrun::{
    Engine, Error, Grants, InstanceBuilder, Kind, MicroPython, Module, ModuleNames, Outcome, WasmArg, WasmType,
};

use crate::flags::Args;
use crate::report::{Failure, say};

/// How every module begins, of whatever version.
const MAGIC: &[u8] = b"\0asm";

/// The module that a command line names, and its arguments; `None` when it is Python's.
pub(crate) fn named(args: &Args) -> Option<(&OsStr, &[OsString])> {
    let (first, rest) = args.python.split_first()?;
    let is_one = args.invoke.is_some() || args.kind.is_some() || is_module(Path::new(first));
    is_one.then_some((first.as_os_str(), rest))
}

/// Whether a file is to be run as a module. Its first bytes tell, since Python scripts and archives may be called anything; a file
/// that is called `.wasm` and can be neither of those is meant to be one.
fn is_module(path: &Path) -> bool {
    // What a pipe gives it gives once, to whoever runs it.
    if !path.is_file() {
        return false;
    }
    let mut start = [0; 64];
    let read = File::open(path).and_then(|file| file.take(64).read(&mut start)).unwrap_or(0);
    let start = start.get(..read).unwrap_or_default();
    let called_one = path.extension().is_some_and(|extension| extension == "wasm");
    start.starts_with(MAGIC) || called_one && !start.starts_with(b"PK") && (start.is_empty() || start.contains(&0))
}

/// The folder of the release whose main module `file` is: what follows on the command line is then Python's. `None` for modules of
/// other kinds.
pub(crate) fn release_folder(engine: &Engine, args: &Args, file: &OsStr) -> Result<Option<PathBuf>, Failure> {
    let path = Path::new(file);
    if args.invoke.is_some() || args.kind.is_some() || engine.module(path)?.kind() != Kind::PyodideMain {
        return Ok(None);
    }
    let name = Asset::Module.file_name();
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

/// Runs the program that a module is, or calls the function that is asked for; gives the exit status.
pub(crate) fn run(
    engine: &Engine,
    args: &Args,
    grants: Grants,
    file: &OsStr,
    rest: &[OsString],
) -> Result<u8, Failure> {
    only_for_python(args, file)?;
    let module = engine.module(Path::new(file))?;
    let module = match &args.names {
        Some(names) => module.with_names(&read_names(names)?)?,
        None => module,
    };
    if args.kind.is_some() {
        return micropython(&module, args, grants, rest);
    }
    if let Some(function) = &args.invoke {
        return invoke_with_ctrl_c(&module, grants, function, rest);
    }
    let program = module.program().grants(grants).arguments(rest).second_ctrl_c_ends_process();
    Ok(status(args, &program.run()?))
}

/// The exit status of a run, whose times are printed if that was asked for.
fn status(args: &Args, outcome: &Outcome) -> u8 {
    if args.timings {
        for (step, time) in &outcome.timings {
            say(format_args!("{step:<24} {:>9.3} ms", time.as_secs_f64() * 1e3));
        }
    }
    // A status is a byte to the system that started us.
    (outcome.status & 0xff) as u8
}

/// Names from a file: one of names, or JavaScript.
fn read_names(path: &Path) -> Result<ModuleNames, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    match ModuleNames::parse(&text) {
        Ok(names) => Ok(names),
        Err(error) => match ModuleNames::from_javascript(&text) {
            names if names.is_empty() => Err(error.into()),
            names => Ok(names),
        },
    }
}

/// Runs MicroPython with its own command line: options, then a script, `-c CODE`, or nothing for the prompt.
fn micropython(module: &Module, args: &Args, grants: Grants, rest: &[OsString]) -> Result<u8, Failure> {
    let (mut python, mut rest) = (MicroPython::new(module).grants(grants), rest);
    while let [option, value, more @ ..] = rest
        && option == "-X"
    {
        python = python.option(value)?;
        rest = more;
    }
    let outcome = match rest {
        [] => python.prompt()?,
        [option, code] if option == "-c" => python.second_ctrl_c_ends_process().run(&code.to_string_lossy())?,
        [script] if !script.to_string_lossy().starts_with('-') => {
            let source = std::fs::read_to_string(script)
                .map_err(|error| Failure::Usage(format!("{}: {error}", script.to_string_lossy())))?;
            python.second_ctrl_c_ends_process().run(&source)?
        }
        _ => {
            let usage = "MicroPython takes `-X heapsize=BYTES`, then a script, `-c CODE`, or nothing for a prompt";
            return Err(Failure::Usage(usage.to_owned()));
        }
    };
    Ok(status(args, &outcome))
}

/// Refuses options that mean nothing to a module.
fn only_for_python(args: &Args, file: &OsStr) -> Result<(), Failure> {
    let given = [
        ("--with", !args.with.is_empty()),
        ("--snapshot", args.snapshot.is_some()),
        ("--no-snapshot", args.no_snapshot),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((option, _)) => {
            let file = file.to_string_lossy();
            Err(Failure::Usage(format!(
                "{option} is for Python, but {file} is run as a WebAssembly module; leave it out"
            )))
        }
        None => Ok(()),
    }
}

/// The native stack of the thread that a function is called on, in bytes.
const STACK: usize = 64 << 20;

/// Calls a function, which Ctrl-C ends; gives the exit status.
fn invoke_with_ctrl_c(module: &Module, grants: Grants, function: &str, texts: &[OsString]) -> Result<u8, Failure> {
    let mut builder = module.instance().grants(grants);
    let interrupt = builder.interrupt_handle()?;
    // Another thread than this one, which takes the signal.
    let called = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("module".to_owned()).stack_size(STACK);
        let called = thread.spawn_scoped(scope, || {
            let _ctrl_c = interrupt.take_ctrl_c(true)?;
            invoke(builder, function, texts)
        });
        called.map(|called| called.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    match called.map_err(|source| Error::System { what: "cannot start a thread", source })? {
        Err(Failure::Pyrun(Error::Signal { signal })) => {
            Ok(u8::try_from(signal).unwrap_or(0).saturating_add(SIGNALLED))
        }
        called => called.map(|()| 0),
    }
}

/// What a shell adds to the number of the signal that ended a program.
const SIGNALLED: u8 = 128;

/// Calls a function and prints its results, one a line.
fn invoke(builder: InstanceBuilder, function: &str, texts: &[OsString]) -> Result<(), Failure> {
    let mut instance = builder.start()?;
    let (params, _) = instance.signature(function)?;
    let arguments = arguments(function, &params, texts)?;
    let results = instance.call(function, arguments)?;
    // A closed pipe is no reason to fail.
    let _ = results.iter().try_for_each(|result| writeln!(std::io::stdout(), "{result}"));
    Ok(())
}

/// The arguments, read as the signature asks.
fn arguments(function: &str, params: &[WasmType], texts: &[OsString]) -> Result<Vec<WasmArg>, Failure> {
    if params.len() != texts.len() {
        let types: Vec<String> = params.iter().map(WasmType::to_string).collect();
        let (wanted, given) = (types.join(", "), texts.len());
        return Err(Failure::Usage(format!("{function} takes ({wanted}), not {given} arguments")));
    }
    let read = |(index, (ty, text)): (usize, (&WasmType, &OsString))| {
        let argument = WasmArg::parse(&text.to_string_lossy(), *ty);
        argument.map_err(|why| Failure::Usage(format!("argument {} of {function} ({ty}): {why}", index + 1)))
    };
    params.iter().zip(texts).enumerate().map(read).collect()
}
