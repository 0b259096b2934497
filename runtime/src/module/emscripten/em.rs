//! C's functions of a guest of Emscripten's, for the embedder: memory, files, libraries, and calls whose exceptions are values.

use std::io::SeekFrom;

use pyrun_emscripten_shim::Caller;
use pyrun_emscripten_shim::em::{self, Invoked, Target, Thrown};
use pyrun_memfs::{Errno, FileKind, OpenFlags, Whence};
use wasmer::FunctionEnv;

use super::end::End;
use super::ended;
use crate::engine::Engine;
use crate::error::Error;
use crate::module::error::ModuleError;
use crate::module::instance::{Control, HostClosure, HostState, IntoWasmArgs, WasmType, WasmValue, type_of};

/// Flags of [`Em::open`], as Emscripten's C library has them, which is as Linux has them.
pub mod flags {
    /// To be read.
    pub const O_RDONLY: u32 = 0;
    /// To be written.
    pub const O_WRONLY: u32 = 1;
    /// To be read and written.
    pub const O_RDWR: u32 = 2;
    /// Made when it is not there.
    pub const O_CREAT: u32 = 0o100;
    /// With [`O_CREAT`]: an error when it is there.
    pub const O_EXCL: u32 = 0o200;
    /// Emptied.
    pub const O_TRUNC: u32 = 0o1000;
    /// Written at its end.
    pub const O_APPEND: u32 = 0o2000;
}

/// C's functions of a running guest: what `Module._malloc`, `FS.open` and `ccall` are in JavaScript. Of a
/// [`ModuleInstance`](crate::ModuleInstance) by `em`, of an [`Interpreter`](crate::Interpreter) by `em`, too.
///
/// Addresses are the guest's. Files are those that the guest sees.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (import "env" "emscripten_get_now" (func (result f64)))
/// #     (memory (export "memory") 1) (func (export "main")))"#).unwrap();
/// use pyrun::em::flags::{O_CREAT, O_RDWR};
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let mut instance = engine.module(wasm)?.instance().start()?;
/// let mut em = instance.em()?;
/// let fd = em.open("/tmp/x", O_RDWR | O_CREAT, 0o644)?;
/// em.write(fd, b"hello")?;
/// em.lseek(fd, std::io::SeekFrom::Start(1))?;
/// let mut buffer = [0; 8];
/// assert_eq!(em.read(fd, &mut buffer)?, 4);
/// em.close(fd)?;
/// assert_eq!(em.stat("/tmp/x")?.size, 5);
/// # Ok(())
/// # }
/// ```
pub struct Em<'a> {
    caller: Caller<'a>,
    end: End<'a>,
}

impl std::fmt::Debug for Em<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Em").finish_non_exhaustive()
    }
}

/// What `stat` says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmStat {
    /// Its kind and permission bits, as C has them.
    pub mode: u32,
    /// Bytes.
    pub size: u64,
    /// Last change, in whole seconds since 1970.
    pub mtime: i64,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// How a call by [`Em::invoke`] ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EmInvoked {
    /// It returned.
    Returned(Vec<WasmValue>),
    /// Something was thrown that nothing in the guest caught. Its stack is as it was before the call.
    Threw(EmException),
}

/// An exception of a guest's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmException {
    /// C++ threw an object, which stays allocated.
    Cpp {
        /// Its address.
        object: u32,
        /// Its class as C++ writes it, such as `std::runtime_error`, if it can be told.
        class: Option<String>,
        /// What its `what()` says, if it is a `std::exception`.
        message: Option<String>,
    },
    /// A `longjmp` to a `setjmp` that none of the callers is in.
    Longjmp {
        /// The value that `setjmp` would have returned, if it can be told.
        value: Option<i32>,
    },
    /// Something of another language.
    Other,
}

impl<'a> Em<'a> {
    pub(crate) fn new(caller: Caller<'a>) -> Self {
        Self { caller, end: End::default() }
    }

    /// Of an instance, for as long as its limits of time let it.
    ///
    /// # Errors
    /// [`Error::System`]
    pub(super) fn of_instance(caller: Caller<'a>, engine: &Engine, control: &'a mut Control) -> Result<Self, Error> {
        let armed = control.arm(engine)?;
        Ok(Self { caller, end: End::of_instance(armed, control) })
    }

