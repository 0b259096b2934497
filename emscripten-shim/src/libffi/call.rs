//! `ffi_call`: the adapter between an argument array in memory and a function in the table.
//!
//! An adapter is generated per pair of (signature in the `ffi_cif`, real type of the function). It has the parameters
//! `(fn, rvalue, avalue)`, copies structs and variadic arguments to the C stack, loads the rest, calls, and stores the
//! result. An empty or missing slot makes the adapter's own `call_indirect` trap, as it would in C.

use wasm_encoder::{Function, InstructionSink, ValType};
use wasmer::FunctionType;

use super::adapter::{STACK_POINTER, TARGET, address, assemble, at, enter, number, numbers};
use super::cif::{CSignature, CType, CifError};
use super::coerce::{Signs, coerce, undefined};
use super::frame::{self, StackFrame};

const FUNCTION: u32 = 0;
const RVALUE: u32 = 1;
const AVALUE: u32 = 2;
const SAVED: u32 = 3;
const BASE: u32 = 4;
const SCRATCH: u32 = 5;

/// The type of every call adapter.
pub(super) const OWN: (&[ValType], &[ValType]) = (&[ValType::I32, ValType::I32, ValType::I32], &[]);

/// One number that the callee gets.
#[derive(Clone, Copy, Debug)]
enum Operand {
    /// The hidden pointer to the result.
    Result,
    /// `offset` bytes into the argument of this index.
    Load { index: u32, ty: CType, offset: u32 },
    /// An address in the frame.
    Frame(u32),
}

/// An argument that is copied into the frame, and the place in the frame that gets its address, if any.
#[derive(Clone, Copy, Debug)]
struct Piece {
    index: u32,
    ty: CType,
    to: u32,
    link: Option<u32>,
}

/// What an adapter does before it calls.
#[derive(Debug)]
struct Plan {
    frame: StackFrame,
    copies: Vec<Piece>,
    operands: Vec<Operand>,
}

impl Plan {
    fn new(signature: &CSignature) -> Result<Self, CifError> {
        let mut plan = Self { frame: StackFrame::new(), copies: Vec::new(), operands: Vec::new() };
        if signature.returns_by_pointer() {
            plan.operands.push(Operand::Result);
        }
        for (index, &ty) in (0..).zip(&signature.fixed) {
            plan.fixed(index, ty)?;
        }
        plan.variadic(&signature.variadic, signature.fixed.len())?;
        plan.frame = plan.frame.closed();
        Ok(plan)
    }

    fn fixed(&mut self, index: u32, ty: CType) -> Result<(), CifError> {
        match ty {
            CType::Struct { .. } => {
                let to = self.copy(index, ty, None)?;
                self.operands.push(Operand::Frame(to));
            }
            CType::LongDouble => {
                let halves = [0, 8].map(|offset| Operand::Load { index, ty, offset });
                self.operands.extend(halves);
            }
            _ => self.operands.push(Operand::Load { index, ty, offset: 0 }),
        }
        Ok(())
    }

    fn variadic(&mut self, args: &[CType], fixed: usize) -> Result<(), CifError> {
        if args.is_empty() {
            return Ok(());
        }
        let (offsets, size) = frame::variadic(args)?;
        let array = self.frame.push(size, 16)?;
        for ((index, &ty), offset) in (0..).skip(fixed).zip(args).zip(offsets) {
            let place = array + offset;
            match ty {
                CType::Struct { .. } => {
                    self.copy(index, ty, Some(place))?;
                }
                _ => self.copies.push(Piece { index, ty, to: place, link: None }),
            }
        }
        self.operands.push(Operand::Frame(array));
        Ok(())
    }

    fn copy(&mut self, index: u32, ty: CType, link: Option<u32>) -> Result<u32, CifError> {
        let (size, align) = ty.layout();
        let to = self.frame.push(size, align)?;
        self.copies.push(Piece { index, ty, to, link });
        Ok(to)
    }
}

