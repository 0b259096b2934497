//! The sections other than the code: each is copied, unless something in it changes.

use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, FunctionSection, GlobalSection,
    ImportSection, NameMap, NameSection, SectionId, TableSection, TagKind, TagSection, TagType,
};
use wasmparser::{KnownCustom, Name, SectionLimited};

use super::Pass;
use crate::eh::js_exceptions::JsExceptions;
use crate::error::{Result, TranslateError};
use crate::indices::Shift;
use crate::optimize::bulk::Bulk;
use crate::options::{GLOBAL_EXPORT, STACK_POINTER_EXPORT, START_EXPORT};

/// Limit: bytes of a name section that is kept; the engine keeps each name twice. Beyond it traps have no names.
const MOST_NAMES: usize = 32 << 20;

impl<'a> Pass<'a> {
    pub(super) fn imports(&mut self) -> Result<()> {
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

    pub(super) fn functions(&mut self) -> Result<()> {
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

    pub(super) fn tags(&mut self) -> Result<()> {
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

    pub(super) fn tables(&mut self) -> Result<()> {
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

    pub(super) fn globals(&mut self) -> Result<()> {
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

    pub(super) fn exports(&mut self) -> Result<()> {
        let section = self.module.export_section.take();
        let functions = &self.rebinding.functions;
        let added = !self.state_globals.is_empty() || self.start_export.is_some() || self.stack_pointer.is_some();
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
        if let Some(stack_pointer) = self.stack_pointer {
            exports.export(STACK_POINTER_EXPORT, ExportKind::Global, stack_pointer);
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

    pub(super) fn elements(&mut self) -> Result<()> {
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

    pub(super) fn data(&mut self) -> Result<()> {
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

    pub(super) fn names(&mut self) -> Result<()> {
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
        // What names a module has is information: what cannot be read of them, or would take too much, is left out.
        let mut names = NameSection::new();
        let readable = if section.data().len() > MOST_NAMES { 0 } else { usize::MAX };
        for subsection in reader.into_iter().map_while(core::result::Result::ok).take(readable) {
            match subsection {
                Name::Module { name, .. } => names.module(name),
                Name::Function(functions) => names.functions(&self.function_names(functions)),
                _ => {}
            }
        }
        self.out.section(&names);
        Ok(())
    }

    /// Function names by new index. Of two names the definition's is kept, which comes later.
    fn function_names(&self, functions: wasmparser::NameMap<'a>) -> NameMap {
        let mut sorted = std::collections::BTreeMap::new();
        for naming in functions.into_iter().map_while(core::result::Result::ok) {
            let exists = (naming.index as usize) < self.module.function_types.len();
            if let Some(index) = self.rebinding.functions.get(naming.index, 0).ok().filter(|_| exists) {
                sorted.insert(index, naming.name);
            }
        }
        let mut map = NameMap::new();
        for (index, name) in sorted {
            map.append(index, name);
        }
        map
    }
}
