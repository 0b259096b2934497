//! Modules of WebAssembly other than Pyodide's: opened, run as programs, driven as instances.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use pyrun::{
    Error, HostContext, InstanceBuilder, InterruptHandle, Module, ModuleInstance, Value, WasmArg, WasmValue,
    WordFunction,
};

use crate::code::{self, bad, drop_caught};
use crate::programs::Programs;
use crate::result::{ResultOut, answer, give, give_number, report};
use crate::settings::{Chosen, Settings};
use crate::stdio::Gate;
use crate::sys::{Bytes, DestroyFn, ImportCallback, ImportFn, In, Kind, Out, Record, Release, UserData, Words, utf8};

/// A function of the host's, with the module and the name by which it is imported.
type NamedImport = (String, String, Arc<ImportCallback>);

/// `pyrun_wasm`: a file that was opened, and the functions of the host's that its instances get.
pub(crate) struct Wasm {
    pub(crate) module: Module,
    imports: Mutex<Vec<NamedImport>>,
    /// The programs that run.
    pub(crate) programs: Programs,
}

/// `pyrun_instance`. As `pyrun`, it is behind a lock that is only tried.
pub(crate) struct Instance {
    /// Shared with nobody but the `pyrun_em`s of it, which do not hold it.
    pub(crate) inner: Arc<Mutex<ModuleInstance>>,
    /// Outside of the lock, since it is used while a call runs.
    interrupt: InterruptHandle,
    /// Held so that the host's data lives as long as it may be called.
    imports: Mutex<Vec<Arc<ImportCallback>>>,
}

/// `pyrun_import_call`: one call of a host function, for as long as the function runs.
pub(crate) struct ImportCall {
    memory: Cell<Bytes>,
    message: RefCell<Option<String>>,
}

impl Wasm {
    pub(crate) fn of(wasm: Option<&Self>) -> Result<&Self, Error> {
        wasm.ok_or_else(|| bad("a null pointer to a module"))
    }

    fn imports(&self) -> Result<MutexGuard<'_, Vec<NamedImport>>, Error> {
        match self.imports.try_lock() {
            Ok(imports) => Ok(imports),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Poisoned(_)) => Err(code::poisoned()),
        }
    }
}

impl Instance {
    pub(crate) fn enter<R>(
        instance: Option<&Self>,
        body: impl FnOnce(&mut ModuleInstance) -> Result<R, Error>,
    ) -> Result<R, Error> {
        Self::enter_inner(&instance.ok_or_else(|| bad("a null pointer to an instance"))?.inner, body)
    }

    pub(crate) fn enter_inner<R>(
        inner: &Mutex<ModuleInstance>,
        body: impl FnOnce(&mut ModuleInstance) -> Result<R, Error>,
    ) -> Result<R, Error> {
        match inner.try_lock() {
            Ok(mut inner) => body(&mut inner),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Poisoned(_)) => Err(code::poisoned()),
        }
    }
}

pub(crate) fn open(
    settings: Option<&Settings>,
    path: In<u8>,
    size: usize,
    wasm: Out<Option<Box<Wasm>>>,
    error: ResultOut,
) -> i32 {
    give(wasm, error, || {
        let module = Chosen::of(settings)?.any_engine()?.module(path.text(size)?)?;
        Ok(Wasm { module, imports: Mutex::default(), programs: Programs::default() })
    })
}

pub(crate) fn load(
    settings: Option<&Settings>,
    bytes: In<u8>,
    size: usize,
    wasm: Out<Option<Box<Wasm>>>,
    error: ResultOut,
) -> i32 {
    give(wasm, error, || {
        let module = Chosen::of(settings)?.any_engine()?.module(bytes.slice(size)?)?;
        Ok(Wasm { module, imports: Mutex::default(), programs: Programs::default() })
    })
}

pub(crate) fn free(wasm: Option<Box<Wasm>>) {
    if let Some(mut imports) = wasm.as_ref().and_then(|wasm| wasm.imports().ok()) {
        // The host is told while all else is whole.
        drop_caught(std::mem::take(&mut *imports));
    }
    drop_caught(wasm);
}

