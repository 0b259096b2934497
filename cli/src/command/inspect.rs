//! `pyrun inspect`: what a module is, and whether it would run.

use std::io::Write as _;

use pyrun::{DEFAULT_RELEASE, Error};

use crate::engine::engine;
use crate::flags::InspectArgs;

/// Prints what there is to know of a file.
pub(crate) fn run(args: &InspectArgs) -> Result<(), Error> {
    let module = engine(DEFAULT_RELEASE)?.module(&args.file)?;
    let mut out = std::io::stdout();
    // A closed pipe is no reason to fail.
    let _ = if args.show_names {
        write!(out, "{}", module.names().map(ToString::to_string).unwrap_or_default())
    } else {
        let inspection = module.inspect()?;
        match args.json {
            true => writeln!(out, "{}", inspection.to_json()),
            false => write!(out, "{inspection}"),
        }
    };
    Ok(())
}
