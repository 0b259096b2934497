//! Collects a [`ModuleInfo`] from a binary.

use std::collections::HashMap;

use wasmparser::{
    CompositeInnerType, Dylink0Subsection, ElementKind, ExternalKind, KnownCustom, TableInit, TypeRef, ValType,
};

use super::{
    Base, Dylink, ExportEntry, ExportKind, ExportOffset, GlobalType, ImportEntry, ImportType, ModuleInfo, NameRange,
    SizeRange, TableSlot, TableType, ValueType, WasmSignature,
};
use crate::const_expr::{Value, evaluate};
use crate::error::{Result, TranslateError};
use crate::module::Module;
use crate::options::Translated;
use crate::slim::exports as slim;

/// Collects what there is to know of a module, translated or not.
///
/// Function indices, and thus slots, are those of this very binary. Use [`Translated::inspect`] for a module that was
/// slimmed, or its slimmed exports are missing.
///
/// # Errors
/// The input is not a core WebAssembly module, or is malformed.
///
/// # Examples
/// ```
/// let info = pyrun_translate::inspect(b"\0asm\x01\0\0\0")?;
/// assert!(info.export("PyObject_CallNoArgs").is_none());
/// # Ok::<(), pyrun_translate::TranslateError>(())
/// ```
pub fn inspect(wasm: &[u8]) -> Result<ModuleInfo> {
    Inspection::new(Module::read(wasm)?).run(&[])
}

/// The types of all globals of a module, imported ones first.
///
/// # Errors
/// As [`inspect`].
pub fn global_types(wasm: &[u8]) -> Result<Vec<GlobalType>> {
    let module = Module::read(wasm)?;
    let mut types = Vec::new();
    for import in &module.imports {
        if let TypeRef::Global(ty) = &import.ty {
            types.push(global_type(ty));
        }
    }
    for global in module.globals.into_iter().flatten() {
        types.push(global_type(&global?.ty));
    }
    Ok(types)
}

impl Translated {
    /// What there is to know of the translated module, slimmed exports included.
    ///
    /// # Errors
    /// The module is malformed, because the input was.
    pub fn inspect(&self) -> Result<ModuleInfo> {
        Inspection::new(Module::read(&self.wasm)?).run(&self.slimmed)
    }
}

struct Inspection<'a> {
    module: Module<'a>,
    info: ModuleInfo,
    /// Module names and the like, which repeat.
    known_names: HashMap<&'a str, NameRange>,
    /// For each global: its type, and its value if it is a known i32.
    globals: Vec<(GlobalType, Option<ExportOffset>)>,
}

impl<'a> Inspection<'a> {
    fn new(module: Module<'a>) -> Self {
        Self { module, info: ModuleInfo::default(), known_names: HashMap::new(), globals: Vec::new() }
    }

    fn run(mut self, slimmed: &[slim::SlimmedExport]) -> Result<ModuleInfo> {
        self.signatures()?;
        self.imports()?;
        self.entities()?;
        self.globals()?;
        self.slots()?;
        self.exports(slimmed)?;
        self.dylink()?;
        self.info.functions.clone_from(&self.module.function_types);
        self.info.tags.clone_from(&self.module.tag_types);
        self.info.start = self.module.start;
        self.info.check().map_err(|what| TranslateError::malformed(0, what))?;
        Ok(self.info)
    }

    /// Signatures are numbered like types, so that no index has to be changed.
    fn signatures(&mut self) -> Result<()> {
        let Some(reader) = self.module.type_section.take() else {
            return Ok(());
        };
        for group in reader {
            for ty in group?.into_types() {
                self.info.signatures.push(match ty.composite_type.inner {
                    CompositeInnerType::Func(function) => WasmSignature {
                        params: function.params().iter().map(|ty| value_type(*ty)).collect(),
                        results: function.results().iter().map(|ty| value_type(*ty)).collect(),
                    },
                    _ => WasmSignature::default(),
                });
            }
        }
        Ok(())
    }

    fn intern(&mut self, name: &'a str) -> Result<NameRange> {
        if let Some(range) = self.known_names.get(name) {
            return Ok(*range);
        }
        let range = self.add_name(name)?;
        self.known_names.insert(name, range);
        Ok(range)
    }

