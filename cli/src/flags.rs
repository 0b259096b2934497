//! The one table of pyrun's options: the parser, `--help`, the manual page and shell completions are made from it, and
//! `cargo xtask tidy` holds the README against it. pyrun's own options come first, then CPython's, untouched.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand};
use pyrun::Compiler;

use crate::line::with_own_end;

/// CPython with Pyodide's wheels, and WebAssembly programs, in a sandbox, with no JavaScript.
///
/// pyrun's own options come first; everything from the first other argument on is CPython's command line
/// (-c, -m, a script, -, -i, -V, -h, -X, -W, -O, -u, …). `pyrun -h` shows those. A file that holds a WebAssembly module is
/// run as the program that it is, with the arguments that follow it.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "pyrun",
    disable_help_flag = true,
    disable_version_flag = true,
    override_usage = "pyrun [PYRUN OPTIONS] [PYTHON OPTIONS] [-c CODE | -m MODULE | SCRIPT | -] [ARGUMENTS]\n       \
                      pyrun [PYRUN OPTIONS] [--invoke FUNCTION] FILE.wasm [ARGUMENTS]\n       \
                      pyrun inspect [--json] FILE\n       pyrun snapshot create|list|remove [--help]\n       pyrun precompile [--help] [PACKAGES]\n       \
                      pyrun releases\n       pyrun completions SHELL\n       pyrun man",
    after_help = AFTER_HELP
)]
pub(crate) struct Args {
    /// Show this help.
    #[arg(long, action = clap::ArgAction::Help)]
    pub(crate) help: Option<bool>,

    /// Show the versions of pyrun, of its engine, of the release and its Python. `-V` is CPython's.
    #[arg(long)]
    pub(crate) version: bool,

    /// Make packages of the release importable, with what they depend on. Packages that are on this machine also
    /// appear by themselves when they are imported.
    #[arg(long, value_name = "PACKAGE", value_delimiter = ',')]
    pub(crate) with: Vec<String>,

    /// Make a folder of this machine visible to the program: HOST[:GUEST][:MODE]. MODE is ro (the default), rw, `rw,max=SIZE` (the folder
    /// may grow by so much: 100M; more is ENOSPC), or overlay: the program writes into memory, and the folder stays as it is.
    /// `--dir .` is the working folder. Of folders in each other the inner one counts, of two at one path the later one.
    /// A colon belongs to HOST unless a mode or an absolute path follows the last one and the folder before it exists.
    #[arg(long = "dir", value_name = "HOST[:GUEST][:ro|rw|overlay]")]
    pub(crate) dirs: Vec<OsString>,

    /// Make a single file of this machine visible to the program, and nothing else of its folder: FILE[:GUEST][:MODE]. MODE is ro (the
    /// default) or rw. --dir takes a file, too.
    #[arg(long = "file", value_name = "FILE[:GUEST][:ro|rw]")]
    pub(crate) files: Vec<OsString>,

    /// Give the program a descriptor that this process has inherited, under the same number: `pyrun --fd 3 … 3< FILE` in a shell.
    #[arg(long = "fd", value_name = "N")]
    pub(crate) fds: Vec<i32>,

    /// Set an environment variable of the program; without a value, pass the one of this process, or all whose names begin with PREFIX.
    #[arg(long = "env", value_name = "NAME[=VALUE]|PREFIX*")]
    pub(crate) env: Vec<OsString>,

    /// Set environment variables of the program from a file: lines of NAME=VALUE, as in `.env` files. Those of --env come after them.
    #[arg(long = "env-file", value_name = "FILE")]
    pub(crate) env_files: Vec<PathBuf>,

    /// Run a program that nobody has read. It sees its script alone, without the folder (of a program that is a folder all that is in it),
    /// and where that lies on this machine. It may take 512 MiB of memory, a minute, 30 seconds
    /// of processor time, 16 MiB of output and 256 MiB of files, and a module 30 seconds of processor time and 1 GiB for compiling it; its clocks move by milliseconds; its hash seed is its own; it loads no
    /// WebAssembly libraries of its own; of what would steer a terminal only colours go out. pyrun itself gives up what it does not
    /// need: on Linux other files, programs, sockets and other processes. --dir, --env, --limit and --snapshot (whose hash seed it then has)
    /// widen one thing each.
    #[arg(long, conflicts_with = "allow_native")]
    pub(crate) untrusted: bool,