    /// Why the guest was cut off in the middle of something, if it was.
    pub(crate) fn cut_off(&self) -> Option<&str> {
        self.end.cut_off()
    }

    /// `malloc`.
    ///
    /// # Errors
    /// [`Error::Module`], when the guest has no memory left, or the module exports no `malloc`; how the guest ended.
    pub fn malloc(&mut self, bytes: u32) -> Result<u32, Error> {
        em::malloc(&mut self.caller, bytes)
            .map_err(|trap| self.end.ended(trap))?
            .ok_or_else(|| ModuleError::NoRoom { bytes }.into())
    }

    /// `free`. An address that `malloc` did not give damages the guest, as it would in C.
    ///
    /// # Errors
    /// As [`Em::malloc`].
    pub fn free(&mut self, address: u32) -> Result<(), Error> {
        em::free(&mut self.caller, address).map_err(|trap| self.end.ended(trap))
    }

    /// `realloc`. When it fails, the block is as it was.
    ///
    /// # Errors
    /// As [`Em::malloc`].
    pub fn realloc(&mut self, address: u32, bytes: u32) -> Result<u32, Error> {
        let grown = em::realloc(&mut self.caller, address, bytes).map_err(|trap| self.end.ended(trap))?;
        grown.ok_or_else(|| ModuleError::NoRoom { bytes }.into())
    }

    /// Grows memory by so many pages of 64 KiB, and gives how many it had. They are nobody's until the guest's allocator
    /// asks for more.
    ///
    /// # Errors
    /// [`Error::Module`], when the limit or the module's own maximum is in the way.
    pub fn memory_grow(&mut self, pages: u32) -> Result<u32, Error> {
        match em::memory_grow(&mut self.caller, pages).map_err(ended)? {
            Some(before) => Ok(before),
            None => {
                let has = self.caller.with_mem(|mem| mem.len() >> 16).map_err(ended)?;
                Err(ModuleError::Growth { has: u32::try_from(has).unwrap_or(u32::MAX), pages }.into())
            }
        }
    }

    /// Copies bytes out of the guest's memory.
    ///
    /// # Errors
    /// [`Error::Module`], when they do not lie within it.
    pub fn read_memory(&mut self, address: u32, length: usize) -> Result<Vec<u8>, Error> {
        let read = self.caller.with_mem(|mem| mem.bytes(address, length).map(<[u8]>::to_vec).map_err(|_| mem.len()));
        read.map_err(ended)?.map_err(|size| ModuleError::OutOfBounds { address, length, size }.into())
    }

