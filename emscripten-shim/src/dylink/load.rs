//! `dlopen`: from a path to an initialised library. Replaces `loadDynamicLibrary` and `loadWebAssemblyModule`.

use std::sync::Arc;

use wasmer::{Extern, Function, FunctionType, Global, Imports, TypedFunction, Value};

use super::error::LinkError;
use super::linker::{Library, Owner};
use super::source::SideModule;
use super::stub::stub;
use super::{dso, symbols};
use crate::guest::caller::Caller;
use crate::guest::exports::export;
use crate::guest::mem::{Fault, GuestPtr};
use crate::guest::trap::Trap;
use crate::libffi::compiled;
use crate::memory;
use pyrun_memfs::{AT_FDCWD, OpenFlags};
use pyrun_translate::{Dylink, START_EXPORT};

/// Limit: bytes of a library file, of one `dlopen`. A guest cannot make the host read more.
const MAX_LIBRARY: u64 = 64 << 20;

/// Limit: functions that the libraries of one guest import and nothing defines. Beyond it `OSError`.
pub(super) const MAX_STUBS: usize = 1 << 16;

/// What is to be loaded, and for whom.
pub(super) struct Request<'a> {
    /// Normalised path, or a bare name for a needed library.
    pub(super) path: &'a str,
    /// The C side's record, which may hold the file's bytes already.
    pub(super) dso: Option<u32>,
    /// `RTLD_GLOBAL`.
    pub(super) global: bool,
    /// The parent's run-time search path.
    pub(super) search: &'a [String],
}

/// The section that makes a module a library.
pub(super) fn dylink(side: &SideModule) -> Result<&Dylink, LinkError> {
    side.info.dylink().ok_or_else(|| LinkError::refused("need the dylink section to be first"))
}

/// Where a library lies in the file system: an absolute path as it is, else along `LD_LIBRARY_PATH` and the run-time
/// search path, which the guest's C library knows how to walk.
pub(super) fn find_library(
    caller: &mut Caller<'_>,
    wanted: &str,
    search: &[String],
) -> Result<Option<String>, LinkError> {
    if wanted.starts_with('/') {
        let there = caller.env().process.vfs.stat(AT_FDCWD, wanted.as_bytes(), true).is_ok();
        return Ok(there.then(|| wanted.to_owned()));
    }
    let instance = caller.guest()?.instance.clone();
    match export::<(u32, u32, u32, u32), u32>(&caller.store(), &instance, FIND) {
        Ok(find) => find_with(caller, &find, wanted, search),
        Err(_) => Ok(find_along_paths(caller, wanted, search)),
    }
}

/// The C library's way of finding a library; releases before 0.28 have none.
const FIND: &str = "_emscripten_find_dylib";

/// What [`FIND`] does: the variable first, then the run-time search path.
fn find_along_paths(caller: &mut Caller<'_>, wanted: &str, search: &[String]) -> Option<String> {
    const VARIABLE: &[u8] = b"LD_LIBRARY_PATH=";
    let process = &mut caller.env().process;
    let variable = process.environ.iter().find_map(|variable| variable.strip_prefix(VARIABLE));
    let variable = String::from_utf8_lossy(variable.unwrap_or_default()).into_owned();
    let folders = variable.split(':').chain(search.iter().map(String::as_str)).filter(|folder| !folder.is_empty());
    let mut paths = folders.map(|folder| format!("{}/{wanted}", folder.trim_end_matches('/')));
    paths.find(|path| process.vfs.stat(AT_FDCWD, path.as_bytes(), true).is_ok())
}

fn find_with(
    caller: &mut Caller<'_>,
    find: &TypedFunction<(u32, u32, u32, u32), u32>,
    wanted: &str,
    search: &[String],
) -> Result<Option<String>, LinkError> {
    const BUFFER: u32 = 2 * 255 + 2;
    let guest = caller.guest()?;
    let (current, restore) = (guest.stack_current()?.clone(), guest.stack_restore()?.clone());
    let saved = caller.call(&current, ())?;
    let buffer = on_stack(caller, &[0; BUFFER as usize])?;
    let paths = on_stack(caller, search.join(":").as_bytes())?;
    let name = on_stack(caller, wanted.as_bytes())?;
    let found = caller.call(find, (buffer, paths, name, BUFFER))?;
    let path = match found {
        0 => None,
        found => Some(caller.with_mem(|mem| {
            mem.c_str(GuestPtr::new(found)).map(|path| String::from_utf8_lossy(path).into_owned())
        })??),
    };
    caller.call(&restore, saved)?;
    Ok(path)
}

