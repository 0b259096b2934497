//! Copies and fills of memory, quick for few bytes and for many.
//!
//! Replaces the engine's `memory.copy` and `memory.fill` for up to [`MOST`] bytes: each is a call of the host, which costs more
//! than such a copy. And C's `memcpy`, `memmove` and `memset` of a main module, which are loops, for more than that.
//!
//! The module gets two functions, which its instructions call. Few bytes are loaded all before the first is stored, so arrays
//! may overlap, and stored from both ends, which meet or overlap in the middle:
//!
//! ```text
//! 33 to 64: 2 vectors at the start, 2 at the end      8 to 15: an i64 at each     2 or 3: an i16 at each
//! 16 to 32: 1 vector at each                          4 to  7: an i32 at each     1:      a byte
//! ```
//!
//! What could be told apart: if the target is partly outside the memory, some of it may be written before the trap.

use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, ValType};
use wasmparser::TypeRef;

use crate::eh::plan::FunctionPlan;
use crate::era::rebind::Rebinding;
use crate::error::{Result, TranslateError};
use crate::module::Module;

/// Limit: bytes of one copy or fill that are moved without a call of the host; more are left to the engine.
const MOST: i32 = 64;

/// The functions of C that are given new bodies.
const OF_C: [(&str, Operation); 3] =
    [("memcpy", Operation::Copy), ("memmove", Operation::Copy), ("memset", Operation::Fill)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// `(target, source, bytes)`
    Copy,
    /// `(target, value, bytes)`
    Fill,
}

/// What is done about copies and fills.
#[derive(Debug)]
pub(crate) struct Bulk {
    /// The new index of the function that copies; the one that fills comes next.
    first: u32,
    /// The type of both.
    pub(crate) ty: u32,
    /// C's functions, by position in the code section.
    of_c: Vec<(usize, Operation)>,
}

impl Bulk {
    /// Decides. `None`: there is nothing to do, or the memory does not have 32-bit addresses.
    pub(crate) fn find(module: &mut Module<'_>, plans: &[FunctionPlan], rebinding: &Rebinding) -> Result<Option<Self>> {
        let imported = usize::try_from(module.imported_functions).unwrap_or(usize::MAX);
        let of_c: Vec<_> = (OF_C.iter())
            .filter_map(|(name, operation)| {
                let index = usize::try_from(module.exported_function(name)?).ok()?;
                let ty = module.types.function(*module.function_types.get(index)?, 0).ok()?;
                let (params, results) = ([wasmparser::ValType::I32; 3], [wasmparser::ValType::I32]);
                let fits = ty.params() == params && ty.results() == results;
                Some((index.checked_sub(imported)?, *operation)).filter(|_| fits)
            })
            .collect();
        let needed = !of_c.is_empty() || plans.iter().any(|plan| plan.moves_memory);
        if !needed || !has_memory(module)? {
            return Ok(None);
        }
        // After the module's own functions, and those that are added for exceptions.
        let first = module.function_types.len().checked_sub(1).and_then(|last| {
            let last = rebinding.functions.get(u32::try_from(last).ok()?, 0).ok()?;
            last.checked_add(u32::try_from(rebinding.lowered.len()).ok()?)?.checked_add(1)
        });
        let first = first.ok_or_else(|| TranslateError::malformed(0, "too many functions"))?;
        Ok(Some(Self { first, ty: module.types.function_type(&[ValType::I32; 3], &[]), of_c }))
    }

    /// The function that does it.
    pub(crate) fn function(&self, operation: Operation) -> u32 {
        match operation {
            Operation::Copy => self.first,
            Operation::Fill => self.first.saturating_add(1),
        }
    }

    /// How many functions are added.
    pub(crate) const ADDED: usize = 2;

    /// Their bodies.
    pub(crate) fn bodies() -> [Function; Self::ADDED] {
        [Operation::Copy, Operation::Fill].map(|operation| body(operation, false))
    }

    /// The new body of a function of the module, if it is one of C's.
    pub(crate) fn of_c(&self, position: usize) -> Option<Function> {
        let (_, operation) = self.of_c.iter().find(|(known, _)| *known == position)?;
        Some(body(*operation, true))
    }
}

