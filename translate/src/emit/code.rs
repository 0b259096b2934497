//! The code section.

use wasm_encoder::Encode;

use super::{Pass, count};
use crate::eh::rewrite::{BodyContext, rewrite};
use crate::error::Result;
use crate::indices::IndexMap;
use crate::module::Module;
use crate::optimize::bulk::Bulk;

impl Pass<'_> {
    /// The contents of the code section.
    pub(super) fn code(&mut self) -> Result<Vec<u8>> {
        let identity = IndexMap::default();
        let data = self.merged.as_ref().map_or(&identity, |merged| &merged.indices);
        let functions = &self.rebinding.functions;
        let Module { wasm, code, types, function_types, tag_types, imported_functions, .. } = &mut self.module;
        let callees = &self.callees;
        let (vectorize, inlined, vectorized) = (self.vectorize, 0, 0);
        let (tags, bulk) = (tag_types, self.bulk.as_ref());
        let mut context =
            BodyContext { wasm, types, tags, functions, data, callees, bulk, vectorize, inlined, vectorized };
        let imported = usize::try_from(*imported_functions).unwrap_or(usize::MAX);
        let mut contents = Vec::with_capacity(wasm.len());
        let added = self.rebinding.lowered.len() + bulk.map_or(0, |_| Bulk::ADDED);
        (code.len() + added).encode(&mut contents);
        let mut scratch = Vec::new();
        let types = function_types.iter().skip(imported);
        for (position, ((body, plan), ty)) in code.iter().zip(&self.plans).zip(types).enumerate() {
            self.counts.add(plan);
            let params = |context: &BodyContext<'_, '_>| -> Result<usize> {
                Ok(context.types.function(*ty, body.range().start)?.params().len())
            };
            if let Some(hosted) = self.rebinding.hosted.get(&position) {
                forward(params(&context)?, hosted.import).encode(&mut contents);
            } else if let Some(of_c) = bulk.and_then(|bulk| bulk.of_c(position)) {
                of_c.encode(&mut contents);
            } else if context.changes(plan) {
                let params = params(&context)?;
                scratch.clear();
                rewrite(&mut context, body, params, plan, &mut scratch)?;
                scratch.as_slice().encode(&mut contents);
            } else {
                body.as_bytes().encode(&mut contents);
                continue;
            }
            self.counts.rewritten_functions += 1;
        }
        (self.counts.inlined_calls, self.counts.vectorized_loops) = (context.inlined, context.vectorized);
        self.added_code(&mut contents)?;
        Ok(contents)
    }

    /// The functions that come after the module's own.
    fn added_code(&mut self, contents: &mut Vec<u8>) -> Result<()> {
        if let Some(exceptions) = &self.exceptions {
            let stack = self.rebinding.stack_pointer;
            for (lowered, (_, import)) in exceptions.lowered.iter().zip(&self.rebinding.lowered) {
                self.counts.lowered_imports += 1;
                let other = match lowered.calls() {
                    Some(function) => self.rebinding.functions.get(function, 0)?,
                    None => *import,
                };
                exceptions.body(lowered, other, self.rebinding.set_threw, stack)?.encode(contents);
            }
        }
        for body in self.bulk.iter().flat_map(|_| Bulk::bodies()) {
            body.encode(contents);
        }
        Ok(())
    }
}

/// The body of a function with so many parameters that calls another one with them.
fn forward(params: usize, function: u32) -> wasm_encoder::Function {
    let mut body = wasm_encoder::Function::new([]);
    let mut code = body.instructions();
    for param in 0..params {
        code.local_get(count(param));
    }
    code.call(function).end();
    body
}
