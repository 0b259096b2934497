//! `pyrun`: the command line.
#![forbid(unsafe_code)]

mod audit;
mod command;
mod engine;
mod environment;
mod flags;
mod folders;
mod hints;
mod left;
mod limits;
mod line;
mod micropython;
mod modes;
mod modules;
mod output;
mod outputs;
mod patience;
mod progress;
mod report;
mod run;
mod script;
mod seen;
mod terminal;
mod text;
mod unknown;
mod untrusted;
mod voice;

use std::path::Path;
use std::process::ExitCode;

use engine::engine;
use flags::Command;
use report::Failure;
use seen::Seen;

fn main() -> ExitCode {
    report::log_to_stderr();
    // Where it fails, a limit of this process's on files ends it.
    pyrun::ignore_file_size_signal();
    let line: Vec<_> = std::env::args_os().collect();
    ExitCode::from(match Command::parse(&line) {
        Ok(Command::Run(args)) => match outputs::check(&args) {
            Ok(()) => report_on(args.report.as_deref(), args.audit.as_deref(), |seen| run::run(&args, seen)),
            Err(failure) => failure.tell(),
        },
        Ok(command) => perform(&command).unwrap_or_else(|failure| failure.tell()),
        // Also of a wrong option, where what was read of the others asks for a report.
        Err(error) if error.use_stderr() => {
            report_on(line::report_in(&line, &flags::own_options()).as_deref(), None, |_| {
                Err(Failure::Arguments(error))
            })
        }
        Err(error) => Failure::Arguments(error).tell(),
    })
}

/// Runs something and reports on it, in a file if one is named, and has its decisions in another one; gives the exit status.
fn report_on(file: Option<&Path>, audit: Option<&Path>, body: impl FnOnce(&mut Seen) -> Result<u8, Failure>) -> u8 {
    match Seen::open(file) {
        Ok(mut seen) => {
            let done = seen.open_audit(audit).and_then(|()| body(&mut seen));
            seen.close(done)
        }
        Err(failure) => failure.tell(),
    }
}

fn perform(command: &Command) -> Result<u8, Failure> {
    match command {
        Command::Run(args) => return run::run(args, &mut Seen::default()),
        Command::Snapshot(args) => command::snapshot::run(args, &engine(Some(&args.release))?)?,
        Command::Precompile(args) => command::precompile::run(args, &engine(Some(&args.release))?)?,
        Command::Releases(_) => command::releases::run()?,
        Command::Inspect(args) => return command::inspect::run(args),
        Command::Completions(args) => command::completions::run(args)?,
        Command::Man(_) => command::man::run()?,
    }
    Ok(0)
}
