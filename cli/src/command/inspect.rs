//! `pyrun inspect`: what a module is, and whether it would run.

use std::io::Write as _;

use pyrun::{DEFAULT_RELEASE, Error};

use crate::engine::engine;
use crate::flags::InspectArgs;

/// Prints what there is to know of a file.
pub(crate) fn run(args: &InspectArgs) -> Result<(), Error> {
    let inspection = engine(DEFAULT_RELEASE)?.module(&args.file)?.inspect()?;
    // A closed pipe is no reason to fail.
    let _ = match args.json {
        true => writeln!(std::io::stdout(), "{}", inspection.to_json()),
        false => write!(std::io::stdout(), "{inspection}"),
    };
    Ok(())
}