    /// Let the program load WebAssembly libraries of its own (`ctypes.CDLL`, extension modules): of a wheel that it unpacks, of
    /// a folder, or that it writes. Without this it loads those of the release's packages, and a program of Emscripten's those
    /// beside it.
    #[arg(long)]
    pub(crate) allow_native: bool,

    /// The release of Pyodide to run; `pyrun releases` lists them, and says which is the default.
    #[arg(long, value_name = "VERSION")]
    pub(crate) release: Option<String>,

    /// Start from a snapshot that `pyrun snapshot create` has made. What follows may be what is to be run and its arguments,
    /// but no options of CPython's.
    #[arg(long, value_name = "NAME", conflicts_with = "no_snapshot")]
    pub(crate) snapshot: Option<String>,

    /// Boot the interpreter, instead of starting from the snapshot that pyrun keeps of a started one.
    #[arg(long)]
    pub(crate) no_snapshot: bool,

    /// Call a function that FILE.wasm exports, with the arguments that follow the file, and print the results, one a line. This and all
    /// other options of pyrun's come before the file: `pyrun --invoke add sums.wasm 2 -3`. The signature says what each argument
    /// is: an integer (`7`, `-7`, `0x7`), a float (`0.1`, `1e3`, `inf`), a vector (`i32x4:1,-2,3,4`). Its status is 0, or the one
    /// with which the module ends itself.
    #[arg(long, value_name = "FUNCTION")]
    pub(crate) invoke: Option<String>,

    /// What kind of program FILE.wasm is, where its file does not say it: micropython, whose arguments are a script, `-c CODE`, or
    /// none for a prompt, after `-X heapsize=BYTES`.
    #[arg(long, value_name = "KIND", value_parser = ["micropython"])]
    pub(crate) kind: Option<String>,

    /// What the minified names of FILE.wasm stand for, where no JavaScript beside it tells them: a file of names, or the
    /// JavaScript itself.
    #[arg(long, value_name = "FILE")]
    pub(crate) names: Option<std::path::PathBuf>,

    /// Limit what the program may take: NAME=AMOUNT, with commas between. `memory`, `output`, `files`, `host-memory` (what pyrun holds for it,
    /// files among it) in bytes (256M, 1.5G); `wall`, `cpu`, and `grace` for cleaning up after them, as a time (10s, 500ms, 1min30s), which
    /// begins once the code is compiled; `compile` (a time) and `compile-memory` (bytes) for compiling a module; `inodes`, `descriptors`,
    /// `depth`, `slots` as a number. `infinity` lifts a limit, also one of --untrusted. docs/LIMITS.md has their table.
    /// A limit that is over ends the program, after it was told (`MemoryError`, `TimeoutError`, `ENOSPC`, ...); a line says so.
    #[arg(long, value_name = "NAME=AMOUNT,...")]
    pub(crate) limit: Vec<String>,

    /// Print what the program has used to standard error at the end: memory, processor time, wall time, output, files, calls of the host.
    #[arg(long)]
    pub(crate) usage: bool,

    /// Have all that differs between two runs follow from a number (0 unless it says another), so that they print the same: the clocks begin
    /// at 2000-01-01T00:00:00Z and move when they are read, a sleep takes no time, and random bytes, the hash seed and what comes of
    /// them are drawn from SEED. Nothing drawn is a secret. docs/REPORT.md says what stays as it comes.
    #[arg(long, value_name = "SEED", num_args = 0..=1, require_equals = true, default_missing_value = "0", value_parser = crate::text::seed)]
    pub(crate) deterministic: Option<u64>,

    /// Write to FILE what the program has changed in the overlays of --dir, as a tar archive: a layer of a container image (OCI), in which
    /// an empty file `.wh.NAME` says that NAME is gone. FILE is opened before the program runs.
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,

    /// Write to FILE how the program has ended, as JSON: exit status, what ended it (its own exit, an exception, a limit, a signal, a trap, a
    /// mistake on the command line, …), what it has used, and what was cut. FILE is opened before the program runs; `-` is standard
    /// output, /dev/fd/N a descriptor. docs/REPORT.md describes the fields.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,

