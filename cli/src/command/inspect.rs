//! `pyrun inspect`: what a module is, and whether it would run.

use crate::engine::engine;
use crate::flags::InspectArgs;
use crate::output::print;
use crate::report::Failure;

/// Prints what there is to know of a file.
pub(crate) fn run(args: &InspectArgs) -> Result<(), Failure> {
    let module = engine(None)?.module(&args.file)?;
    if args.show_names {
        return print(module.names().map(ToString::to_string).unwrap_or_default());
    }
    let inspection = module.inspect()?;
    match args.json {
        true => print(format_args!("{}\n", inspection.to_json())),
        false => print(inspection),
    }
}