/// Copies bytes and a NUL to the guest's stack.
fn on_stack(caller: &mut Caller<'_>, bytes: &[u8]) -> Result<u32, LinkError> {
    let alloc = caller.guest()?.stack_alloc()?.clone();
    let addr = caller.call(&alloc, bytes.len() as u32 + 1)?;
    caller.with_mem(|mem| {
        mem.write_bytes(addr, bytes)?;
        mem.write(GuestPtr::<u8>::new(addr.wrapping_add(bytes.len() as u32)), 0)
    })??;
    Ok(addr)
}

/// Finds the library's bytes and compiles them.
pub(super) fn compile(caller: &mut Caller<'_>, request: &Request<'_>) -> Result<SideModule, LinkError> {
    let wasm = match request.dso {
        Some(dso) => take_file_data(caller, dso)?,
        None => None,
    };
    let wasm = match wasm {
        Some(wasm) => wasm,
        None => read_library(caller, request)?,
    };
    let (env, store) = caller.env_and_store();
    let engine = wasmer::AsStoreRef::as_store_ref(&store).engine().clone();
    let side = env.modules.side_module(&engine, &wasm).map_err(LinkError::Refused)?;
    env.linker.has_foreign_code |= !side.is_kept;
    Ok(side)
}

/// The C side has read the whole file into guest memory, where nobody would ever free it.
fn take_file_data(caller: &mut Caller<'_>, dso: u32) -> Result<Option<Vec<u8>>, LinkError> {
    let data = GuestPtr::<u32>::new(dso.wrapping_add(dso::FILE_DATA));
    let size = GuestPtr::<u32>::new(dso.wrapping_add(dso::FILE_DATA_SIZE));
    let taken = caller.with_mem(|mem| {
        let (addr, len) = (mem.read(data)?, mem.read(size)?);
        if addr == 0 || len == 0 {
            return Ok::<_, Fault>(None);
        }
        let bytes = mem.bytes(addr, len as usize)?.to_vec();
        mem.write(data, 0)?;
        mem.write(size, 0)?;
        Ok(Some((addr, bytes)))
    })??;
    let Some((addr, bytes)) = taken else { return Ok(None) };
    caller.free(addr)?;
    Ok(Some(bytes))
}

fn read_library(caller: &mut Caller<'_>, request: &Request<'_>) -> Result<Vec<u8>, LinkError> {
    let path = find_library(caller, request.path, request.search)?
        .ok_or_else(|| LinkError::refused(format!("Failed to find dynamic library \"{}\"", request.path)))?;
    let vfs = &mut caller.env().process.vfs;
    let failed = |errno: pyrun_memfs::Errno| LinkError::refused(format!("{path}: {}", errno.name()));
    let size = vfs.stat(AT_FDCWD, path.as_bytes(), true).map_err(failed)?.size;
    if size > MAX_LIBRARY {
        return Err(LinkError::refused(format!("{path} is larger than a library may be")));
    }
    let fd = vfs.openat(AT_FDCWD, path.as_bytes(), OpenFlags::empty(), 0).map_err(failed)?;
    let mut bytes = vec![0; size as usize];
    let mut filled = 0;
    let outcome = loop {
        match vfs.pread(fd, bytes.get_mut(filled..).unwrap_or_default(), filled as u64) {
            Ok(0) => break Ok(()),
            Ok(read) => filled += read,
            Err(errno) => break Err(failed(errno)),
        }
    };
    let _ = vfs.close(fd);
    outcome?;
    bytes.truncate(filled);
    Ok(bytes)
}

/// Gives the library its place in memory and in the table, and makes the instance.
pub(super) fn instantiate(
    caller: &mut Caller<'_>,
    request: &Request<'_>,
    side: SideModule,
    scope: &[usize],
) -> Result<usize, LinkError> {
    let layout = dylink(&side)?;
    let memory_base = allocate(caller, layout.memory_size, layout.memory_alignment)?;
    let table_base = match layout.table_size {
        0 => 0,
        size => caller.grow_table(size)?,
    };
    if let Some(dso) = request.dso {
        record_in_dso(caller, dso, [memory_base, layout.memory_size, table_base, layout.table_size])?;
    }
    let index = caller.env().linker.libraries.len();
    let mut linking = Linking { index, path: request.path, scope, memory_base, table_base, symbols: Vec::new() };
    let instance = linking.imports(caller, &side).and_then(|imports| {
        let instance = memory::instantiate(&mut caller.store(), &side.module, &imports);
        instance.map(Arc::new).map_err(not_instantiated)
    });
    let instance = match instance {
        Ok(instance) => instance,
        Err(error) => {
            caller.env().linker.offsets.forget(&linking.symbols);
            return Err(error);
        }
    };
    let library = Library {
        name: request.path.to_owned(),
        module: side,
        instance,
        memory_base,
        table_base,
        global_from: request.global.then_some(index + 1),
        scope: scope.to_vec(),
    };
    add(caller, library, &linking.symbols)?;
    Ok(index)
}

