//! Runs the steps over a module and puts the sections together again.

mod code;
mod sections;

use std::borrow::Cow;

use wasm_encoder::{CustomSection, RawSection, SectionId, StartSection};
use wasmparser::SectionLimited;

use crate::eh::js_exceptions::{self, JsExceptions};
use crate::eh::plan::{FunctionPlan, plan};
use crate::era::rebind::{self, Rebinding};
use crate::error::Result;
use crate::module::Module;
use crate::optimize::bulk::Bulk;
use crate::optimize::inline::{self, Callees};
use crate::options::{Counts, Options, Translated};
use crate::slim::data::{self, DataRun, Merged};
use crate::slim::exports::{self as slim, SlimmedExport, Slimming};
use crate::stack_pointer;

/// A module together with everything that was decided about it.
pub(crate) struct Pass<'a> {
    module: Module<'a>,
    plans: Vec<FunctionPlan>,
    rebinding: Rebinding,
    exceptions: Option<JsExceptions>,
    merged: Option<Merged>,
    apart: Vec<DataRun>,
    slimming: Option<Slimming<'a>>,
    /// Mutable globals to be exported under names of our own.
    state_globals: Vec<u32>,
    /// The start function, if it is to be exported instead of being run.
    start_export: Option<u32>,
    /// C's stack pointer, if it is to be exported.
    stack_pointer: Option<u32>,
    callees: Callees<'a>,
    vectorize: bool,
    bulk: Option<Bulk>,
    keep_names: bool,
    counts: Counts,
    out: wasm_encoder::Module,
}

impl<'a> Pass<'a> {
    /// Looks at everything and decides; changes nothing yet.
    pub(crate) fn new(mut module: Module<'a>, options: &Options<'_>) -> Result<Self> {
        let plans = module.code.iter().map(plan).collect::<Result<Vec<_>>>()?;
        let exceptions = js_exceptions::plan(&mut module)?;
        let rebinding = rebind::find(&module, options.provided_elsewhere, options.hosted, exceptions.as_ref())?;
        let merged = merge_data(&module, &plans, options)?;
        let slimming = match options.export_filter {
            Some(keep) => slim::plan(&module, keep)?,
            None => None,
        };
        let state_globals = if options.for_snapshots { module.mutable_globals()? } else { Vec::new() };
        let start_export = module.start.filter(|_| options.for_snapshots);
        let stack_pointer = if options.export_stack_pointer { stack_pointer::find(&module)? } else { None };
        let callees = match options.inline_limit {
            Some(limit) => inline::find(&module, &plans, limit, |position| rebinding.hosted.contains_key(&position))?,
            None => Callees::new(),
        };
        let bulk = match options.quick_copies {
            true => Bulk::find(&mut module, &plans, &rebinding)?,
            false => None,
        };
        Ok(Self {
            module,
            plans,
            rebinding,
            exceptions,
            merged,
            apart: Vec::new(),
            slimming,
            callees,
            vectorize: options.vectorize,
            bulk,
            state_globals,
            start_export,
            stack_pointer,
            keep_names: options.keep_names,
            counts: Counts::default(),
            out: wasm_encoder::Module::new(),
        })
    }

    /// Writes the new module.
    pub(crate) fn run(mut self) -> Result<Translated> {
        // The code decides which types are added, so it comes first.
        let code = self.code()?;
        if let Some(dylink) = self.module.dylink.take() {
            self.out.section(&CustomSection { name: dylink.name().into(), data: Cow::Borrowed(dylink.data()) });
        }
        if let Some(types) = self.module.types.encode() {
            self.raw(SectionId::Type, &types);
        }
        self.imports()?;
        self.functions()?;
        self.tables()?;
        let memories = self.module.memories.take();
        self.copy(SectionId::Memory, memories)?;
        self.tags()?;
        self.globals()?;
        self.exports()?;
        if let Some(function) = self.module.start.filter(|_| self.start_export.is_none()) {
            let function_index = self.rebinding.functions.get(function, 0)?;
            self.out.section(&StartSection { function_index });
        }
        self.elements()?;
        if let Some(count) = self.module.data_count {
            let count = self.merged.as_ref().map_or(count, |merged| merged.count);
            self.raw(SectionId::DataCount, &data::count_section(count));
        }
        if !self.module.code.is_empty() {
            self.raw(SectionId::Code, &code);
        }
        self.data()?;
        self.names()?;
        self.finish()
    }

    fn raw(&mut self, id: SectionId, data: &[u8]) {
        self.out.section(&RawSection { id: id.into(), data });
    }

    /// Copies a section as it is.
    fn copy<T>(&mut self, id: SectionId, section: Option<SectionLimited<'a, T>>) -> Result<()> {
        if let Some(section) = section {
            let contents = self.module.bytes(section.range())?;
            self.raw(id, contents);
        }
        Ok(())
    }

    fn finish(self) -> Result<Translated> {
        let mut counts = self.counts;
        let mut slimmed = Vec::new();
        counts.added_types = count(self.module.types.added());
        counts.dropped_imports = count(self.rebinding.dropped.len());
        counts.dropped_sections = count(self.module.dropped.len());
        if let Some(slimming) = self.slimming {
            counts.added_slots = count(slimming.appended.len());
            counts.slimmed_exports = count(slimming.removed.len());
            for (export, slot) in slimming.removed {
                let function = self.rebinding.functions.get(export.index, 0)?;
                slimmed.push(SlimmedExport { name: export.name.to_owned(), function, slot });
            }
        }
        Ok(Translated { wasm: self.out.finish(), counts, slimmed, data: self.apart })
    }
}

/// Data segments that are to become one, if that is wanted and there are any.
fn merge_data(module: &Module<'_>, plans: &[FunctionPlan], options: &Options<'_>) -> Result<Option<Merged>> {
    let Some(gap) = options.merge_data_gap else { return Ok(None) };
    let named: Vec<u32> = plans.iter().flat_map(|plan| plan.data_segments.iter().copied()).collect();
    data::merge(module, gap, options.data_apart, &named)
}

impl Counts {
    fn add(&mut self, plan: &FunctionPlan) {
        self.functions += 1;
        self.tries += count(plan.tries.len());
        self.delegates += plan.delegates;
        self.delegate_jumps += count(plan.tries.iter().filter(|this| this.jump.is_some()).count());
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