pub(crate) fn text(wasm: Option<&Wasm>, what: i32, result: ResultOut) -> i32 {
    answer(result, || Ok(Value::Str(describe(&Wasm::of(wasm)?.module, what.into())?)))
}

/// `enum pyrun_wasm_what`.
pub(crate) fn describe(module: &Module, what: i64) -> Result<String, Error> {
    Ok(match what {
        0 => module.kind().name().to_owned(),
        1 => module.description(),
        2 => module.inspect()?.to_json(),
        other => return Err(bad(format!("there is no text {other} of a module"))),
    })
}

#[expect(clippy::too_many_arguments, reason = "as the header has it")]
pub(crate) fn import(
    wasm: Option<&Wasm>,
    module: In<u8>,
    module_size: usize,
    name: In<u8>,
    name_size: usize,
    function: Option<ImportFn>,
    user: UserData,
    destroy: Option<DestroyFn>,
    error: ResultOut,
) -> i32 {
    report(error, || {
        let (module, name) = (module.text(module_size)?.to_owned(), name.text(name_size)?.to_owned());
        let mut imports = Wasm::of(wasm)?.imports()?;
        let function = function.ok_or_else(|| bad("a null pointer to a function"))?;
        // From here on nothing fails: a function that is refused does not take `user`.
        imports.push((module, name, Arc::new(ImportCallback::new(function, user, destroy))));
        Ok(())
    })
}

pub(crate) fn create(
    wasm: Option<&Wasm>,
    settings: Option<&Settings>,
    instance: Out<Option<Box<Instance>>>,
    error: ResultOut,
) -> i32 {
    give(instance, error, || {
        let (wasm, chosen) = (Wasm::of(wasm)?, Chosen::of(settings)?);
        let imports = wasm.imports()?.clone();
        let gate = Gate::new(chosen.streams);
        let mut builder = wasm.module.instance().grants(chosen.grants(gate.stdio())).limits(chosen.limits().clone());
        for (module, name, callback) in &imports {
            builder = define(builder, module, name, callback);
        }
        let instance = builder.start()?;
        let interrupt = instance.interrupt_handle();
        let inner = Arc::new(Mutex::new(instance));
        let imports = Mutex::new(imports.into_iter().map(|(_, _, callback)| callback).collect());
        Ok(Instance { inner, interrupt, imports })
    })
}

fn define(builder: InstanceBuilder, module: &str, name: &str, callback: &Arc<ImportCallback>) -> InstanceBuilder {
    // The handle owns it: the host's data goes when that is destroyed, before the instance itself.
    let callback = Arc::downgrade(callback);
    builder.host_values(module, name, move |context, arguments| match callback.upgrade() {
        Some(callback) => call_host(&callback, context, arguments),
        None => Err("the host function is gone".to_owned()),
    })
}

fn call_host(
    callback: &ImportCallback,
    context: &mut HostContext<'_>,
    arguments: &[WasmValue],
) -> Result<Vec<WasmArg>, String> {
    let words: Option<Vec<u64>> = arguments.iter().map(|value| value.word()).collect();
    let words = words.ok_or("a host function in C takes no vectors and no references")?;
    let types = context.result_types().to_vec();
    let mut results = vec![0; types.len()];
    let memory = match context.memory() {
        Ok(mut memory) => {
            let size = memory.size();
            memory.bytes_mut(0, size).map(Bytes::lend).map_err(|error| error.to_string())?
        }
        Err(_) => Bytes::NONE,
    };
    let call = ImportCall { memory: Cell::new(memory), message: RefCell::default() };
    let status = callback.call(&words, &mut results, &call);
    if let Some(message) = call.message.into_inner() {
        return Err(message);
    }
    if status != 0 {
        return Err(format!("the host function failed with {status}"));
    }
    let values = types.iter().zip(results).map(|(ty, word)| WasmValue::of_word(*ty, word).map(WasmArg::from));
    values.collect::<Option<_>>().ok_or_else(|| "a host function in C gives no vectors and no references".to_owned())
}