    fn add_name(&mut self, name: &str) -> Result<NameRange> {
        let too_long = |_| TranslateError::malformed(0, "the names are too long");
        let range = NameRange {
            start: u32::try_from(self.info.names.len()).map_err(too_long)?,
            length: u32::try_from(name.len()).map_err(too_long)?,
        };
        self.info.names.push_str(name);
        Ok(range)
    }

    fn imports(&mut self) -> Result<()> {
        for import in core::mem::take(&mut self.module.imports) {
            let ty = match import.ty {
                TypeRef::Func(ty) | TypeRef::FuncExact(ty) => ImportType::Function(ty),
                TypeRef::Tag(tag) => ImportType::Tag(tag.func_type_idx),
                TypeRef::Table(table) => {
                    let table = table_type(&table);
                    self.info.tables.push(table);
                    ImportType::Table(table)
                }
                TypeRef::Memory(memory) => {
                    let limits = memory_limits(&memory);
                    self.info.memories.push(limits);
                    ImportType::Memory(limits)
                }
                TypeRef::Global(global) => {
                    let ty = global_type(&global);
                    self.globals.push((ty, base_of(import.name, ty).map(|base| ExportOffset { base, offset: 0 })));
                    ImportType::Global(ty)
                }
            };
            let (module, name) = (self.intern(import.module)?, self.intern(import.name)?);
            self.info.imports.push(ImportEntry { module, name, ty });
        }
        Ok(())
    }

    /// Tables and memories.
    fn entities(&mut self) -> Result<()> {
        for table in self.module.tables.take().into_iter().flatten() {
            let table = table?;
            if matches!(table.init, TableInit::Expr(_)) {
                return Err(TranslateError::unsupported(0, "a table with an initial value"));
            }
            self.info.tables.push(table_type(&table.ty));
        }
        for memory in self.module.memories.take().into_iter().flatten() {
            self.info.memories.push(memory_limits(&memory?));
        }
        Ok(())
    }

    fn globals(&mut self) -> Result<()> {
        for global in self.module.globals.take().into_iter().flatten() {
            let global = global?;
            let ty = global_type(&global.ty);
            let known = ty.value == ValueType::I32 && !ty.mutable;
            let place = if known { self.place(evaluate(&global.init_expr)?) } else { None };
            self.globals.push((ty, place));
        }
        Ok(())
    }

    /// Replaces the global in a value by what is known of it.
    fn place(&self, value: Option<Value>) -> Option<ExportOffset> {
        let Value { base, offset } = value?;
        let Some(global) = base else {
            return Some(ExportOffset { base: Base::Absolute, offset });
        };
        let (_, place) = self.globals.get(usize::try_from(global).ok()?)?;
        place.map(|place| ExportOffset { base: place.base, offset: place.offset.wrapping_add(offset) })
    }

    fn slots(&mut self) -> Result<()> {
        for element in &self.module.elements {
            let ElementKind::Active { table_index: None | Some(0), offset_expr } = &element.kind else {
                continue;
            };
            let Some(first) = self.place(evaluate(offset_expr)?) else {
                continue;
            };
            for (number, function) in (0u32..).zip(slim::functions(&element.items)?) {
                if let Some(function) = function {
                    let place = ExportOffset { base: first.base, offset: first.offset.wrapping_add(number) };
                    self.info.slots.push(TableSlot { place, function });
                }
            }
        }
        Ok(())
    }

    fn exports(&mut self, slimmed: &[slim::SlimmedExport]) -> Result<()> {
        let slots = self.first_slots();
        for export in core::mem::take(&mut self.module.exports) {
            let (kind, place) = match export.kind {
                ExternalKind::Func | ExternalKind::FuncExact => {
                    (ExportKind::Function, slots.get(&export.index).copied())
                }
                ExternalKind::Table => (ExportKind::Table, None),
                ExternalKind::Memory => (ExportKind::Memory, None),
                ExternalKind::Global => {
                    let global = usize::try_from(export.index).ok().and_then(|index| self.globals.get(index));
                    (ExportKind::Global, global.and_then(|(_, place)| *place))
                }
                ExternalKind::Tag => (ExportKind::Tag, None),
            };
            let name = self.intern(export.name)?;
            self.info.exports.push(ExportEntry { name, kind, index: export.index, place, slimmed: false });
        }
        for export in slimmed {
            let name = self.add_name(&export.name)?;
            let place = Some(ExportOffset { base: Base::Absolute, offset: export.slot });
            let (kind, index) = (ExportKind::Function, export.function);
            self.info.exports.push(ExportEntry { name, kind, index, place, slimmed: true });
        }
        let mut exports = core::mem::take(&mut self.info.exports);
        exports.sort_unstable_by(|left, right| self.info.name(left.name).cmp(self.info.name(right.name)));
        self.info.exports = exports;
        Ok(())
    }

