//! `pyrun`: the command line.
#![forbid(unsafe_code)]

mod command;
mod engine;
mod flags;
mod folders;
mod hints;
mod limits;
mod micropython;
mod modes;
mod modules;
mod output;
mod progress;
mod report;
mod run;
mod script;
mod text;
mod unknown;
mod untrusted;

use std::process::ExitCode;

use engine::engine;
use flags::Command;
use report::Failure;

fn main() -> ExitCode {
    report::log_to_stderr();
    let line: Vec<_> = std::env::args_os().collect();
    let done = Command::parse(&line).map_err(Failure::Arguments).and_then(|command| perform(&command));
    match done {
        Ok(status) => ExitCode::from(status),
        Err(failure) => failure.report(),
    }
}

fn perform(command: &Command) -> Result<u8, Failure> {
    match command {
        Command::Run(args) => return run::run(args),
        Command::Snapshot(args) => command::snapshot::run(args, &engine(Some(&args.release))?)?,
        Command::Precompile(args) => command::precompile::run(args, &engine(Some(&args.release))?)?,
        Command::Releases(_) => command::releases::run()?,
        Command::Inspect(args) => command::inspect::run(args)?,
        Command::Completions(args) => command::completions::run(args)?,
        Command::Man(_) => command::man::run()?,
    }
    Ok(0)
}
