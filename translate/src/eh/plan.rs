//! Scans a function body: which `try`s it has, what they catch, where they delegate to, and whether the body must be
//! rewritten at all.
//!
//! A pass of its own because `try_table` lists its handlers *before* the body, where the legacy form has them after it,
//! and because whether a handler has to keep its exception is only known once a `rethrow` is seen.
//!
//! How `delegate` is resolved: an exception delegated to a label behaves as if thrown at the end of that block's body.
//! So walk outwards from the label (inclusive) to the first `try` whose *body* contains the position; with catches it is
//! the target, with a `delegate` of its own the walk goes on from there, without either it is a plain block. The end of
//! the walk is the caller. When an exception leaving the body would arrive there anyway, nothing needs to be done.

use wasmparser::{BlockType, FunctionBody, Operator};

use crate::error::{Result, TranslateError};
use crate::optimize::vectorize::{Look, Loop, Seen};

/// What a catch clause catches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CatchPlan {
    /// The tag, or `None` for `catch_all`.
    pub(crate) tag: Option<u32>,
    /// Which of the function's exception locals keeps the exception for a `rethrow`.
    pub(crate) keep: Option<u32>,
    needs_keep: bool,
}

/// Where a delegated exception goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DelegateTarget {
    /// Out of the function.
    Caller,
    /// To the catches of the `try` with this number.
    Try(usize),
}

/// A `try`, in order of appearance.
#[derive(Debug, Clone)]
pub(crate) struct TryPlan {
    /// The handlers, in order; none for a `try` with `delegate`, or with nothing.
    pub(crate) catches: Vec<CatchPlan>,
    /// For a `delegate` that changes something: where its exceptions go.
    pub(crate) jump: Option<DelegateTarget>,
    /// Whether exceptions are delegated into this `try`'s body past `try`s in between.
    pub(crate) landing: bool,
    /// The label of the `delegate`, resolved to the `try` (`None`: the caller) in whose body the exception reappears.
    delegate: Option<Option<usize>>,
    /// The nearest `try` whose body holds this one.
    outer: Option<usize>,
    /// The nearest catch clause that holds this one.
    handler: Option<(usize, usize)>,
}

/// What has to be done to a function body.
#[derive(Debug, Default)]
pub(crate) struct FunctionPlan {
    /// All its `try`s.
    pub(crate) tries: Vec<TryPlan>,
    /// Whether a `delegate` jumps over `try`s to the caller.
    pub(crate) caller_landing: bool,
    /// How many locals of type exnref are needed.
    pub(crate) exn_locals: u32,
    /// Number of `delegate` clauses.
    pub(crate) delegates: u32,
    /// Whether the body names a function (`call`, `return_call`, `ref.func`).
    pub(crate) names_functions: bool,
    /// Functions that the body calls, each once, in ascending order.
    pub(crate) calls: Vec<u32>,
    /// Data segments named by the body.
    pub(crate) data_segments: Vec<u32>,
    /// Whether the body copies or fills memory by an instruction.
    pub(crate) moves_memory: bool,
    /// Loops that can be done by vectors, in order of appearance.
    pub(crate) vector_loops: Vec<Loop>,
}

/// A block that is open where the scan is.
#[derive(Debug, Clone, Copy)]
struct BlockFrame {
    /// The `try` this frame is, if it is one.
    try_index: Option<usize>,
    /// The nearest `try` whose body contains code in this frame.
    body_of: Option<usize>,
    /// The nearest catch clause that contains code in this frame.
    handler: Option<(usize, usize)>,
}

