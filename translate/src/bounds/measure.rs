//! What a module is made of, counted in one pass, and compared with its bounds as it is counted.

use std::collections::HashSet;

use wasmparser::{
    ConstExpr, DataSectionReader, ElementItems, ElementSectionReader, ExportSectionReader, FunctionBody,
    GlobalSectionReader, ImportSectionReader, MemoryType, Operator, Parser, Payload, TableInit, TableSectionReader,
    TagType, TypeRef, TypeSectionReader,
};

use super::Bounds;
use super::cost::{Cost, Shape};
use super::references::{global_type, is_exception, table_type};
use crate::error::{Result, TranslateError};

/// What of a module decides how much work and memory it costs to compile it. Each is the sum over the module, or the largest of any
/// function where [`Bounds`] has a bound for one function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ModuleSize {
    /// Bytes of the file.
    pub bytes: u64,
    /// Function types.
    pub types: u64,
    /// Parameters and results of the type that has most.
    pub type_values: u64,
    /// Parameters and results of all types.
    pub all_type_values: u64,
    /// Imports.
    pub imports: u64,
    /// Functions that it defines.
    pub functions: u64,
    /// Tables that it defines.
    pub tables: u64,
    /// Memories that it defines.
    pub memories: u64,
    /// Exception tags that it defines.
    pub tags: u64,
    /// Globals that it defines.
    pub globals: u64,
    /// Exports.
    pub exports: u64,
    /// Bytes of the names of its imports and exports.
    pub name_bytes: u64,
    /// Element segments.
    pub element_segments: u64,
    /// Items of all element segments.
    pub elements: u64,
    /// Data segments.
    pub data_segments: u64,
    /// Bytes of code of the largest function.
    pub function_bytes: u64,
    /// Parameters and locals of the function that has most.
    pub locals: u64,
    /// Blocks inside each other in the function that has most.
    pub nesting: u64,
    /// Targets of `br_table` in the function that has most.
    pub branch_targets: u64,
    /// Clauses of the `try_table` that has most.
    pub catches: u64,
    /// Work of the function that has most.
    pub function_work: u64,
    /// Work of the module.
    pub work: u64,
    /// Bytes that the compiler takes for the function that takes most.
    pub function_memory: u64,
    /// Bytes that the compiler keeps of the module.
    pub memory: u64,
    /// Operators of the longest constant expression.
    pub constant_operators: u64,
}

impl ModuleSize {
    /// Counts a module. Nothing is kept of it but the counts.
    pub(super) fn of(wasm: &[u8], bounds: &Bounds) -> Result<Self> {
        let mut counted = Counted {
            size: Self::default(),
            types: Vec::new(),
            exception_types: HashSet::new(),
            functions: Vec::new(),
            code: 0,
            bounds,
        };
        counted.most("bytes", bounds.bytes, wasm.len() as u64, 0, |size| &mut size.bytes)?;
        counted.cost(Cost::of_bytes(wasm.len() as u64, 4), 0)?;
        for payload in Parser::new(0).parse_all(wasm) {
            counted.payload(payload?)?;
        }
        Ok(counted.size)
    }
}

/// A module as far as it was counted.
struct Counted<'b> {
    size: ModuleSize,
    /// The parameters of each type.
    types: Vec<u32>,
    /// The types that take references to exceptions.
    exception_types: HashSet<u32>,
    /// The type of each function that is defined.
    functions: Vec<u32>,
    /// Functions whose code was seen.
    code: usize,
    bounds: &'b Bounds,
}

