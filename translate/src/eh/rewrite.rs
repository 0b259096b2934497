//! Second look at a function body: emits it in the new form.
//!
//! What is not affected is copied byte by byte. A legacy
//! `try P→R body catch $a handler-a catch_all handler-b end` becomes
//!
//! ```text
//! block $out P→R
//!   block P→exnref                 ;; exnref only where the clause is the target of a rethrow
//!     block P→params($a)
//!       try_table P→R (catch $a 0) (catch_all_ref 1)
//!         body
//!       end
//!       br $out
//!     end
//!     handler-a                    ;; outside the try_table: what it throws is not caught here
//!     br $out
//!   end
//!   local.set $exn
//!   handler-b                      ;; rethrow = local.get $exn, throw_ref
//! end
//! ```
//!
//! and a `delegate` that matters (see [`plan`](crate::eh::plan)) a `try_table P→R (catch_all_ref $landing)` whose label is
//! a block right inside the target's `try_table` (or around the whole function), followed by `throw_ref`.
//!
//! Invariant: `height` is the number of open blocks of the output, the function's own included, and every frame of the
//! input knows which of them its label means.

mod branches;
mod inlined;
mod tries;

use wasm_encoder::{Encode, Instruction, ValType};
use wasmparser::{FunctionBody, Operator};

use crate::eh::plan::FunctionPlan;
use crate::error::{Result, TranslateError};
use crate::indices::IndexMap;
use crate::optimize::bulk::{Bulk, Operation};
use crate::optimize::inline::{Callees, Pool};
use crate::optimize::vectorize::Loop;
use crate::types::TypeTable;

/// What bodies need to know of their module.
pub(crate) struct BodyContext<'m, 'a> {
    /// The whole input.
    pub(crate) wasm: &'a [u8],
    /// Types, which may grow.
    pub(crate) types: &'m mut TypeTable<'a>,
    /// The type index of each tag.
    pub(crate) tags: &'m [u32],
    /// Where functions went.
    pub(crate) functions: &'m IndexMap,
    /// Where data segments went.
    pub(crate) data: &'m IndexMap,
    /// What is inlined.
    pub(crate) callees: &'m Callees<'a>,
    /// What copies and fills memory.
    pub(crate) bulk: Option<&'m Bulk>,
    /// How many calls were.
    pub(crate) inlined: u32,
    /// Whether loops are done by vectors.
    pub(crate) vectorize: bool,
    /// How many are.
    pub(crate) vectorized: u32,
}

impl BodyContext<'_, '_> {
    /// Whether a body with this plan comes out differently.
    pub(crate) fn changes(&self, plan: &FunctionPlan) -> bool {
        plan.has_legacy()
            || plan.names_functions && !self.functions.is_identity()
            || !plan.data_segments.is_empty() && !self.data.is_identity()
            || plan.calls.iter().any(|callee| self.callees.contains_key(callee))
            || self.vectorize && !plan.vector_loops.is_empty()
            || plan.moves_memory && self.bulk.is_some()
    }
}

/// Writes the new body (locals and code, without the size in front) to `out`.
///
/// # Errors
/// The body does not decode, or names what does not exist.
pub(crate) fn rewrite(
    context: &mut BodyContext<'_, '_>,
    body: &FunctionBody<'_>,
    params: usize,
    plan: &FunctionPlan,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut reader = body.get_operators_reader()?;
    let start = reader.original_position();
    let context_callees = context.callees;
    let vector_loops = if context.vectorize { plan.vector_loops.as_slice() } else { &[] };
    let mut rewriter = Rewriter {
        context,
        plan,
        out,
        frames: vec![OpenBlock { label: 0, role: Role::Function }],
        height: 1,
        next_try: 0,
        first_exn_local: 0,
        pool: Pool::for_calls(&plan.calls, context_callees),
        vector_loops,
        first_vector_local: 0,
        copied: start,
    };
    rewriter.locals(body, params, start)?;
    if plan.caller_landing {
        rewriter.open_landing_for_caller();
    }
    while !reader.eof() {
        let at = reader.original_position();
        let operator = reader.read()?;
        rewriter.operator(operator, at, reader.original_position())?;
    }
    rewriter.copy_until(body.range().end, body.range().end)
}

