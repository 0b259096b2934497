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

use wasm_encoder::{Catch, Encode, Instruction, ValType};
use wasmparser::{BlockType, BrTable, FunctionBody, Operator};

use crate::eh::plan::{FunctionPlan, Target, TryPlan, block_type_index};
use crate::error::{Result, TranslateError};
use crate::indices::IndexMap;
use crate::optimize::bulk::{Bulk, Operation};
use crate::optimize::inline::{Callees, Pool, zero};
use crate::optimize::vectorize::Loop;
use crate::types::{TypeTable, val_types};

const BLOCK: u8 = 0x02;
const TRY_TABLE: u8 = 0x1f;

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
        frames: vec![Frame { label: 0, role: Role::Function }],
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
struct Frame {
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
    frames: Vec<Frame>,
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

    /// Puts the body of a function in the place of its call.
    fn inline(&mut self, function: u32, at: u64, next: u64) -> Result<()> {
        self.copy_until(at, next)?;
        let Some(callee) = self.context.callees.get(&function) else {
            return Ok(());
        };
        self.context.inlined += 1;
        let places = self.pool.places(callee);
        let (params, locals) = places.split_at(callee.params);
        for place in params.iter().rev() {
            self.emit(&Instruction::LocalSet(*place));
        }
        for (place, ty) in locals.iter().zip(callee.locals.iter().skip(callee.params)) {
            self.emit(&zero(*ty));
            self.emit(&Instruction::LocalSet(*place));
        }
        self.emit(&Instruction::Block(callee.result));
        let mut reader = callee.body.get_operators_reader()?;
        let mut depth = 0;
        self.copied = reader.original_position();
        while !reader.eof() {
            let at = reader.original_position();
            let operator = reader.read()?;
            self.inlined_operator(&operator, (at, reader.original_position()), &places, &mut depth)?;
        }
        self.copy_until(callee.body.range().end, next)
    }

