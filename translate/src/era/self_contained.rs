//! Makes a main module of the older kind stand by itself.
//!
//! Replaces what `libdylink.js` and `preamble.js` set up before they instantiate such a module: up to Emscripten 4 a main
//! module that loads libraries is position-independent, and imports its memory, its function table, the places of its
//! data and slots, its stack pointer, and its exception tags. Later ones define all of these. Here the imports become
//! definitions, so that everything behind this step sees one kind of main module.
//!
//! - `__memory_base` and `__table_base` are replaced by their values in all constant expressions.
//! - The C stack lies behind the data, as the linker would have put it: its place follows from `dylink.0`.
//! - Addresses that are exported are relative to `__memory_base`, which is added.
//! - Entries of the offset table for functions (`GOT.func`) are those of a graphics library that is not there: null.
//!
//! Invariants: all index spaces stay as they are, since imports come first in each of them and every import of a kind
//! becomes the definition of the same place. The code is not touched.

use core::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    ConstExpr, DataSection, ElementSection, ExportKind, ExportSection, GlobalSection, ImportSection, MemorySection,
    RawSection, SectionId, TableSection, TagSection,
};
use wasmparser::{Dylink0Subsection, ExternalKind, KnownCustom, SectionLimited, TypeRef};

use crate::const_expr::evaluate;
use crate::error::{Result, TranslateError};
use crate::module::Module;
use crate::slim::data::count_section;

/// What the older glue gives a main module to import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MainMemoryLayout {
    /// `__memory_base`: where its data begins.
    pub memory_base: u32,
    /// `__table_base`: where its slots begin; those before are null.
    pub table_base: u32,
    /// The size of the C stack, in bytes.
    pub stack_size: u32,
    /// Whether `dylink.0` stays, for the libraries that the module is linked with.
    pub keeps_dylink: bool,
}

/// The C stack is aligned to this.
const STACK_ALIGNMENT: u32 = 16;

/// The names under which newer main modules export what older ones import.
const MEMORY: &str = "memory";
const TABLE: &str = "__indirect_function_table";
const STACK_POINTER: &str = "__stack_pointer";

/// Turns the imports of an older main module into definitions; `None` when it defines its memory already.
///
/// # Errors
/// The module is malformed, or imports a global whose value is not known.
pub(crate) fn self_contained(wasm: &[u8], main_memory: MainMemoryLayout) -> Result<Option<Vec<u8>>> {
    let module = Module::read(wasm)?;
    if !module.imports.iter().any(|import| matches!(import.ty, TypeRef::Memory(_))) {
        return Ok(None);
    }
    Container::new(&module, main_memory)?.run().map(Some)
}

struct Container<'m, 'a> {
    module: &'m Module<'a>,
    main_memory: MainMemoryLayout,
    /// The value of each imported global.
    globals: Vec<u32>,
    out: wasm_encoder::Module,
}

impl<'m, 'a> Container<'m, 'a> {
    fn new(module: &'m Module<'a>, main_memory: MainMemoryLayout) -> Result<Self> {
        // A module that imports nothing but its memory has its data and stack where its linker put them.
        let stack_low = || stack_low(module, main_memory);
        let stack_high = || {
            let high = stack_low()?.checked_add(main_memory.stack_size).filter(|high| fits(module, *high));
            high.ok_or_else(|| TranslateError::malformed(0, "the stack does not fit memory"))
        };
        let mut globals = Vec::new();
        for import in module.imports.iter().filter(|import| matches!(import.ty, TypeRef::Global(_))) {
            globals.push(match (import.module, import.name) {
                ("env", "__memory_base") => main_memory.memory_base,
                ("env", "__table_base") => main_memory.table_base,
                ("env", STACK_POINTER) | ("GOT.mem", "__stack_high" | "__heap_base") => stack_high()?,
                ("GOT.mem", "__stack_low") => stack_low()?,
                ("GOT.func", _) => 0,
                (from, name) => {
                    return Err(TranslateError::unsupported(0, format!("the imported global {from}.{name}")));
                }
            });
        }
        Ok(Self { module, main_memory, globals, out: wasm_encoder::Module::new() })
    }

    fn run(mut self) -> Result<Vec<u8>> {
        let module = self.module;
        if let Some(dylink) = module.dylink.as_ref().filter(|_| self.main_memory.keeps_dylink) {
            let section = wasm_encoder::CustomSection { name: dylink.name().into(), data: dylink.data().into() };
            self.out.section(&section);
        }
        self.copy(SectionId::Type, module.type_section.as_ref())?;
        self.imports()?;
        self.copy(SectionId::Function, module.functions.as_ref())?;
        self.tables()?;
        self.memories()?;
        self.tags()?;
        self.globals()?;
        self.exports()?;
        if let Some(function_index) = module.start {
            self.out.section(&wasm_encoder::StartSection { function_index });
        }
        self.elements()?;
        if let Some(count) = module.data_count {
            self.raw(SectionId::DataCount, &count_section(count));
        }
        self.code();
        self.data()?;
        if let Some(name) = &module.name {
            let section = wasm_encoder::CustomSection { name: name.name().into(), data: name.data().into() };
            self.out.section(&section);
        }
        Ok(self.out.finish())
    }

