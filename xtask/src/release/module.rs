//! What a release's main module says of itself: imports, data, the sizes of Python's objects, how it is built.

use std::collections::BTreeMap;
use std::error::Error;

use wasmparser::{ConstExpr, DataKind, Export, ExternalKind, FuncType, Operator, Parser, Payload, TypeRef, ValType};

/// Data that the host reads or writes; the addresses are for checking only, and relative before 314.
const DATA: [&str; 14] = [
    "Jsr_error",
    "Jsr_false",
    "Jsr_novalue",
    "Jsr_true",
    "Jsr_undefined",
    "Py_EMSCRIPTEN_SIGNAL_HANDLING",
    VERSION,
    TRAMPOLINE_OFFSET,
    "_PyRuntime",
    "_Py_emscripten_signal_clock",
    "_Py_emscripten_signal_in_memory",
    "__heap_base",
    "__stack_high",
    "__stack_low",
];

/// `PY_VERSION_HEX`, as data.
const VERSION: &str = "Py_Version";
/// Exists where CPython keeps the slot of a function that calls functions of any arity.
const TRAMPOLINE_OFFSET: &str = "_PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET";

/// Types whose objects the host reads where they lie, or makes: what they are called here, and their symbols.
const TYPES: [(&str, &str); 12] = [
    ("builtin_function", "PyCFunction_Type"),
    ("bytearray", "PyByteArray_Type"),
    ("bytes", "PyBytes_Type"),
    ("complex", "PyComplex_Type"),
    ("dict", "PyDict_Type"),
    ("float", "PyFloat_Type"),
    ("int", "PyLong_Type"),
    ("list", "PyList_Type"),
    ("module", "PyModule_Type"),
    ("set", "PySet_Type"),
    ("str", "PyUnicode_Type"),
    ("tuple", "PyTuple_Type"),
];

/// Where `tp_basicsize` is in a `PyTypeObject` of a 32-bit machine: behind the head of an object of variable size, and a pointer.
const BASIC_SIZE: i32 = 16;

/// What is read from a main module.
#[derive(Default)]
pub(super) struct MainModule {
    /// By `module.name`, the type in letters.
    pub(super) imports: BTreeMap<String, String>,
    /// Functions whose addresses the loader fills in.
    pub(super) got_functions: usize,
    /// Variables whose addresses the loader fills in.
    pub(super) got_data: usize,
    /// How many exports there are.
    pub(super) exports: usize,
    /// Addresses by name.
    pub(super) data: BTreeMap<String, i32>,
    /// `tp_basicsize` by the type's Python name.
    pub(super) basic_sizes: BTreeMap<String, u32>,
    /// CPython's version, e.g. `3.14.2` or `3.15.0rc1`.
    pub(super) python: String,
    imports_memory: bool,
}

impl MainModule {
    pub(super) fn read(module: &[u8]) -> Result<Self, Box<dyn Error>> {
        let mut reader = Reader::default();
        for payload in Parser::new(0).parse_all(module) {
            reader.payload(payload?)?;
        }
        reader.finish()
    }

    /// The name of the era, as the loader's table has it.
    pub(super) fn era(&self) -> &'static str {
        match self.imports_memory {
            true if self.imports.keys().any(|name| name.starts_with("env.invoke_")) => "js-exceptions",
            true => "wasm-exceptions",
            false => "self-contained",
        }
    }

    /// How CPython calls functions of any arity, as the loader's table has it.
    pub(super) fn trampoline(&self) -> Result<&'static str, Box<dyn Error>> {
        let imports = |name| self.imports.contains_key(name);
        Ok(match () {
            () if self.data.contains_key(TRAMPOLINE_OFFSET) => "called",
            () if imports("env._PyEM_GetCountArgsPtr") => "counted",
            () if imports("env._PyEM_CountFuncParams") => "asked",
            () => return Err("this CPython calls functions of any arity in a way that pyrun does not know".into()),
        })
    }
}

#[derive(Default)]
struct Reader<'a> {
    found: MainModule,
    types: Vec<FuncType>,
    /// Other imported globals, which come first in the index space as well.
    other_globals: usize,
    /// Constant values of the module's own globals, by index.
    globals: Vec<Option<i32>>,
    /// Exported globals that are addresses, by name.
    symbols: BTreeMap<&'a str, i32>,
    /// Where each begins, and its bytes.
    segments: Vec<(i32, &'a [u8])>,
}

