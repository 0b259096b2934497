//! A module cut into its sections.

use wasmparser::{
    CustomSectionReader, DataSectionReader, Element, ElementSectionReader, Export, ExportSectionReader, ExternalKind,
    FunctionBody, FunctionSectionReader, GlobalSectionReader, Import, ImportSectionReader, KnownCustom,
    MemorySectionReader, Parser, Payload, TableSectionReader, TagSectionReader, TypeRef, TypeSectionReader,
};

use super::error::{Result, TranslateError};
use super::types::TypeTable;

/// The sections of a module, undecoded, and the tables that nearly every step needs.
#[derive(Default)]
pub(crate) struct Module<'a> {
    /// The whole input.
    pub(crate) wasm: &'a [u8],
    pub(crate) dylink: Option<CustomSectionReader<'a>>,
    pub(crate) name: Option<CustomSectionReader<'a>>,
    pub(crate) types: TypeTable<'a>,
    pub(crate) type_section: Option<TypeSectionReader<'a>>,
    pub(crate) imports: Vec<Import<'a>>,
    pub(crate) import_section: Option<ImportSectionReader<'a>>,
    pub(crate) functions: Option<FunctionSectionReader<'a>>,
    pub(crate) tables: Option<TableSectionReader<'a>>,
    pub(crate) memories: Option<MemorySectionReader<'a>>,
    pub(crate) tags: Option<TagSectionReader<'a>>,
    pub(crate) globals: Option<GlobalSectionReader<'a>>,
    pub(crate) exports: Vec<Export<'a>>,
    pub(crate) export_section: Option<ExportSectionReader<'a>>,
    pub(crate) start: Option<u32>,
    pub(crate) elements: Vec<Element<'a>>,
    pub(crate) element_section: Option<ElementSectionReader<'a>>,
    pub(crate) data_count: Option<u32>,
    pub(crate) code: Vec<FunctionBody<'a>>,
    pub(crate) data: Option<DataSectionReader<'a>>,
    /// Names of the custom sections that are dropped.
    pub(crate) dropped: Vec<&'a str>,
    /// Number of imported functions, which come first in the index space.
    pub(crate) imported_functions: u32,
    /// The type index of every function, imported ones first.
    pub(crate) function_types: Vec<u32>,
    /// The type index of every tag, imported ones first.
    pub(crate) tag_types: Vec<u32>,
}

impl<'a> Module<'a> {
    /// Reads the sections.
    ///
    /// # Errors
    /// The input is not a core module, is truncated, or has sections of an unknown kind.
    pub(crate) fn read(wasm: &'a [u8]) -> Result<Self> {
        check_header(wasm)?;
        let mut module = Self { wasm, ..Self::default() };
        for payload in Parser::new(0).parse_all(wasm) {
            module.payload(payload?)?;
        }
        let defined = module.function_types.len().saturating_sub(module.imports_of_functions());
        if defined != module.code.len() {
            return Err(TranslateError::malformed(
                u64::try_from(wasm.len()).unwrap_or(u64::MAX),
                format!("{defined} functions are declared, {} have code", module.code.len()),
            ));
        }
        Ok(module)
    }

    /// The indices of the mutable globals that the module defines.
    pub(crate) fn mutable_globals(&self) -> Result<Vec<u32>> {
        let imported = self.imports.iter().filter(|import| matches!(import.ty, TypeRef::Global(_))).count();
        let Some(globals) = self.globals.clone() else { return Ok(Vec::new()) };
        let mut mutable = Vec::new();
        for (index, global) in (u32::try_from(imported).unwrap_or(u32::MAX)..).zip(globals) {
            if global?.ty.mutable {
                mutable.push(index);
            }
        }
        Ok(mutable)
    }

    /// The index of the function that is exported by this name.
    pub(crate) fn exported_function(&self, name: &str) -> Option<u32> {
        let is_it = |export: &&Export<'_>| export.kind == ExternalKind::Func && export.name == name;
        self.exports.iter().find(is_it).map(|export| export.index)
    }

    fn imports_of_functions(&self) -> usize {
        usize::try_from(self.imported_functions).unwrap_or(usize::MAX)
    }

