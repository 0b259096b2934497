//! Small functions whose bodies take the place of calls, since the engine's compiler never inlines.
//!
//! A call becomes
//!
//! ```text
//! local.set $p1  local.set $p0      ;; the arguments, into locals of the caller
//! i32.const 0    local.set $x       ;; the callee's own locals, which start at zero each time
//! block R
//!   …                               ;; the body: locals renamed, `return` = `br` to this block
//! end
//! ```
//!
//! The block stands where the function's own label stood, so branches keep their numbers. Calls inside the body stay
//! calls. All calls of one caller share their locals, which are never live at the same time.
//!
//! Left out: bodies with loops and no calls, with exception handling, with tail calls, with data segments, that call themselves, and types that
//! have no zero. The function itself stays, for tables and exports.

use std::collections::HashMap;

use wasm_encoder::{BlockType, Encode, Instruction, ValType};
use wasmparser::{FunctionBody, Operator};

use crate::eh::plan::FunctionPlan;
use crate::error::{Result, TranslateError};
use crate::module::Module;
use crate::types::val_types;

/// Types that a local may have, each with a zero.
const TYPES: [ValType; 5] = [ValType::I32, ValType::I64, ValType::F32, ValType::F64, ValType::V128];
/// Limit: locals of a function that is inlined; one with more is called.
const MOST_LOCALS: usize = 40;

/// A function that may be inlined.
#[derive(Debug)]
pub(crate) struct Callee<'a> {
    pub(crate) body: FunctionBody<'a>,
    /// How many of `locals` are parameters.
    pub(crate) params: usize,
    /// The types of parameters and locals.
    pub(crate) locals: Vec<ValType>,
    pub(crate) result: BlockType,
}

/// The functions that may be inlined, by their index in the input.
pub(crate) type Callees<'a> = HashMap<u32, Callee<'a>>;

/// Finds the functions with bodies of at most `limit` bytes that can be inlined. `kept` says, by position in the code
/// section, which keep their calls.
///
/// # Errors
/// A body does not decode, or a type does not exist.
pub(crate) fn find<'a>(
    module: &Module<'a>,
    plans: &[FunctionPlan],
    limit: u32,
    kept: impl Fn(usize) -> bool,
) -> Result<Callees<'a>> {
    let mut callees = HashMap::new();
    let types = module.function_types.iter().skip(module.imported_functions as usize);
    for (position, ((body, plan), ty)) in module.code.iter().zip(plans).zip(types).enumerate() {
        let Some(index) = u32::try_from(position).ok().and_then(|at| at.checked_add(module.imported_functions)) else {
            break;
        };
        let size = body.range().end.saturating_sub(body.range().start);
        if size > u64::from(limit) || kept(position) || plan.has_legacy() {
            continue;
        }
        if plan.calls.contains(&index) || !plan.data_segments.is_empty() || !is_plain(body)? {
            continue;
        }
        if let Some(callee) = callee(module, body, *ty)? {
            callees.insert(index, callee);
        }
    }
    Ok(callees)
}

/// Whether nothing in a body speaks against inlining. A loop without calls does: it is what such a function is for, the call
/// is the least of its cost, and a larger function is short of registers (NumPy's loops took up to a third longer).
fn is_plain(body: &FunctionBody<'_>) -> Result<bool> {
    let (mut loops, mut calls) = (false, false);
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        match reader.read()? {
            Operator::Loop { .. } => loops = true,
            Operator::Call { .. } | Operator::CallIndirect { .. } | Operator::CallRef { .. } => calls = true,
            Operator::TryTable { .. }
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. } => return Ok(false),
            _ => {}
        }
    }
    Ok(calls || !loops)
}

fn callee<'a>(module: &Module<'a>, body: &FunctionBody<'a>, ty: u32) -> Result<Option<Callee<'a>>> {
    let offset = body.range().start;
    let ty = module.types.function(ty, offset)?;
    let mut locals = val_types(ty.params(), offset)?;
    let params = locals.len();
    let result = match val_types(ty.results(), offset)?.as_slice() {
        [] => BlockType::Empty,
        [one] => BlockType::Result(*one),
        _ => return Ok(None),
    };
    for group in body.get_locals_reader()? {
        let (count, ty) = group?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count > MOST_LOCALS {
            return Ok(None);
        }
        let ty = crate::types::val_type(ty, offset)?;
        locals.extend(std::iter::repeat_n(ty, count));
    }
    let fits = locals.len() <= MOST_LOCALS && locals.iter().all(|ty| TYPES.contains(ty));
    Ok(fits.then(|| Callee { body: body.clone(), params, locals, result }))
}

/// The locals of one caller that inlined bodies use: for each of [`TYPES`] how many, and the first one's index.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    counts: [u32; TYPES.len()],
    first: [u32; TYPES.len()],
}

impl Pool {
    /// What a caller needs that calls these functions.
    pub(crate) fn for_calls(calls: &[u32], callees: &Callees<'_>) -> Self {
        let mut pool = Self::default();
        for callee in calls.iter().filter_map(|index| callees.get(index)) {
            for (count, ty) in pool.counts.iter_mut().zip(TYPES) {
                let needed = callee.locals.iter().filter(|local| **local == ty).count();
                *count = (*count).max(u32::try_from(needed).unwrap_or(u32::MAX));
            }
        }
        pool
    }

    /// How many groups of locals [`Pool::encode`] writes.
    pub(crate) fn groups(&self) -> u32 {
        self.counts.iter().map(|count| u32::from(*count > 0)).sum()
    }

    /// Writes the declarations; `first` is the index of the first local. Gives the one after the last.
    ///
    /// # Errors
    /// There are too many locals.
    pub(crate) fn encode(&mut self, first: u32, out: &mut Vec<u8>) -> Result<u32> {
        let mut next = first;
        for ((count, place), ty) in self.counts.iter().zip(&mut self.first).zip(TYPES) {
            *place = next;
            next = next.checked_add(*count).ok_or_else(|| TranslateError::malformed(0, "too many locals"))?;
            if *count > 0 {
                count.encode(out);
                ty.encode(out);
            }
        }
        Ok(next)
    }

    /// The caller's locals that stand for the callee's.
    pub(crate) fn places(&self, callee: &Callee<'_>) -> Vec<u32> {
        let mut next = self.first;
        let place = |ty: &ValType| {
            let slot = TYPES.iter().position(|known| known == ty).and_then(|kind| next.get_mut(kind));
            slot.map_or(u32::MAX, |slot| {
                *slot += 1;
                *slot - 1
            })
        };
        callee.locals.iter().map(place).collect()
    }
}

/// The instruction that gives a type's zero.
pub(crate) fn zero(ty: ValType) -> Instruction<'static> {
    match ty {
        ValType::I64 => Instruction::I64Const(0),
        ValType::F32 => Instruction::F32Const(0.0.into()),
        ValType::F64 => Instruction::F64Const(0.0.into()),
        ValType::V128 => Instruction::V128Const(0),
        _ => Instruction::I32Const(0),
    }
}
