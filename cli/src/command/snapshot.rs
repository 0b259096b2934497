//! `pyrun snapshot`: interpreters at rest, with what a person wants to have ready.

use std::io::Write as _;

use pyrun::{Engine, Error, Recipe, Stdio};

use crate::flags::{SnapshotAction, SnapshotArgs};

/// Does what was asked.
pub(crate) fn run(args: &SnapshotArgs, engine: &Engine) -> Result<(), Error> {
    match &args.action {
        SnapshotAction::Create { name, with, code } => {
            let recipe = code.iter().fold(Recipe::new().packages(with), |recipe, code| recipe.run(code));
            // What it prints is for the person who makes it; it reads nothing.
            engine.create_snapshot_with(name, &recipe, Stdio::inherit_output()).map(drop)
        }
        SnapshotAction::List => {
            let names = engine.snapshot_names()?;
            // A closed pipe is no reason to fail.
            let _ = names.iter().try_for_each(|name| writeln!(std::io::stdout(), "{name}"));
            Ok(())
        }
        SnapshotAction::Remove { name } => engine.remove_snapshot(name),
    }
}
