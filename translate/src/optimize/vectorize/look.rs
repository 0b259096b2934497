//! Finds out whether a loop can be done by vectors, while its instructions go by.

use std::collections::BTreeMap;

use wasmparser::{BlockType, MemArg, Operator};

use super::value::{Binary, Id, Lane, Relation, Value, Values, binary, relation, unary};
use super::{Access, Exit, Loop, Step};

/// A loop that may turn out to be one.
#[derive(Debug)]
pub(crate) struct Look {
    at: u64,
    values: Values,
    stack: Vec<Id>,
    /// What each local that was named holds now.
    locals: BTreeMap<u32, Id>,
    store: Option<(Access, Lane, Id)>,
    /// What is tested, and whether the loop goes on if it is not 0.
    test: Option<(Id, bool)>,
    /// Whether the iteration is inside an `if`, as `while` loops have it: `loop test if … br 1 end end`.
    inside_if: bool,
}

/// What an instruction did to a [`Look`].
#[derive(Debug)]
pub(crate) enum Seen {
    /// The loop may still be one.
    Going(Look),
    /// It is one.
    Found(Box<Loop>),
    /// It is not.
    Nothing,
}

impl Look {
    /// At the `loop` at `at`; `None` if it takes or gives values.
    pub(crate) fn at(at: u64, ty: BlockType) -> Option<Self> {
        (ty == BlockType::Empty).then(|| Self {
            at,
            values: Values::default(),
            stack: Vec::new(),
            locals: BTreeMap::new(),
            store: None,
            test: None,
            inside_if: false,
        })
    }

    /// Looks at the next instruction. At the jump back to the loop's start all is known: what comes after it is not done by
    /// the iterations that vectors do.
    pub(crate) fn next(mut self, operator: &Operator<'_>) -> Seen {
        let back = u32::from(self.inside_if);
        let found = match *operator {
            Operator::Br { relative_depth } if relative_depth == back => self.found(),
            Operator::BrIf { relative_depth } if relative_depth == back => {
                match self.stack.pop().and_then(|tested| self.test(tested, true)) {
                    Some(()) => self.found(),
                    None => None,
                }
            }
            _ => {
                return match self.step(operator) {
                    Some(()) => Seen::Going(self),
                    None => Seen::Nothing,
                };
            }
        };
        found.map_or(Seen::Nothing, |found| Seen::Found(Box::new(found)))
    }

    /// An instruction within an iteration; `None`: no loop with it is done by vectors.
    fn step(&mut self, operator: &Operator<'_>) -> Option<()> {
        match *operator {
            Operator::LocalGet { local_index } => {
                let value = self.local(local_index)?;
                self.stack.push(value);
            }
            Operator::LocalSet { local_index } => {
                let value = self.stack.pop()?;
                self.locals.insert(local_index, value);
            }
            Operator::LocalTee { local_index } => {
                let value = *self.stack.last()?;
                self.locals.insert(local_index, value);
            }
            Operator::I32Eqz => {
                let (value, zero) = (self.stack.pop()?, self.values.constant(0)?);
                return self.push(Value::Compare(Relation::Eq, Lane::I32, value, zero));
            }
            Operator::Select => {
                let (condition, second, first) = (self.stack.pop()?, self.stack.pop()?, self.stack.pop()?);
                return self.push(Value::Select(first, second, condition));
            }
            // Out of the loop. Within an `if` there has been a test already.
            Operator::BrIf { .. } => {
                let tested = self.stack.pop()?;
                return self.test(tested, false);
            }
            Operator::If { blockty: BlockType::Empty } => {
                let tested = self.stack.pop()?;
                self.inside_if = true;
                return self.test(tested, true);
            }
            Operator::Nop => {}
            _ => return self.typed(operator),
        }
        Some(())
    }

    /// An instruction that there is for each type.
    fn typed(&mut self, operator: &Operator<'_>) -> Option<()> {
        match *operator {
            Operator::I32Const { value } => self.push(Value::Constant(Lane::I32, value.cast_unsigned().into())),
            Operator::I64Const { value } => self.push(Value::Constant(Lane::I64, value.cast_unsigned())),
            Operator::F32Const { value } => self.push(Value::Constant(Lane::F32, value.bits().into())),
            Operator::F64Const { value } => self.push(Value::Constant(Lane::F64, value.bits())),
            Operator::I32Load { memarg } => self.load(Lane::I32, memarg),
            Operator::I64Load { memarg } => self.load(Lane::I64, memarg),
            Operator::F32Load { memarg } => self.load(Lane::F32, memarg),
            Operator::F64Load { memarg } => self.load(Lane::F64, memarg),
            Operator::I32Store { memarg } => self.store(Lane::I32, memarg),
            Operator::I64Store { memarg } => self.store(Lane::I64, memarg),
            Operator::F32Store { memarg } => self.store(Lane::F32, memarg),
            Operator::F64Store { memarg } => self.store(Lane::F64, memarg),
            Operator::I32ReinterpretF32 => self.reinterpret(Lane::I32),
            Operator::I64ReinterpretF64 => self.reinterpret(Lane::I64),
            Operator::F32ReinterpretI32 => self.reinterpret(Lane::F32),
            Operator::F64ReinterpretI64 => self.reinterpret(Lane::F64),
            _ => self.compute(operator),
        }
    }