impl Counted<'_> {
    /// Notes the largest of a kind, if it is within its bound.
    fn most(
        &mut self,
        bound: &'static str,
        limit: u64,
        has: u64,
        offset: u64,
        field: fn(&mut ModuleSize) -> &mut u64,
    ) -> Result<()> {
        if has > limit {
            return Err(TranslateError::Bound { offset, bound, limit, has });
        }
        let field = field(&mut self.size);
        *field = has.max(*field);
        Ok(())
    }

    /// Adds to a sum, if that stays within its bound.
    fn add(
        &mut self,
        bound: &'static str,
        limit: u64,
        more: u64,
        offset: u64,
        field: fn(&mut ModuleSize) -> &mut u64,
    ) -> Result<()> {
        let has = field(&mut self.size).saturating_add(more);
        self.most(bound, limit, has, offset, field)
    }

    fn payload(&mut self, payload: Payload<'_>) -> Result<()> {
        let bounds = self.bounds;
        match payload {
            Payload::TypeSection(section) => self.types(section),
            Payload::ImportSection(section) => self.imports(section),
            Payload::FunctionSection(section) => {
                let (count, at) = (section.count().into(), section.range().start);
                self.add("functions", bounds.functions, count, at, |size| &mut size.functions)?;
                for ty in section {
                    self.functions.push(ty?);
                }
                Ok(())
            }
            Payload::TableSection(section) => self.tables(section),
            Payload::MemorySection(section) => {
                let (count, at) = (section.count().into(), section.range().start);
                self.add("memories", bounds.memories, count, at, |size| &mut size.memories)?;
                section.into_iter().try_for_each(|memory| memory_type(&memory?, at))
            }
            Payload::TagSection(section) => {
                let (count, at) = (section.count().into(), section.range().start);
                self.add("tags", bounds.tags, count, at, |size| &mut size.tags)?;
                section.into_iter().try_for_each(|tag| self.tag(tag?, at))
            }
            Payload::GlobalSection(section) => self.globals(section),
            Payload::ExportSection(section) => self.exports(section),
            Payload::ElementSection(section) => self.elements(section),
            Payload::DataSection(section) => self.data(section),
            Payload::CodeSectionEntry(body) => self.function(&body),
            _ => Ok(()),
        }
    }

    fn types(&mut self, section: TypeSectionReader<'_>) -> Result<()> {
        let (bounds, at) = (self.bounds, section.range().start);
        self.add("types", bounds.types, section.count().into(), at, |size| &mut size.types)?;
        for ty in section.into_iter_err_on_gc_types() {
            let ty = ty?;
            let values = (ty.params().len() + ty.results().len()) as u64;
            self.most("values of a type", bounds.type_values, values, at, |size| &mut size.type_values)?;
            self.add("values of all types", bounds.all_type_values, values, at, |size| &mut size.all_type_values)?;
            self.cost(Cost::of_type(values), at)?;
            if ty.params().iter().any(|ty| is_exception(*ty)) {
                self.exception_types.insert(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
            }
            self.types.push(u32::try_from(ty.params().len()).unwrap_or(u32::MAX));
        }
        Ok(())
    }

    fn imports(&mut self, section: ImportSectionReader<'_>) -> Result<()> {
        let (bounds, at) = (self.bounds, section.range().start);
        self.add("imports", bounds.imports, section.count().into(), at, |size| &mut size.imports)?;
        for import in section.into_imports() {
            let import = import?;
            let bytes = (import.module.len() + import.name.len()) as u64;
            self.names(bytes, at)?;
            match import.ty {
                TypeRef::Func(_) | TypeRef::FuncExact(_) => self.cost(Cost::of_import(), at)?,
                TypeRef::Memory(memory) => memory_type(&memory, at)?,
                TypeRef::Global(global) => global_type(global.content_type, at)?,
                TypeRef::Table(table) => table_type(&table, at)?,
                TypeRef::Tag(tag) => self.tag(tag, at)?,
            }
        }
        Ok(())
    }

    /// Refuses a tag whose exceptions hold others.
    fn tag(&self, tag: TagType, at: u64) -> Result<()> {
        match self.exception_types.contains(&tag.func_type_idx) {
            true => Err(TranslateError::unsupported(at, "a tag whose exceptions hold references to exceptions")),
            false => Ok(()),
        }
    }

    /// Counts a name, or two.
    fn names(&mut self, bytes: u64, at: u64) -> Result<()> {
        self.add("bytes of names", self.bounds.name_bytes, bytes, at, |size| &mut size.name_bytes)?;
        self.cost(Cost::of_bytes(bytes.saturating_add(32), 10), at)
    }

    fn exports(&mut self, section: ExportSectionReader<'_>) -> Result<()> {
        let (bounds, at) = (self.bounds, section.range().start);
        self.add("exports", bounds.exports, section.count().into(), at, |size| &mut size.exports)?;
        for export in section {
            let bytes = export?.name.len() as u64;
            self.names(bytes, at)?;
        }
        Ok(())
    }

    fn tables(&mut self, section: TableSectionReader<'_>) -> Result<()> {
        let (bounds, at) = (self.bounds, section.range().start);
        self.add("tables", bounds.tables, section.count().into(), at, |size| &mut size.tables)?;
        for table in section {
            let table = table?;
            table_type(&table.ty, at)?;
            if let TableInit::Expr(value) = table.init {
                self.constant(&value, at)?;
            }
        }
        Ok(())
    }

    fn globals(&mut self, section: GlobalSectionReader<'_>) -> Result<()> {
        let (bounds, at) = (self.bounds, section.range().start);
        self.add("globals", bounds.globals, section.count().into(), at, |size| &mut size.globals)?;
        self.cost(Cost::of_bytes(section.count().into(), 800), at)?;
        for global in section {
            let global = global?;
            global_type(global.ty.content_type, at)?;
            self.constant(&global.init_expr, at)?;
        }
        Ok(())
    }

    fn elements(&mut self, section: ElementSectionReader<'_>) -> Result<()> {
        let (bounds, at) = (self.bounds, section.range().start);
        let count = section.count().into();
        self.add("element segments", bounds.element_segments, count, at, |size| &mut size.element_segments)?;
        self.cost(Cost::of_bytes(count, 600), at)?;
        for segment in section {
            let segment = segment?;
            if let wasmparser::ElementKind::Active { offset_expr, .. } = &segment.kind {
                self.constant(offset_expr, at)?;
            }
            match segment.items {
                ElementItems::Functions(items) => {
                    self.add("elements", bounds.elements, items.count().into(), at, |size| &mut size.elements)?;
                }
                ElementItems::Expressions(_, items) => {
                    self.add("elements", bounds.elements, items.count().into(), at, |size| &mut size.elements)?;
                    for item in items {
                        self.constant(&item?, at)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn data(&mut self, section: DataSectionReader<'_>) -> Result<()> {
        let (bounds, at) = (self.bounds, section.range().start);
        let count = section.count().into();
        self.add("data segments", bounds.data_segments, count, at, |size| &mut size.data_segments)?;
        self.cost(Cost::of_bytes(count, 600), at)?;
        for segment in section {
            if let wasmparser::DataKind::Active { offset_expr, .. } = segment?.kind {
                self.constant(&offset_expr, at)?;
            }
        }
        Ok(())
    }

    fn constant(&mut self, value: &ConstExpr<'_>, at: u64) -> Result<()> {
        let bounds = self.bounds;
        let mut operators = 0_u64;
        for operator in value.get_operators_reader() {
            operator?;
            operators += 1;
        }
        let (name, limit) = ("operators of a constant", bounds.constant_operators);
        self.most(name, limit, operators, at, |size| &mut size.constant_operators)
    }

    fn function(&mut self, body: &FunctionBody<'_>) -> Result<()> {
        let (bounds, at) = (self.bounds, body.range().start);
        let bytes = body.range().end.saturating_sub(at);
        self.most("bytes of a function", bounds.function_bytes, bytes, at, |size| &mut size.function_bytes)?;
        let ty = self.functions.get(self.code).and_then(|ty| self.types.get(usize::try_from(*ty).ok()?));
        let mut locals = u64::from(ty.copied().unwrap_or(0));
        self.code += 1;
        for group in body.get_locals_reader()? {
            locals = locals.saturating_add(group?.0.into());
        }
        self.most("locals of a function", bounds.locals, locals, at, |size| &mut size.locals)?;
        let mut shape = self.operators(body, at)?;
        shape.locals = locals;
        let function = Cost::of_function(&shape);
        self.most("work of a function", bounds.function_work, function.work, at, |size| &mut size.function_work)?;
        let (bound, limit) = ("memory for compiling a function", bounds.function_memory);
        self.most(bound, limit, function.memory, at, |size| &mut size.function_memory)?;
        self.cost(function, at)
    }

    /// Adds to what the module costs.
    fn cost(&mut self, cost: Cost, at: u64) -> Result<()> {
        let bounds = self.bounds;
        self.add("work", bounds.work, cost.work, at, |size| &mut size.work)?;
        self.add("memory for compiling", bounds.memory, cost.kept, at, |size| &mut size.memory)
    }

    /// What a function consists of.
    fn operators(&mut self, body: &FunctionBody<'_>, at: u64) -> Result<Shape> {
        let bounds = self.bounds;
        let (mut shape, mut open, mut loops) = (Shape::default(), Vec::new(), 0_u64);
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            shape.operators += 1;
            let is_loop = match operators.read()? {
                Operator::Block { .. } | Operator::If { .. } | Operator::Try { .. } => false,
                Operator::Loop { .. } => true,
                Operator::TryTable { try_table } => {
                    let catches = try_table.catches.len() as u64;
                    self.most("catches of a try_table", bounds.catches, catches, at, |size| &mut size.catches)?;
                    false
                }
                Operator::End | Operator::Delegate { .. } => {
                    loops -= u64::from(open.pop() == Some(true));
                    continue;
                }
                Operator::BrTable { targets } => {
                    shape.targets = shape.targets.saturating_add(targets.len().into());
                    let (name, limit) = ("branch targets of a function", bounds.branch_targets);
                    self.most(name, limit, shape.targets, at, |size| &mut size.branch_targets)?;
                    continue;
                }
                Operator::Call { .. } | Operator::CallIndirect { .. } => {
                    shape.calls += 1;
                    continue;
                }
                _ => continue,
            };
            open.push(is_loop);
            loops += u64::from(is_loop);
            let depth = open.len() as u64 + 1;
            self.most("nested blocks", bounds.nesting, depth, at, |size| &mut size.nesting)?;
            shape.blocks += 1;
            shape.depths = shape.depths.saturating_add(depth);
            shape.loop_depths = shape.loop_depths.saturating_add(if is_loop { loops } else { 0 });
        }
        Ok(shape)
    }
}

/// Refuses memories that the engine would panic at, or that threads share.
fn memory_type(memory: &MemoryType, at: u64) -> Result<()> {
    match memory {
        MemoryType { memory64: true, .. } => Err(TranslateError::unsupported(at, "64-bit addresses")),
        MemoryType { shared: true, .. } => Err(TranslateError::unsupported(at, "a shared memory")),
        MemoryType { page_size_log2: Some(log), .. } if *log != 16 => {
            Err(TranslateError::unsupported(at, "memory pages of another size than 64 KiB"))
        }
        _ => Ok(()),
    }
}
