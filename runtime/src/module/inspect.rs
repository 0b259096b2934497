//! What a module imports and exports, and whether it would run here: told from the file alone, nothing is compiled.

use std::collections::BTreeMap;

use pyrun_packages::Digest;
use pyrun_pyodide_loader::KnownRelease;
use pyrun_translate::{ExportKind, ImportType, ModuleInfo, SizeRange, WasmKind, WasmSignature, global_types, inspect};
use serde::Serialize;

use super::instance::{WasmType, wasm_signature_text};
use super::kind::Kind;
use super::open::Module;
use super::standalone::ENTRIES;
use super::support::{self, Support};
use super::verdict::{self, Lacks};
use super::{emscripten, micropython, python, wasi};
use crate::error::Error;

/// What a module is made of, and whether it would run. `Display` prints it for a person; it serialises for a program.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (import "env" "log" (func (param i32)))
/// #     (memory (export "memory") 1 4) (func (export "run") (param i32) (result f64) (f64.const 0)))"#).unwrap();
/// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let inspection = engine.module(wasm)?.inspect()?;
/// assert_eq!(inspection.kind, "standalone");
/// assert_eq!(inspection.exports[1].ty, "(i32) -> f64");
/// assert_eq!(inspection.imports[0].to_be_defined, ["log: (i32)"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The path that it was opened by.
    pub name: String,
    /// [`Kind::name`].
    pub kind: &'static str,
    /// The kind in words; for what cannot run, with the reason and what to do.
    pub description: String,
    /// The function that runs it, if it is a program.
    pub entry: Option<String>,
    /// Whether it can be run or driven here.
    pub runs: bool,
    /// Why not, and what would do.
    pub obstacle: Option<String>,
    /// Its imports, by the module that they are from.
    pub imports: Vec<ImportFamily>,
    /// Its exports, in the order of their names.
    pub exports: Vec<InspectedExport>,
    /// Its memories, imported ones first.
    pub memories: Vec<InspectedSize>,
    /// Its tables, imported ones first.
    pub tables: Vec<InspectedSize>,
    /// Whether something runs as soon as it is instantiated.
    pub has_start: bool,
    /// Functions that it defines.
    pub functions: usize,
}

/// The imports from one module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImportFamily {
    /// The module's name, such as `env` or `wasi_snapshot_preview1`.
    pub module: String,
    /// How many imports are from it.
    pub total: usize,
    /// How many of them are there: functions of pyrun's, and memories, tables and globals that it makes.
    pub supported: usize,
    /// Functions that are there, and always answer an error on purpose.
    pub refused: Vec<String>,
    /// Functions and globals that the embedder is to define, with their types.
    pub to_be_defined: Vec<String>,
    /// What nobody has, with its type.
    pub missing: Vec<String>,
}

/// An export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InspectedExport {
    /// Its name: any text, which may hold control characters.
    pub name: String,
    /// `function`, `memory`, `table`, `global` or `tag`.
    pub kind: &'static str,
    /// Its type: the signature of a function, the value of a global (`mut i32`), the size of a memory or a table.
    pub ty: String,
}

/// The size of a memory, in pages of 64 KiB, or of a table, in slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InspectedSize {
    /// The size at the start.
    pub minimum: u64,
    /// The largest size, if it says one.
    pub maximum: Option<u64>,
    /// Whether it is imported.
    pub imported: bool,
}

impl Module {
    /// Its imports and exports, and whether it would run.
    ///
    /// # Errors
    /// None at present: why a module does not run stands in [`Inspection::obstacle`].
    pub fn inspect(&self) -> Result<Inspection, Error> {
        Inspection::of(self)
    }
}

impl Inspection {
    fn of(module: &Module) -> Result<Self, Error> {
        let mut inspection = Self {
            name: module.name().to_owned(),
            kind: module.kind().name(),
            description: module.description(),
            entry: None,
            runs: false,
            obstacle: module.refusal().map(|error| error.to_string()),
            imports: Vec::new(),
            exports: Vec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            has_start: false,
            functions: 0,
        };
        if matches!(module.kind(), Kind::Component | Kind::NotWasm) {
            return Ok(inspection);
        }
        match inspect(module.wasm()) {
            Ok(info) => inspection.fill(module, &info, &global_types(module.wasm()).unwrap_or_default()),
            Err(error) => inspection.obstacle = inspection.obstacle.or_else(|| Some(error.to_string())),
        }
        Ok(inspection)
    }

