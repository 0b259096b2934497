//! Runs the steps over a module and puts the sections together again.

use std::borrow::Cow;

use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    ConstExpr, CustomSection, ElementSection, Elements, Encode, EntityType, ExportKind, ExportSection, FunctionSection,
    GlobalSection, ImportSection, NameMap, NameSection, RawSection, SectionId, StartSection, TableSection, TagKind,
    TagSection, TagType,
};
use wasmparser::{KnownCustom, Name, SectionLimited};

use crate::eh::js_exceptions::{self, JsExceptions};
use crate::eh::plan::{FunctionPlan, plan};
use crate::eh::rewrite::{BodyContext, rewrite};
use crate::era::rebind::{self, Rebinding};
use crate::error::{Result, TranslateError};
use crate::indices::{IndexMap, Shift};
use crate::module::Module;
use crate::optimize::bulk::Bulk;
use crate::optimize::inline::{self, Callees};
use crate::slim::data::{self, DataRun, Merged};
use crate::slim::exports::{self as slim, Slimming};
use crate::{Counts, GLOBAL_EXPORT, Options, START_EXPORT, SlimmedExport, Translated};

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
        let merged = match options.merge_data_gap {
            Some(gap) => {
                let named: Vec<u32> = plans.iter().flat_map(|plan| plan.data_segments.iter().copied()).collect();
                data::merge(&module, gap, options.data_apart, &named)?
            }
            None => None,
        };
        let slimming = match options.export_filter {
            Some(keep) => slim::plan(&module, keep)?,
            None => None,
        };
        let state_globals = if options.for_snapshots { module.mutable_globals()? } else { Vec::new() };
        let start_export = module.start.filter(|_| options.for_snapshots);
        let callees = match options.inline_limit {
            Some(limit) => inline::find(&module, &plans, limit, |position| rebinding.hosted.contains_key(&position))?,
            None => Callees::new(),
        };
        let bulk = match options.quick_copies {
            true => Bulk::find(&mut module, &plans, &rebinding)?,
            false => None,
        };
        let (vectorize, keep_names) = (options.vectorize, options.keep_names);
        let (counts, out) = (Counts::default(), wasm_encoder::Module::new());
        Ok(Self {
            module,
            plans,
            rebinding,
            exceptions,
            merged,
            apart: Vec::new(),
            slimming,
            callees,
            vectorize,
            bulk,
            state_globals,
            start_export,
            keep_names,
            counts,
            out,
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

    /// The contents of the code section.
    fn code(&mut self) -> Result<Vec<u8>> {
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
            if let Some(hosted) = self.rebinding.hosted.get(&position) {
                self.counts.rewritten_functions += 1;
                let params = context.types.function(*ty, body.range().start)?.params().len();
                forward(params, hosted.import).encode(&mut contents);
                continue;
            }
            if let Some(of_c) = bulk.and_then(|bulk| bulk.of_c(position)) {
                self.counts.rewritten_functions += 1;
                of_c.encode(&mut contents);
                continue;
            }
            let shifts = plan.names_functions && !functions.is_identity()
                || !plan.data_segments.is_empty() && !data.is_identity();
            let inlines = plan.calls.iter().any(|callee| callees.contains_key(callee));
            let vectorizes = vectorize && !plan.vector_loops.is_empty();
            let moves = plan.moves_memory && bulk.is_some();
            if !plan.has_legacy() && !shifts && !inlines && !vectorizes && !moves {
                body.as_bytes().encode(&mut contents);
                continue;
            }
            self.counts.rewritten_functions += 1;
            let params = context.types.function(*ty, body.range().start)?.params().len();
            scratch.clear();
            rewrite(&mut context, body, params, plan, &mut scratch)?;
            scratch.as_slice().encode(&mut contents);
        }
        self.counts.inlined_calls = context.inlined;
        self.counts.vectorized_loops = context.vectorized;
        if let Some(exceptions) = &self.exceptions {
            for (lowered, (_, import)) in exceptions.lowered.iter().zip(&self.rebinding.lowered) {
                self.counts.lowered_imports += 1;
                exceptions.body(lowered, *import, self.rebinding.set_threw)?.encode(&mut contents);
            }
        }
        for body in bulk.iter().flat_map(|_| Bulk::bodies()) {
            body.encode(&mut contents);
        }
        Ok(contents)
    }

    fn imports(&mut self) -> Result<()> {
        let section = self.module.import_section.take();
        if self.rebinding.functions.is_identity() {
            return self.copy(SectionId::Import, section);
        }
        let mut shift = Shift { functions: &self.rebinding.functions };
        let mut imports = ImportSection::new();
        for (position, import) in self.module.imports.iter().enumerate() {
            if !self.rebinding.dropped.contains(&position) {
                let ty = shift.entity_type(import.ty).map_err(|error| TranslateError::reencode(0, error))?;
                imports.import(import.module, import.name, ty);
            }
        }
        for (name, ty) in &self.rebinding.imports {
            imports.import("env", name, EntityType::Function(*ty));
        }
        if let Some((from, name, ty)) = self.exceptions.as_ref().and_then(JsExceptions::tag_import) {
            imports.import(from, name, ty);
        }
        self.out.section(&imports);
        Ok(())
    }

    fn functions(&mut self) -> Result<()> {
        let section = self.module.functions.take();
        if self.exceptions.is_none() && self.bulk.is_none() {
            return self.copy(SectionId::Function, section);
        }
        let mut functions = FunctionSection::new();
        for ty in section.into_iter().flatten() {
            functions.function(ty?);
        }
        for lowered in self.exceptions.iter().flat_map(|exceptions| &exceptions.lowered) {
            functions.function(lowered.ty);
        }
        if let Some(bulk) = &self.bulk {
            for _ in 0..Bulk::ADDED {
                functions.function(bulk.ty);
            }
        }
        self.out.section(&functions);
        Ok(())
    }

    fn tags(&mut self) -> Result<()> {
        let section = self.module.tags.take();
        let Some(exceptions) = self.exceptions.as_ref().filter(|exceptions| !exceptions.imports_tag) else {
            return self.copy(SectionId::Tag, section);
        };
        let mut tags = TagSection::new();
        for tag in section.into_iter().flatten() {
            tags.tag(TagType { kind: TagKind::Exception, func_type_idx: tag?.func_type_idx });
        }
        tags.tag(exceptions.tag_type());
        self.out.section(&tags);
        Ok(())
    }

    fn tables(&mut self) -> Result<()> {
        let section = self.module.tables.take();
        let (Some(slimming), Some(reader)) = (&self.slimming, &section) else {
            return self.copy(SectionId::Table, section);
        };
        let mut more = u64::try_from(slimming.appended.len()).unwrap_or(u64::MAX);
        let mut shift = Shift { functions: &self.rebinding.functions };
        let mut tables = TableSection::new();
        for table in reader.clone() {
            let mut table = table?;
            table.ty.initial = table.ty.initial.saturating_add(core::mem::take(&mut more));
            table.ty.maximum = table.ty.maximum.map(|maximum| maximum.max(table.ty.initial));
            shift.parse_table(&mut tables, table).map_err(|error| TranslateError::reencode(0, error))?;
        }
        self.out.section(&tables);
        Ok(())
    }

    fn globals(&mut self) -> Result<()> {
        let section = self.module.globals.take();
        let functions = &self.rebinding.functions;
        let Some(reader) = section.as_ref().filter(|_| !functions.is_identity()) else {
            return self.copy(SectionId::Global, section);
        };
        let mut globals = GlobalSection::new();
        let offset = reader.range().start;
        let parsed = Shift { functions }.parse_global_section(&mut globals, reader.clone());
        parsed.map_err(|error| TranslateError::reencode(offset, error))?;
        self.out.section(&globals);
        Ok(())
    }

    fn exports(&mut self) -> Result<()> {
        let section = self.module.export_section.take();
        let functions = &self.rebinding.functions;
        let added = !self.state_globals.is_empty() || self.start_export.is_some();
        if self.slimming.is_none() && functions.is_identity() && !added {
            return self.copy(SectionId::Export, section);
        }
        let mut exports = ExportSection::new();
        let mut shift = Shift { functions };
        for export in self.slimming.as_ref().map_or(&self.module.exports, |slimming| &slimming.kept) {
            shift.parse_export(&mut exports, *export).map_err(|error| TranslateError::reencode(0, error))?;
        }
        for global in &self.state_globals {
            exports.export(&format!("{GLOBAL_EXPORT}{global}"), ExportKind::Global, *global);
        }
        let lowered = self.rebinding.lowered.iter().map(|(function, _)| *function);
        for (name, kind, index) in self.exceptions.iter().flat_map(|exceptions| exceptions.exports(lowered.clone())) {
            exports.export(name, kind, index);
        }
        if let Some(start) = self.start_export {
            exports.export(START_EXPORT, ExportKind::Func, functions.get(start, 0)?);
        }
        self.out.section(&exports);
        Ok(())
    }

    fn elements(&mut self) -> Result<()> {
        let section = self.module.element_section.take();
        let functions = &self.rebinding.functions;
        let appended = self.slimming.as_ref().filter(|slimming| !slimming.appended.is_empty());
        if appended.is_none() && functions.is_identity() {
            return self.copy(SectionId::Element, section);
        }
        let mut shift = Shift { functions };
        let mut elements = ElementSection::new();
        for element in &self.module.elements {
            let offset = element.range.start;
            let parsed = shift.parse_element(&mut elements, element.clone());
            parsed.map_err(|error| TranslateError::reencode(offset, error))?;
        }
        if let Some(slimming) = appended {
            let offset = ConstExpr::i32_const(slimming.first_slot.cast_signed());
            let indices = slimming.appended.iter().map(|function| functions.get(*function, 0));
            let indices = indices.collect::<Result<Vec<u32>>>()?;
            elements.active(None, &offset, Elements::Functions(indices.into()));
        }
        self.out.section(&elements);
        Ok(())
    }

    fn data(&mut self) -> Result<()> {
        let section = self.module.data.take();
        self.counts.data_segments = section.as_ref().map_or(0, SectionLimited::count);
        self.counts.data_segments_left = self.counts.data_segments;
        let Some(merged) = self.merged.take() else {
            return self.copy(SectionId::Data, section);
        };
        self.counts.data_segments_left = merged.count;
        self.apart = merged.apart;
        if merged.count > 0 {
            self.out.section(&merged.section);
        }
        Ok(())
    }

    fn names(&mut self) -> Result<()> {
        let Some(section) = self.module.name.take() else {
            return Ok(());
        };
        let KnownCustom::Name(reader) = section.as_known() else {
            return Ok(());
        };
        if !self.keep_names {
            self.module.dropped.push("name");
            return Ok(());
        }
        let mut names = NameSection::new();
        for subsection in reader {
            match subsection? {
                Name::Module { name, .. } => names.module(name),
                Name::Function(functions) => names.functions(&self.function_names(functions)?),
                _ => {}
            }
        }
        self.out.section(&names);
        Ok(())
    }

    /// Function names by new index. Of two names the definition's is kept, which comes later.
    fn function_names(&self, functions: wasmparser::NameMap<'a>) -> Result<NameMap> {
        let mut sorted = std::collections::BTreeMap::new();
        for naming in functions {
            let naming = naming?;
            sorted.insert(self.rebinding.functions.get(naming.index, 0)?, naming.name);
        }
        let mut map = NameMap::new();
        for (index, name) in sorted {
            map.append(index, name);
        }
        Ok(map)
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

impl Counts {
    fn add(&mut self, plan: &FunctionPlan) {
        self.functions += 1;
        self.tries += count(plan.tries.len());
        self.delegates += plan.delegates;
        self.delegate_jumps += count(plan.tries.iter().filter(|this| this.jump.is_some()).count());
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

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
