//! Closures: C function pointers that call `fun(cif, rvalue, avalue, user_data)`.
//!
//! `ffi_closure` in guest memory: the table slot @0, `cif`@4, `fun`@8, `user_data`@12. The generated function spreads its
//! arguments out on the C stack as libffi wants them and reads the other three words when it is called.

use wasm_encoder::{Function, InstructionSink, ValType};

use super::adapter::{CLOSURE, STACK_POINTER, TARGET, address, assemble, at, enter, numbers};
use super::cif::{CSignature, CType, CifError};
use super::frame::{self, StackFrame};

/// Bytes of an `ffi_closure`.
pub(super) const SIZE: u32 = 16;

/// What `fun` is called as.
const FUN: (&[ValType], &[ValType]) = (&[ValType::I32, ValType::I32, ValType::I32, ValType::I32], &[]);

/// The locals of a closure's function after its parameters.
#[derive(Clone, Copy, Debug)]
struct Locals {
    saved: u32,
    base: u32,
}

/// Where things are in a closure's frame.
#[derive(Debug)]
struct ClosureFrame {
    frame: StackFrame,
    /// The result, unless a hidden pointer says where it goes.
    result: u32,
    /// The array of pointers to the arguments.
    avalue: u32,
    /// The arguments that the frame holds; `None` for those that stay in the caller's variadic array.
    args: Vec<Option<u32>>,
}

impl ClosureFrame {
    fn new(signature: &CSignature) -> Result<Self, CifError> {
        let mut frame = StackFrame::new();
        let result = frame.push(8, 8)?;
        // At most `MAX_ARGS` arguments, so this does not overflow.
        let avalue = frame.push(4 * signature.nargs() as u32, 4)?;
        let mut args = Vec::with_capacity(signature.nargs());
        for &ty in &signature.fixed {
            let (size, align) = ty.layout();
            // Narrow integers arrive as words and are stored as words.
            args.push(Some(frame.push(size.max(4), align.max(4))?));
        }
        for &ty in &signature.variadic {
            args.push(match ty {
                CType::Struct { size, align } => Some(frame.push(size, align)?),
                _ => None,
            });
        }
        Ok(Self { frame: frame.closed(), result, avalue, args })
    }
}

/// Generates the module of closures with this signature: function `f`, and the global `closure` that tells it which
/// closure it is.
pub(super) fn generate(signature: &CSignature) -> Result<Vec<u8>, CifError> {
    let layout = ClosureFrame::new(signature)?;
    let params = numbers(&signature.parameters())?;
    let results = numbers(&signature.results())?;
    // At most `MAX_ARGS` parameters.
    let count = params.len() as u32;
    let locals = Locals { saved: count, base: count + 1 };
    let mut body = Function::new([(2, ValType::I32)]);
    let mut code = body.instructions();
    enter(&mut code, layout.frame, locals.saved, locals.base);
    let hidden = u32::from(signature.returns_by_pointer());
    let next = emit_fixed(&mut code, signature, &layout, locals, hidden);
    emit_variadic(&mut code, signature, &layout, locals, next)?;
    if hidden == 0 {
        // A callback that stores less than a word leaves the rest 0, whatever the stack held before.
        code.local_get(locals.base).i64_const(0).i64_store(at(layout.result));
    }
    emit_call(&mut code, &layout, locals, hidden == 1);
    if let Some(&result) = results.first() {
        emit_result(&mut code, result, locals.base, layout.result);
    }
    code.local_get(locals.saved).global_set(STACK_POINTER).end();
    Ok(assemble((&params, &results), FUN, true, &body))
}

/// Stores the fixed arguments and their addresses; returns the parameter after the last of them.
fn emit_fixed(
    code: &mut InstructionSink<'_>,
    signature: &CSignature,
    layout: &ClosureFrame,
    locals: Locals,
    mut param: u32,
) -> u32 {
    let places = layout.args.iter().flatten();
    for ((index, &ty), &to) in (0..).zip(&signature.fixed).zip(places) {
        if let CType::Struct { size, .. } = ty {
            address(code, locals.base, to);
            code.local_get(param);
            code.i32_const(size.cast_signed()).memory_copy(0, 0);
        } else {
            code.local_get(locals.base).local_get(param);
            store(code, ty, to);
            if ty == CType::LongDouble {
                code.local_get(locals.base).local_get(param + 1);
                store(code, ty, to + 8);
            }
        }
        emit_pointer(code, locals.base, layout.avalue + 4 * index, locals.base, to);
        // One or two.
        param += ty.lowered().len() as u32;
    }
    param
}

/// Points at the variadic arguments where the caller put them; structs are copied.
fn emit_variadic(
    code: &mut InstructionSink<'_>,
    signature: &CSignature,
    layout: &ClosureFrame,
    locals: Locals,
    array: u32,
) -> Result<(), CifError> {
    let (offsets, _) = frame::variadic(&signature.variadic)?;
    let places = layout.args.iter().skip(signature.fixed.len());
    let args = signature.variadic.iter().zip(offsets).zip(places);
    for (index, ((ty, offset), place)) in (0..).skip(signature.fixed.len()).zip(args) {
        let pointer = layout.avalue + 4 * index;
        let Some(to) = *place else {
            emit_pointer(code, locals.base, pointer, array, offset);
            continue;
        };
        let (size, _) = ty.layout();
        address(code, locals.base, to);
        code.local_get(array).i32_load(at(offset));
        code.i32_const(size.cast_signed()).memory_copy(0, 0);
        emit_pointer(code, locals.base, pointer, locals.base, to);
    }
    Ok(())
}

/// Stores the address `target + offset` at `base + at`.
fn emit_pointer(code: &mut InstructionSink<'_>, base: u32, to: u32, target: u32, offset: u32) {
    code.local_get(base);
    address(code, target, offset);
    code.i32_store(at(to));
}

fn store(code: &mut InstructionSink<'_>, ty: CType, offset: u32) {
    let at = at(offset);
    match ty {
        CType::U64 | CType::S64 | CType::LongDouble => code.i64_store(at),
        CType::F32 => code.f32_store(at),
        CType::F64 => code.f64_store(at),
        _ => code.i32_store(at),
    };
}

fn emit_call(code: &mut InstructionSink<'_>, layout: &ClosureFrame, locals: Locals, hidden: bool) {
    code.global_get(CLOSURE).i32_load(at(4));
    if hidden {
        code.local_get(0);
    } else {
        address(code, locals.base, layout.result);
    }
    address(code, locals.base, layout.avalue);
    code.global_get(CLOSURE).i32_load(at(12));
    code.global_get(CLOSURE).i32_load(at(8));
    code.call_indirect(0, TARGET);
}

fn emit_result(code: &mut InstructionSink<'_>, ty: ValType, base: u32, offset: u32) {
    let at = at(offset);
    code.local_get(base);
    match ty {
        ValType::I64 => code.i64_load(at),
        ValType::F32 => code.f32_load(at),
        ValType::F64 => code.f64_load(at),
        _ => code.i32_load(at),
    };
}
