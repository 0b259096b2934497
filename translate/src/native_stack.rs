//! Checks that enough of the native stack is left, where the engine runs code of the host's on it.
//!
//! Generated code and the engine's library share one native stack. At its end the engine cuts off whatever runs and makes a trap of
//! it. Of generated code nothing is left behind then, but the library may hold a lock: the unwinder's, the allocator's, that of
//! backtraces. Nobody gives it back, and every guest of the process hangs when it next needs it.
//!
//! [`with_checks`] has all that leads to such code look first:
//!
//! | instruction | what the engine does | becomes |
//! |---|---|---|
//! | `throw`, `throw_ref` | makes an exception, unwinds | `call $check`, and the instruction |
//! | `unreachable` | makes a trap, with a backtrace | as `throw` |
//! | `memory.copy` and `memory.fill` of memory 0 | outside the memory: a trap | `call $copy`, `call $fill` |
//! | those of other memories; `memory.init`, `table.init`, `.copy`, `.fill`, `.get`, `.set`; waits | out of bounds: a trap | as `throw` |
//!
//! `$check` calls `$room`, which calls itself 20 times, and each of its frames has room for 256 vectors, of which it uses none: 76 KiB
//! in all, which the library is far from using up. Where less is left, one of these frames is the end of the stack, in generated code.
//! `$copy` and `$fill` read the last byte that they are to touch, which is a trap of the processor's if it is not there, and do what
//! they are called.
//!
//! Other traps of generated code (division by zero, accesses out of bounds, bad indirect calls) are signals, whose handler has a
//! stack of its own; `memory.grow`, `table.grow` and the `drop`s run on the host's. What LLVM makes of a module calls the library for
//! those traps, too, and they are not checked.
//!
//! What could be told apart: if a copy or a fill is partly outside the memory, nothing of it is done, as the specification has it.
//!
//! Invariant: indices of all kinds keep their meaning.

use wasm_encoder::{BlockType, Encode as _, Function, InstructionSink, MemArg, RawSection, SectionId, ValType};
use wasmparser::{Operator, Parser};

use crate::error::{Result, TranslateError};
use crate::module::Module as Input;
use crate::optimize::bulk::has_memory;

/// How many frames of [`room`] have to fit.
const LEVELS: i32 = 20;
/// How many vectors of 16 bytes a frame of [`room`] has room for.
const VECTORS: i32 = 256;

/// Puts checks into a module; the same bytes when nothing in it needs one.
///
/// # Errors
/// The module is malformed.
pub(crate) fn with_checks(wasm: Vec<u8>) -> Result<Vec<u8>> {
    let mut input = Input::read(&wasm)?;
    let plain = has_memory(&input)?;
    let too_many = || TranslateError::malformed(0, "too many functions");
    let first = u32::try_from(input.function_types.len()).map_err(|_| too_many())?;
    let helpers = Helpers { first, plain };
    let Some(code) = helpers.code(&input)? else { return Ok(wasm) };
    let types = [
        input.types.function_type(&[ValType::I32], &[]),
        input.types.function_type(&[], &[]),
        input.types.function_type(&[ValType::I32; 3], &[]),
        input.types.function_type(&[ValType::I32; 3], &[]),
    ];
    let mut functions = Vec::new();
    let declared: Vec<u32> = input.functions.take().into_iter().flatten().collect::<core::result::Result<_, _>>()?;
    let declared: Vec<u32> = declared.into_iter().chain(types.into_iter().take(helpers.count())).collect();
    declared.as_slice().encode(&mut functions);
    let mut module = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(&wasm) {
        let Some((id, range)) = payload?.as_section() else { continue };
        let data = match id {
            id if id == u8::from(SectionId::Type) => input.types.encode(),
            id if id == u8::from(SectionId::Function) => Some(functions.clone()),
            id if id == u8::from(SectionId::Code) => Some(code.clone()),
            _ => None,
        };
        let data = match &data {
            Some(data) => data.as_slice(),
            None => input.bytes(range)?,
        };
        module.section(&RawSection { id, data });
    }
    Ok(module.finish())
}

/// What an instruction becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// The check, and the instruction.
    Room,
    Copy,
    Fill,
}

/// The functions that are added, behind the module's own.
#[derive(Debug, Clone, Copy)]
struct Helpers {
    /// The index of `$room`; `$check`, `$copy` and `$fill` come next.
    first: u32,
    /// Whether memory 0 is there and has 32-bit addresses: else nothing is known of copies and fills, and there are no functions for
    /// them.
    plain: bool,
}

impl Helpers {
    fn check_function(self) -> u32 {
        self.first.saturating_add(1)
    }

    fn count(self) -> usize {
        if self.plain { 4 } else { 2 }
    }

