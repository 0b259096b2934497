//! `pyrun inspect`: what a module is, and whether it would run.

use crate::engine::engine;
use crate::flags::InspectArgs;
use crate::modules::read_names;
use crate::output::print;
use crate::report::Failure;

/// The status for a module that does not run.
const DOES_NOT_RUN: u8 = 1;

/// Prints what there is to know of a file; gives the exit status.
pub(crate) fn run(args: &InspectArgs) -> Result<u8, Failure> {
    let mut module = engine(None)?.module(&args.file)?;
    if let Some(names) = &args.names {
        module = module.with_names(&read_names(names)?)?;
    }
    if args.show_names {
        print(module.names().map(ToString::to_string).unwrap_or_default())?;
        return Ok(0);
    }
    let inspection = module.inspect()?;
    match args.json {
        true => print(format_args!("{}\n", inspection.to_json()))?,
        false => print(&inspection)?,
    }
    Ok(if inspection.runs { 0 } else { DOES_NOT_RUN })
}
