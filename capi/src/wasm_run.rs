//! Programs that modules of WebAssembly are: run, interrupted, killed.

use pyrun::{Error, InterruptHandle};

use crate::code::bad;
use crate::result::{ResultOut, give_number};
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
        let (wasm, chosen) = (Wasm::of(wasm)?, Chosen::of(settings)?);
        let arguments: Vec<String> = arguments.slice(count)?.iter().map(argument).collect::<Result<_, _>>()?;
        let gate = Gate::new(chosen.streams);
        let program = wasm.module.program().grants(chosen.grants(gate.stdio())).limits(chosen.limits().clone());
        let mut program = program.arguments(arguments);
        let _running = wasm.programs.note(program.interrupt_handle()?);
        let outcome = program.run()?;
        match outcome.timed_out {
            Some(limit) => Err(limit.into()),
            None => Ok(outcome.status),
        }
    })
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