fn not_instantiated(error: wasmer::InstantiationError) -> LinkError {
    match error {
        wasmer::InstantiationError::Start(error) => LinkError::Trap(Trap::from_engine(error)),
        other => LinkError::refused(other.to_string()),
    }
}

/// Adds a library to the linker and resolves the symbols that it brought in. On an error nothing of it is kept.
fn add(caller: &mut Caller<'_>, library: Library, symbols: &[String]) -> Result<(), LinkError> {
    let index = caller.env().linker.libraries.len();
    caller.env().linker.libraries.push(library);
    let resolved = resolve_offsets(caller, index, symbols);
    if resolved.is_err() {
        caller.env().linker.libraries.pop();
        caller.env().linker.offsets.forget(symbols);
    }
    resolved
}

/// Zeroed memory for a library's data, aligned to `1 << align` bytes; never freed, as libraries are never unloaded.
fn allocate(caller: &mut Caller<'_>, size: u32, align: u32) -> Result<u32, LinkError> {
    if size == 0 {
        return Ok(0);
    }
    let alignment = 1_u32.checked_shl(align).filter(|&bytes| bytes <= 1 << 20);
    let alignment = alignment.ok_or_else(|| LinkError::refused(format!("alignment 2^{align} is out of range")))?;
    let total = size.checked_add(alignment).ok_or_else(|| LinkError::refused("the library's data is too large"))?;
    let addr = match caller.guest()?.calloc() {
        Ok(calloc) => {
            let calloc = calloc.clone();
            caller.call(&calloc, (total, 1))?
        }
        Err(_) => {
            let addr = caller.malloc(total)?;
            // Null is no place to write zeros to.
            if addr != 0 {
                caller.with_mem(|mem| mem.bytes_mut(addr, total as usize).map(|bytes| bytes.fill(0)))??;
            }
            addr
        }
    };
    if addr == 0 {
        return Err(LinkError::refused("out of memory"));
    }
    Ok(addr.next_multiple_of(alignment))
}

fn record_in_dso(caller: &mut Caller<'_>, dso: u32, values: [u32; 4]) -> Result<(), LinkError> {
    let fields = [dso::MEM_ADDR, dso::MEM_SIZE, dso::TABLE_ADDR, dso::TABLE_SIZE];
    caller.with_mem(|mem| {
        mem.write(GuestPtr::<u8>::new(dso.wrapping_add(dso::MEM_ALLOCATED)), 1)?;
        for (field, value) in fields.into_iter().zip(values) {
            mem.write(GuestPtr::<u32>::new(dso.wrapping_add(field)), value)?;
        }
        Ok::<_, Fault>(())
    })??;
    Ok(())
}

/// A library between compilation and instantiation.
pub(super) struct Linking<'a> {
    /// Its number in load order.
    pub(super) index: usize,
    pub(super) path: &'a str,
    pub(super) scope: &'a [usize],
    pub(super) memory_base: u32,
    pub(super) table_base: u32,
    /// Symbols that it imports through the global offset table and that have no address yet.
    pub(super) symbols: Vec<String>,
}