/// Whether memory 0 is there and has 32-bit addresses.
pub(crate) fn has_memory(module: &Module<'_>) -> Result<bool> {
    for import in &module.imports {
        if let TypeRef::Memory(memory) = import.ty {
            return Ok(!memory.memory64);
        }
    }
    match module.memories.clone().and_then(|memories| memories.into_iter().next()) {
        Some(memory) => Ok(!memory?.memory64),
        None => Ok(false),
    }
}

/// The code; C's functions give the target back.
fn body(operation: Operation, of_c: bool) -> Function {
    let mut body = Function::new([(1, ValType::V128)]);
    let code = &mut body.instructions();
    let done = |code: &mut InstructionSink<'_>| {
        if of_c {
            code.local_get(0);
        }
        code.return_().end();
    };
    // None at all goes the long way, too, since it may be at an address that is not there.
    code.local_get(2).i32_const(1).i32_sub().i32_const(MOST).i32_ge_u().if_(BlockType::Empty);
    code.local_get(0).local_get(1).local_get(2);
    match operation {
        Operation::Copy => code.memory_copy(0, 0),
        Operation::Fill => code.memory_fill(0),
    };
    done(code);
    if operation == Operation::Fill {
        code.local_get(1).i8x16_splat().local_set(VALUE);
    }
    for (least, unit, offsets) in [
        (33, Unit::Vector, &[0, 16][..]),
        (16, Unit::Vector, &[0]),
        (8, Unit::I64, &[0]),
        (4, Unit::I32, &[0]),
        (2, Unit::I16, &[0]),
    ] {
        code.local_get(2).i32_const(least).i32_ge_u().if_(BlockType::Empty);
        both_ends(code, operation, unit, offsets);
        done(code);
    }
    code.local_get(0);
    value(code, operation, Unit::Byte, None, 0);
    code.i32_store8(at(0));
    if of_c {
        code.local_get(0);
    }
    code.end();
    body
}

/// The local of [`Operation::Fill`] that holds the value in each byte.
const VALUE: u32 = 3;

#[derive(Debug, Clone, Copy)]
enum Unit {
    Vector,
    I64,
    I32,
    I16,
    Byte,
}

impl Unit {
    fn size(self) -> u32 {
        match self {
            Self::Vector => 16,
            Self::I64 => 8,
            Self::I32 => 4,
            Self::I16 => 2,
            Self::Byte => 1,
        }
    }
}

/// Units at these offsets from the start and, as many, up to the end.
fn both_ends(code: &mut InstructionSink<'_>, operation: Operation, unit: Unit, offsets: &[u64]) {
    let length = u32::try_from(offsets.len()).unwrap_or(u32::MAX).wrapping_mul(unit.size()).cast_signed();
    for from_end in [None, Some(length)] {
        for offset in offsets {
            address(code, 0, from_end);
            value(code, operation, unit, from_end, *offset);
        }
    }
    for offset in offsets.iter().rev().chain(offsets.iter().rev()) {
        let at = at(*offset);
        match unit {
            Unit::Vector => code.v128_store(at),
            Unit::I64 => code.i64_store(at),
            Unit::I32 => code.i32_store(at),
            Unit::I16 => code.i32_store16(at),
            Unit::Byte => code.i32_store8(at),
        };
    }
}

/// An array's start, or the place so many bytes before its end.
fn address(code: &mut InstructionSink<'_>, array: u32, from_end: Option<i32>) {
    code.local_get(array);
    if let Some(length) = from_end {
        code.local_get(2).i32_add().i32_const(length).i32_sub();
    }
}

/// What is stored there.
fn value(code: &mut InstructionSink<'_>, operation: Operation, unit: Unit, from_end: Option<i32>, offset: u64) {
    let at = at(offset);
    match operation {
        Operation::Copy => {
            address(code, 1, from_end);
            match unit {
                Unit::Vector => code.v128_load(at),
                Unit::I64 => code.i64_load(at),
                Unit::I32 => code.i32_load(at),
                Unit::I16 => code.i32_load16_u(at),
                Unit::Byte => code.i32_load8_u(at),
            };
        }
        Operation::Fill => {
            code.local_get(VALUE);
            match unit {
                Unit::Vector => {}
                Unit::I64 => drop(code.i64x2_extract_lane(0)),
                Unit::I32 | Unit::I16 | Unit::Byte => drop(code.i32x4_extract_lane(0)),
            }
        }
    }
}

fn at(offset: u64) -> MemArg {
    MemArg { offset, align: 0, memory_index: 0 }
}