    fn raw(&mut self, id: SectionId, data: &[u8]) {
        self.out.section(&RawSection { id: id.into(), data });
    }

    fn copy<T>(&mut self, id: SectionId, section: Option<&SectionLimited<'a, T>>) -> Result<()> {
        if let Some(section) = section {
            let contents = self.module.bytes(section.range())?;
            self.raw(id, contents);
        }
        Ok(())
    }

    fn fold(&self) -> Fold<'_> {
        Fold { globals: &self.globals }
    }

    /// Functions are what is still imported.
    fn imports(&mut self) -> Result<()> {
        let mut imports = ImportSection::new();
        for import in &self.module.imports {
            if matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                let ty = self.fold().entity_type(import.ty).map_err(|error| TranslateError::reencode(0, error))?;
                imports.import(import.module, import.name, ty);
            }
        }
        self.out.section(&imports);
        Ok(())
    }

    /// An imported table asks for room for the module's slots; those before [`MainMemoryLayout::table_base`] come on top.
    fn tables(&mut self) -> Result<()> {
        let mut tables = TableSection::new();
        for import in &self.module.imports {
            let TypeRef::Table(mut ty) = import.ty else { continue };
            ty.initial = ty.initial.saturating_add(u64::from(self.main_memory.table_base));
            tables.table(self.fold().table_type(ty).map_err(|error| TranslateError::reencode(0, error))?);
        }
        if let Some(reader) = self.module.tables.clone() {
            let offset = reader.range().start;
            let parsed = self.fold().parse_table_section(&mut tables, reader);
            parsed.map_err(|error| TranslateError::reencode(offset, error))?;
        }
        self.out.section(&tables);
        Ok(())
    }

    fn memories(&mut self) -> Result<()> {
        let mut memories = MemorySection::new();
        for import in &self.module.imports {
            let TypeRef::Memory(ty) = import.ty else { continue };
            memories.memory(self.fold().memory_type(ty).map_err(|error| TranslateError::reencode(0, error))?);
        }
        if let Some(reader) = self.module.memories.clone() {
            let parsed = self.fold().parse_memory_section(&mut memories, reader);
            parsed.map_err(|error| TranslateError::reencode(0, error))?;
        }
        self.out.section(&memories);
        Ok(())
    }

    fn tags(&mut self) -> Result<()> {
        let mut tags = TagSection::new();
        for import in &self.module.imports {
            let TypeRef::Tag(ty) = import.ty else { continue };
            tags.tag(self.fold().tag_type(ty).map_err(|error| TranslateError::reencode(0, error))?);
        }
        if let Some(reader) = self.module.tags.clone() {
            let parsed = self.fold().parse_tag_section(&mut tags, reader);
            parsed.map_err(|error| TranslateError::reencode(0, error))?;
        }
        if !tags.is_empty() {
            self.out.section(&tags);
        }
        Ok(())
    }

    fn globals(&mut self) -> Result<()> {
        let mut globals = GlobalSection::new();
        let imported = self.module.imports.iter().filter_map(|import| match import.ty {
            TypeRef::Global(ty) => Some(ty),
            _ => None,
        });
        for (ty, value) in imported.zip(&self.globals) {
            let ty = self.fold().global_type(ty).map_err(|error| TranslateError::reencode(0, error))?;
            globals.global(ty, &ConstExpr::i32_const(value.cast_signed()));
        }
        let addresses = self.exported_globals();
        let first = self.globals.len() as u32;
        for (index, global) in (first..).zip(self.module.globals.clone().into_iter().flatten()) {
            let global = global?;
            let ty = self.fold().global_type(global.ty).map_err(|error| TranslateError::reencode(0, error))?;
            let value = evaluate(&global.init_expr)?.filter(|value| value.base.is_none());
            match value.filter(|_| !global.ty.mutable && addresses.contains(&index)) {
                Some(value) => {
                    let address = self.main_memory.memory_base.wrapping_add(value.offset);
                    globals.global(ty, &ConstExpr::i32_const(address.cast_signed()));
                }
                None => {
                    let init = self.fold().const_expr(global.init_expr);
                    globals.global(ty, &init.map_err(|error| TranslateError::reencode(0, error))?);
                }
            }
        }
        self.out.section(&globals);
        Ok(())
    }

    /// The defined globals that are exported. The linker makes one for each address that libraries may ask for, and
    /// nothing in the module reads it.
    fn exported_globals(&self) -> std::collections::HashSet<u32> {
        let globals = self.module.exports.iter().filter(|export| export.kind == ExternalKind::Global);
        globals.map(|export| export.index).collect()
    }

    /// The module's exports, and what it imported before, under the names that newer modules use.
    fn exports(&mut self) -> Result<()> {
        let mut exports = ExportSection::new();
        if let Some(reader) = self.module.export_section.clone() {
            let parsed = self.fold().parse_export_section(&mut exports, reader);
            parsed.map_err(|error| TranslateError::reencode(0, error))?;
        }
        let taken = |name: &str| self.module.exports.iter().any(|export| export.name == name);
        let mut add = |name: &str, kind: ExportKind, index: u32| {
            if !taken(name) {
                exports.export(name, kind, index);
            }
        };
        let (mut globals, mut tags) = (0, 0);
        for import in &self.module.imports {
            match import.ty {
                TypeRef::Memory(_) => add(MEMORY, ExportKind::Memory, 0),
                TypeRef::Table(_) => add(TABLE, ExportKind::Table, 0),
                TypeRef::Global(_) => {
                    if import.name == STACK_POINTER {
                        add(STACK_POINTER, ExportKind::Global, globals);
                    }
                    globals += 1;
                }
                TypeRef::Tag(_) => {
                    add(import.name, ExportKind::Tag, tags);
                    tags += 1;
                }
                TypeRef::Func(_) | TypeRef::FuncExact(_) => {}
            }
        }
        self.out.section(&exports);
        Ok(())
    }

    fn elements(&mut self) -> Result<()> {
        let Some(reader) = self.module.element_section.clone() else { return Ok(()) };
        let mut elements = ElementSection::new();
        let offset = reader.range().start;
        let parsed = self.fold().parse_element_section(&mut elements, reader);
        parsed.map_err(|error| TranslateError::reencode(offset, error))?;
        self.out.section(&elements);
        Ok(())
    }

    fn code(&mut self) {
        let mut code = wasm_encoder::CodeSection::new();
        for body in &self.module.code {
            code.raw(body.as_bytes());
        }
        if !code.is_empty() {
            self.out.section(&code);
        }
    }

    fn data(&mut self) -> Result<()> {
        let Some(reader) = self.module.data.clone() else { return Ok(()) };
        let mut data = DataSection::new();
        let offset = reader.range().start;
        let parsed = self.fold().parse_data_section(&mut data, reader);
        parsed.map_err(|error| TranslateError::reencode(offset, error))?;
        self.out.section(&data);
        Ok(())
    }
}