    fn fill(&mut self, module: &Module, info: &ModuleInfo, globals: &[pyrun_translate::GlobalType]) {
        self.imports = imports(module, info);
        self.exports = info.exports().map(|export| exported(&export, info, globals)).collect();
        let imported = |is: fn(&ImportType) -> bool| info.imports().filter(|import| is(&import.ty)).count();
        let (memories, tables) =
            (imported(|ty| matches!(ty, ImportType::Memory(_))), imported(|ty| matches!(ty, ImportType::Table(_))));
        self.memories = sizes(info.memories().iter().copied(), memories);
        self.tables = sizes(info.tables().iter().map(|table| table.limits), tables);
        self.has_start = info.start().is_some();
        let functions = imported(|ty| matches!(ty, ImportType::Function(_)));
        self.functions = info.function_count().saturating_sub(functions);
        let is_exported = |name: &&str| info.export(name).is_some_and(|found| found.kind == ExportKind::Function);
        self.entry = entries(module.wasm_kind()).find(|name| is_exported(name)).map(str::to_owned);
        self.obstacle = verdict::obstacle(module, &self.lacks());
        self.runs = self.obstacle.is_none();
    }

    /// Its imports that pyrun does not serve, without their types.
    fn lacks(&self) -> Lacks {
        let mut lacks = Lacks::default();
        for family in &self.imports {
            let name = |described: &String| {
                let name = described.rsplit_once(": ").map_or(described.as_str(), |(name, _)| name);
                format!("{}.{name}", family.module)
            };
            lacks.missing.extend(family.missing.iter().map(name));
            lacks.to_be_defined.extend(family.to_be_defined.iter().map(name));
        }
        lacks
    }

    /// As JSON, indented.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Plain fields and text: there is nothing that JSON cannot hold.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

fn sizes(all: impl Iterator<Item = SizeRange>, imported: usize) -> Vec<InspectedSize> {
    let size = |(index, size): (usize, SizeRange)| InspectedSize {
        minimum: size.initial,
        maximum: size.maximum,
        imported: index < imported,
    };
    all.enumerate().map(size).collect()
}

/// The names by which a program of this kind begins, of which the first counts.
fn entries(kind: WasmKind) -> Box<dyn Iterator<Item = &'static str>> {
    match kind {
        WasmKind::EmscriptenMain => Box::new(pyrun_emscripten_shim::program::entries()),
        WasmKind::PyodideMain => Box::new(["main", "__main_argc_argv"].into_iter()),
        WasmKind::WasiCommand => Box::new(["_start"].into_iter()),
        WasmKind::Standalone => Box::new(ENTRIES.into_iter()),
        _ => Box::new(std::iter::empty()),
    }
}

fn imports(module: &Module, info: &ModuleInfo) -> Vec<ImportFamily> {
    let served = Served::of(module, info);
    let mut families: BTreeMap<&str, ImportFamily> = BTreeMap::new();
    for import in info.imports() {
        let family = families
            .entry(import.module)
            .or_insert_with(|| ImportFamily { module: import.module.to_owned(), ..ImportFamily::default() });
        let (support, ty) = match import.ty {
            ImportType::Function(number) => {
                let signature = info.signature(number).cloned().unwrap_or_default();
                (served.function(info, import.module, import.name, &signature), wasm_signature_text(&signature))
            }
            ImportType::Memory(size) => (served.other(), size_text(size, "page")),
            ImportType::Table(table) => (served.other(), size_text(table.limits, "slot")),
            ImportType::Global(global) => (served.global(), WasmType::of(global.value).to_string()),
            ImportType::Tag(_) => (served.tag(), "tag".to_owned()),
        };
        family.total += 1;
        let described = format!("{}: {ty}", import.name);
        match support {
            Support::Full => family.supported += 1,
            Support::Refused => {
                family.supported += 1;
                family.refused.push(described);
            }
            Support::Embedder => family.to_be_defined.push(described),
            Support::Missing => family.missing.push(described),
        }
    }
    families.into_values().collect()
}