pub(crate) fn import_memory(call: Option<&ImportCall>, mut size: Out<usize>) -> *mut u8 {
    let memory = call.map_or(Bytes::NONE, |call| call.memory.get());
    size.put(memory.size());
    memory.first()
}

pub(crate) fn import_fail(call: Option<&ImportCall>, message: In<u8>, size: usize) -> i32 {
    let failed = code::catch(|| {
        let call = call.ok_or_else(|| bad("a null pointer to a call"))?;
        *call.message.borrow_mut() = Some(message.text(size)?.to_owned());
        Ok(())
    });
    failed.map_or_else(|error| code::of(&error), |()| code::OK)
}

pub(crate) fn destroy(instance: Release<Instance>) -> i32 {
    instance.free_if(|instance| {
        let _inner = match instance.inner.try_lock() {
            Ok(inner) => inner,
            Err(TryLockError::Poisoned(inner)) => inner.into_inner(),
            Err(TryLockError::WouldBlock) => return code::BUSY,
        };
        // As for interpreters: the host is told while the instance is whole and locked.
        let imports = std::mem::take(&mut *instance.imports.lock().unwrap_or_else(PoisonError::into_inner));
        drop(imports);
        code::OK
    })
}

pub(crate) fn interrupt(instance: Option<&Instance>) {
    if let Some(instance) = instance {
        instance.interrupt.interrupt();
    }
}

pub(crate) fn usage(instance: Option<&Instance>, result: ResultOut) -> i32 {
    answer(result, || {
        let instance = instance.ok_or_else(|| bad("a null pointer to an instance"))?;
        Ok(Value::Str(instance.interrupt.usage().to_json()))
    })
}

pub(crate) fn kill(instance: Option<&Instance>) {
    if let Some(instance) = instance {
        instance.interrupt.kill();
    }
}

pub(crate) fn call(
    instance: Option<&Instance>,
    name: In<u8>,
    size: usize,
    arguments: In<Record>,
    count: usize,
    result: ResultOut,
) -> i32 {
    answer(result, || {
        let arguments = numbers(&arguments, count)?;
        together(Instance::enter(instance, |instance| instance.call(name.text(size)?, arguments))?)
    })
}

/// The results of a call as one value.
pub(crate) fn together(results: Vec<WasmValue>) -> Result<Value, Error> {
    let mut values = results.into_iter().map(value).collect::<Result<Vec<_>, _>>()?;
    Ok(match values.len() {
        0 => Value::None,
        1 => values.remove(0),
        _ => Value::Tuple(values),
    })
}

/// The arguments of a call.
pub(crate) fn numbers(arguments: &In<Record>, count: usize) -> Result<Vec<WasmArg>, Error> {
    arguments.slice(count)?.iter().map(number).collect()
}

/// An argument of a call.
pub(crate) fn number(record: &Record) -> Result<WasmArg, Error> {
    Ok(match record.kind()? {
        Kind::Bool => WasmArg::from(record.int() != 0),
        Kind::Int => WasmArg::from(record.int()),
        Kind::BigInt => {
            let digits = utf8(record.slice()?)?;
            WasmArg::Int(digits.parse().map_err(|_| bad("a PYRUN_BIGINT is not decimal digits, or is too large"))?)
        }
        Kind::Float => WasmArg::from(record.floats().0),
        Kind::Bytes => {
            let bytes: Result<[u8; 16], _> = record.slice::<u8>()?.try_into();
            WasmArg::V128(u128::from_le_bytes(bytes.map_err(|_| bad("a vector is a PYRUN_BYTES of 16 bytes"))?))
        }
        _ => return Err(bad("an argument is a PYRUN_INT, PYRUN_BIGINT, PYRUN_BOOL or PYRUN_FLOAT, or 16 PYRUN_BYTES")),
    })
}

