//! Writes the vectors' loop.

use std::collections::BTreeMap;

use wasm_encoder::{BlockType, Encode, Instruction, MemArg};

use super::instructions::{binary, compare, repeated, splat, unary};
use super::value::{Binary, Id, Lane, Relation, Value};
use super::{Access, Loop, Step, UNROLL};

/// A vector's size in bytes.
const VECTOR: u32 = 16;

impl Loop {
    /// Writes what goes before the loop. `first_local`: the first of its locals of type v128. `None`: something in it has no
    /// form as a vector; what was written is of no use then.
    pub(crate) fn encode(&self, first_local: u32, out: &mut Vec<u8>) -> Option<()> {
        let mut code = Code { wanted: self, first_local, steps: self.variants.first()?, out, done: Vec::new() };
        code.emit(&Instruction::Block(BlockType::Empty));
        code.enter()?;
        for variant in &self.variants {
            code.steps = variant;
            code.emit(&Instruction::Block(BlockType::Empty));
            code.variant()?;
            code.emit(&Instruction::Br(1));
            code.emit(&Instruction::End);
        }
        code.emit(&Instruction::End);
        Some(())
    }

    /// Iterations of the loop in one of the vectors' loop.
    fn group(&self) -> u32 {
        VECTOR / self.lane.size() * UNROLL
    }
}

/// The code of one loop.
struct Code<'c> {
    wanted: &'c Loop,
    first_local: u32,
    /// The steps of this variant that the loop itself does not know.
    steps: &'c BTreeMap<u32, i32>,
    out: &'c mut Vec<u8>,
    /// The shared values whose locals are set.
    done: Vec<Id>,
}