/// A block of the input that is open.
#[derive(Debug, Clone, Copy)]
struct OpenBlock {
    /// Number of the output block its label means, 0 being the function.
    label: u32,
    role: Role,
}

#[derive(Debug, Clone, Copy)]
enum Role {
    Function,
    /// A block whose `end` stays an `end`.
    Plain,
    /// A `try` with catches: its number, and the clause the code is in (`None`: the body).
    Try {
        index: usize,
        clause: Option<usize>,
    },
}

struct Rewriter<'r, 'm, 'a> {
    context: &'r mut BodyContext<'m, 'a>,
    plan: &'r FunctionPlan,
    out: &'r mut Vec<u8>,
    frames: Vec<OpenBlock>,
    height: u32,
    next_try: usize,
    first_exn_local: u32,
    /// The locals of inlined functions.
    pool: Pool,
    /// The loops to come that are done by vectors.
    vector_loops: &'r [Loop],
    /// The first of the locals that they share.
    first_vector_local: u32,
    /// Input before this offset has been dealt with.
    copied: u64,
}

impl Rewriter<'_, '_, '_> {
    fn locals(&mut self, body: &FunctionBody<'_>, params: usize, code: u64) -> Result<()> {
        let mut reader = body.get_locals_reader()?;
        self.copied = body.range().start;
        let exn_groups = u32::from(self.plan.exn_locals > 0);
        let vectors = self.vector_loops.iter().map(Loop::locals).max().unwrap_or(0);
        let more = exn_groups + self.pool.groups() + u32::from(vectors > 0);
        if more == 0 {
            return self.copy_until(code, code);
        }
        let groups = reader.get_count();
        self.copied = reader.original_position();
        let too_many = || TranslateError::malformed(code, "too many locals");
        let mut first = u32::try_from(params).map_err(|_| too_many())?;
        for _ in 0..groups {
            first = first.checked_add(reader.read()?.0).ok_or_else(too_many)?;
        }
        self.first_exn_local = first;
        groups.checked_add(more).ok_or_else(too_many)?.encode(self.out);
        self.copy_until(code, code)?;
        if exn_groups > 0 {
            self.plan.exn_locals.encode(self.out);
            ValType::EXNREF.encode(self.out);
        }
        let first = first.checked_add(self.plan.exn_locals).ok_or_else(too_many)?;
        self.first_vector_local = self.pool.encode(first, self.out)?;
        if vectors > 0 {
            vectors.encode(self.out);
            ValType::V128.encode(self.out);
        }
        Ok(())
    }

    /// Copies the input up to `end`, then skips to `next`.
    fn copy_until(&mut self, end: u64, next: u64) -> Result<()> {
        let range = usize::try_from(self.copied).ok().zip(usize::try_from(end).ok());
        let bytes = range.and_then(|(start, end)| self.context.wasm.get(start..end));
        self.out.extend_from_slice(bytes.ok_or_else(|| TranslateError::malformed(end, "code is cut off"))?);
        self.copied = next;
        Ok(())
    }

    fn emit(&mut self, instruction: &Instruction<'_>) {
        instruction.encode(self.out);
    }

    fn operator(&mut self, operator: Operator<'_>, at: u64, next: u64) -> Result<()> {
        if let Some((first, later)) = self.vector_loops.split_first().filter(|(first, _)| first.at() == at) {
            self.vector_loops = later;
            self.copy_until(at, at)?;
            let written = first.encode(self.first_vector_local, self.out);
            written.ok_or_else(|| TranslateError::malformed(at, "a loop that vectors cannot do"))?;
            self.context.vectorized += 1;
        }
        match operator {
            Operator::Call { function_index } if self.context.callees.contains_key(&function_index) => {
                self.inline(function_index, at, next)
            }
            Operator::Call { function_index } => self.shifted(function_index, at, next, Instruction::Call),
            Operator::ReturnCall { function_index } => self.shifted(function_index, at, next, Instruction::ReturnCall),
            Operator::RefFunc { function_index } => self.shifted(function_index, at, next, Instruction::RefFunc),
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => self.move_memory(&operator, at, next),
            Operator::MemoryInit { .. }
            | Operator::DataDrop { .. }
            | Operator::ArrayNewData { .. }
            | Operator::ArrayInitData { .. } => self.data(operator, at, next),
            _ if !self.plan.has_legacy() => Ok(()),
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                self.open(Role::Plain);
                Ok(())
            }
            Operator::End => self.end(at, next),
            Operator::Try { blockty: ty } => self.open_try(ty, at, next),
            Operator::Catch { .. } | Operator::CatchAll => {
                self.copy_until(at, next)?;
                self.next_clause(at)
            }
            Operator::Delegate { .. } => {
                self.copy_until(at, next)?;
                self.emit(&Instruction::End);
                self.close(1)
            }
            Operator::Rethrow { relative_depth } => self.rethrow(relative_depth, at, next),
            operator => self.branch(operator, at, next),
        }
    }

    /// An instruction with a function index.
    fn shifted(&mut self, index: u32, at: u64, next: u64, make: fn(u32) -> Instruction<'static>) -> Result<()> {
        let new = self.context.functions.get(index, at)?;
        if new != index {
            self.copy_until(at, next)?;
            self.emit(&make(new));
        }
        Ok(())
    }

    /// A copy or a fill of memory, which the module has a function for.
    fn move_memory(&mut self, operator: &Operator<'_>, at: u64, next: u64) -> Result<()> {
        let operation = match operator {
            Operator::MemoryCopy { dst_mem: 0, src_mem: 0 } => Operation::Copy,
            Operator::MemoryFill { mem: 0 } => Operation::Fill,
            _ => return Ok(()),
        };
        if let Some(bulk) = self.context.bulk {
            self.copy_until(at, next)?;
            self.emit(&Instruction::Call(bulk.function(operation)));
        }
        Ok(())
    }

    fn data(&mut self, operator: Operator<'_>, at: u64, next: u64) -> Result<()> {
        if self.context.data.is_identity() {
            return Ok(());
        }
        let mut operator = operator;
        if let Operator::MemoryInit { data_index, .. }
        | Operator::DataDrop { data_index }
        | Operator::ArrayNewData { array_data_index: data_index, .. }
        | Operator::ArrayInitData { array_data_index: data_index, .. } = &mut operator
        {
            *data_index = self.context.data.get(*data_index, at)?;
        }
        self.replace(operator, at, next)
    }

    /// Puts an instruction in the place of the one at `at`.
    fn replace(&mut self, operator: Operator<'_>, at: u64, next: u64) -> Result<()> {
        self.copy_until(at, next)?;
        let instruction = Instruction::try_from(operator).map_err(|error| TranslateError::reencode(at, error))?;
        self.emit(&instruction);
        Ok(())
    }

    /// A block of the input opens as one block of the output, whose label it keeps.
    fn open(&mut self, role: Role) {
        self.frames.push(OpenBlock { label: self.height, role });
        self.height += 1;
    }

    /// Closes the innermost frame together with `blocks` output blocks.
    fn close(&mut self, blocks: u32) -> Result<()> {
        self.height = self.height.saturating_sub(blocks);
        match self.frames.pop() {
            Some(_) => Ok(()),
            None => Err(TranslateError::malformed(self.copied, "more ends than blocks")),
        }
    }

    /// The label operand for the frame that the input calls `relative_depth`.
    fn label(&self, relative_depth: u32, at: u64) -> Result<u32> {
        Ok(self.depth_of(self.frame(relative_depth, at)?.label))
    }

    /// The label operand, at this point, for an output block.
    fn depth_of(&self, block: u32) -> u32 {
        self.height.saturating_sub(block).saturating_sub(1)
    }

    fn frame(&self, relative_depth: u32, at: u64) -> Result<OpenBlock> {
        usize::try_from(relative_depth)
            .ok()
            .and_then(|depth| self.frames.len().checked_sub(depth.checked_add(1)?))
            .and_then(|index| self.frames.get(index).copied())
            .ok_or_else(|| TranslateError::malformed(at, format!("label {relative_depth} does not exist")))
    }
}
