//! `pyrun snapshot`: interpreters at rest, with what a person wants to have ready.

use std::io::Write as _;

use clap::{Parser, Subcommand};
use pyrun::{Engine, Error, Recipe};

/// Interpreters at rest: started once, with packages imported, and ready at once with `pyrun --snapshot NAME`.
///
/// What is kept is how a snapshot is made; it is made again when it does not fit any more.
#[derive(Debug, Parser)]
#[command(name = "pyrun snapshot", bin_name = "pyrun snapshot")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,

    /// The release of Pyodide.
    #[arg(long, value_name = "VERSION", default_value = pyrun::DEFAULT_RELEASE, global = true)]
    pub(crate) release: String,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Start an interpreter, run code in it, and keep it under a name.
    Create {
        name: String,
        /// Make packages of the release importable, with what they depend on.
        #[arg(long, value_name = "PACKAGE", value_delimiter = ',')]
        with: Vec<String>,
        /// Run code in __main__ before the interpreter is frozen. What it leaves behind is there in every start.
        #[arg(short, value_name = "CODE")]
        code: Option<String>,
    },
    /// List the names.
    List,
    /// Forget a name.
    Remove { name: String },
}

/// Does what was asked.
pub(crate) fn run(args: &Args, engine: &Engine) -> Result<(), Error> {
    match &args.action {
        Action::Create { name, with, code } => {
            let recipe = code.iter().fold(Recipe::new().packages(with), |recipe, code| recipe.run(code));
            engine.create_snapshot(name, &recipe).map(drop)
        }
        Action::List => {
            let names = engine.snapshot_names()?;
            // A closed pipe is no reason to fail.
            let _ = names.iter().try_for_each(|name| writeln!(std::io::stdout(), "{name}"));
            Ok(())
        }
        Action::Remove { name } => engine.remove_snapshot(name),
    }
}
