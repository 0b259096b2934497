//! The requests of `pyrun_vp.h` from number 32 on, and those below that are about a module.

use pyrun::{Em, Error, Value};

use super::calls::{call, global, is_refusal};
use super::em::{Gave, Job};
use super::given::{Given, small, value, wasm_argument};
use super::guest::{Guest, Source, Taken};
use super::held::{Body, Held, Outcome};
use super::memory::{bytes_of, elements_of, field, set_field, size_of_elements};
use crate::code::bad;
use crate::settings::Chosen;
use crate::sys::{Address, utf8};
use crate::vp::link::Question;
use crate::vp::refusal::Refusal;
use crate::vp::table::Table;
use crate::vp::wait::wait_until;

/// `PYRUN_VP_VALUE`, to which a kind is added.
pub(in crate::vp) const VALUE: i64 = 256;

/// Does what is about a module, its values or operations; `None` for what is not.
pub(in crate::vp) fn perform(table: &mut Table, op: i64, id: i64, a: Address, b: i64) -> Result<Option<i64>, Refusal> {
    let answer = match op {
        32..=63 => of_module(table, op, id, a, b)?,
        64..=75 => of_em(table, op, id, a, b)?,
        VALUE.. if id == 0 || table.modules.guests.contains_key(&id) => {
            let body = value(&table.modules.held, [op - VALUE, a.word(), b])?;
            keep(table, id, Ok(Outcome::Gave(body)))?
        }
        9 if table.modules.held.get(id).is_some() => {
            table.modules.held.remove(id);
            0
        }
        10 if table.modules.held.get(id).is_some() => item(table, id, a.word())?,
        1 if table.modules.close(id) => 0,
        4..=6 | 16..=18 if table.modules.guests.contains_key(&id) => of_work(table, op, id, a, b)?,
        _ => return Ok(None),
    };
    Ok(Some(answer))
}

/// Keeps what came out; its id. What was not done at all is no value.
fn keep(table: &mut Table, owner: i64, outcome: Result<Outcome, Error>) -> Result<i64, Refusal> {
    let outcome = match outcome {
        Err(error) if is_refusal(&error) => return Err(error.into()),
        outcome => outcome,
    };
    table.modules.held.check_room(owner)?;
    let guest = table.modules.guests.get(&owner);
    // What is printed meanwhile is what is under way's own.
    let output = guest.filter(|guest| !guest.is_working()).map_or_else(Vec::new, |guest| guest.link.printed());
    let id = table.id();
    table.modules.held.insert(id, Held::new(owner, outcome, output));
    Ok(id)
}

fn item(table: &mut Table, id: i64, index: i64) -> Result<i64, Refusal> {
    let held = table.modules.held.get(id).ok_or(Refusal::Stale)?;
    let (owner, body) = (held.owner(), held.item(index)?);
    keep(table, owner, Ok(Outcome::Gave(body)))
}

/// What is to be opened, from settings: the lines that are about that, and the rest.
fn source(table: &Table, settings: &str) -> Result<(Source, Chosen), Refusal> {
    let (mut found, mut rest) = (None, String::new());
    for line in settings.lines() {
        let (word, value) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let source = match word {
            "module" => Source::Path(value.trim().to_owned()),
            "module-bytes" => {
                let id =
                    value.trim().parse().map_err(|_| bad("module-bytes is followed by the id of a PYRUN_BYTES"))?;
                match table.modules.held.body(id)? {
                    Body::Value(Value::Bytes(bytes)) => Source::Bytes(bytes.clone()),
                    _ => return Err(bad("module-bytes is followed by the id of a PYRUN_BYTES").into()),
                }
            }
            "operations" => Source::Operations,
            _ => {
                rest.push_str(line);
                rest.push('\n');
                continue;
            }
        };
        if found.replace(source).is_some() {
            return Err(bad("the settings name more than one module").into());
        }
    }
    let found =
        found.ok_or_else(|| bad("the settings have no line `module PATH`, `module-bytes ID` or `operations`"))?;
    let chosen = Chosen::from_lines(&rest)?;
    if chosen.snapshot_name.is_some() {
        return Err(bad("only interpreters start from snapshots").into());
    }
    Ok((found, chosen))
}

fn open(table: &mut Table, settings: &[u8], later: bool) -> Result<i64, Refusal> {
    let (source, chosen) = source(table, utf8(settings)?)?;
    let engine = table.modules.engine(&chosen)?;
    let guest = match later {
        true => Guest::open_later(source, engine, chosen)?,
        false => Guest::open(source, &engine, &chosen)?,
    };
    let id = table.id();
    table.modules.guests.insert(id, guest);
    Ok(id)
}

