//! A memory before the module's own, for the LLVM compiler.
//!
//! wasmer's LLVM compiler hands the base of memory 0 from function to function as a parameter that nothing else knows:
//! neither host functions in tables nor code by another compiler take it, and of an indirect call it guesses from the
//! element segments who will be called. It does so only when memory 0 has its place for good. So here memory 0 becomes
//! one that has not ([`is_spare`]), which nothing uses; the module's own comes after it, and calls are as the C ABI has
//! them, the same as in Cranelift's code.
//!
//! A module that imports its memory imports it twice, so that whoever links it need not know of this. One without
//! memory stays as it is. Functions that take or give vectors are refused: Cranelift passes a vector as one, LLVM as two
//! numbers. No module of a release has any, since Emscripten's C ABI passes vectors by address.

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{FuncType, ImportSection, MemorySection, MemoryType, Module};
use wasmparser::{ImportSectionReader, MemorySectionReader, Parser, TypeRef, ValType};

use crate::error::{Result, TranslateError};

/// Whether a memory of a module that [`with_spare_memory`] gave is the one that nothing uses: its least size is zero.
#[must_use]
pub const fn is_spare(minimum_pages: u64) -> bool {
    minimum_pages == 0
}

/// Puts a memory that nothing uses before the module's own. All that is said of the module elsewhere stays true.
///
/// # Errors
/// The module is malformed, or a function's type has a vector in it.
pub fn with_spare_memory(wasm: &[u8]) -> Result<Vec<u8>> {
    crate::module::check_header(wasm)?;
    let mut module = Module::new();
    let result = Shift::default().parse_core_module(&mut module, Parser::new(0), wasm);
    result.map_err(|error| TranslateError::reencode(0, error))?;
    Ok(module.finish())
}

/// Numbers each memory one higher.
#[derive(Default)]
struct Shift {
    /// Whether the spare memory is among the imports.
    is_imported: bool,
}

impl Reencode for Shift {
    type Error = &'static str;

    fn func_type(&mut self, ty: wasmparser::FuncType) -> core::result::Result<FuncType, Error<Self::Error>> {
        if ty.params().iter().chain(ty.results()).any(|ty| *ty == ValType::V128) {
            return Err(Error::UserError("a function that takes or gives a vector"));
        }
        utils::func_type(self, ty)
    }

    fn memory_index(&mut self, memory: u32) -> core::result::Result<u32, Error<Self::Error>> {
        Ok(memory.saturating_add(1))
    }

    fn memory_type(&mut self, ty: wasmparser::MemoryType) -> core::result::Result<MemoryType, Error<Self::Error>> {
        // Else it could not be told from the spare one. Nothing is lost: no guest lives on less than a page.
        let ty = utils::memory_type(self, ty);
        Ok(MemoryType { minimum: ty.minimum.max(1), ..ty })
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> core::result::Result<(), Error<Self::Error>> {
        for import in section.clone().into_imports() {
            let import = import?;
            if let TypeRef::Memory(_) = import.ty {
                imports.import(import.module, import.name, SPARE);
                self.is_imported = true;
                break;
            }
        }
        utils::parse_import_section(self, imports, section)
    }

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: MemorySectionReader<'_>,
    ) -> core::result::Result<(), Error<Self::Error>> {
        if section.count() > 0 && !self.is_imported {
            memories.memory(MemoryType { maximum: Some(0), ..SPARE });
        }
        utils::parse_memory_section(self, memories, section)
    }
}

/// The spare memory as an import: any memory will do.
const SPARE: MemoryType =
    MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
