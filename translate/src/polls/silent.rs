//! Which loops may go around without an access to memory and without a call.
//!
//! A function's body is followed once. At each place stands how many of the loops around it, outermost first, were surely given an
//! access since their heads were last passed: an access inside a loop is one for every loop around it, so a number says all. Where
//! ways meet, the least of theirs holds. A way back to a head that does not have the access makes the loop a silent one.
//!
//! A call counts as an access: nearly all code that is called makes one. Copies and fills do not: their length may be zero.

use wasmparser::{Catch, FunctionBody, Operator};

use crate::error::Result;

/// For each loop of a body, in the order of their heads, whether it may go around without an access.
pub(super) fn silent_loops(body: &FunctionBody<'_>) -> Result<Vec<bool>> {
    let mut walk = Walk { entered: Vec::new(), here: Some(0), silent: Vec::new() };
    // The function itself, which a branch may lead out of.
    walk.enter(Kind::Block);
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        walk.step(&operators.read()?)?;
    }
    Ok(walk.silent)
}

/// What is known at a place: how many of the loops around it had an access; nothing where no way leads to it.
type Known = Option<usize>;

/// What holds where two ways meet.
fn meet(one: Known, other: Known) -> Known {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (way, None) | (None, way) => way,
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Block,
    /// Its number among the body's.
    Loop(usize),
    /// What is known at its beginning, which its `else` has, too.
    If(Known),
}

/// A block, a loop or an `if` that the place is in.
struct Entered {
    kind: Kind,
    /// How many loops are around its label: where a branch to it leads.
    loops: usize,
    /// What the branches to its end know.
    end: Known,
}

struct Walk {
    entered: Vec<Entered>,
    here: Known,
    silent: Vec<bool>,
}

impl Walk {
    fn step(&mut self, operator: &Operator<'_>) -> Result<()> {
        match operator {
            Operator::Block { .. } => self.enter(Kind::Block),
            Operator::Loop { .. } => {
                let number = self.silent.len();
                self.silent.push(false);
                self.enter(Kind::Loop(number));
            }
            Operator::If { .. } => self.enter(Kind::If(self.here)),
            Operator::TryTable { try_table } => {
                // An exception may come before anything else has happened. Its labels are counted from outside.
                try_table.catches.iter().for_each(|catch| self.branch(label_of(*catch)));
                self.enter(Kind::Block);
            }
            Operator::Else => self.other_way(),
            Operator::End => self.end(),
            Operator::BrTable { targets } => {
                for target in targets.targets() {
                    self.branch(target?);
                }
                self.branch(targets.default());
                self.here = None;
            }
            other if leaves(other) => {
                if let Operator::Br { relative_depth } = other {
                    self.branch(*relative_depth);
                }
                self.here = None;
            }
            access if accesses(access) || calls(access) => self.here = self.here.map(|_| self.loops_here()),
            other => may_branch(other).into_iter().for_each(|label| self.branch(label)),
        }
        Ok(())
    }

    fn enter(&mut self, kind: Kind) {
        let loops = self.loops_here() + usize::from(matches!(kind, Kind::Loop(_)));
        self.entered.push(Entered { kind, loops, end: None });
    }

    fn loops_here(&self) -> usize {
        self.entered.last().map_or(0, |innermost| innermost.loops)
    }

    /// A way to a label, by its distance.
    fn branch(&mut self, label: u32) {
        let depth = self.entered.len().checked_sub(label as usize + 1);
        let (Some(here), Some(target)) = (self.here, depth.and_then(|depth| self.entered.get_mut(depth))) else {
            return;
        };
        match target.kind {
            Kind::Loop(number) => {
                if here < target.loops
                    && let Some(silent) = self.silent.get_mut(number)
                {
                    *silent = true;
                }
            }
            Kind::Block | Kind::If(_) => target.end = meet(target.end, Some(here.min(target.loops))),
        }
    }

    fn other_way(&mut self) {
        let Some(innermost) = self.entered.last_mut() else { return };
        innermost.end = meet(innermost.end, self.here);
        if let Kind::If(before) = innermost.kind {
            self.here = before;
            innermost.kind = Kind::Block;
        }
    }

    fn end(&mut self) {
        let Some(left) = self.entered.pop() else { return };
        let mut known = meet(self.here, left.end);
        // An `if` without `else` may be passed over.
        if let Kind::If(before) = left.kind {
            known = meet(known, before);
        }
        let outside = self.loops_here();
        self.here = known.map(|known| known.min(outside));
    }
}

fn label_of(catch: Catch) -> u32 {
    let (Catch::One { label, .. } | Catch::OneRef { label, .. } | Catch::All { label } | Catch::AllRef { label }) =
        catch;
    label
}

/// Whether what comes behind an instruction is not reached by it.
fn leaves(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Br { .. }
            | Operator::Return
            | Operator::Unreachable
            | Operator::Throw { .. }
            | Operator::ThrowRef
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
    )
}

/// The label of a branch that may be taken or not.
fn may_branch(operator: &Operator<'_>) -> Option<u32> {
    match operator {
        Operator::BrIf { relative_depth }
        | Operator::BrOnNull { relative_depth }
        | Operator::BrOnNonNull { relative_depth }
        | Operator::BrOnCast { relative_depth, .. }
        | Operator::BrOnCastFail { relative_depth, .. } => Some(*relative_depth),
        _ => None,
    }
}

/// Whether an instruction goes to a function.
pub(super) fn calls(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Call { .. }
            | Operator::CallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
    )
}

macro_rules! define_accesses {
    ($(@$proposal:ident $operator:ident $({ $($operand:ident: $type:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        /// Whether an instruction reads or writes memory whatever its operands are: loads, stores and atomic ones have a place there.
        fn accesses(operator: &Operator<'_>) -> bool {
            match operator {
                $(Operator::$operator { .. } => false $($(|| matches!(stringify!($operand).as_bytes(), b"memarg"))*)?,)*
                _ => false,
            }
        }
    };
}

wasmparser::for_each_operator!(define_accesses);