/// Settings, and the arguments of the program.
fn run(table: &mut Table, words: &[i64]) -> Result<i64, Refusal> {
    let mut given = Given::new(words, &table.modules.held);
    let settings = given.text("the settings")?;
    let arguments = given.values("an argument")?.into_iter().map(|body| match body {
        Body::Value(Value::Str(text)) => Ok(text),
        _ => Err(bad("an argument of a program is a PYRUN_STR")),
    });
    let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
    let (source, chosen) = source(table, &settings)?;
    let engine = table.modules.engine(&chosen)?;
    let guest = Guest::run(source, &engine, &chosen, arguments)?;
    let id = table.id();
    table.modules.guests.insert(id, guest);
    Ok(id)
}

fn of_module(table: &mut Table, op: i64, id: i64, a: Address, b: i64) -> Result<i64, Refusal> {
    match op {
        32 => open(table, a.slice(b)?, false),
        33 => open(table, a.slice(b)?, true),
        34 => run(table, a.slice(b)?),
        35 => text(table, id, a.word()),
        36 => exports(table, id),
        37 => {
            let (name, arguments) = name_and_values(table, a.slice(b)?)?;
            let machine = table.modules.guest(id)?.machine()?;
            let outcome = call(machine, &name, &arguments);
            keep(table, id, outcome)
        }
        38 => {
            let (name, arguments) = name_and_values(table, a.slice(b)?)?;
            table.modules.held.check_room(id)?;
            table.modules.guest(id)?.start(move |machine| call(machine, &name, &arguments))?;
            Ok(0)
        }
        39 => read(table, id, a.slice(b)?),
        40 => write(table, id, a.slice(b)?),
        41..=45 => of_memory(table, op, id, a, b),
        _ => of_instance(table, op, id, a.slice(b)?),
    }
}

/// The size of memory, and room in it.
fn of_memory(table: &mut Table, op: i64, id: i64, a: Address, b: i64) -> Result<i64, Refusal> {
    match op {
        41 => Ok(table.modules.guest(id)?.instance()?.memory()?.size() as i64),
        42 => {
            let pages = small(a.word(), "the number of pages")?;
            Ok(table.modules.guest(id)?.instance()?.memory_mut()?.grow(pages)?.into())
        }
        43 => Ok(table.modules.guest(id)?.instance()?.allocate(small(a.word(), "the size")?)?.into()),
        44 => {
            table.modules.guest(id)?.instance()?.free(small(a.word(), "the address")?)?;
            Ok(0)
        }
        _ => {
            let mut given = Given::new(a.slice(b)?, &table.modules.held);
            let range = given.small("the start")?..given.small("the end")?;
            given.end()?;
            table.modules.guest(id)?.instance()?.use_arena(range)?;
            Ok(0)
        }
    }
}

/// What takes words and the instance both.
fn of_instance(table: &mut Table, op: i64, id: i64, words: &[i64]) -> Result<i64, Refusal> {
    let modules = &mut table.modules;
    let instance = modules.guests.get_mut(&id).ok_or(Refusal::Stale)?.instance()?;
    let mut given = Given::new(words, &modules.held);
    match op {
        46 => {
            let name = given.text("the name")?;
            given.end()?;
            let found = global(instance, &name)?;
            keep(table, id, Ok(Outcome::Gave(found)))
        }
        47 => {
            let (name, value) = (given.text("the name")?, given.value("the value")?);
            given.end()?;
            instance.set_global(&name, wasm_argument(&value)?)?;
            Ok(0)
        }
        48 => {
            let found = field(instance, given)?;
            keep(table, id, Ok(Outcome::Gave(found)))
        }
        49 => {
            set_field(instance, given)?;
            Ok(0)
        }
        _ => Err(bad("no such operation").into()),
    }
}

fn name_and_values(table: &Table, words: &[i64]) -> Result<(String, Vec<Body>), Refusal> {
    let mut given = Given::new(words, &table.modules.held);
    Ok((given.text("the name")?, given.values("an argument")?))
}

/// `enum pyrun_wasm_what`.
fn text(table: &mut Table, id: i64, what: i64) -> Result<i64, Refusal> {
    let module = table.modules.guest(id)?.instance()?.module();
    let text = crate::wasm::describe(module, what)?;
    keep(table, id, Ok(Outcome::Gave(Value::Str(text).into())))
}

/// Names, kinds and types of what it exports.
fn exports(table: &mut Table, id: i64) -> Result<i64, Refusal> {
    let inspection = table.modules.guest(id)?.instance()?.module().inspect()?;
    let entry = |export: pyrun::InspectedExport| {
        Value::Tuple(vec![Value::Str(export.name), Value::Str(export.kind.to_owned()), Value::Str(export.ty)])
    };
    let exports = Value::List(inspection.exports.into_iter().map(entry).collect());
    keep(table, id, Ok(Outcome::Gave(exports.into())))
}

