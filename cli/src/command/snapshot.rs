//! `pyrun snapshot`: interpreters at rest, with what a person wants to have ready.

use pyrun::{Engine, Limits, Recipe, Stdio};

use crate::flags::{SnapshotAction, SnapshotArgs};
use crate::limits::limits_of;
use crate::output::print;
use crate::report::Failure;

/// Does what was asked.
pub(crate) fn run(args: &SnapshotArgs, engine: &Engine) -> Result<(), Failure> {
    match &args.action {
        SnapshotAction::Create { name, with, code, limit } => {
            let recipe = code.iter().fold(Recipe::new().packages(with), |recipe, code| recipe.run(code));
            let recipe = recipe.limits(limits_of(Limits::new(), limit)?);
            // What it prints is for the person who makes it; it reads nothing.
            Ok(engine.create_snapshot_with(name, &recipe, Stdio::inherit_output()).map(drop)?)
        }
        SnapshotAction::List => {
            let names = engine.snapshot_names()?;
            print(names.iter().map(|name| format!("{name}\n")).collect::<String>())
        }
        SnapshotAction::Remove { name } => Ok(engine.remove_snapshot(name)?),
    }
}