    /// For each function in table 0, its first slot, counting only what is not overwritten by a later segment.
    fn first_slots(&self) -> HashMap<u32, ExportOffset> {
        let mut last = HashMap::new();
        for slot in &self.info.slots {
            last.insert(slot.place, slot.function);
        }
        let mut first = HashMap::new();
        for slot in self.info.slots.iter().filter(|slot| last.get(&slot.place) == Some(&slot.function)) {
            first.entry(slot.function).or_insert(slot.place);
        }
        first
    }

    fn dylink(&mut self) -> Result<()> {
        let Some(section) = self.module.dylink.take() else {
            return Ok(());
        };
        let KnownCustom::Dylink0(reader) = section.as_known() else {
            return Ok(());
        };
        let mut dylink = Dylink::default();
        for subsection in reader {
            dylink.add(subsection?);
        }
        self.info.dylink = Some(dylink);
        Ok(())
    }
}

impl Dylink {
    fn add(&mut self, subsection: Dylink0Subsection<'_>) {
        match subsection {
            Dylink0Subsection::MemInfo(info) => {
                self.memory_size = info.memory_size;
                self.memory_alignment = info.memory_alignment;
                self.table_size = info.table_size;
                self.table_alignment = info.table_alignment;
            }
            Dylink0Subsection::Needed(names) => self.needed.extend(names.into_iter().map(str::to_owned)),
            Dylink0Subsection::ExportInfo(infos) => {
                self.export_flags.extend(infos.iter().map(|info| (info.name.to_owned(), info.flags.bits())));
            }
            Dylink0Subsection::ImportInfo(infos) => self
                .import_flags
                .extend(infos.iter().map(|info| (info.module.to_owned(), info.field.to_owned(), info.flags.bits()))),
            Dylink0Subsection::RuntimePath(paths) => {
                self.runtime_paths.extend(paths.into_iter().map(str::to_owned));
            }
            Dylink0Subsection::Unknown { .. } => {}
        }
    }
}

fn base_of(name: &str, ty: GlobalType) -> Option<Base> {
    match name {
        _ if ty.value != ValueType::I32 || ty.mutable => None,
        "__memory_base" => Some(Base::Memory),
        "__table_base" => Some(Base::Table),
        _ => None,
    }
}

fn value_type(ty: ValType) -> ValueType {
    match ty {
        ValType::I32 => ValueType::I32,
        ValType::I64 => ValueType::I64,
        ValType::F32 => ValueType::F32,
        ValType::F64 => ValueType::F64,
        ValType::V128 => ValueType::V128,
        ValType::Ref(ty) if ty == wasmparser::RefType::FUNCREF => ValueType::FuncRef,
        ValType::Ref(ty) if ty == wasmparser::RefType::EXTERNREF => ValueType::ExternRef,
        ValType::Ref(ty) if ty == wasmparser::RefType::EXNREF => ValueType::ExnRef,
        ValType::Ref(_) => ValueType::OtherRef,
    }
}

fn table_type(ty: &wasmparser::TableType) -> TableType {
    let limits = SizeRange { initial: ty.initial, maximum: ty.maximum };
    TableType { element: value_type(ValType::Ref(ty.element_type)), limits }
}

fn memory_limits(ty: &wasmparser::MemoryType) -> SizeRange {
    SizeRange { initial: ty.initial, maximum: ty.maximum }
}

fn global_type(ty: &wasmparser::GlobalType) -> GlobalType {
    GlobalType { value: value_type(ty.content_type), mutable: ty.mutable }
}
