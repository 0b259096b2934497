//! Instructions with labels, where blocks were added in between.

use wasm_encoder::Instruction;
use wasmparser::{BrTable, Operator};

use super::{Rewriter, Role};
use crate::error::{Result, TranslateError};

impl Rewriter<'_, '_, '_> {
    /// Everything else: instructions with labels get new ones where blocks were added in between.
    pub(super) fn branch(&mut self, operator: Operator<'_>, at: u64, next: u64) -> Result<()> {
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