    /// Write each decision about what the program asks for to FILE, as a line of JSON: time, permission, value, whether it was allowed and
    /// by which grant. FILE is opened before the program runs and begun anew; /dev/fd/N is a descriptor. A decision that comes again is
    /// counted. docs/AUDIT.md describes what is told.
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,

    /// Print what the start cost, step by step, to standard error at the end.
    #[arg(long)]
    pub(crate) timings: bool,

    /// CPython's command line.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "PYTHON ARGUMENTS")]
    pub(crate) python: Vec<OsString>,
}

/// Interpreters at rest: started once, with packages imported, and ready at once with `pyrun --snapshot NAME`.
///
/// What is kept is how a snapshot is made; it is made again when it does not fit any more.
#[derive(Debug, Parser)]
#[command(name = "pyrun snapshot", bin_name = "pyrun snapshot")]
pub(crate) struct SnapshotArgs {
    #[command(subcommand)]
    pub(crate) action: SnapshotAction,

    /// The release of Pyodide.
    #[arg(long, value_name = "VERSION", default_value = pyrun::DEFAULT_RELEASE, global = true)]
    pub(crate) release: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SnapshotAction {
    /// Start an interpreter, run code in it, and keep it under a name.
    Create {
        name: String,
        /// Make packages of the release importable, with what they depend on.
        #[arg(long, value_name = "PACKAGE", value_delimiter = ',')]
        with: Vec<String>,
        /// Run code in __main__ before the interpreter is frozen. What it leaves behind is there in every start.
        #[arg(short, value_name = "CODE")]
        code: Option<String>,
        /// Limit what the code takes: NAME=AMOUNT, as before a program. It counts each time that the snapshot is made.
        #[arg(long, value_name = "NAME=AMOUNT")]
        limit: Vec<String>,
    },
    /// List the names.
    List,
    /// Forget a name.
    Remove { name: String },
}

/// Compiles the interpreter, and the libraries of packages with what they depend on, so that no start has to.
///
/// A start uses what LLVM has compiled where there is such, else what Cranelift has; every pyrun of this version loads both.
#[derive(Debug, Parser)]
#[command(name = "pyrun precompile", bin_name = "pyrun precompile")]
pub(crate) struct PrecompileArgs {
    /// Packages of the release.
    pub(crate) packages: Vec<String>,

    /// All packages that are on this machine, too.
    #[arg(long)]
    pub(crate) all: bool,

    /// The compiler: cranelift, or llvm, which takes minutes and gives faster code. Without this, llvm where this pyrun has it.
    #[arg(long, value_name = "NAME", default_value_t = Compiler::best())]
    pub(crate) compiler: Compiler,

    /// The release of Pyodide.
    #[arg(long, value_name = "VERSION", default_value = pyrun::DEFAULT_RELEASE)]
    pub(crate) release: String,
}

/// Lists the releases of Pyodide that can be run, and what of each is on this machine.
#[derive(Debug, Parser)]
#[command(name = "pyrun releases", bin_name = "pyrun releases")]
pub(crate) struct ReleasesArgs {}

/// Says what a WebAssembly module is, what it imports and exports, and whether it would run.
///
/// Exit status: 0 for a module that runs, or whose functions can be called; 1 for one that does not run, with the reason; 2 for a wrong
/// option or a file that cannot be read.
#[derive(Debug, Parser)]
#[command(name = "pyrun inspect", bin_name = "pyrun inspect")]
pub(crate) struct InspectArgs {
    /// The file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,

    /// What the minified names of its imports and exports stand for: as for `pyrun --names`.
    #[arg(long, value_name = "FILE")]
    pub(crate) names: Option<PathBuf>,