/// Address, number of elements, their type.
fn read(table: &mut Table, id: i64, words: &[i64]) -> Result<i64, Refusal> {
    let mut given = Given::new(words, &table.modules.held);
    let (address, count, code) = (given.small("the address")?, given.word("the length")?, given.word("the type")?);
    given.end()?;
    let size = size_of_elements(code, count)?;
    let bytes = match table.modules.guests.get_mut(&id) {
        Some(guest) => guest.instance()?.memory()?.bytes(address, size)?.to_vec(),
        None => with_em(table, id, |em| em.read_memory(address, size))?,
    };
    keep(table, id, Ok(Outcome::Gave(elements_of(code, bytes)?)))
}

/// Address, type of elements, the value. How many bytes were written.
fn write(table: &mut Table, id: i64, words: &[i64]) -> Result<i64, Refusal> {
    let mut given = Given::new(words, &table.modules.held);
    let (address, code) = (given.small("the address")?, given.word("the type")?);
    let body = given.value("what is written")?;
    given.end()?;
    let bytes = bytes_of(code, &body)?;
    match table.modules.guests.get_mut(&id) {
        Some(guest) => guest.instance()?.memory_mut()?.write(address, &bytes)?,
        None => with_em(table, id, |em| em.write_memory(address, &bytes))?,
    }
    Ok(bytes.len() as i64)
}

/// C's functions of an instance of Emscripten's, or of an interpreter.
fn with_em<R>(table: &mut Table, id: i64, body: impl FnOnce(&mut Em<'_>) -> Result<R, Error>) -> Result<R, Refusal> {
    match table.modules.guests.get_mut(&id) {
        Some(guest) => Ok(body(&mut guest.instance()?.em()?)?),
        None => Ok(table.idle(id)?.em(body)?),
    }
}

fn of_em(table: &mut Table, op: i64, id: i64, a: Address, b: i64) -> Result<i64, Refusal> {
    match op {
        64 => {
            let bytes = small(a.word(), "the size")?;
            Ok(with_em(table, id, |em| em.malloc(bytes))?.into())
        }
        65 => {
            let address = small(a.word(), "the address")?;
            with_em(table, id, |em| em.free(address))?;
            Ok(0)
        }
        67 => {
            let pages = small(a.word(), "the number of pages")?;
            Ok(with_em(table, id, |em| em.memory_grow(pages))?.into())
        }
        72 => {
            let file = i32::try_from(a.word()).map_err(|_| bad("no descriptor"))?;
            with_em(table, id, |em| em.close(file))?;
            Ok(0)
        }
        _ => {
            let job = Job::of(op, Given::new(a.slice(b)?, &table.modules.held))?;
            table.modules.held.check_room(id)?;
            let outcome = match with_em(table, id, |em| job.run(em)) {
                Ok(Gave::Number(number)) => return Ok(number),
                Ok(Gave::Value(outcome)) => Ok(outcome),
                Err(Refusal::Error(error)) => Err(error),
                Err(stale) => return Err(stale),
            };
            keep(table, id, outcome)
        }
    }
}

/// What is under way in the background, and what it asks.
fn of_work(table: &mut Table, op: i64, id: i64, a: Address, b: i64) -> Result<i64, Refusal> {
    match op {
        4 => {
            let (guest, all) = (table.modules.guest(id)?, b & 1 != 0);
            guest.is_done()?;
            Ok(wait_until(a.word(), || {
                let asks = if all && guest.link.question().is_some() { 2 } else { 0 };
                let printed = if all && guest.link.has_printed() { 4 } else { 0 };
                i64::from(guest.is_done().unwrap_or(true)) | asks | printed
            }))
        }
        5 => match table.modules.guest(id)?.take()? {
            Taken::Opened => Ok(0),
            Taken::NotOpened(error) => {
                table.modules.close(id);
                Err(error.into())
            }
            Taken::Ended(outcome) => keep(table, id, outcome),
        },
        6 => {
            table.modules.guest(id)?.interrupt();
            Ok(0)
        }
        16 => match table.modules.guest(id)?.link.question() {
            Some(Question::Line) => keep(table, id, Ok(Outcome::Gave(Value::None.into()))),
            _ => Err(bad("nothing was asked").into()),
        },
        17 => answer(table, id, a.slice(b)?),
        _ => {
            let output = table.modules.guest(id)?.link.printed();
            match output.is_empty() {
                true => Ok(0),
                false => keep(table, id, Ok(Outcome::Gave(Value::Bytes(output).into()))),
            }
        }
    }
}

/// A line of standard input.
fn answer(table: &mut Table, id: i64, words: &[i64]) -> Result<i64, Refusal> {
    let &[kind, first, second] = words else { return Err(bad("an answer has three words").into()) };
    let Body::Value(line) = value(&table.modules.held, [kind, first, second])? else {
        return Err(bad("a line is a PYRUN_STR").into());
    };
    match table.modules.guest(id)?.link.answer(Ok(line)) {
        true => Ok(0),
        false => Err(bad("nothing was asked").into()),
    }
}
