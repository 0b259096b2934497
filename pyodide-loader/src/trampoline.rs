//! The arity trampoline: calls a C function through the table with as many arguments as it really takes.
//!
//! Replaces `_PyEM_TrampolineCall_JS` and the JavaScript-made module of `setEmscriptenTrampoline`. CPython casts
//! every method to one C type and relies on the callee ignoring what it does not take; WebAssembly traps instead. A
//! scientific run makes hundreds of thousands of such calls, so they never leave Wasm: a helper module keeps a byte
//! per table slot in a memory of its own. 0 stands for a slot that it has not met; it asks the host about those.
//!
//! The guest's memory is not touched: pages added with `memory.grow` behind the guest's back would later be taken by
//! its `sbrk`.

use pyrun_emscripten_shim::guest::extensions::{Extension, Reset, Start};
use pyrun_emscripten_shim::guest::import::run_import;
use pyrun_emscripten_shim::{Caller, Env, GuestPtr, Trap};
use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, MemArg,
    MemorySection, MemoryType, Module, RefType, TableType, TypeSection, ValType,
};
use wasmer::{FunctionEnvMut, Memory};

use crate::error::BootError;
use crate::guest_release;
use crate::release::Trampoline;

/// Pages of the helper's memory: a byte for each of the first 1,048,576 slots.
const ARITY_PAGES: u64 = 16;

/// The export that calls, and the one that counts.
const CALLS: &str = "trampoline";
const COUNTS: &str = "count";

/// What a byte of the helper's memory says about its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Arity {
    /// Not looked at yet, or not cached.
    Unknown = 0,
    /// `() -> i32`; the following ones take one, two and three `i32`.
    None = 1,
    /// `(i32) -> i32`.
    One = 2,
    /// `(i32, i32) -> i32`.
    Two = 3,
    /// `(i32, i32, i32) -> i32`.
    Three = 4,
    /// Another type: CPython raises `SystemError: Handler takes too many arguments`.
    Other = 5,
}

impl Arity {
    /// The class of a function type.
    pub fn of(ty: &wasmer::FunctionType) -> Self {
        let pointers = ty.params().iter().all(|param| *param == wasmer::Type::I32);
        if !pointers || ty.results() != [wasmer::Type::I32] {
            return Self::Other;
        }
        match ty.params().len() {
            0 => Self::None,
            1 => Self::One,
            2 => Self::Two,
            3 => Self::Three,
            _ => Self::Other,
        }
    }
}

/// The helper module. It imports `env.table`, `env.arity: (slot) -> i32` and `env.wrong: (success*)`, and exports
/// `arities` (its memory), `trampoline: (success*, slot, a, b, c) -> i32` and, for CPython before 3.14, which does the call
/// itself, `count: (slot) -> i32`.
pub fn helper_module() -> Vec<u8> {
    let mut module = Module::new();
    let mut types = TypeSection::new();
    // Types 0 to 3 take as many arguments as their index says.
    for arity in 0..=3 {
        types.ty().function(std::iter::repeat_n(ValType::I32, arity), [ValType::I32]);
    }
    types.ty().function([ValType::I32], []); // type 4: wrong
    types.ty().function([ValType::I32; 5], [ValType::I32]); // type 5: trampoline
    module.section(&types);

    let mut imports = ImportSection::new();
    let table = TableType { element_type: RefType::FUNCREF, table64: false, minimum: 0, maximum: None, shared: false };
    imports.import("env", "table", table);
    imports.import("env", "arity", EntityType::Function(1));
    imports.import("env", "wrong", EntityType::Function(4));
    module.section(&imports);

    let mut functions = FunctionSection::new();
    functions.function(5);
    functions.function(1);
    module.section(&functions);

    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: ARITY_PAGES,
        maximum: Some(ARITY_PAGES),
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    module.section(&memories);

    let mut exports = ExportSection::new();
    exports.export("arities", ExportKind::Memory, 0);
    exports.export(CALLS, ExportKind::Func, 2);
    exports.export(COUNTS, ExportKind::Func, 3);
    module.section(&exports);

    let mut code = CodeSection::new();
    code.function(&trampoline_body());
    code.function(&count_body());
    module.section(&code);
    module.finish()
}