/// Scans a body.
///
/// # Errors
/// The body does not decode, or its blocks do not nest.
pub(crate) fn plan(body: &FunctionBody<'_>) -> Result<FunctionPlan> {
    let mut scan = Scan {
        plan: FunctionPlan::default(),
        frames: vec![BlockFrame { try_index: None, body_of: None, handler: None }],
    };
    let mut reader = body.get_operators_reader()?;
    let mut look = None;
    while !reader.eof() {
        let offset = reader.original_position();
        let operator = reader.read()?;
        scan.operator(&operator, offset)?;
        look = match (&operator, look) {
            (Operator::Loop { blockty }, _) => Look::at(offset, *blockty),
            (operator, Some(this)) => scan.look(this, operator),
            (_, None) => None,
        };
    }
    reader.finish()?;
    if !scan.frames.is_empty() {
        return Err(TranslateError::malformed(body.range().end, "a function body ends inside a block"));
    }
    scan.plan.calls.sort_unstable();
    scan.plan.calls.dedup();
    scan.plan.resolve_delegates();
    scan.plan.assign_locals();
    Ok(scan.plan)
}

struct Scan {
    plan: FunctionPlan,
    frames: Vec<BlockFrame>,
}

impl Scan {
    fn operator(&mut self, operator: &Operator<'_>, offset: u64) -> Result<()> {
        match *operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::TryTable { .. } => {
                let top = self.top(offset)?;
                self.frames.push(BlockFrame { try_index: None, ..top });
            }
            Operator::End => {
                self.top(offset)?;
                self.frames.pop();
            }
            Operator::Try { .. } => self.open_try(offset)?,
            Operator::Catch { tag_index } => self.catch(Some(tag_index), offset)?,
            Operator::CatchAll => self.catch(None, offset)?,
            Operator::Rethrow { relative_depth } => self.rethrow(relative_depth, offset)?,
            Operator::Delegate { relative_depth } => self.delegate(relative_depth, offset)?,
            Operator::Call { function_index } => {
                self.plan.names_functions = true;
                self.plan.calls.push(function_index);
            }
            Operator::ReturnCall { .. } | Operator::RefFunc { .. } => {
                self.plan.names_functions = true;
            }
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => self.plan.moves_memory = true,
            Operator::MemoryInit { data_index, .. } | Operator::DataDrop { data_index } => {
                self.plan.data_segments.push(data_index);
            }
            Operator::ArrayNewData { array_data_index, .. } | Operator::ArrayInitData { array_data_index, .. } => {
                self.plan.data_segments.push(array_data_index);
            }
            _ => {}
        }
        Ok(())
    }

    /// Continues matching a loop that may be vectorised.
    fn look(&mut self, look: Look, operator: &Operator<'_>) -> Option<Look> {
        match look.next(operator) {
            Seen::Going(look) => return Some(look),
            Seen::Found(found) => self.plan.vector_loops.push(*found),
            Seen::Nothing => {}
        }
        None
    }

    fn top(&self, offset: u64) -> Result<BlockFrame> {
        self.frames.last().copied().ok_or_else(|| TranslateError::malformed(offset, "code after the end of a function"))
    }

    /// The frame a label names, counted from the innermost.
    fn label(&self, relative_depth: u32, offset: u64) -> Result<BlockFrame> {
        usize::try_from(relative_depth)
            .ok()
            .and_then(|depth| self.frames.len().checked_sub(depth.checked_add(1)?))
            .and_then(|index| self.frames.get(index).copied())
            .ok_or_else(|| TranslateError::malformed(offset, format!("label {relative_depth} does not exist")))
    }

    fn open_try(&mut self, offset: u64) -> Result<()> {
        let top = self.top(offset)?;
        let index = self.plan.tries.len();
        self.plan.tries.push(TryPlan {
            catches: Vec::new(),
            jump: None,
            landing: false,
            delegate: None,
            outer: top.body_of,
            handler: top.handler,
        });
        self.frames.push(BlockFrame { try_index: Some(index), body_of: Some(index), handler: top.handler });
        Ok(())
    }

    fn catch(&mut self, tag: Option<u32>, offset: u64) -> Result<()> {
        let stray = || TranslateError::malformed(offset, "a catch clause outside a try");
        let frame = self.frames.last_mut().ok_or_else(stray)?;
        let index = frame.try_index.ok_or_else(stray)?;
        let plan = self.plan.tries.get_mut(index).ok_or_else(stray)?;
        frame.body_of = plan.outer;
        frame.handler = Some((index, plan.catches.len()));
        plan.catches.push(CatchPlan { tag, keep: None, needs_keep: false });
        Ok(())
    }

    fn rethrow(&mut self, relative_depth: u32, offset: u64) -> Result<()> {
        let frame = self.label(relative_depth, offset)?;
        let clause = match (frame.try_index, frame.handler) {
            (Some(index), Some((handler, clause))) if index == handler => {
                self.plan.tries.get_mut(index).and_then(|plan| plan.catches.get_mut(clause))
            }
            _ => None,
        };
        clause.ok_or_else(|| TranslateError::malformed(offset, "rethrow outside a catch clause"))?.needs_keep = true;
        Ok(())
    }

    fn delegate(&mut self, relative_depth: u32, offset: u64) -> Result<()> {
        let stray = || TranslateError::malformed(offset, "delegate outside the body of a try");
        let frame = self.frames.pop().ok_or_else(stray)?;
        let index = frame.try_index.filter(|_| frame.body_of == frame.try_index).ok_or_else(stray)?;
        let target = self.label(relative_depth, offset)?;
        self.plan.tries.get_mut(index).ok_or_else(stray)?.delegate = Some(target.body_of);
        self.plan.delegates += 1;
        Ok(())
    }
}

