//! A guest in a store, and its `ffi_type`s and `ffi_cif`s.

use pyrun_emscripten_shim::libffi::LIBFFI;
use pyrun_emscripten_shim::{Caller, Env, GuestExports, GuestPtr, Trap, testing};
use wasmer::{AsStoreMut, FunctionEnv, Imports, Instance, Module, Store, Value};

/// Types in guest memory.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ty<'a> {
    Id(u16),
    Struct(u32, u16, &'a [Ty<'a>]),
}

pub(crate) const VOID: Ty<'_> = Ty::Id(0);
pub(crate) const INT: Ty<'_> = Ty::Id(1);
pub(crate) const F32: Ty<'_> = Ty::Id(2);
pub(crate) const F64: Ty<'_> = Ty::Id(3);
pub(crate) const LONG_DOUBLE: Ty<'_> = Ty::Id(4);
pub(crate) const U8: Ty<'_> = Ty::Id(5);
pub(crate) const S8: Ty<'_> = Ty::Id(6);
pub(crate) const U16: Ty<'_> = Ty::Id(7);
pub(crate) const S16: Ty<'_> = Ty::Id(8);
pub(crate) const S64: Ty<'_> = Ty::Id(12);
pub(crate) const COMPLEX: Ty<'_> = Ty::Id(15);
pub(crate) const POINT: Ty<'_> = Ty::Struct(8, 4, &[INT, INT]);

pub(crate) struct Program {
    store: Store,
    env: FunctionEnv<Env>,
    instance: Instance,
    bump: u32,
}

impl Program {
    pub(crate) fn new() -> Self {
        let mut config = wasmer::sys::Features::default();
        config.exceptions(true);
        let engine =
            wasmer::sys::EngineBuilder::new(wasmer::sys::Cranelift::default()).set_features(Some(config)).engine();
        let mut store = Store::new(engine);
        let module = Module::new(&store, wat::parse_str(include_str!("guest.wat")).unwrap()).unwrap();
        let env = FunctionEnv::new(&mut store, testing::env());
        let mut imports = Imports::new();
        for import in LIBFFI.imports {
            let function = (import.define)(&mut store.as_store_mut(), &env);
            imports.define("env", import.name, function);
        }
        let instance = Instance::new(&mut store, &module, &imports).unwrap();
        let memory = instance.exports.get_memory("memory").unwrap().clone();
        let table = instance.exports.get_table("__indirect_function_table");
        let guest = GuestExports::new(&store, &instance, Some(memory), table.ok().cloned()).unwrap();
        env.as_mut(&mut store).guest = Some(guest);
        Self { store, env, instance, bump: 1024 }
    }

    pub(crate) fn caller(&mut self) -> Caller<'_> {
        Caller::from_store(&self.env, &mut self.store)
    }

    pub(crate) fn call(&mut self, name: &str, args: &[Value]) -> Result<Box<[Value]>, Trap> {
        let function = self.instance.exports.get_function(name).unwrap();
        function.call(&mut self.store, args).map_err(Trap::from_engine)
    }

    /// As [`Program::call`], for `i32`s.
    pub(crate) fn call_i32(&mut self, name: &str, args: &[u32]) -> u32 {
        let args: Vec<Value> = args.iter().map(|&arg| int(arg)).collect();
        let results = self.call(name, &args).unwrap();
        results.first().map_or(0, |value| value.unwrap_i32() as u32)
    }

    /// Bytes in memory, aligned to 16.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> u32 {
        let addr = self.bump;
        self.bump = (addr + bytes.len() as u32).next_multiple_of(16);
        assert!(self.bump < 32768, "the test data has run into the stack");
        self.write(addr, bytes);
        addr
    }

    pub(crate) fn put_words(&mut self, words: &[u32]) -> u32 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(&bytes)
    }

    pub(crate) fn write(&mut self, addr: u32, bytes: &[u8]) {
        let mut caller = self.caller();
        caller.with_mem(|mem| mem.write_bytes(addr, bytes)).unwrap().unwrap();
    }

    pub(crate) fn read<const N: usize>(&mut self, addr: u32) -> [u8; N] {
        let mut caller = self.caller();
        let bytes = caller.with_mem(|mem| mem.bytes(addr, N).unwrap().to_vec());
        bytes.unwrap().try_into().unwrap()
    }

    pub(crate) fn word(&mut self, addr: u32) -> u32 {
        let mut caller = self.caller();
        caller.with_mem(|mem| mem.read(GuestPtr::new(addr))).unwrap().unwrap()
    }

    /// An `ffi_type`.
    pub(crate) fn ty(&mut self, ty: Ty<'_>) -> u32 {
        match ty {
            Ty::Id(id) => self.put_words(&[0, u32::from(id) << 16, 0]),
            Ty::Struct(size, align, elements) => {
                let mut pointers: Vec<u32> = elements.iter().map(|&e| self.ty(e)).collect();
                pointers.push(0);
                let elements = self.put_words(&pointers);
                self.put_words(&[size, u32::from(align) | 13 << 16, elements])
            }
        }
    }

    /// An `ffi_cif`; the last `variadic` arguments are variadic.
    pub(crate) fn cif(&mut self, result: Ty<'_>, args: &[Ty<'_>], variadic: u32) -> u32 {
        let types: Vec<u32> = args.iter().map(|&arg| self.ty(arg)).collect();
        let (types, result) = (self.put_words(&types), self.ty(result));
        let nargs = args.len() as u32;
        self.put_words(&[0, nargs, types, result, 0, 0, nargs - variadic])
    }

    /// `avalue` for these arguments, and the address of each.
    pub(crate) fn avalue(&mut self, args: &[&[u8]]) -> (u32, Vec<u32>) {
        let places: Vec<u32> = args.iter().map(|arg| self.put(arg)).collect();
        (self.put_words(&places), places)
    }

    /// `ffi_call`; returns the 16 bytes of `rvalue`, which are `0xaa` before.
    pub(crate) fn ffi(&mut self, cif: u32, function: u32, args: &[&[u8]]) -> Result<[u8; 16], Trap> {
        let (avalue, _) = self.avalue(args);
        let rvalue = self.put(&[0xaa; 16]);
        let before = self.call_i32("emscripten_stack_get_current", &[]);
        self.call("ffi_call", &[int(cif), int(function), int(rvalue), int(avalue)])?;
        assert_eq!(self.call_i32("emscripten_stack_get_current", &[]), before);
        Ok(self.read(rvalue))
    }

    /// A prepared closure: its address and slot.
    pub(crate) fn closure(&mut self, cif: u32, fun: u32, user_data: u32) -> (u32, u32) {
        let code = self.put_words(&[0]);
        let closure = self.call_i32("closure_alloc", &[16, code]);
        let slot = self.word(code);
        assert_eq!(self.word(closure), slot);
        let args = [closure, cif, fun, user_data, slot];
        assert_eq!(self.call_i32("prep_closure", &args), 0);
        (closure, slot)
    }
}

pub(crate) fn int(value: u32) -> Value {
    Value::I32(value.cast_signed())
}