/// Whether an address lies within the memory that the module asks for.
fn fits(module: &Module<'_>, address: u32) -> bool {
    let memories = module.imports.iter().filter_map(|import| match import.ty {
        TypeRef::Memory(memory) => Some(memory.initial),
        _ => None,
    });
    memories.max().is_some_and(|pages| u64::from(address) <= pages.saturating_mul(1 << 16))
}

/// Where the C stack begins: behind the data.
fn stack_low(module: &Module<'_>, main_memory: MainMemoryLayout) -> Result<u32> {
    let missing = || TranslateError::malformed(0, "a module that imports its memory has no section dylink.0");
    let section = module.dylink.as_ref().ok_or_else(missing)?;
    let KnownCustom::Dylink0(reader) = section.as_known() else { return Err(missing()) };
    for subsection in reader {
        if let Dylink0Subsection::MemInfo(info) = subsection? {
            let end = main_memory.memory_base.checked_add(info.memory_size);
            let low = end.and_then(|end| end.checked_next_multiple_of(STACK_ALIGNMENT));
            return low.ok_or_else(|| TranslateError::malformed(0, "the data does not fit memory"));
        }
    }
    Err(missing())
}

/// Re-encodes sections with the values of imported globals in the place of the globals.
struct Fold<'m> {
    globals: &'m [u32],
}

impl Reencode for Fold<'_> {
    type Error = Infallible;

    fn const_expr(&mut self, expr: wasmparser::ConstExpr<'_>) -> core::result::Result<ConstExpr, Error<Self::Error>> {
        // An expression that does not decode is not folded: the re-encoder says what is wrong with it.
        let folded = evaluate(&expr).ok().flatten().and_then(|value| {
            let base = match value.base {
                Some(global) => *self.globals.get(usize::try_from(global).ok()?)?,
                None => 0,
            };
            Some(base.wrapping_add(value.offset))
        });
        match folded {
            Some(value) => Ok(ConstExpr::i32_const(value.cast_signed())),
            None => wasm_encoder::reencode::utils::const_expr(self, expr),
        }
    }
}