impl FunctionPlan {
    /// Whether the body uses legacy exception handling.
    pub(crate) fn has_legacy(&self) -> bool {
        !self.tries.is_empty()
    }

    /// Finds for each `delegate` whether it changes anything, and what.
    fn resolve_delegates(&mut self) {
        // Where an exception thrown in the body of each try goes. Outer trys come first, so one pass is enough.
        let mut thrown_in: Vec<DelegateTarget> = Vec::with_capacity(self.tries.len());
        let find = |known: &[DelegateTarget], at: Option<usize>| {
            at.and_then(|index| known.get(index).copied()).unwrap_or(DelegateTarget::Caller)
        };
        for index in 0..self.tries.len() {
            let Some(plan) = self.tries.get_mut(index) else {
                break;
            };
            let natural = find(&thrown_in, plan.outer);
            let mut target = natural;
            if let Some(label) = plan.delegate {
                target = find(&thrown_in, label);
                if target != natural {
                    plan.jump = Some(target);
                }
            } else if !plan.catches.is_empty() {
                target = DelegateTarget::Try(index);
            }
            match plan.jump {
                Some(DelegateTarget::Caller) => self.caller_landing = true,
                Some(DelegateTarget::Try(target)) => {
                    if let Some(target) = self.tries.get_mut(target) {
                        target.landing = true;
                    }
                }
                None => {}
            }
            thrown_in.push(target);
        }
    }

    /// Gives each clause that is rethrown a local; clauses that do not contain each other share locals.
    fn assign_locals(&mut self) {
        let mut base: Vec<u32> = Vec::with_capacity(self.tries.len());
        for index in 0..self.tries.len() {
            let first = self.tries.get(index).and_then(|plan| plan.handler).map_or(0, |(outer, clause)| {
                let kept = self.tries.get(outer).and_then(|plan| plan.catches.get(clause));
                let kept = u32::from(kept.is_some_and(|clause| clause.needs_keep));
                base.get(outer).copied().unwrap_or_default() + kept
            });
            base.push(first);
            let Some(plan) = self.tries.get_mut(index) else {
                break;
            };
            for clause in plan.catches.iter_mut().filter(|clause| clause.needs_keep) {
                clause.keep = Some(first);
                self.exn_locals = self.exn_locals.max(first + 1);
            }
        }
    }
}

/// The parameters of a block type that is a function type index.
pub(crate) fn block_type_index(ty: BlockType) -> Option<u32> {
    match ty {
        BlockType::FuncType(index) => Some(index),
        BlockType::Empty | BlockType::Type(_) => None,
    }
}