    fn compute(&mut self, operator: &Operator<'_>) -> Option<()> {
        if let Some((operation, lane)) = unary(operator) {
            let value = self.stack.pop()?;
            return self.push(Value::Unary(operation, lane, value));
        }
        let (right, left) = (self.stack.pop()?, self.stack.pop()?);
        if let Some((operation, lane)) = binary(operator) {
            return self.push(Value::Binary(operation, lane, left, right));
        }
        let (relation, lane) = relation(operator)?;
        self.push(Value::Compare(relation, lane, left, right))
    }

    fn push(&mut self, value: Value) -> Option<()> {
        let id = self.values.add(value)?;
        self.stack.push(id);
        Some(())
    }

    fn local(&mut self, index: u32) -> Option<Id> {
        if let Some(value) = self.locals.get(&index) {
            return Some(*value);
        }
        let value = self.values.add(Value::Local(index))?;
        self.locals.insert(index, value);
        Some(value)
    }

    fn reinterpret(&mut self, lane: Lane) -> Option<()> {
        let value = self.stack.pop()?;
        self.push(Value::Reinterpret(lane, value))
    }

    fn load(&mut self, lane: Lane, memarg: MemArg) -> Option<()> {
        let address = self.stack.pop()?;
        // A load after the store might see it.
        if self.store.is_some() || memarg.memory != 0 {
            return None;
        }
        self.push(Value::Load { lane, address, offset: u32::try_from(memarg.offset).ok()? })
    }

    fn store(&mut self, lane: Lane, memarg: MemArg) -> Option<()> {
        let (value, address) = (self.stack.pop()?, self.stack.pop()?);
        if self.store.is_some() || memarg.memory != 0 {
            return None;
        }
        self.store = Some((Access { address, offset: u32::try_from(memarg.offset).ok()? }, lane, value));
        Some(())
    }

    fn test(&mut self, tested: Id, goes_on: bool) -> Option<()> {
        // With values on the stack the branch might take some along.
        if self.test.is_some() || !self.stack.is_empty() {
            return None;
        }
        let is_comparison = matches!(self.values.get(tested)?, Value::Compare(..));
        let zero = self.values.constant(0)?;
        let compared = Value::Compare(Relation::Ne, Lane::I32, tested, zero);
        self.test = Some((if is_comparison { tested } else { self.values.add(compared)? }, goes_on));
        Some(())
    }

    fn found(self) -> Option<Loop> {
        let (store, lane, stored) = self.store.filter(|_| self.stack.is_empty())?;
        let (tested, goes_on) = self.test?;
        let steps = self.steps()?;
        let places = Places { values: &self.values, steps: &steps };
        let exit = places.exit(tested, goes_on)?;
        let variants = places.variants(store, stored, lane)?;
        let shared = places.shared(stored);
        let found = Loop { at: self.at, values: self.values, store, stored, lane, exit, steps, variants, shared };
        // Whatever has no form as a vector is found by trying.
        found.encode(0, &mut Vec::new())?;
        Some(found)
    }

    /// How the locals change that keep a meaning from one iteration to the next; `None` if one does in another way.
    fn steps(&self) -> Option<BTreeMap<u32, Step>> {
        let changes =
            |local: u32| self.locals.get(&local).map(|now| self.values.get(*now)) != Some(Some(Value::Local(local)));
        let mut steps = BTreeMap::new();
        for (local, now) in &self.locals {
            if !changes(*local) {
                continue;
            }
            let step = match self.values.get(*now)? {
                Value::Binary(Binary::Add, Lane::I32, left, right) => {
                    match (self.values.get(left)?, self.values.get(right)?, self.values.as_constant(right)) {
                        (Value::Local(this), _, Some(constant)) if this == *local => Some(Step::Constant(constant)),
                        (Value::Local(this), Value::Local(other), _) | (Value::Local(other), Value::Local(this), _)
                            if this == *local && !changes(other) =>
                        {
                            Some(Step::Local(other))
                        }
                        _ => None,
                    }
                }
                _ => None,
            };
            match step {
                Some(step) => drop(steps.insert(*local, step)),
                // Holds what an iteration computed. If one before it is asked for, the value is carried over.
                None if self.values.all().any(|(_, value)| value == Value::Local(*local)) => return None,
                None => {}
            }
        }
        Some(steps)
    }
}

impl Loop {
    pub(super) fn places(&self) -> Places<'_> {
        Places { values: &self.values, steps: &self.steps }
    }
}

/// Values, with how locals advance.
pub(super) struct Places<'l> {
    values: &'l Values,
    steps: &'l BTreeMap<u32, Step>,
}

