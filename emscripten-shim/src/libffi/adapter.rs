//! The shape that all generated adapters share: one function `f` over the main module's memory, table and stack pointer.

use wasm_encoder::{
    CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, ImportSection, InstructionSink, MemArg, MemoryType, Module, RefType, TableType, TypeSection, ValType,
};
use wasmer::{Instance, Type, imports};

use super::cif::CifError;
use super::compiled;
use super::frame::StackFrame;
use crate::guest::caller::Caller;
use crate::guest::trap::Trap;
use crate::memory;

/// The type that `call_indirect` in an adapter names.
pub(super) const TARGET: u32 = 1;
/// `__stack_pointer`.
pub(super) const STACK_POINTER: u32 = 0;
/// The closure's address; only closures have it.
pub(super) const CLOSURE: u32 = 1;

/// Parameters and results of a function.
pub(super) type Types<'a> = (&'a [ValType], &'a [ValType]);

/// A C type's WebAssembly type; what is not a number cannot come from C.
pub(super) fn number(ty: Type) -> Result<ValType, CifError> {
    match ty {
        Type::I32 => Ok(ValType::I32),
        Type::I64 => Ok(ValType::I64),
        Type::F32 => Ok(ValType::F32),
        Type::F64 => Ok(ValType::F64),
        other => Err(CifError::Foreign(other)),
    }
}

/// [`number`] of several.
pub(super) fn numbers<'a>(types: impl IntoIterator<Item = &'a Type>) -> Result<Vec<ValType>, CifError> {
    types.into_iter().map(|&ty| number(ty)).collect()
}

/// An access at a fixed offset; adapters promise no alignment.
pub(super) const fn at(offset: u32) -> MemArg {
    MemArg { offset: offset as u64, align: 0, memory_index: 0 }
}

/// Emits the entry of a frame: the stack pointer into local `saved`, the base into local `base` and the stack pointer.
///
/// On an exception nothing restores it here; whoever catches does, in Emscripten's code as everywhere.
pub(super) fn enter(code: &mut InstructionSink<'_>, frame: StackFrame, saved: u32, base: u32) {
    code.global_get(STACK_POINTER)
        .local_tee(saved)
        .i32_const(frame.size.cast_signed())
        .i32_sub()
        .i32_const(frame.align.wrapping_neg().cast_signed())
        .i32_and()
        .local_tee(base)
        .global_set(STACK_POINTER);
}

/// Emits the address `offset` bytes above the pointer in a local.
pub(super) fn address(code: &mut InstructionSink<'_>, base: u32, offset: u32) {
    code.local_get(base);
    if offset != 0 {
        code.i32_const(offset.cast_signed()).i32_add();
    }
}

/// Assembles an adapter: exports `f` of type `own`, and the mutable global `closure` when asked to.
pub(super) fn assemble(own: Types<'_>, target: Types<'_>, closure: bool, body: &Function) -> Vec<u8> {
    let mut types = TypeSection::new();
    for (params, results) in [own, target] {
        types.ty().function(params.iter().copied(), results.iter().copied());
    }
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 0);
    let mut globals = GlobalSection::new();
    if closure {
        globals.global(mutable_i32(), &ConstExpr::i32_const(0));
        exports.export("closure", ExportKind::Global, CLOSURE);
    }
    let mut code = CodeSection::new();
    code.function(body);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&environment())
        .section(&functions)
        .section(&globals)
        .section(&exports)
        .section(&code);
    module.finish()
}

const fn mutable_i32() -> GlobalType {
    GlobalType { val_type: ValType::I32, mutable: true, shared: false }
}

fn environment() -> ImportSection {
    let memory = MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
    let table = TableType { element_type: RefType::FUNCREF, table64: false, minimum: 0, maximum: None, shared: false };
    let mut imports = ImportSection::new();
    imports
        .import("env", "memory", EntityType::Memory(memory))
        .import("env", "__indirect_function_table", EntityType::Table(table))
        .import("env", "__stack_pointer", EntityType::Global(mutable_i32()));
    imports
}

/// Compiles what [`assemble`] made.
pub(super) fn compile(caller: &mut Caller<'_>, wasm: &[u8]) -> Result<wasmer::Module, Trap> {
    let (env, store) = caller.env_and_store();
    env.compiled.keep(&env.process.host_memory, compiled::MODULE)?;
    let engine = wasmer::AsStoreRef::as_store_ref(&store).engine().clone();
    env.modules
        .helper_module(&engine, wasm)
        .map_err(|error| Trap::bug("libffi", format!("an adapter does not compile: {error}")))
}

/// Instantiates an adapter on the main module's memory, table and stack pointer.
pub(super) fn instantiate(caller: &mut Caller<'_>, module: &wasmer::Module) -> Result<Instance, Trap> {
    let env = caller.env();
    env.compiled.keep(&env.process.host_memory, compiled::INSTANCE)?;
    let guest = caller.guest()?;
    let stack_pointer = guest
        .instance
        .exports
        .get_global("__stack_pointer")
        .map_err(|_| Trap::MissingExport("__stack_pointer".to_owned()))?
        .clone();
    let imports = imports! {
        "env" => {
            "memory" => guest.memory()?.clone(),
            "__indirect_function_table" => guest.table()?.clone(),
            "__stack_pointer" => stack_pointer,
        },
    };
    // What the module exports under these names may be anything.
    memory::instantiate(&mut caller.store(), module, &imports)
        .map_err(|error| Trap::Aborted(format!("libffi does not fit what the module exports: {error}")))
}
