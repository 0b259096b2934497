//! Instances of WebAssembly modules for hosts that pass integers: their results are words, so nothing of them is kept.

use pyrun::{Error, FieldValue, ModuleInstance, StructLayout, WasmArg, WasmValue};

use super::refusal::Refusal;
use crate::code::bad;
use crate::settings::Chosen;
use crate::sys::{Address, Kind, utf8};

/// Opens what a line `module PATH` of the settings names, and makes an instance of it.
pub(super) fn open(settings: &[u8]) -> Result<ModuleInstance, Refusal> {
    let text = utf8(settings)?;
    let is_module = |line: &&str| line.trim_start().starts_with("module ");
    let path = text.lines().find(is_module).and_then(|line| line.trim().split_once(' '));
    let path = path.ok_or_else(|| bad("the settings have no line `module PATH`"))?.1.trim();
    let rest: Vec<&str> = text.lines().filter(|line| !is_module(line)).collect();
    let chosen = Chosen::from_lines(&rest.join("\n"))?;
    let module = chosen.any_engine()?.module(path)?;
    Ok(module.instance().grants(chosen.grants(pyrun::Stdio::discard())).limits(chosen.limits().clone()).start()?)
}

/// Calls a function: name, its size, where the results go, room for how many; then a kind and a word for each argument. Gives the
/// number of results, each a kind and a word.
pub(super) fn call(instance: &mut ModuleInstance, words: &[i64]) -> Result<i64, Refusal> {
    let [name, size, results, room, arguments @ ..] = words else {
        return Err(bad("a call has at least four words").into());
    };
    let (arguments, rest) = arguments.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(bad("each argument has two words").into());
    }
    let arguments = arguments.iter().map(|[kind, word]| argument(*kind, *word)).collect::<Result<Vec<_>, _>>()?;
    let name = Address::of(*name);
    let name = utf8(name.slice(*size)?)?;
    let (_, types) = instance.signature(name)?;
    if i64::try_from(types.len()).is_ok_and(|count| count > *room) {
        return Err(bad(format!("the function gives {} results", types.len())).into());
    }
    let given = instance.call(name, arguments)?;
    let pairs = given.iter().map(|value| result(*value)).collect::<Result<Vec<_>, _>>()?;
    put(*results, &pairs)?;
    Ok(given.len() as i64)
}

/// Copies bytes out of memory, or into it: the module's address, the host's, the number of bytes.
pub(super) fn copy(instance: &mut ModuleInstance, words: &[i64], inwards: bool) -> Result<i64, Refusal> {
    let [address, buffer, size] = words else { return Err(bad("a copy has three words").into()) };
    let (address, buffer) = (place(*address)?, Address::of(*buffer));
    let mut memory = instance.memory()?;
    match inwards {
        true => memory.write(address, buffer.slice::<u8>(*size)?)?,
        false => {
            let count = usize::try_from(*size).map_err(|_| bad("a negative length"))?;
            buffer.fill(memory.bytes(address, count)?, *size)?;
        }
    }
    Ok(0)
}

pub(super) fn allocate(instance: &mut ModuleInstance, bytes: i64) -> Result<i64, Refusal> {
    Ok(instance.allocate(place(bytes)?)?.into())
}

pub(super) fn release(instance: &mut ModuleInstance, address: i64) -> Result<i64, Refusal> {
    instance.free(place(address)?)?;
    Ok(0)
}

pub(super) fn size(instance: &mut ModuleInstance) -> Result<i64, Refusal> {
    Ok(instance.memory()?.size() as i64)
}

pub(super) fn grow(instance: &mut ModuleInstance, pages: i64) -> Result<i64, Refusal> {
    Ok(instance.memory()?.grow(place(pages)?)?.into())
}

/// Reads or writes a field that is a number: the layout's text and its size, the path and its size, the struct's address; then
/// the kind and the word, or where these go.
pub(super) fn field(instance: &mut ModuleInstance, words: &[i64], write: bool) -> Result<i64, Refusal> {
    let [text, text_size, path, path_size, address, rest @ ..] = words else {
        return Err(bad("a field has at least six words").into());
    };
    let (text, path) = (Address::of(*text), Address::of(*path));
    let layout = StructLayout::parse(utf8(text.slice(*text_size)?)?)?;
    let path = utf8(path.slice(*path_size)?)?;
    let (address, mut memory) = (place(*address)?, instance.memory()?);
    match (write, rest) {
        (true, [kind, word]) => {
            let value = match argument(*kind, *word)? {
                WasmArg::Int(value) => FieldValue::Int(value),
                WasmArg::Float(value) => FieldValue::Float(value),
                _ => return Err(bad("a field takes numbers").into()),
            };
            layout.write_field(&mut memory, address, path, value)?;
        }
        (false, [result]) => {
            let pair = match layout.read_field(&memory, address, path)? {
                FieldValue::Int(value) => [Kind::Int as i64, i64::try_from(value).unwrap_or(value as u64 as i64)],
                FieldValue::Float(value) => [Kind::Float as i64, value.to_bits().cast_signed()],
                _ => return Err(bad(format!("the field {path:?} is no number: name one, such as {path}[0]")).into()),
            };
            put(*result, &[pair])?;
        }
        _ => return Err(bad("a field that is read has six words, one that is written seven").into()),
    }
    Ok(0)
}

fn argument(kind: i64, word: i64) -> Result<WasmArg, Refusal> {
    let kind = u32::try_from(kind).map_err(|_| bad("a value of an unknown kind"))?;
    Ok(match Kind::of(kind)? {
        Kind::Bool => WasmArg::from(word != 0),
        Kind::Int => WasmArg::from(word),
        Kind::Float => WasmArg::from(f64::from_bits(word.cast_unsigned())),
        _ => return Err(bad("an argument is a PYRUN_INT, PYRUN_FLOAT or PYRUN_BOOL").into()),
    })
}

fn result(value: WasmValue) -> Result<[i64; 2], Error> {
    match (value.as_signed(), value.as_float()) {
        (Some(int), _) => Ok([Kind::Int as i64, int]),
        (None, Some(float)) => Ok([Kind::Float as i64, float.to_bits().cast_signed()]),
        (None, None) => Err(bad("the function gives a vector or a reference, which is no word")),
    }
}

/// Leaves words where the host wants them.
fn put(address: i64, pairs: &[[i64; 2]]) -> Result<(), Error> {
    let bytes: Vec<u8> = pairs.iter().flatten().flat_map(|word| word.to_ne_bytes()).collect();
    if bytes.is_empty() {
        return Ok(());
    }
    Address::of(address).fill(&bytes, bytes.len() as i64)
}

/// A number of 32 bits.
fn place(word: i64) -> Result<u32, Error> {
    u32::try_from(word).map_err(|_| bad(format!("{word} is no address and no size in a memory of 4 GiB")))
}