    fn payload(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::TypeSection(reader) => self.types(reader)?,
            Payload::ImportSection(reader) => self.imports(reader)?,
            Payload::FunctionSection(reader) => self.functions(reader)?,
            Payload::TableSection(reader) => self.tables = Some(reader),
            Payload::MemorySection(reader) => self.memories = Some(reader),
            Payload::TagSection(reader) => self.tags(reader)?,
            Payload::GlobalSection(reader) => self.globals = Some(reader),
            Payload::ExportSection(reader) => {
                self.exports = reader.clone().into_iter().collect::<core::result::Result<_, _>>()?;
                self.export_section = Some(reader);
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(reader) => {
                self.elements = reader.clone().into_iter().collect::<core::result::Result<_, _>>()?;
                self.element_section = Some(reader);
            }
            Payload::DataCountSection { count, .. } => self.data_count = Some(count),
            Payload::CodeSectionEntry(body) => self.code.push(body),
            Payload::DataSection(reader) => self.data = Some(reader),
            Payload::CustomSection(reader) => self.custom(reader),
            Payload::UnknownSection { id, range, .. } => {
                return Err(TranslateError::unsupported(range.start, format!("a section of kind {id}")));
            }
            _ => {}
        }
        Ok(())
    }

    fn types(&mut self, reader: TypeSectionReader<'a>) -> Result<()> {
        let range = reader.range();
        self.types = TypeTable::read(reader.clone(), self.bytes(range)?)?;
        self.type_section = Some(reader);
        Ok(())
    }

    fn functions(&mut self, reader: FunctionSectionReader<'a>) -> Result<()> {
        for ty in reader.clone() {
            self.function_types.push(ty?);
        }
        self.functions = Some(reader);
        Ok(())
    }

    fn tags(&mut self, reader: TagSectionReader<'a>) -> Result<()> {
        for tag in reader.clone() {
            self.tag_types.push(tag?.func_type_idx);
        }
        self.tags = Some(reader);
        Ok(())
    }

    fn imports(&mut self, reader: ImportSectionReader<'a>) -> Result<()> {
        for import in reader.clone().into_imports() {
            let import = import?;
            match import.ty {
                TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                    self.function_types.push(ty);
                    self.imported_functions += 1;
                }
                TypeRef::Tag(tag) => self.tag_types.push(tag.func_type_idx),
                TypeRef::Table(_) | TypeRef::Memory(_) | TypeRef::Global(_) => {}
            }
            self.imports.push(import);
        }
        self.import_section = Some(reader);
        Ok(())
    }

    fn custom(&mut self, reader: CustomSectionReader<'a>) {
        match reader.name() {
            "dylink.0" if self.dylink.is_none() && is_dylink(&reader) => self.dylink = Some(reader),
            "name" if self.name.is_none() => self.name = Some(reader),
            other => self.dropped.push(other),
        }
    }

    /// A range of the input.
    pub(crate) fn bytes(&self, range: core::ops::Range<u64>) -> Result<&'a [u8]> {
        let start = usize::try_from(range.start).ok();
        start
            .zip(usize::try_from(range.end).ok())
            .and_then(|(start, end)| self.wasm.get(start..end))
            .ok_or_else(|| TranslateError::malformed(range.start, "a section is cut off"))
    }
}

/// Whether a custom section says what `dylink.0` says. One that cannot be read says nothing, as any custom section: it makes no module
/// invalid.
pub(crate) fn is_dylink(section: &CustomSectionReader<'_>) -> bool {
    match section.as_known() {
        KnownCustom::Dylink0(reader) => reader.into_iter().all(|subsection| subsection.is_ok()),
        _ => false,
    }
}

/// Refuses what does not begin like a core module.
pub(crate) fn check_header(wasm: &[u8]) -> Result<()> {
    not_a_module(wasm).map_or(Ok(()), |found| Err(TranslateError::NotAModule { found }))
}

/// What a file looks like that does not begin like a core module.
pub(crate) fn not_a_module(wasm: &[u8]) -> Option<&'static str> {
    Some(match wasm {
        _ if Parser::is_core_wasm(wasm) => return None,
        _ if Parser::is_component(wasm) => "a component",
        [] => "empty",
        [0, b'a', b's', b'm', ..] => "a truncated module, or one of an unknown version",
        [0x7f, b'E', b'L', b'F', ..] => "a native (ELF) binary",
        [b'P', b'K', ..] => "a zip archive",
        [b'B', b'C', ..] => "LLVM bitcode",
        _ if wasm.trim_ascii_start().starts_with(b"(module") => "WebAssembly in its text form",
        _ if core::str::from_utf8(wasm.get(..wasm.len().min(64)).unwrap_or_default()).is_ok() => "text",
        _ => "something else",
    })
}