    /// An instruction of an inlined body, `depth` blocks deep in it, between two positions of the input.
    fn inlined_operator(
        &mut self,
        operator: &Operator<'_>,
        (at, next): (u64, u64),
        places: &[u32],
        depth: &mut u32,
    ) -> Result<()> {
        let place = |local: u32| {
            let place = usize::try_from(local).ok().and_then(|local| places.get(local).copied());
            place.ok_or_else(|| TranslateError::malformed(at, format!("local {local} does not exist")))
        };
        let instruction = match *operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                *depth += 1;
                return Ok(());
            }
            Operator::End => {
                *depth = depth.saturating_sub(1);
                return Ok(());
            }
            Operator::LocalGet { local_index } => Instruction::LocalGet(place(local_index)?),
            Operator::LocalSet { local_index } => Instruction::LocalSet(place(local_index)?),
            Operator::LocalTee { local_index } => Instruction::LocalTee(place(local_index)?),
            Operator::Return => Instruction::Br(*depth),
            Operator::Call { function_index } => return self.shifted(function_index, at, next, Instruction::Call),
            Operator::RefFunc { function_index } => {
                return self.shifted(function_index, at, next, Instruction::RefFunc);
            }
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => return self.move_memory(operator, at, next),
            _ => return Ok(()),
        };
        self.copy_until(at, next)?;
        self.emit(&instruction);
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
        self.frames.push(Frame { label: self.height, role });
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

    fn frame(&self, relative_depth: u32, at: u64) -> Result<Frame> {
        usize::try_from(relative_depth)
            .ok()
            .and_then(|depth| self.frames.len().checked_sub(depth.checked_add(1)?))
            .and_then(|index| self.frames.get(index).copied())
            .ok_or_else(|| TranslateError::malformed(at, format!("label {relative_depth} does not exist")))
    }

    fn open_landing_for_caller(&mut self) {
        self.out.push(BLOCK);
        ValType::EXNREF.encode(self.out);
        self.height += 1;
    }

    fn open_try(&mut self, ty: BlockType, at: u64, next: u64) -> Result<()> {
        let plan = self.plan;
        let index = self.next_try;
        self.next_try += 1;
        let Some(this) = plan.tries.get(index) else {
            return Err(TranslateError::malformed(at, "a try that was not planned"));
        };
        self.copy_until(at, next)?;
        match this.jump {
            Some(target) => self.open_delegate(target, at, next),
            None if this.catches.is_empty() => {
                self.block_like(BLOCK, at, next)?;
                self.open(Role::Plain);
                Ok(())
            }
            None => self.open_catching(index, this, ty, at, next),
        }
    }

    /// An instruction with the block type that the `try` at `at` has.
    fn block_like(&mut self, opcode: u8, at: u64, next: u64) -> Result<()> {
        self.out.push(opcode);
        self.copied = at.saturating_add(1);
        self.copy_until(next, next)
    }

    fn open_delegate(&mut self, target: Target, at: u64, next: u64) -> Result<()> {
        let landing = match target {
            Target::Caller => Some(1),
            Target::Try(target) => self.frames.iter().find_map(|frame| match frame.role {
                // $out, one block per clause, the try_table, and then the landing.
                Role::Try { index, clause: None } if index == target => {
                    let clauses = self.plan.tries.get(index).map_or(0, |plan| plan.catches.len());
                    Some(frame.label + 2 + u32::try_from(clauses).ok()?)
                }
                _ => None,
            }),
        };
        let landing = landing.ok_or_else(|| TranslateError::malformed(at, "delegate to nowhere"))?;
        self.block_like(TRY_TABLE, at, next)?;
        [Catch::AllRef { label: self.depth_of(landing) }].as_slice().encode(self.out);
        self.open(Role::Plain);
        Ok(())
    }

    fn open_catching(&mut self, index: usize, plan: &TryPlan, ty: BlockType, at: u64, next: u64) -> Result<()> {
        let params = match block_type_index(ty) {
            Some(ty) => val_types(self.context.types.function(ty, at)?.params(), at)?,
            None => Vec::new(),
        };
        self.block_like(BLOCK, at, next)?;
        self.open(Role::Try { index, clause: None });
        let mut catches = Vec::with_capacity(plan.catches.len());
        for (label, clause) in (0..).zip(&plan.catches) {
            catches.push(match (clause.tag, clause.keep) {
                (Some(tag), None) => Catch::One { tag, label },
                (Some(tag), Some(_)) => Catch::OneRef { tag, label },
                (None, None) => Catch::All { label },
                (None, Some(_)) => Catch::AllRef { label },
            });
        }
        for clause in plan.catches.iter().rev() {
            let mut payload = match clause.tag {
                Some(tag) => self.payload(tag, at)?,
                None => Vec::new(),
            };
            payload.extend(clause.keep.map(|_| ValType::EXNREF));
            let ty = self.context.types.block_type(&params, &payload);
            self.emit(&Instruction::Block(ty));
            self.height += 1;
        }
        self.block_like(TRY_TABLE, at, next)?;
        catches.as_slice().encode(self.out);
        self.height += 1;
        if plan.landing {
            let ty = self.context.types.block_type(&params, &[ValType::EXNREF]);
            self.emit(&Instruction::Block(ty));
            self.height += 1;
        }
        Ok(())
    }

    fn payload(&self, tag: u32, at: u64) -> Result<Vec<ValType>> {
        let ty = usize::try_from(tag).ok().and_then(|tag| self.context.tags.get(tag));
        let ty = ty.ok_or_else(|| TranslateError::malformed(at, format!("tag {tag} does not exist")))?;
        val_types(self.context.types.function(*ty, at)?.params(), at)
    }

    /// At a `catch`: the body, or the clause before, is over.
    fn next_clause(&mut self, at: u64) -> Result<()> {
        let stray = || TranslateError::malformed(at, "a catch clause outside a try");
        let plan = self.plan;
        let frame = *self.frames.last().ok_or_else(stray)?;
        let Role::Try { index, clause } = frame.role else {
            return Err(stray());
        };
        let this = plan.tries.get(index).ok_or_else(stray)?;
        let clause = match clause {
            Some(clause) => {
                self.emit(&Instruction::Br(self.depth_of(frame.label)));
                clause + 1
            }
            None => {
                if this.landing {
                    self.emit(&Instruction::Br(self.depth_of(frame.label)));
                    self.emit(&Instruction::End);
                    self.emit(&Instruction::ThrowRef);
                    self.height -= 1;
                }
                self.emit(&Instruction::End);
                self.height -= 1;
                self.emit(&Instruction::Br(self.depth_of(frame.label)));
                0
            }
        };
        self.emit(&Instruction::End);
        self.height -= 1;
        if let Some(keep) = this.catches.get(clause).ok_or_else(stray)?.keep {
            self.emit(&Instruction::LocalSet(self.first_exn_local + keep));
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.role = Role::Try { index, clause: Some(clause) };
        }
        Ok(())
    }

    fn end(&mut self, at: u64, next: u64) -> Result<()> {
        if self.plan.caller_landing && matches!(self.frames.last(), Some(Frame { role: Role::Function, .. })) {
            self.copy_until(at, next)?;
            self.emit(&Instruction::Return);
            self.emit(&Instruction::End);
            self.emit(&Instruction::ThrowRef);
            self.emit(&Instruction::End);
            return self.close(2);
        }
        self.close(1)
    }

    fn rethrow(&mut self, relative_depth: u32, at: u64, next: u64) -> Result<()> {
        let keep = match self.frame(relative_depth, at)?.role {
            Role::Try { index, clause: Some(clause) } => {
                self.plan.tries.get(index).and_then(|plan| plan.catches.get(clause)).and_then(|clause| clause.keep)
            }
            _ => None,
        };
        let keep = keep.ok_or_else(|| TranslateError::malformed(at, "rethrow outside a catch clause"))?;
        self.copy_until(at, next)?;
        self.emit(&Instruction::LocalGet(self.first_exn_local + keep));
        self.emit(&Instruction::ThrowRef);
        Ok(())
    }

    /// Everything else: instructions with labels get new ones where blocks were added in between.
    fn branch(&mut self, operator: Operator<'_>, at: u64, next: u64) -> Result<()> {
        let mut operator = operator;
        match &mut operator {
            Operator::Br { relative_depth }
            | Operator::BrIf { relative_depth }
            | Operator::BrOnNull { relative_depth }
            | Operator::BrOnNonNull { relative_depth }
            | Operator::BrOnCast { relative_depth, .. }
            | Operator::BrOnCastFail { relative_depth, .. } => {
                let label = self.label(*relative_depth, at)?;
                if label == *relative_depth {
                    return Ok(());
                }
                *relative_depth = label;
            }
            Operator::BrTable { targets } => return self.branch_table(targets, at, next),
            Operator::TryTable { try_table } => {
                for catch in &mut try_table.catches {
                    use wasmparser::Catch::{All, AllRef, One, OneRef};
                    let (One { label, .. } | OneRef { label, .. } | All { label } | AllRef { label }) = catch;
                    *label = self.label(*label, at)?;
                }
                self.open(Role::Plain);
            }
            Operator::Resume { .. } | Operator::ResumeThrow { .. } | Operator::ResumeThrowRef { .. } => {
                return Err(TranslateError::unsupported(at, "stack switching next to legacy exception handling"));
            }
            _ => return Ok(()),
        }
        self.replace(operator, at, next)
    }

    fn branch_table(&mut self, targets: &BrTable<'_>, at: u64, next: u64) -> Result<()> {
        let labels = targets.targets().map(|target| self.label(target?, at)).collect::<Result<Vec<_>>>()?;
        let default = self.label(targets.default(), at)?;
        self.copy_until(at, next)?;
        self.emit(&Instruction::BrTable(labels.into(), default));
        Ok(())
    }
}