/// The body of `trampoline(success, slot, a, b, c)`.
fn trampoline_body() -> Function {
    const SUCCESS: u32 = 0;
    const SLOT: u32 = 1;
    const FIRST_ARG: u32 = 2;
    const ARITY: u32 = 5;
    let mut body = Function::new([(1, ValType::I32)]);
    let mut code = body.instructions();
    look_up(&mut code, SLOT, ARITY);
    for _ in 0..5 {
        code.block(BlockType::Empty);
    }
    // Three arguments is the most frequent case by far, so it is tested first.
    code.local_get(ARITY).i32_const(Arity::Three as i32).i32_eq().br_if(0);
    code.local_get(ARITY).i32_const(1).i32_sub().br_table([4, 3, 2], 1);
    code.end();
    call_slot(&mut code, 3, FIRST_ARG, SLOT);
    code.end();
    code.local_get(SUCCESS).call(1).i32_const(0).return_();
    for arity in [2, 1, 0] {
        code.end();
        call_slot(&mut code, arity, FIRST_ARG, SLOT);
    }
    code.end();
    body
}

/// The body of `count(slot)`: the number of arguments, or one that CPython takes for too many.
fn count_body() -> Function {
    let mut body = Function::new([(1, ValType::I32)]);
    let mut code = body.instructions();
    look_up(&mut code, 0, 1);
    code.local_get(1).i32_const(Arity::None as i32).i32_sub().end();
    body
}

/// Sets the local `arity` to what is known of the slot.
fn look_up(code: &mut wasm_encoder::InstructionSink<'_>, slot: u32, arity: u32) {
    // arity = slot < limit ? arities[slot] : 0; if (!arity) arity = host(slot)
    code.local_get(slot).i32_const((ARITY_PAGES << 16) as i32).i32_lt_u();
    code.if_(BlockType::Empty);
    code.local_get(slot).i32_load8_u(MemArg { offset: 0, align: 0, memory_index: 0 }).local_set(arity);
    code.end();
    code.local_get(arity).i32_eqz();
    code.if_(BlockType::Empty);
    code.local_get(slot).call(0).local_set(arity);
    code.end();
}

fn call_slot(code: &mut wasm_encoder::InstructionSink<'_>, arity: u32, first_arg: u32, slot: u32) {
    for arg in 0..arity {
        code.local_get(first_arg + arg);
    }
    code.local_get(slot).call_indirect(0, arity).return_();
}

/// The trampoline's part of a guest's state; empty until [`install`] fills it.
#[derive(Debug, Default)]
pub(crate) struct ArityTable {
    /// What is known of each slot, in a memory that the guest cannot reach.
    memory: Option<Memory>,
    /// The table slot of the trampoline.
    slot: Option<u32>,
}

impl ArityTable {
    /// The table slot of the trampoline, once it is installed.
    pub(crate) fn slot(&self) -> Option<u32> {
        self.slot
    }
}

impl Extension for ArityTable {
    fn boot() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn restore() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn reset(self) -> Reset<Self> {
        // The helper instance is the same after a reset. [`forget_from`] drops what the tenant has added.
        Reset::Kept(self)
    }
}