    /// Print what the minified names stand for, as a file of names for --names, and nothing else.
    #[arg(long, conflicts_with = "json")]
    pub(crate) show_names: bool,
}

/// Prints a script that completes pyrun's options in a shell.
#[derive(Debug, Parser)]
#[command(name = "pyrun completions", bin_name = "pyrun completions")]
pub(crate) struct CompletionsArgs {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

/// Prints pyrun's manual page, for `man -l -` or a file `pyrun.1`.
#[derive(Debug, Parser)]
#[command(name = "pyrun man", bin_name = "pyrun man")]
pub(crate) struct ManArgs {}

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    /// A program is run.
    Run(Box<Args>),
    /// `pyrun snapshot`
    Snapshot(SnapshotArgs),
    /// `pyrun precompile`
    Precompile(PrecompileArgs),
    /// `pyrun releases`
    Releases(ReleasesArgs),
    /// `pyrun inspect`
    Inspect(InspectArgs),
    /// `pyrun completions`
    Completions(CompletionsArgs),
    /// `pyrun man`
    Man(ManArgs),
}

impl Command {
    /// Reads a command line, the executable's name first. A first argument that names a command is that command, and no
    /// script: one that is called so is run as `./snapshot`.
    pub(crate) fn parse(line: &[OsString]) -> Result<Self, clap::Error> {
        let rest = line.get(1..).unwrap_or_default();
        match line.get(1).and_then(|first| first.to_str()) {
            Some("snapshot") => SnapshotArgs::try_parse_from(rest).map(Self::Snapshot),
            Some("precompile") => PrecompileArgs::try_parse_from(rest).map(Self::Precompile),
            Some("releases") => ReleasesArgs::try_parse_from(rest).map(Self::Releases),
            Some("inspect") => InspectArgs::try_parse_from(rest).map(Self::Inspect),
            Some("completions") => CompletionsArgs::try_parse_from(rest).map(Self::Completions),
            Some("man") => ManArgs::try_parse_from(rest).map(Self::Man),
            _ => Args::try_parse_from(with_own_end(line, &own_options())).map(|args| Self::Run(Box::new(args))),
        }
    }

    /// Whether a first argument names a command.
    pub(crate) fn is_name(text: &str) -> bool {
        Self::table().get_subcommands().any(|command| command.get_name() == text)
    }

    /// The whole command line with its commands, for the manual page and for shells.
    pub(crate) fn table() -> clap::Command {
        let commands = [
            SnapshotArgs::command().name("snapshot"),
            PrecompileArgs::command().name("precompile"),
            ReleasesArgs::command().name("releases"),
            InspectArgs::command().name("inspect"),
            CompletionsArgs::command().name("completions"),
            ManArgs::command().name("man"),
        ];
        Args::command().disable_help_subcommand(true).subcommands(commands)
    }
}

const AFTER_HELP: &str = "\
Nothing of this machine is visible to the program but standard input, output and error, the folder of the script
(read-only), and what --dir and --env grant. There is no network and there are no processes. A prompt at a terminal also
gets TERM, COLORTERM and NO_COLOR, and may set how the terminal takes lines.

Environment:
  PYRUN_HOME   where releases, wheels and the cache are kept
  PYRUN_CACHE  where the cache is kept
  PYRUN_LOG    what to log to standard error, such as debug or pyrun=trace

Options stand before the program: what follows a script or a module is its own, also `--untrusted` and its like.
The working folder of the program is that of --dir that holds the one that pyrun is started in, else /home/pyodide. --dir
HOST without GUEST shows a folder at the path that it has on this machine.

Exit status: the program's own; 1 for an uncaught exception; 130 for Ctrl-C; 2 for what is wrong on the command line: an
option, its value, or the name of a file, function, package or snapshot that is not there; 120 when output could not be
written, or was cut by its limit and the status would be 0; 70 when pyrun itself could not run the program; 124 when a limit of time ended it or its compilation, 137 when it crashed since the
limit of memory left it none. What is not the program's own comes with one line that says why. A program can give any of these
statuses itself, and print such a line: only --report tells them apart.

Ctrl-C interrupts the program. A second one ends pyrun at once when the program has not seen the first, or when it
comes within a second and the program has not read from standard input.
";

/// pyrun's options, without the rest of the command line.
pub(crate) fn own_options() -> clap::Command {
    let options = Args::command().get_arguments().filter(|arg| arg.get_long().is_some()).cloned().collect::<Vec<_>>();
    clap::Command::new("pyrun").disable_help_flag(true).args(options)
}

#[cfg(test)]
mod tests;