/// A number as a value; an integer signed.
pub(crate) fn value(result: WasmValue) -> Result<Value, Error> {
    Ok(match result {
        WasmValue::I32(value) => Value::Int(value.into()),
        WasmValue::I64(value) => Value::Int(value),
        WasmValue::F32(value) => Value::Float(value.into()),
        WasmValue::F64(value) => Value::Float(value),
        WasmValue::V128(value) => Value::Bytes(value.to_le_bytes().to_vec()),
        _ => return Err(bad("the function gives a reference, which C cannot hold")),
    })
}

pub(crate) fn function(
    instance: Option<&Instance>,
    name: In<u8>,
    size: usize,
    function: Out<Option<Box<WordFunction>>>,
    error: ResultOut,
) -> i32 {
    give(function, error, || Instance::enter(instance, |instance| instance.word_function(name.text(size)?)))
}

pub(crate) fn function_call(
    instance: Option<&Instance>,
    function: Option<&WordFunction>,
    arguments: In<u64>,
    count: usize,
    mut results: Words,
    room: usize,
    error: ResultOut,
) -> i32 {
    report(error, || {
        let function = function.ok_or_else(|| bad("a null pointer to a function"))?;
        let (arguments, results) = (arguments.slice(count)?, results.slice(room)?);
        Instance::enter(instance, |instance| function.call(instance, arguments, results))
    })
}

pub(crate) fn function_free(function: Option<Box<WordFunction>>) {
    drop_caught(function);
}

pub(crate) fn global(instance: Option<&Instance>, name: In<u8>, size: usize, result: ResultOut) -> i32 {
    answer(result, || value(Instance::enter(instance, |instance| instance.global(name.text(size)?))?))
}

pub(crate) fn set_global(
    instance: Option<&Instance>,
    name: In<u8>,
    size: usize,
    value: Option<&Record>,
    error: ResultOut,
) -> i32 {
    report(error, || {
        let value = number(value.ok_or_else(|| bad("a null pointer to a value"))?)?;
        Instance::enter(instance, |instance| instance.set_global(name.text(size)?, value))
    })
}

pub(crate) fn memory_size(instance: Option<&Instance>, size: Out<u64>, error: ResultOut) -> i32 {
    give_number(size, error, || Instance::enter(instance, |instance| Ok(instance.memory()?.size() as u64)))
}

pub(crate) fn memory_grow(instance: Option<&Instance>, pages: u32, before: Out<u32>, error: ResultOut) -> i32 {
    give_number(before, error, || Instance::enter(instance, |instance| instance.memory_mut()?.grow(pages)))
}

pub(crate) fn read(instance: Option<&Instance>, address: u32, mut data: Out<u8>, size: usize, error: ResultOut) -> i32 {
    report(error, || {
        if data.is_null() && size != 0 {
            return Err(bad("a null pointer where the bytes are to be put"));
        }
        Instance::enter(instance, |instance| {
            data.copy(instance.memory()?.bytes(address, size)?, size);
            Ok(())
        })
    })
}

pub(crate) fn write(instance: Option<&Instance>, address: u32, data: In<u8>, size: usize, error: ResultOut) -> i32 {
    report(error, || Instance::enter(instance, |instance| instance.memory_mut()?.write(address, data.slice(size)?)))
}

pub(crate) fn allocate(instance: Option<&Instance>, bytes: u32, address: Out<u32>, error: ResultOut) -> i32 {
    give_number(address, error, || Instance::enter(instance, |instance| instance.allocate(bytes)))
}

pub(crate) fn release(instance: Option<&Instance>, address: u32, error: ResultOut) -> i32 {
    report(error, || Instance::enter(instance, |instance| instance.free(address)))
}

pub(crate) fn arena(instance: Option<&Instance>, start: u32, end: u32, error: ResultOut) -> i32 {
    report(error, || Instance::enter(instance, |instance| instance.use_arena(start..end)))
}
