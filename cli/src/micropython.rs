//! `pyrun --kind micropython FILE.wasm`: MicroPython's own command line.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::IsTerminal as _;

use pyrun::{Error, Grants, MicroPython, Module, ModuleError, Outcome, Stdio};

use crate::flags::Args;
use crate::limits::{limits, say_usage};
use crate::report::Failure;
use crate::script::Script;
use crate::seen::Seen;
use crate::text::text;

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
        MicroPythonCode::Script(script) => Script::at(script, args.untrusted),
        _ => None,
    }
}

/// Runs MicroPython with its own command line.
pub(crate) fn run(
    module: &Module,
    args: &Args,
    seen: &mut Seen,
    grants: Grants,
    rest: &[OsString],
) -> Result<Outcome, Failure> {
    let usage = "MicroPython takes `-X heapsize=BYTES`, then a script, `-c CODE` or `-`, with arguments, or nothing for a prompt";
    let line = MicroPythonLine::parse(rest).ok_or_else(|| Failure::Usage(usage.to_owned()))?;
    let limits = limits(args)?;
    let mut python = MicroPython::new(module).grants(grants).limits(limits.clone()).arguments(&line.argv);
    for option in line.options {
        python = python.option(option)?;
    }
    let guest = python.interrupt_handle()?;
    seen.begin(&guest, &limits)?;
    let outcome = match line.code {
        MicroPythonCode::Prompt if args.untrusted => python.prompt(),
        MicroPythonCode::Prompt => python.stdio(Stdio::inherit().with_terminal_modes()).prompt(),
        MicroPythonCode::Source(code) => python.second_ctrl_c_ends_process().run(&code.to_string_lossy()),
        MicroPythonCode::Stdin => {
            python.second_ctrl_c_ends_process().run(&text("standard input", limits.wall, || Ok(std::io::stdin()))?)
        }
        MicroPythonCode::Script(name) => {
            if let Some(folder) = Script::at(name, args.untrusted).and_then(|script| script.import_folder()) {
                python = python.import_folder(folder);
            }
            let path = name.to_owned();
            let source = text(&name.to_string_lossy(), limits.wall, move || File::open(path))?;
            python.second_ctrl_c_ends_process().run(&source)
        }
    };
    say_usage(args, &guest, &seen.voice);
    outcome.map_err(|error| match error {
        Error::WrongModule { .. } | Error::Module(ModuleError::NotSupported { .. }) => {
            Failure::Usage(format!("--kind: {error}"))
        }
        error => error.into(),
    })
}
