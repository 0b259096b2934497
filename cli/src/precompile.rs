//! `pyrun precompile`: compiling before it is needed.

use clap::Parser;
use pyrun::{Compiler, Engine, Error, Precompile};

/// Compiles the interpreter, and the libraries of packages with what they depend on, so that no start has to.
///
/// A start uses what LLVM has compiled where there is such, else what Cranelift has; every pyrun of this version loads both.
#[derive(Debug, Parser)]
#[command(name = "pyrun precompile", bin_name = "pyrun precompile")]
pub(crate) struct Args {
    /// Packages of the release.
    packages: Vec<String>,

    /// All packages that are on this machine, too.
    #[arg(long)]
    all: bool,

    /// The compiler: cranelift, or llvm, which takes minutes and gives faster code. Without this, llvm where this pyrun has it.
    #[arg(long, value_name = "NAME", default_value_t = Compiler::best())]
    compiler: Compiler,

    /// The release of Pyodide.
    #[arg(long, value_name = "VERSION", default_value = pyrun::DEFAULT_RELEASE)]
    pub(crate) release: String,
}

/// Does what was asked.
pub(crate) fn run(args: &Args, engine: &Engine) -> Result<(), Error> {
    let what = Precompile::new(args.compiler).packages(&args.packages);
    engine.precompile(&if args.all { what.installed() } else { what })
}
