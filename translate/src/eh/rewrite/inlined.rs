//! The bodies that take the place of calls.

use wasm_encoder::Instruction;
use wasmparser::Operator;

use super::Rewriter;
use crate::error::{Result, TranslateError};
use crate::optimize::inline::zero;

impl Rewriter<'_, '_, '_> {
    /// Puts the body of a function in the place of its call.
    pub(super) fn inline(&mut self, function: u32, at: u64, next: u64) -> Result<()> {
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
}
