//! `try`, its clauses, `delegate` and `rethrow`.

use wasm_encoder::{Catch, Encode, Instruction, ValType};
use wasmparser::BlockType;

use super::{OpenBlock, Rewriter, Role};
use crate::eh::plan::{DelegateTarget, TryPlan, block_type_index};
use crate::error::{Result, TranslateError};
use crate::types::val_types;

const BLOCK: u8 = 0x02;
const TRY_TABLE: u8 = 0x1f;

impl Rewriter<'_, '_, '_> {
    pub(super) fn open_landing_for_caller(&mut self) {
        self.out.push(BLOCK);
        ValType::EXNREF.encode(self.out);
        self.height += 1;
    }

    pub(super) fn open_try(&mut self, ty: BlockType, at: u64, next: u64) -> Result<()> {
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

    fn open_delegate(&mut self, target: DelegateTarget, at: u64, next: u64) -> Result<()> {
        let landing = match target {
            DelegateTarget::Caller => Some(1),
            DelegateTarget::Try(target) => self.frames.iter().find_map(|frame| match frame.role {
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
    pub(super) fn next_clause(&mut self, at: u64) -> Result<()> {
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

    pub(super) fn end(&mut self, at: u64, next: u64) -> Result<()> {
        if self.plan.caller_landing && matches!(self.frames.last(), Some(OpenBlock { role: Role::Function, .. })) {
            self.copy_until(at, next)?;
            self.emit(&Instruction::Return);
            self.emit(&Instruction::End);
            self.emit(&Instruction::ThrowRef);
            self.emit(&Instruction::End);
            return self.close(2);
        }
        self.close(1)
    }

    pub(super) fn rethrow(&mut self, relative_depth: u32, at: u64, next: u64) -> Result<()> {
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
}
