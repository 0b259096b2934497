//! Programs that modules of WebAssembly are: run, interrupted, killed.

use pyrun::{Error, InterruptHandle, Outcome};

use crate::code::bad;
use crate::result::{ResultOut, answer_reported, give_number};
use crate::settings::{Chosen, Settings};
use crate::stdio::Gate;
use crate::sys::{In, Kind, Out, Record, utf8};
use crate::wasm::Wasm;

pub(crate) fn run(
    wasm: Option<&Wasm>,
    settings: Option<&Settings>,
    arguments: In<Record>,
    count: usize,
    status: Out<i32>,
    error: ResultOut,
) -> i32 {
    give_number(status, error, || {
        let outcome = run_here(wasm, settings, arguments, count)?;
        match outcome.timed_out {
            Some(limit) => Err(limit.into()),
            None => Ok(outcome.status),
        }
    })
}

pub(crate) fn run_report(
    wasm: Option<&Wasm>,
    settings: Option<&Settings>,
    arguments: In<Record>,
    count: usize,
    mut status: Out<i32>,
    report: ResultOut,
) -> i32 {
    answer_reported(report, || {
        let outcome = run_here(wasm, settings, arguments, count)?;
        let report = outcome.report().to_json();
        let ended = match outcome.timed_out {
            Some(limit) => Err(limit.into()),
            None => Ok(outcome.status),
        };
        if let (Ok(ended), false) = (&ended, status.is_null()) {
            status.put(*ended);
        }
        Ok((ended.map(drop), report))
    })
}

fn run_here(
    wasm: Option<&Wasm>,
    settings: Option<&Settings>,
    arguments: In<Record>,
    count: usize,
) -> Result<Outcome, Error> {
    let (wasm, chosen) = (Wasm::of(wasm)?, Chosen::of(settings)?);
    let arguments: Vec<String> = arguments.slice(count)?.iter().map(argument).collect::<Result<_, _>>()?;
    let gate = Gate::new(chosen.streams);
    let program = wasm.module.program().grants(chosen.grants(gate.stdio())).limits(chosen.limits().clone());
    let mut program = program.arguments(arguments);
    let _running = wasm.programs.note(program.interrupt_handle()?);
    program.run()
}

pub(crate) fn interrupt(wasm: Option<&Wasm>) {
    if let Some(wasm) = wasm {
        wasm.programs.each(InterruptHandle::interrupt);
    }
}

pub(crate) fn kill(wasm: Option<&Wasm>) {
    if let Some(wasm) = wasm {
        wasm.programs.each(InterruptHandle::kill);
    }
}

fn argument(record: &Record) -> Result<String, Error> {
    match record.kind()? {
        Kind::Str => Ok(utf8(record.slice()?)?.to_owned()),
        _ => Err(bad("an argument of a program is a PYRUN_STR")),
    }
}