impl Places<'_> {
    /// By how much an expression of integers advances; `None` if that is not always the same, or not of a simple form.
    pub(super) fn step(&self, id: Id) -> Option<Step> {
        match self.values.get(id)? {
            Value::Local(local) => Some(self.steps.get(&local).copied().unwrap_or(Step::Constant(0))),
            Value::Constant(Lane::I32, _) => Some(Step::Constant(0)),
            Value::Binary(operation, Lane::I32, left, right) => {
                let pair = (self.step(left)?, self.step(right)?);
                match (operation, pair) {
                    (Binary::Add, (Step::Constant(left), Step::Constant(right))) => {
                        Some(Step::Constant(left.wrapping_add(right)))
                    }
                    (Binary::Add, (Step::Constant(0), other) | (other, Step::Constant(0))) => Some(other),
                    (Binary::Sub, (Step::Constant(left), Step::Constant(right))) => {
                        Some(Step::Constant(left.wrapping_sub(right)))
                    }
                    (Binary::Shl, (Step::Constant(step), _)) => {
                        let by = self.values.as_constant(right).filter(|by| (0..32).contains(by))?;
                        Some(Step::Constant(step.wrapping_shl(by.cast_unsigned())))
                    }
                    (Binary::Mul, (Step::Constant(0), Step::Constant(0))) => Some(Step::Constant(0)),
                    (Binary::Mul, (Step::Constant(step), _)) => {
                        Some(Step::Constant(step.wrapping_mul(self.values.as_constant(right)?)))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn exit(&self, tested: Id, goes_on: bool) -> Option<Exit> {
        let (mut relation, left, right) = self.condition(tested)?;
        if !goes_on {
            relation = relation.negated();
        }
        let (position, end, step) = match (self.step(left)?, self.step(right)?) {
            (Step::Constant(step), Step::Constant(0)) => (left, right, step),
            (Step::Constant(0), Step::Constant(step)) => {
                relation = relation.swapped();
                (right, left, step)
            }
            _ => return None,
        };
        let ordered = match relation {
            Relation::Ne if step != 0 => None,
            Relation::Lt(signed) | Relation::Le(signed) if step > 0 => Some(signed),
            Relation::Gt(signed) | Relation::Ge(signed) if step < 0 => Some(signed),
            _ => return None,
        };
        Some(Exit { position, end, step, ordered })
    }

    /// What is compared with what.
    fn condition(&self, tested: Id) -> Option<(Relation, Id, Id)> {
        let Value::Compare(relation, Lane::I32, left, right) = self.values.get(tested)? else { return None };
        let negates = relation == Relation::Eq && self.values.as_constant(right) == Some(0);
        if negates && matches!(self.values.get(left)?, Value::Compare(..)) {
            let (inner, left, right) = self.condition(left)?;
            return Some((inner.negated(), left, right));
        }
        Some((relation, left, right))
    }

    /// What the steps that are not known must be, one way after the other: all elements in a row, or one of the arrays a single
    /// element.
    fn variants(&self, store: Access, stored: Id, lane: Lane) -> Option<Vec<BTreeMap<u32, i32>>> {
        let size = lane.size().cast_signed();
        let mut row = BTreeMap::new();
        match self.step(store.address)? {
            Step::Constant(step) if step == size => {}
            Step::Constant(_) => return None,
            Step::Local(local) => drop(row.insert(local, size)),
        }
        let mut single = Vec::new();
        for id in self.reached(stored) {
            // Of another size only a condition can be, which then has no form as a vector.
            let Some(Value::Load { address, .. }) = self.values.get(id) else { continue };
            match self.step(address)? {
                Step::Constant(step) if step == size || step == 0 => {}
                Step::Constant(_) => return None,
                Step::Local(local) if row.contains_key(&local) => {}
                Step::Local(local) => {
                    row.insert(local, size);
                    single.push(local);
                }
            }
        }
        let mut variants = vec![row.clone()];
        variants.extend(single.iter().map(|local| {
            let mut variant = row.clone();
            variant.insert(*local, 0);
            variant
        }));
        Some(variants)
    }

    /// The values that one is made from, itself included, each once; addresses of loads are not among them.
    pub(super) fn reached(&self, from: Id) -> Vec<Id> {
        let mut reached = Vec::new();
        let mut open = vec![from];
        while let Some(id) = open.pop() {
            if reached.contains(&id) {
                continue;
            }
            reached.push(id);
            open.extend(self.operands(id));
        }
        reached
    }

    /// What a value is made from, up to what is loaded.
    fn operands(&self, id: Id) -> impl Iterator<Item = Id> {
        let value = self.values.get(id).filter(|value| !matches!(value, Value::Load { .. }));
        value.map(Value::operands).into_iter().flatten().flatten()
    }

    /// The values that take an instruction to get and are needed more than once.
    fn shared(&self, stored: Id) -> Vec<Id> {
        let reached = self.reached(stored);
        let uses: Vec<Id> = reached.iter().flat_map(|id| self.operands(*id)).collect();
        let plain = |id: Id| matches!(self.values.get(id), Some(Value::Local(_) | Value::Constant(..)));
        let often = |id: &Id| uses.iter().filter(|used| *used == id).count() > 1;
        reached.into_iter().filter(|id| !plain(*id) && often(id)).collect()
    }
}