impl Linking<'_> {
    pub(super) fn imports(&mut self, caller: &mut Caller<'_>, side: &SideModule) -> Result<Imports, LinkError> {
        let mut imports = Imports::new();
        for import in side.module.imports() {
            let (module, name) = (import.module(), import.name());
            let value = match (module, import.ty()) {
                ("GOT.mem" | "GOT.func", wasmer::ExternType::Global(_)) => self.offset(caller, side, name)?,
                (_, wasmer::ExternType::Function(ty)) => Extern::Function(self.function(caller, name, ty)?),
                _ => self.machinery(caller, name)?,
            };
            imports.define(module, name, value);
        }
        Ok(imports)
    }

    /// A global of the offset table, resolved at once when a definition is loaded.
    fn offset(&mut self, caller: &mut Caller<'_>, side: &SideModule, symbol: &str) -> Result<Extern, LinkError> {
        let required = !dylink(side)?.is_weak(symbol);
        let (env, mut store) = caller.env_and_store();
        let global = env.linker.offsets.global(&mut store, symbol, required);
        if !env.linker.offsets.is_resolved(symbol) {
            self.symbols.push(symbol.to_owned());
            if let Some(definition) = env.linker.first_definition(symbol) {
                let address = symbols::address(caller, symbol, &definition)?;
                let (env, mut store) = caller.env_and_store();
                env.linker.offsets.resolve(&mut store, symbol, address)?;
            }
        }
        Ok(Extern::Global(global))
    }

    /// A function: a global definition, one of this `dlopen`'s libraries, one of the host, or a stub that looks again
    /// when it is called.
    fn function(&self, caller: &mut Caller<'_>, name: &str, ty: &FunctionType) -> Result<Function, LinkError> {
        let linker = &caller.env().linker;
        let local = || self.scope.iter().find_map(|&index| linker.definition_in(Owner::Library(index), name));
        if let Some(definition) = linker.definition_for(self.index, name).or_else(local) {
            return Ok(symbols::function(caller, name, &definition)?);
        }
        if let Some(function) = symbols::host_function(caller, name, Some(ty)) {
            return Ok(function);
        }
        tracing::debug!(library = self.path, symbol = name, "unresolved function import");
        self.stub(caller, name, ty)
    }

    /// What stands for a function that nothing defines.
    fn stub(&self, caller: &mut Caller<'_>, name: &str, ty: &FunctionType) -> Result<Function, LinkError> {
        let key = (self.index, self.path.to_owned(), name.to_owned(), ty.clone());
        let made = &caller.env().linker.stubs.made;
        if let Some(stub) = made.get(&key) {
            return Ok(stub.clone());
        }
        if made.len() >= MAX_STUBS {
            return Err(LinkError::refused(format!("more than {MAX_STUBS} functions are defined nowhere")));
        }
        let env = caller.env();
        let kept = compiled::INSTANCE + (name.len() + self.path.len()) as u64;
        env.compiled.keep(&env.process.host_memory, kept).map_err(|over| LinkError::refused(over.to_string()))?;
        let stub = stub(caller, self.path, Owner::Library(self.index), name, ty);
        caller.env().linker.stubs.made.insert(key, stub.clone());
        Ok(stub)
    }

    /// Memory, table, bases, the stack pointer and the exception tags.
    fn machinery(&self, caller: &mut Caller<'_>, name: &str) -> Result<Extern, LinkError> {
        let constant = |caller: &mut Caller<'_>, value: u32| {
            Extern::Global(Global::new(&mut caller.store(), Value::I32(value.cast_signed())))
        };
        Ok(match name {
            "memory" => Extern::Memory(caller.guest()?.memory()?.clone()),
            "__indirect_function_table" => Extern::Table(caller.guest()?.table()?.clone()),
            "__memory_base" => constant(caller, self.memory_base),
            "__table_base" => constant(caller, self.table_base),
            _ => {
                let found = caller.guest()?.instance.exports.get_extern(name).cloned();
                found.ok_or_else(|| LinkError::refused(format!("the main module does not export {name}")))?
            }
        })
    }
}

/// Gives the offset table's entries that the library brought in their addresses, now that its own exports exist.
fn resolve_offsets(caller: &mut Caller<'_>, index: usize, wanted: &[String]) -> Result<(), LinkError> {
    for symbol in wanted {
        let linker = &caller.env().linker;
        if linker.offsets.is_resolved(symbol) {
            continue;
        }
        let own = linker.definition_in(Owner::Library(index), symbol);
        let address = match own {
            Some(definition) => symbols::address(caller, symbol, &definition)?,
            None => match symbols::host_slot(caller, symbol)? {
                Some(slot) => slot,
                None if !caller.env().linker.offsets.is_required(symbol) => 0,
                None => {
                    return Err(LinkError::refused(format!("Dynamic linking error: undefined symbol '{symbol}'")));
                }
            },
        };
        let (env, mut store) = caller.env_and_store();
        env.linker.offsets.resolve(&mut store, symbol, address)?;
    }
    Ok(())
}

/// Runs the start function, applies relocations and runs constructors.
pub(super) fn initialize(caller: &mut Caller<'_>, index: usize) -> Result<(), LinkError> {
    let instance = symbols::instance(caller, Owner::Library(index))?;
    for step in [START_EXPORT, "__wasm_apply_data_relocs", "__wasm_call_ctors"] {
        let Ok(function) = instance.exports.get_function(step).cloned() else { continue };
        caller.call_values(&function, &[])?;
    }
    Ok(())
}