impl Code<'_> {
    fn emit(&mut self, instruction: &Instruction<'_>) {
        instruction.encode(self.out);
    }

    fn constant(&mut self, value: u32) {
        self.emit(&Instruction::I32Const(value.cast_signed()));
    }

    fn leave_if(&mut self, condition: &Instruction<'_>) {
        self.emit(condition);
        self.emit(&Instruction::BrIf(0));
    }

    /// Leaves, unless there is enough to do.
    fn enter(&mut self) -> Option<()> {
        let exit = self.wanted.exit;
        if let Some(signed) = exit.ordered {
            self.scalar(exit.position)?;
            self.scalar(exit.end)?;
            self.leave_if(&match (signed, exit.step.is_positive()) {
                (true, true) => Instruction::I32GeS,
                (true, false) => Instruction::I32LeS,
                (false, true) => Instruction::I32GeU,
                (false, false) => Instruction::I32LeU,
            });
        }
        self.way_to_go()?;
        let least = self.least_way()?;
        self.constant(least);
        self.leave_if(&Instruction::I32LeU);
        if let Some(Step::Local(local)) = self.step(self.wanted.store.address) {
            self.emit(&Instruction::LocalGet(local));
            self.constant(self.wanted.lane.size());
            self.leave_if(&Instruction::I32Ne);
        }
        Some(())
    }

    /// How far the position is from the end, as an unsigned number.
    fn way_to_go(&mut self) -> Option<()> {
        let exit = self.wanted.exit;
        let (from, to) = if exit.step.is_positive() { (exit.position, exit.end) } else { (exit.end, exit.position) };
        self.scalar(to)?;
        if self.wanted.values.as_constant(from) != Some(0) {
            self.scalar(from)?;
            self.emit(&Instruction::I32Sub);
        }
        Some(())
    }

    /// If the way is longer than this, a group can be done, and at least one iteration is left for the loop itself, wherever in it
    /// the position is tested.
    fn least_way(&self) -> Option<u32> {
        (self.wanted.group() + 1).checked_mul(self.wanted.exit.step.unsigned_abs())
    }

    /// The loop of one variant, after a look whether the steps are this variant's and no store is in the way of a load.
    fn variant(&mut self) -> Option<()> {
        for (local, step) in self.steps {
            if Some(Step::Local(*local)) != self.step(self.wanted.store.address) {
                self.emit(&Instruction::LocalGet(*local));
                self.emit(&Instruction::I32Const(*step));
                self.leave_if(&Instruction::I32Ne);
            }
        }
        for load in self.loads() {
            self.tell_apart(load)?;
        }
        self.emit(&Instruction::Loop(BlockType::Empty));
        for number in 0..UNROLL {
            self.done.clear();
            let store = self.wanted.store;
            self.scalar(store.address)?;
            self.vector(self.wanted.stored, self.wanted.lane, number)?;
            self.emit(&Instruction::V128Store(memarg(self.wanted.lane, store.offset, number)?));
        }
        self.advance();
        self.way_to_go()?;
        let least = self.least_way()?;
        self.constant(least);
        self.emit(&Instruction::I32GtU);
        self.emit(&Instruction::BrIf(0));
        self.emit(&Instruction::End);
        Some(())
    }

    /// Takes the locals on by a group of iterations.
    fn advance(&mut self) {
        for (local, step) in &self.wanted.steps {
            self.emit(&Instruction::LocalGet(*local));
            let group = self.wanted.group().cast_signed();
            match (self.known(*step), *step) {
                (Some(step), _) | (None, Step::Constant(step)) => {
                    self.emit(&Instruction::I32Const(step.wrapping_mul(group)));
                }
                (None, Step::Local(step)) => {
                    self.emit(&Instruction::LocalGet(step));
                    self.emit(&Instruction::I32Const(group));
                    self.emit(&Instruction::I32Mul);
                }
            }
            self.emit(&Instruction::I32Add);
            self.emit(&Instruction::LocalSet(*local));
        }
    }

    /// By how much an address advances.
    fn step(&self, address: Id) -> Option<Step> {
        self.wanted.places().step(address)
    }

    fn known(&self, step: Step) -> Option<i32> {
        match step {
            Step::Constant(step) => Some(step),
            Step::Local(local) => self.steps.get(&local).copied(),
        }
    }

    /// Whether a load gives the same element to all lanes.
    fn is_single(&self, address: Id) -> Option<bool> {
        Some(self.known(self.step(address)?)? == 0)
    }

    fn loads(&self) -> Vec<Access> {
        let mut loads = Vec::new();
        for id in self.wanted.places().reached(self.wanted.stored) {
            if let Some(Value::Load { address, offset, .. }) = self.wanted.values.get(id) {
                loads.push(Access { address, offset });
            }
        }
        loads
    }

    /// Leaves if a store would change what the load gives to a later lane or iteration.
    fn tell_apart(&mut self, load: Access) -> Option<()> {
        let (store, size) = (self.wanted.store, self.wanted.lane.size());
        if self.is_single(load.address)? {
            self.distance(load, store)?;
            self.stored_bytes()?;
            self.leave_if(&Instruction::I32LtU);
            self.distance(store, load)?;
            self.constant(size);
            self.leave_if(&Instruction::I32LtU);
            return Some(());
        }
        // Both go forward side by side. A store behind the load has come too late; one in front by less than a vector would
        // be seen by another lane; the same place is seen by its own lane alone.
        if load.address == store.address {
            let ahead = store.offset.wrapping_sub(load.offset);
            return (ahead == 0 || ahead >= VECTOR).then_some(());
        }
        self.distance(store, load)?;
        self.constant(1);
        self.emit(&Instruction::I32Sub);
        self.constant(VECTOR - 1);
        self.leave_if(&Instruction::I32LtU);
        Some(())
    }

    /// The address of one access less that of another.
    fn distance(&mut self, of: Access, from: Access) -> Option<()> {
        self.scalar(of.address)?;
        self.scalar(from.address)?;
        self.emit(&Instruction::I32Sub);
        let offset = of.offset.wrapping_sub(from.offset);
        if offset != 0 {
            self.constant(offset);
            self.emit(&Instruction::I32Add);
        }
        Some(())
    }

    /// At least the number of bytes that the vectors may store.
    fn stored_bytes(&mut self) -> Option<()> {
        let size = self.wanted.lane.size();
        self.way_to_go()?;
        match self.wanted.exit.step.unsigned_abs() {
            1 => {
                self.constant(size.trailing_zeros());
                self.emit(&Instruction::I32Shl);
            }
            step if step == size => {}
            _ => return None,
        }
        Some(())
    }

    /// A number, as the loop itself computes it.
    fn scalar(&mut self, id: Id) -> Option<()> {
        match self.wanted.values.get(id)? {
            Value::Local(local) => self.emit(&Instruction::LocalGet(local)),
            Value::Constant(Lane::I32, _) => {
                let value = self.wanted.values.as_constant(id)?;
                self.emit(&Instruction::I32Const(value));
            }
            Value::Binary(operation, Lane::I32, left, right) => {
                self.scalar(left)?;
                self.scalar(right)?;
                self.emit(&match operation {
                    Binary::Add => Instruction::I32Add,
                    Binary::Sub => Instruction::I32Sub,
                    Binary::Mul => Instruction::I32Mul,
                    Binary::Shl => Instruction::I32Shl,
                    _ => return None,
                });
            }
            _ => return None,
        }
        Some(())
    }

    /// A value of the `number`th vector of an iteration.
    fn vector(&mut self, id: Id, lane: Lane, number: u32) -> Option<()> {
        let shared = self.wanted.shared.iter().position(|shared| *shared == id);
        let local = shared.and_then(|at| self.first_local.checked_add(u32::try_from(at).ok()?));
        if let Some(local) = local.filter(|_| self.done.contains(&id)) {
            self.emit(&Instruction::LocalGet(local));
            return Some(());
        }
        self.compute(id, lane, number)?;
        if let Some(local) = local {
            self.emit(&Instruction::LocalTee(local));
            self.done.push(id);
        }
        Some(())
    }

    /// The types of a valid module's values fit together, so `lane` is the type of all of them.
    fn compute(&mut self, id: Id, lane: Lane, number: u32) -> Option<()> {
        match self.wanted.values.get(id)? {
            Value::Local(local) if !self.wanted.steps.contains_key(&local) => {
                self.emit(&Instruction::LocalGet(local));
                self.emit(&splat(lane));
            }
            Value::Constant(_, bits) => self.emit(&Instruction::V128Const(repeated(lane, bits))),
            Value::Load { address, offset, .. } => self.load(Access { address, offset }, lane, number)?,
            Value::Unary(operation, _, operand) => {
                self.vector(operand, lane, number)?;
                self.emit(&unary(operation, lane)?);
            }
            Value::Binary(operation, _, left, right) => {
                self.vector(left, lane, number)?;
                self.vector(right, lane, number)?;
                self.emit(&binary(operation, lane)?);
            }
            Value::Reinterpret(_, operand) => self.vector(operand, lane.reinterpreted(), number)?,
            Value::Select(first, second, condition) => {
                self.vector(first, lane, number)?;
                self.vector(second, lane, number)?;
                self.mask(condition, lane.size(), number)?;
                self.emit(&Instruction::V128Bitselect);
            }
            _ => return None,
        }
        Some(())
    }

    /// What the `number`th vector's lanes load: elements in a row, or one for all.
    fn load(&mut self, from: Access, lane: Lane, number: u32) -> Option<()> {
        self.scalar(from.address)?;
        let access = match (self.is_single(from.address)?, lane.size()) {
            (true, 4) => Instruction::V128Load32Splat(memarg(lane, from.offset, 0)?),
            (true, _) => Instruction::V128Load64Splat(memarg(lane, from.offset, 0)?),
            (false, _) => Instruction::V128Load(memarg(lane, from.offset, number)?),
        };
        self.emit(&access);
        Some(())
    }

    /// Lanes of `size` bytes with all bits set where a condition holds, and with none where it does not.
    fn mask(&mut self, id: Id, size: u32, number: u32) -> Option<()> {
        match self.wanted.values.get(id)? {
            Value::Compare(Relation::Eq, Lane::I32, operand, zero)
                if self.wanted.values.as_constant(zero) == Some(0) && self.is_condition(operand) =>
            {
                self.mask(operand, size, number)?;
                self.emit(&Instruction::V128Not);
            }
            Value::Compare(relation, lane, left, right) if lane.size() == size => {
                self.vector(left, lane, number)?;
                self.vector(right, lane, number)?;
                self.emit(&compare(relation, lane)?);
            }
            Value::Binary(operation, Lane::I32, left, right) => {
                self.mask(left, size, number)?;
                self.mask(right, size, number)?;
                self.emit(&match operation {
                    Binary::And => Instruction::V128And,
                    Binary::Or => Instruction::V128Or,
                    Binary::Xor => Instruction::V128Xor,
                    _ => return None,
                });
            }
            _ => return None,
        }
        Some(())
    }

    /// Whether a value is always 0 or 1.
    fn is_condition(&self, id: Id) -> bool {
        match self.wanted.values.get(id) {
            Some(Value::Compare(..)) => true,
            Some(Value::Binary(Binary::And | Binary::Or | Binary::Xor, Lane::I32, left, right)) => {
                self.is_condition(left) && self.is_condition(right)
            }
            _ => false,
        }
    }
}

/// The memory that the `number`th vector accesses.
fn memarg(lane: Lane, offset: u32, number: u32) -> Option<MemArg> {
    let offset = number.checked_mul(VECTOR)?.checked_add(offset)?;
    Some(MemArg { offset: offset.into(), align: lane.size().trailing_zeros(), memory_index: 0 })
}