/// Who serves the functions that a module imports.
enum Served {
    Wasi,
    Emscripten,
    MicroPython,
    /// A main module of Pyodide's: its release, if that is known.
    Python(Option<&'static KnownRelease>),
    Embedder,
    Nobody,
}

impl Served {
    fn of(module: &Module, info: &ModuleInfo) -> Self {
        match module.wasm_kind() {
            WasmKind::WasiCommand | WasmKind::WasiReactor | WasmKind::Wasix => Self::Wasi,
            WasmKind::EmscriptenMain if support::lacks_of_micropython(info).is_none() => Self::MicroPython,
            WasmKind::EmscriptenMain | WasmKind::EmscriptenSide => Self::Emscripten,
            WasmKind::PyodideMain => Self::Python(KnownRelease::of_module(&Digest::of(module.wasm()).to_string())),
            WasmKind::Standalone => Self::Embedder,
            _ => Self::Nobody,
        }
    }

    /// A memory or a table.
    fn other(&self) -> Support {
        if matches!(self, Self::Wasi) { Support::Missing } else { Support::Full }
    }

    fn global(&self) -> Support {
        if matches!(self, Self::Embedder) { Support::Embedder } else { self.other() }
    }

    fn tag(&self) -> Support {
        if matches!(self, Self::Embedder) { Support::Missing } else { self.other() }
    }

    fn function(&self, info: &ModuleInfo, module: &str, name: &str, signature: &WasmSignature) -> Support {
        match self {
            Self::Wasi => wasi::support(module, name, signature),
            Self::MicroPython => micropython::support(info, module, name, signature),
            Self::Emscripten => emscripten::support(info, module, name, signature),
            Self::Python(Some(release)) => python::support(release, module, name),
            Self::Python(None) => emscripten::support(info, module, name, signature),
            Self::Embedder => Support::Embedder,
            Self::Nobody => Support::Missing,
        }
    }
}

fn exported(
    export: &pyrun_translate::Export<'_>,
    info: &ModuleInfo,
    globals: &[pyrun_translate::GlobalType],
) -> InspectedExport {
    let index = usize::try_from(export.index).unwrap_or(usize::MAX);
    let (kind, ty) = match export.kind {
        ExportKind::Function => {
            ("function", info.function_signature(export.index).map(wasm_signature_text).unwrap_or_default())
        }
        ExportKind::Memory => {
            ("memory", info.memories().get(index).map(|size| size_text(*size, "page")).unwrap_or_default())
        }
        ExportKind::Table => {
            ("table", info.tables().get(index).map(|table| size_text(table.limits, "slot")).unwrap_or_default())
        }
        ExportKind::Global => ("global", globals.get(index).map(global_text).unwrap_or_default()),
        ExportKind::Tag => ("tag", info.tag_signature(export.index).map(wasm_signature_text).unwrap_or_default()),
    };
    InspectedExport { name: export.name.to_owned(), kind, ty }
}

fn global_text(global: &pyrun_translate::GlobalType) -> String {
    let value = WasmType::of(global.value);
    if global.mutable { format!("mut {value}") } else { value.to_string() }
}

fn size_text(size: SizeRange, unit: &str) -> String {
    let plural = if size.initial == 1 { "" } else { "s" };
    match size.maximum {
        Some(maximum) => format!("{} {unit}{plural}, at most {maximum}", size.initial),
        None => format!("{} {unit}{plural}", size.initial),
    }
}

impl std::fmt::Display for Inspection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}: {}", self.name.escape_debug(), self.description)?;
        match (&self.obstacle, &self.entry) {
            (Some(why), _) => writeln!(f, "does not run: {why}")?,
            (None, Some(entry)) => writeln!(f, "runs: {entry}")?,
            (None, None) => writeln!(f, "is a library: functions can be called")?,
        }
        for (what, unit, all) in [("memory", "page", &self.memories), ("table", "slot", &self.tables)] {
            for size in all {
                let from = if size.imported { ", imported" } else { "" };
                let range = SizeRange { initial: size.minimum, maximum: size.maximum };
                writeln!(f, "{what}: {}{from}", size_text(range, unit))?;
            }
        }
        if self.has_start {
            writeln!(f, "has a start function")?;
        }
        for family in &self.imports {
            family.fmt(f)?;
        }
        if !self.exports.is_empty() {
            writeln!(f, "exports:")?;
        }
        for export in &self.exports {
            writeln!(f, "  {} {}: {}", export.kind, export.name.escape_debug(), export.ty)?;
        }
        Ok(())
    }
}

impl ImportFamily {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "imports from {}: {} of {} supported", self.module.escape_debug(), self.supported, self.total)?;
        for (what, names) in
            [("refused", &self.refused), ("to be defined", &self.to_be_defined), ("missing", &self.missing)]
        {
            for name in names {
                writeln!(f, "  {what}: {}", name.escape_debug())?;
            }
        }
        Ok(())
    }
}