    /// Copies bytes into the guest's memory.
    ///
    /// # Errors
    /// [`Error::Module`], when they do not fit there; nothing is written.
    pub fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), Error> {
        let length = bytes.len();
        let written = self.caller.with_mem(|mem| mem.write_bytes(address, bytes).map_err(|_| mem.len()));
        written.map_err(ended)?.map_err(|size| ModuleError::OutOfBounds { address, length, size }.into())
    }

    /// Puts a text and the NUL that ends it into memory of `malloc`'s, and gives its address.
    ///
    /// # Errors
    /// As [`Em::malloc`].
    pub fn new_c_string(&mut self, text: impl AsRef<[u8]>) -> Result<u32, Error> {
        let mut bytes = text.as_ref().to_vec();
        bytes.push(0);
        let size = u32::try_from(bytes.len()).map_err(|_| ModuleError::NoRoom { bytes: u32::MAX })?;
        let address = self.malloc(size)?;
        self.write_memory(address, &bytes)?;
        Ok(address)
    }

    /// The bytes of a C string, without its NUL.
    ///
    /// # Errors
    /// [`Error::Module`], when there is no NUL within a mebibyte.
    pub fn c_string(&mut self, address: u32) -> Result<Vec<u8>, Error> {
        let text =
            self.caller.with_mem(|mem| mem.c_str(pyrun_emscripten_shim::GuestPtr::new(address)).map(<[u8]>::to_vec));
        text.map_err(ended)?.map_err(|_| ModuleError::NoNul { address }.into())
    }

    /// `open`: a descriptor of the guest's. [`flags`] has what `how` is made of; `mode` is for a file that is made.
    ///
    /// # Errors
    /// [`Error::Module`] with the errno.
    pub fn open(&mut self, path: &str, how: u32, mode: u32) -> Result<i32, Error> {
        let how = OpenFlags::from_bits_retain(how);
        em::open(&mut self.caller, path.as_bytes(), how, mode).map_err(|errno| failed("open", path, errno))
    }

    /// `read`: how many bytes; 0 at the end.
    ///
    /// # Errors
    /// As [`Em::open`].
    pub fn read(&mut self, fd: i32, buffer: &mut [u8]) -> Result<usize, Error> {
        em::read(&mut self.caller, fd, buffer).map_err(|errno| failed_fd("read", fd, errno))
    }

    /// `write`: how many bytes were written.
    ///
    /// # Errors
    /// As [`Em::open`].
    pub fn write(&mut self, fd: i32, bytes: &[u8]) -> Result<usize, Error> {
        em::write(&mut self.caller, fd, bytes).map_err(|errno| failed_fd("write", fd, errno))
    }

    /// `lseek`: the new position.
    ///
    /// # Errors
    /// As [`Em::open`].
    pub fn lseek(&mut self, fd: i32, to: SeekFrom) -> Result<u64, Error> {
        let (offset, whence) = match to {
            SeekFrom::Start(offset) => (i64::try_from(offset).unwrap_or(i64::MAX), Whence::Set),
            SeekFrom::Current(offset) => (offset, Whence::Current),
            SeekFrom::End(offset) => (offset, Whence::End),
        };
        em::lseek(&mut self.caller, fd, offset, whence).map_err(|errno| failed_fd("seek", fd, errno))
    }

    /// `close`.
    ///
    /// # Errors
    /// As [`Em::open`].
    pub fn close(&mut self, fd: i32) -> Result<(), Error> {
        em::close(&mut self.caller, fd).map_err(|errno| failed_fd("close", fd, errno))
    }

    /// `stat`; links are followed.
    ///
    /// # Errors
    /// As [`Em::open`].
    pub fn stat(&mut self, path: &str) -> Result<EmStat, Error> {
        let meta = em::stat(&mut self.caller, path.as_bytes()).map_err(|errno| failed("stat", path, errno))?;
        let is_folder = meta.kind() == FileKind::Directory;
        Ok(EmStat { mode: meta.mode, size: meta.size, mtime: meta.mtime.secs, is_folder })
    }

    /// The whole of a file of the guest's.
    ///
    /// # Errors
    /// As [`Em::open`].
    pub fn read_file(&mut self, path: &str) -> Result<Vec<u8>, Error> {
        em::read_file(&mut self.caller, path.as_bytes()).map_err(|errno| failed("read", path, errno))
    }

    /// Calls an exported function with arguments that its signature says the types of, as
    /// [`ModuleInstance::call`](crate::ModuleInstance::call) does; what it throws is a value.
    ///
    /// # Errors
    /// [`Error::Module`] for a function that is not there, or arguments that do not fit; [`Error::Trap`];
    /// [`Error::SystemExit`], when it called `exit`.
    pub fn invoke(&mut self, function: &str, arguments: impl IntoWasmArgs) -> Result<EmInvoked, Error> {
        self.invoke_target(Target::Export(function), function, arguments)
    }

    /// Calls a function by its pointer, which is a slot of the function table.
    ///
    /// # Errors
    /// As [`Em::invoke`].
    pub fn invoke_pointer(&mut self, pointer: u32, arguments: impl IntoWasmArgs) -> Result<EmInvoked, Error> {
        self.invoke_target(Target::Slot(pointer), &format!("the function at {pointer}"), arguments)
    }

    fn invoke_target(
        &mut self,
        target: Target<'_>,
        name: &str,
        arguments: impl IntoWasmArgs,
    ) -> Result<EmInvoked, Error> {
        let wanted: Vec<WasmType> =
            em::signature(&mut self.caller, target).map_err(ended)?.params().iter().map(type_of).collect();
        let arguments = crate::module::instance::checked_arguments(name, &arguments.into_wasm_args(), &wanted)?;
        match em::invoke(&mut self.caller, target, &arguments).map_err(|trap| self.end.ended(trap))? {
            Invoked::Returned(values) => Ok(EmInvoked::Returned(values.iter().map(WasmValue::from_engine).collect())),
            Invoked::Threw(thrown) => Ok(EmInvoked::Threw(exception(thrown))),
        }
    }

    /// Puts a host function into the function table, and gives its pointer, for C functions that take one. It stays there for as
    /// long as the guest lives.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let wasm = wat::parse_str(r#"(module (import "env" "emscripten_get_now" (func (result f64)))
    /// #     (memory (export "memory") 1) (table (export "__indirect_function_table") 1 funcref)
    /// #     (func (export "apply") (param i32 i32) (result i32)
    /// #       (call_indirect (param i32) (result i32) (local.get 1) (local.get 0))))"#).unwrap();
    /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let mut instance = engine.module(wasm)?.instance().start()?;
    /// let double = instance.em()?.add_function(|number: i32| 2 * number)?;
    /// assert_eq!(instance.call("apply", (double, 21))?, [pyrun::WasmValue::I32(42)]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Crashed`], when the table is at its own maximum or the limit; [`Error::Module`], when the module exports none.
    pub fn add_function<Marker>(&mut self, function: impl HostClosure<Marker>) -> Result<u32, Error> {
        let define = function.into_define("a function pointer".to_owned()).0;
        let memory = self.caller.guest().map_err(ended)?.memory().ok().cloned();
        let gate = self.caller.env().gate.clone();
        let mut state = HostState::new(gate, None);
        state.memory = memory;
        let host = FunctionEnv::new(&mut self.caller.store(), state);
        let function = define(&mut self.caller.store(), &host);
        let slot = self.caller.grow_table(1).map_err(ended)?;
        self.caller.set_slot(slot, Some(function)).map_err(ended)?;
        Ok(slot)
    }

    /// Loads a shared library of the guest's file system, with what it needs; its symbols are visible to all. One that does
    /// not come with the module needs the leave of `allow_native_code`.
    ///
    /// # Errors
    /// [`Error::Module`], with what `dlerror` would say; how the guest ended.
    pub fn load_library(&mut self, path: &str) -> Result<(), Error> {
        em::load_library(&mut self.caller, path).map_err(|error| match error {
            em::LibraryError::Refused(why) => ModuleError::Library { path: path.to_owned(), why }.into(),
            em::LibraryError::Ended(trap) => self.end.ended(trap),
            other => ModuleError::Library { path: path.to_owned(), why: other.to_string() }.into(),
        })
    }

    /// `dlsym` over everything that is visible to all: a function's pointer, or a variable's address.
    ///
    /// # Errors
    /// [`Error::Module`], when nothing has this name.
    pub fn symbol(&mut self, name: &str) -> Result<u32, Error> {
        let found = em::symbol(&mut self.caller, name).map_err(ended)?;
        found.ok_or_else(|| ModuleError::Lacks { name: name.to_owned() }.into())
    }

    /// Runs the program's `main` with these arguments after its own name, and gives its status. What it has set up is there
    /// afterwards, unless it called `exit`.
    ///
    /// # Errors
    /// [`Error::Module`], when it has none; how it ended otherwise than by returning or by `exit`.
    pub fn call_main<A: AsRef<[u8]>>(&mut self, arguments: impl IntoIterator<Item = A>) -> Result<i32, Error> {
        let name = self.caller.env().process.program.clone();
        let args = std::iter::once(name).chain(arguments.into_iter().map(|argument| argument.as_ref().to_vec()));
        let args: Vec<Vec<u8>> = args.collect();
        let ending = pyrun_emscripten_shim::program::call_main(&mut self.caller, &args);
        Ok(ending.map_err(|trap| self.end.ended(trap))?.status())
    }
}

fn exception(thrown: Thrown) -> EmException {
    match thrown {
        Thrown::Cpp { object, class, message } => EmException::Cpp { object, class, message },
        Thrown::Longjmp { value, .. } => EmException::Longjmp { value },
        _ => EmException::Other,
    }
}

fn failed(action: &'static str, path: &str, errno: Errno) -> Error {
    ModuleError::Errno { action, what: path.to_owned(), errno: errno.name(), why: errno.message() }.into()
}

fn failed_fd(action: &'static str, fd: i32, errno: Errno) -> Error {
    failed(action, &format!("descriptor {fd}"), errno)
}
