//! `pyrun precompile`: compiling before it is needed.

use pyrun::{Engine, Error, Precompile};

use crate::flags::PrecompileArgs;

/// Does what was asked.
pub(crate) fn run(args: &PrecompileArgs, engine: &Engine) -> Result<(), Error> {
    let what = Precompile::new(args.compiler).packages(&args.packages);
    engine.precompile(&if args.all { what.installed() } else { what })
}