/// Makes the trampoline and puts it into a slot.
///
/// # Errors
/// [`BootError::Ended`] when the helper module cannot be made.
pub(crate) fn install(caller: &mut Caller<'_>, slot: u32) -> Result<(), BootError> {
    let wasm = helper_module();
    let env = caller.env_handle();
    let (shared, mut store) = caller.env_and_store();
    let engine = wasmer::AsStoreRef::as_store_ref(&store).engine().clone();
    let module = shared
        .modules
        .helper_module(&engine, &wasm)
        .map_err(|why| Trap::Aborted(format!("a helper module cannot be compiled: {why}")))?;
    let table = shared.guest.as_ref().and_then(|guest| guest.table().ok().cloned());
    let table = table.ok_or_else(|| Trap::bug("trampoline", "no table"))?;
    let arity = wasmer::Function::new_typed_with_env(&mut store, &env, |env: FunctionEnvMut<'_, Env>, slot: u32| {
        run_import(env, |caller| Ok(self::arity(caller, slot)?))
    });
    let wrong =
        wasmer::Function::new_typed_with_env(&mut store, &env, |env: FunctionEnvMut<'_, Env>, ok: GuestPtr<i32>| {
            run_import(env, |caller| Ok(self::wrong(caller, ok)?))
        });
    let imports = wasmer::imports! { "env" => { "table" => table, "arity" => arity, "wrong" => wrong } };
    let helper = wasmer::Instance::new(&mut store, &module, &imports).map_err(BootError::instantiation)?;
    let lacks = |e: wasmer::ExportError| Trap::bug("trampoline", e.to_string());
    let arities = helper.exports.get_memory("arities").map_err(lacks)?.clone();
    let release = guest_release::of(&caller.env().extensions)?;
    let name = match release.trampoline {
        Trampoline::Called => CALLS,
        Trampoline::Counted | Trampoline::Asked => COUNTS,
    };
    let function = helper.exports.get_function(name).map_err(lacks)?.clone();
    caller.env().extensions.give(ArityTable { memory: Some(arities), slot: Some(slot) })?;
    Ok(caller.set_slot(slot, Some(function))?)
}

/// Clears what is cached about the slots from `first` on: they will hold other functions.
pub(crate) fn forget_from(caller: &mut Caller<'_>, first: u32) -> Result<(), Trap> {
    let end = caller.slots_used()?;
    let (env, store) = caller.env_and_store();
    let Some(arities) = env.extensions.get::<ArityTable>()?.memory.as_ref() else { return Ok(()) };
    let view = arities.view(&store);
    for slot in first..end {
        // Slots beyond the memory are never cached.
        let _ = view.write_u8(u64::from(slot), Arity::Unknown as u8);
    }
    Ok(())
}

/// `env.arity`: looks at the type of the function in a slot, and caches it unless the slot may be given to another function.
pub(crate) fn arity(caller: &mut Caller<'_>, slot: u32) -> Result<i32, Trap> {
    let arity = arity_of_slot(caller, slot)?;
    if !caller.env().closures.owns(slot) {
        let (env, store) = caller.env_and_store();
        if let Some(arities) = env.extensions.get::<ArityTable>()?.memory.as_ref() {
            // Slots beyond the memory are asked about each time.
            let _ = arities.view(&store).write_u8(u64::from(slot), arity as u8);
        }
    }
    Ok(arity as i32)
}

/// The class of the function in a slot; calling an empty slot traps as it would in C.
fn arity_of_slot(caller: &mut Caller<'_>, slot: u32) -> Result<Arity, Trap> {
    let Some(function) = caller.slot(slot)? else { return Ok(Arity::Three) };
    let store = caller.store();
    Ok(Arity::of(&function.ty(&store)))
}

/// `env.wrong`: tells CPython that it cannot call a function of the slot's type.
pub(crate) fn wrong(caller: &mut Caller<'_>, success: GuestPtr<i32>) -> Result<(), Trap> {
    Ok(caller.with_mem(|mem| mem.write(success, 0))??)
}

/// `_PyEM_TrampolineCall_JS(func, a, b, c)`: the same through the host, for a guest whose trampoline pointer is null.
pub(crate) fn call_by_arity(caller: &mut Caller<'_>, slot: u32, a: i32, b: i32, c: i32) -> Result<i32, Trap> {
    let Some(function) = caller.slot(slot)? else {
        return Err(Trap::Aborted(format!("null function or function signature mismatch in slot {slot}")));
    };
    let params = function.ty(&caller.store()).params().len();
    let args = [a, b, c].map(wasmer::Value::I32);
    let results = caller.call_values(&function, args.get(..params).unwrap_or(&args))?;
    Ok(results.first().and_then(wasmer::Value::i32).unwrap_or(0))
}