/// Generates the adapter for calling a function of type `real` as `signature` says.
pub(super) fn generate(signature: &CSignature, real: &FunctionType) -> Result<Vec<u8>, CifError> {
    let plan = Plan::new(signature)?;
    let params = numbers(real.params())?;
    let results = numbers(real.results())?;
    let result = match *results.as_slice() {
        [] => None,
        [result] => Some(result),
        _ => return Err(CifError::MultiValue(results.len())),
    };
    let mut body = Function::new([(2, ValType::I32), (1, ValType::F64)]);
    let mut code = body.instructions();
    let framed = plan.frame.size != 0;
    if framed {
        enter(&mut code, plan.frame, SAVED, BASE);
    }
    for copy in &plan.copies {
        emit_copy(&mut code, copy);
    }
    let stored = signature.result.filter(|result| !result.by_pointer());
    if stored.is_some() {
        code.local_get(RVALUE);
    }
    emit_operands(&mut code, &plan.operands, &params)?;
    code.local_get(FUNCTION).call_indirect(0, TARGET);
    emit_result(&mut code, stored, result)?;
    if framed {
        code.local_get(SAVED).global_set(STACK_POINTER);
    }
    code.end();
    Ok(assemble(OWN, (&params, &results), false, &body))
}

/// The address of an argument.
fn argument(code: &mut InstructionSink<'_>, index: u32) {
    // At most `MAX_ARGS` arguments, so this does not overflow.
    code.local_get(AVALUE).i32_load(at(4 * index));
}

fn emit_copy(code: &mut InstructionSink<'_>, copy: &Piece) {
    let (size, _) = copy.ty.layout();
    address(code, BASE, copy.to);
    argument(code, copy.index);
    code.i32_const(size.cast_signed()).memory_copy(0, 0);
    if let Some(link) = copy.link {
        code.local_get(BASE);
        address(code, BASE, copy.to);
        code.i32_store(at(link));
    }
}

/// Pushes what the callee takes: arguments that it does not take are dropped, missing ones are `undefined`.
fn emit_operands(code: &mut InstructionSink<'_>, operands: &[Operand], params: &[ValType]) -> Result<(), CifError> {
    for (index, &wanted) in params.iter().enumerate() {
        let Some(operand) = operands.get(index) else {
            undefined(code, wanted);
            continue;
        };
        let (given, ty) = match *operand {
            Operand::Result => {
                code.local_get(RVALUE);
                (ValType::I32, None)
            }
            Operand::Frame(offset) => {
                address(code, BASE, offset);
                (ValType::I32, None)
            }
            Operand::Load { index, ty, offset } => {
                argument(code, index);
                (load(code, ty, offset)?, Some(ty))
            }
        };
        coerce(code, (given, Signs::of_argument(ty)), wanted, SCRATCH);
    }
    Ok(())
}

/// Replaces the address on the stack by the scalar there.
fn load(code: &mut InstructionSink<'_>, ty: CType, offset: u32) -> Result<ValType, CifError> {
    let at = at(offset);
    match ty {
        CType::U8 => code.i32_load8_u(at),
        CType::S8 => code.i32_load8_s(at),
        CType::U16 => code.i32_load16_u(at),
        CType::S16 => code.i32_load16_s(at),
        CType::U32 | CType::S32 | CType::Struct { .. } => code.i32_load(at),
        CType::U64 | CType::S64 | CType::LongDouble => code.i64_load(at),
        CType::F32 => code.f32_load(at),
        CType::F64 => code.f64_load(at),
    };
    first_lowered(ty)
}

fn first_lowered(ty: CType) -> Result<ValType, CifError> {
    ty.lowered().first().map_or(Ok(ValType::I32), |&lowered| number(lowered))
}

/// Stores the result, if the signature has one, as wide as its type is: narrow integers are not widened to a word, as
/// upstream does not. The stack holds `rvalue` when there is something to store, and `real` when the callee returned.
fn emit_result(code: &mut InstructionSink<'_>, stored: Option<CType>, real: Option<ValType>) -> Result<(), CifError> {
    let Some(ty) = stored else {
        if real.is_some() {
            code.drop();
        }
        return Ok(());
    };
    let wanted = first_lowered(ty)?;
    match real {
        Some(real) => coerce(code, (real, Signs::of_result(ty)), wanted, SCRATCH),
        None => undefined(code, wanted),
    }
    match ty {
        CType::U8 | CType::S8 => code.i32_store8(at(0)),
        CType::U16 | CType::S16 => code.i32_store16(at(0)),
        CType::U64 | CType::S64 => code.i64_store(at(0)),
        CType::F32 => code.f32_store(at(0)),
        CType::F64 => code.f64_store(at(0)),
        _ => code.i32_store(at(0)),
    };
    Ok(())
}