impl<'a> Reader<'a> {
    fn payload(&mut self, payload: Payload<'a>) -> Result<(), Box<dyn Error>> {
        match payload {
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    self.types.push(ty?);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    self.import(import.module, import.name, import.ty)?;
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    self.globals.push(constant(&global?.init_expr)?);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    self.export(export?);
                }
            }
            Payload::DataSection(segments) => {
                for segment in segments {
                    let segment = segment?;
                    if let DataKind::Active { offset_expr, .. } = segment.kind {
                        self.segments.extend(constant(&offset_expr)?.map(|start| (start, segment.data)));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, module: &str, name: &str, ty: TypeRef) -> Result<(), Box<dyn Error>> {
        match (module, ty) {
            (_, TypeRef::Func(index)) => {
                let ty = self.types.get(index as usize).ok_or("a type index out of range")?;
                self.found.imports.insert(format!("{module}.{name}"), letters(ty)?);
            }
            ("GOT.func", TypeRef::Global(_)) => self.found.got_functions += 1,
            ("GOT.mem", TypeRef::Global(_)) => self.found.got_data += 1,
            (_, TypeRef::Global(_)) => self.other_globals += 1,
            (_, TypeRef::Memory(_)) => self.found.imports_memory = true,
            (_, TypeRef::Table(_) | TypeRef::Tag(_)) => {}
            (_, other) => return Err(format!("import {module}.{name} is {other:?}").into()),
        }
        Ok(())
    }

    fn export(&mut self, export: Export<'a>) {
        self.found.exports += 1;
        if export.kind == ExternalKind::Global {
            let imported = self.found.got_functions + self.found.got_data + self.other_globals;
            let own = (export.index as usize).checked_sub(imported);
            let value = own.and_then(|index| self.globals.get(index).copied().flatten());
            self.symbols.extend(value.map(|value| (export.name, value)));
        }
    }

    /// A word of the module's data. What no segment has is zero: segments may end in the middle of a word.
    fn word(&self, address: i32) -> u32 {
        let byte = |address: i32| {
            let in_segment = |(start, bytes): &(i32, &'a [u8])| {
                bytes.get(usize::try_from(address.checked_sub(*start)?).ok()?).copied()
            };
            self.segments.iter().find_map(in_segment).unwrap_or(0)
        };
        u32::from_le_bytes([0, 1, 2, 3].map(|index| byte(address.wrapping_add(index))))
    }

    fn finish(mut self) -> Result<MainModule, Box<dyn Error>> {
        let symbol = |name: &str| self.symbols.get(name).copied();
        let data = DATA.iter().filter_map(|name| Some(((*name).to_owned(), symbol(name)?))).collect();
        let size = |symbol: i32| self.word(symbol.wrapping_add(BASIC_SIZE));
        let sizes = TYPES.iter().filter_map(|(name, ty)| Some(((*name).to_owned(), size(symbol(ty)?))));
        let basic_sizes = sizes.collect();
        let version = symbol(VERSION).map(|address| self.word(address)).filter(|version| *version != 0);
        self.found.python = python_version(version.ok_or("it does not say which Python it is")?);
        self.found.data = data;
        self.found.basic_sizes = basic_sizes;
        Ok(self.found)
    }
}

/// The value of a constant expression: a number, or a sum; what the loader adds counts as 0, so addresses are relative then.
fn constant(expression: &ConstExpr<'_>) -> Result<Option<i32>, Box<dyn Error>> {
    let mut sum = 0_i32;
    for operator in expression.get_operators_reader() {
        match operator? {
            Operator::I32Const { value } => sum = sum.wrapping_add(value),
            Operator::GlobalGet { .. } | Operator::I32Add | Operator::End => {}
            _ => return Ok(None),
        }
    }
    Ok(Some(sum))
}

/// `PY_VERSION_HEX` as Python writes it.
fn python_version(hex: u32) -> String {
    let [major, minor, micro, rest] = hex.to_be_bytes();
    let (level, serial) = (rest >> 4, rest & 15);
    let suffix = match level {
        0xA => format!("a{serial}"),
        0xB => format!("b{serial}"),
        0xC => format!("rc{serial}"),
        _ => String::new(),
    };
    format!("{major}.{minor}.{micro}{suffix}")
}

/// `iij:f`: a letter per parameter and result; `j` is i64, `e` externref.
fn letters(ty: &FuncType) -> Result<String, Box<dyn Error>> {
    let letter = |ty: &ValType| match ty {
        ValType::I32 => Ok('i'),
        ValType::I64 => Ok('j'),
        ValType::F32 => Ok('f'),
        ValType::F64 => Ok('d'),
        ty if *ty == ValType::EXTERNREF => Ok('e'),
        other => Err(format!("no letter for {other}")),
    };
    let params = ty.params().iter().map(letter).collect::<Result<String, _>>()?;
    let results = ty.results().iter().map(letter).collect::<Result<String, _>>()?;
    Ok(format!("{params}:{results}"))
}

#[cfg(test)]
mod tests {
    use super::python_version;

    #[test]
    fn a_version_is_written_as_python_writes_it() {
        assert_eq!(python_version(0x030E_02F0), "3.14.2");
        assert_eq!(python_version(0x030F_00C1), "3.15.0rc1");
        assert_eq!(python_version(0x030F_00A7), "3.15.0a7");
    }
}