    fn check(self, operator: &Operator<'_>) -> Option<Check> {
        match operator {
            Operator::MemoryCopy { dst_mem: 0, src_mem: 0 } if self.plain => Some(Check::Copy),
            Operator::MemoryFill { mem: 0 } if self.plain => Some(Check::Fill),
            Operator::Unreachable
            | Operator::Throw { .. }
            | Operator::ThrowRef
            | Operator::MemoryCopy { .. }
            | Operator::MemoryFill { .. }
            | Operator::MemoryInit { .. }
            | Operator::TableInit { .. }
            | Operator::TableCopy { .. }
            | Operator::TableFill { .. }
            | Operator::TableGet { .. }
            | Operator::TableSet { .. }
            | Operator::MemoryAtomicWait32 { .. }
            | Operator::MemoryAtomicWait64 { .. }
            | Operator::MemoryAtomicNotify { .. } => Some(Check::Room),
            _ => None,
        }
    }

    /// The contents of the new code section; `None` when nothing changes.
    fn code(self, input: &Input<'_>) -> Result<Option<Vec<u8>>> {
        let (mut contents, mut changed, mut scratch) = (Vec::with_capacity(input.wasm.len()), false, Vec::new());
        (input.code.len() + self.count()).encode(&mut contents);
        for body in &input.code {
            scratch.clear();
            let mut copied = body.range().start;
            let mut operators = body.get_operators_reader()?;
            while !operators.eof() {
                let at = operators.original_position();
                let Some(check) = self.check(&operators.read()?) else { continue };
                changed = true;
                scratch.extend_from_slice(input.bytes(copied..at)?);
                copied = self.put(check, (at, operators.original_position()), &mut scratch);
            }
            scratch.extend_from_slice(input.bytes(copied..body.range().end)?);
            scratch.as_slice().encode(&mut contents);
        }
        if !changed {
            return Ok(None);
        }
        for body in self.bodies().iter().take(self.count()) {
            body.encode(&mut contents);
        }
        Ok(Some(contents))
    }

    /// Writes what takes the place of an instruction, or comes before it, and gives the position from which the input is copied on.
    fn put(self, check: Check, (at, next): (u64, u64), out: &mut Vec<u8>) -> u64 {
        let mut code = InstructionSink::new(out);
        match check {
            Check::Room => {
                code.call(self.check_function());
                at
            }
            Check::Copy => {
                code.call(self.first.saturating_add(2));
                next
            }
            Check::Fill => {
                code.call(self.first.saturating_add(3));
                next
            }
        }
    }

    fn bodies(self) -> [Function; 4] {
        let mut check = Function::new([]);
        check.instructions().i32_const(LEVELS).call(self.first).end();
        [room(self.first), check, self.moves(&[0, 1], true), self.moves(&[0], false)]
    }

    /// `(target, source or value, bytes)`. The ranges that begin at these parameters are looked at first.
    fn moves(self, ranges: &[u32], copies: bool) -> Function {
        let mut body = Function::new([(1, ValType::I32)]);
        let code = &mut body.instructions();
        // None at all are a trap at an address that is not there, too.
        code.local_get(2).i32_eqz().if_(BlockType::Empty).call(self.check_function()).else_();
        for range in ranges {
            // A sum that is too large for an address is less than what was added to.
            code.local_get(*range).local_get(2).i32_add().i32_const(1).i32_sub().local_tee(3);
            code.local_get(*range).i32_lt_u().if_(BlockType::Empty).call(self.check_function()).else_();
            // As in polls: nobody uses the byte, and still the access must not be left out.
            code.local_get(3).i32_atomic_load8_u(MemArg { offset: 0, align: 0, memory_index: 0 }).drop().end();
        }
        code.end().local_get(0).local_get(1).local_get(2);
        match copies {
            true => code.memory_copy(0, 0),
            false => code.memory_fill(0),
        };
        code.end();
        body
    }
}

/// Takes so many frames of the native stack, which hold [`VECTORS`] vectors each, and gives them back.
///
/// The vectors are there while a function is called, so each has a place in the frame. That part is never run: no level is that large.
/// It comes after the call of the next level, or a compiler could make a loop of the levels, or a frame of what is not run alone.
fn room(index: u32) -> Function {
    let mut body = Function::new([]);
    let code = &mut body.instructions();
    code.local_get(0).if_(BlockType::Empty);
    code.local_get(0).i32_const(1).i32_sub().call(index);
    code.local_get(0).i32_const(LEVELS).i32_gt_u().if_(BlockType::Empty);
    for vector in 0..VECTORS {
        code.local_get(0).i32_const(vector).i32_add().i32x4_splat();
    }
    code.i32_const(0).call(index);
    for _ in 1..VECTORS {
        code.v128_xor();
    }
    code.v128_any_true().if_(BlockType::Empty).unreachable().end();
    code.end().end().end();
    body
}
