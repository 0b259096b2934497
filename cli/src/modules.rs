//! `pyrun FILE.wasm`, `pyrun --invoke FUNCTION FILE.wasm`: modules of WebAssembly other than Pyodide's.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use pyrun::home::Asset;
use pyrun::{Engine, Grants, Kind, MicroPython, Module, ModuleNames, Outcome, Stdio, WasmArg, WasmType};

use crate::flags::Args;
use crate::report::{Failure, say};
use crate::script::Script;

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
        return invoke(&module, grants, function, rest).map(|()| 0);
    }
    Ok(status(args, &module.program().grants(grants).arguments(rest).run()?))
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
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
    let text = text(&name, file)?;
    match ModuleNames::parse(&text) {
        Ok(names) => Ok(names),
        Err(error) => match ModuleNames::from_javascript(&text) {
            names if names.is_empty() => Err(error.into()),
            names => Ok(names),
        },
    }
}

/// What MicroPython's own command line asks for.
enum MicroPythonCode<'a> {
    Source(&'a OsStr),
    Script(&'a OsStr),
    Stdin,
    Prompt,
}

/// MicroPython's own command line: options, then `-c CODE`, a script or `-`, and arguments; nothing for the prompt, or for what
/// standard input holds.
struct MicroPythonLine<'a> {
    options: Vec<&'a OsStr>,
    code: MicroPythonCode<'a>,
    /// `sys.argv`
    argv: Vec<&'a OsStr>,
}

impl<'a> MicroPythonLine<'a> {
    /// Reads one; `None` for what it has no meaning for.
    fn parse(mut rest: &'a [OsString]) -> Option<Self> {
        let mut options = Vec::new();
        while let [option, value, more @ ..] = rest
            && option == "-X"
        {
            options.push(value.as_os_str());
            rest = more;
        }
        let mut argv: Vec<&OsStr> = rest.iter().map(OsString::as_os_str).collect();
        let code = match rest {
            [] if std::io::stdin().is_terminal() => MicroPythonCode::Prompt,
            [] => MicroPythonCode::Stdin,
            [option, code, ..] if option == "-c" => {
                argv.remove(1);
                MicroPythonCode::Source(code)
            }
            [name, ..] if name == "-" => MicroPythonCode::Stdin,
            [script, ..] if !script.as_encoded_bytes().starts_with(b"-") => MicroPythonCode::Script(script),
            _ => return None,
        };
        Some(Self { options, code, argv })
    }
}

/// The script that MicroPython is to run, if it is to run one.
pub(crate) fn script(args: &Args, rest: &[OsString]) -> Option<Script> {
    args.kind.as_ref()?;
    match MicroPythonLine::parse(rest)?.code {
        MicroPythonCode::Script(script) => Script::at(script),
        _ => None,
    }
}

/// Runs MicroPython with its own command line.
fn micropython(module: &Module, args: &Args, grants: Grants, rest: &[OsString]) -> Result<u8, Failure> {
    let usage = "MicroPython takes `-X heapsize=BYTES`, then a script, `-c CODE` or `-`, with arguments, or nothing for a prompt";
    let line = MicroPythonLine::parse(rest).ok_or_else(|| Failure::Usage(usage.to_owned()))?;
    let mut python = MicroPython::new(module).grants(grants).arguments(&line.argv);
    for option in line.options {
        python = python.option(option)?;
    }
    let outcome = match line.code {
        MicroPythonCode::Prompt => python.stdio(Stdio::inherit().with_terminal_modes()).prompt()?,
        MicroPythonCode::Source(code) => python.run(&code.to_string_lossy())?,
        MicroPythonCode::Stdin => python.run(&text("standard input", std::io::stdin())?)?,
        MicroPythonCode::Script(name) => {
            if let Some(folder) = Script::at(name).and_then(|script| script.import_folder()) {
                python = python.import_folder(folder);
            }
            let file = File::open(name);
            let file = file.map_err(|error| Failure::Usage(format!("{}: {error}", name.to_string_lossy())))?;
            python.run(&text(&name.to_string_lossy(), file)?)?
        }
    };
    Ok(status(args, &outcome))
}

/// Limit: bytes of a script of MicroPython's, or of a file of names: more than either can have.
const MOST_TEXT: u64 = 64 << 20;

/// The text of what somebody has named, which may be a pipe.
fn text(name: &str, file: impl std::io::Read) -> Result<String, Failure> {
    let mut text = String::new();
    let wrong = |why: String| Failure::Usage(format!("{name}: {why}"));
    file.take(MOST_TEXT + 1).read_to_string(&mut text).map_err(|error| wrong(error.to_string()))?;
    if text.len() as u64 > MOST_TEXT { Err(wrong("it is longer than 64 MiB".to_owned())) } else { Ok(text) }
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

/// Calls a function and prints its results, one a line.
fn invoke(module: &Module, grants: Grants, function: &str, texts: &[OsString]) -> Result<(), Failure> {
    let mut instance = module.instance().grants(grants).start()?;
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
