//! `main`: its arguments, and how it ends. Replaces `callMain` and `exitJS`.

use wasmer::{Instance, Value};

use super::Started;
use crate::exit;
use crate::guest::caller::Caller;
use crate::guest::exports::{MALLOC, OLD_STACK_ALLOC, STACK_ALLOC};
use crate::guest::mem::{Fault, GuestPtr};
use crate::guest::trap::Trap;

/// The exports that give memory for a command line, of which a program whose entry takes one has one.
pub const ALLOCATORS: [&str; 3] = [STACK_ALLOC, OLD_STACK_ALLOC, MALLOC];

/// The names of a program's entry, with those that take a command line first.
const ENTRIES: [&str; 4] = ["__main_argc_argv", "main", "__main_void", "__original_main"];
/// The entry of a program that is linked like WASI's; it asks for its command line, and ends by `proc_exit`.
const START: &str = "_start";
/// Limit: bytes of a command line that goes to the guest's stack. A longer one is allocated.
const MOST_ON_STACK: u32 = 16 << 10;

/// How a program's `main` ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramEnd {
    /// By `exit`, with this status, or by returning it with nothing that keeps the program alive.
    Exited(i32),
    /// It returned this status, and what it has set up is to be used: its functions can be called.
    Alive(i32),
}

impl ProgramEnd {
    /// The exit status of the process.
    #[must_use]
    pub fn status(self) -> i32 {
        match self {
            Self::Exited(status) | Self::Alive(status) => status,
        }
    }
}

/// The names of exports that run a program, in the order in which they are looked for.
pub fn entries() -> impl Iterator<Item = &'static str> {
    ENTRIES.into_iter().chain([START])
}

/// Whether a module has an entry.
#[must_use]
pub fn has_main(instance: &Instance) -> bool {
    entries().any(|name| instance.exports.get_function(name).is_ok())
}

impl Started {
    /// As [`call_main`].
    ///
    /// # Errors
    /// As there.
    pub fn call_main(&mut self, args: &[Vec<u8>]) -> Result<ProgramEnd, Trap> {
        call_main(&mut self.caller(), args)
    }
}

/// Calls `main` with a command line, `argv[0]` first, and ends the program when it returns: the functions of `atexit` run and
/// C's streams are flushed, unless something keeps it alive.
///
/// # Errors
/// [`Trap::MissingExport`] when the module has no `main`, or no memory that a command line can go to; how the guest ended
/// otherwise than by `exit`.
pub fn call_main(caller: &mut Caller<'_>, args: &[Vec<u8>]) -> Result<ProgramEnd, Trap> {
    let exports = caller.guest()?.instance.clone();
    let entry = ENTRIES.iter().chain([&START]).find_map(|name| exports.exports.get_function(name).ok());
    let entry = entry.cloned().ok_or_else(|| Trap::MissingExport("main".to_owned()))?;
    let params = entry.ty(&caller.store()).params().len();
    let ended = match params {
        0 => caller.call_values(&entry, &[]),
        _ => {
            let (count, argv) = (args.len() as u32, write_args(caller, args)?);
            // `main(argc, argv, envp)` finds no environment there: C's `environ` has it.
            let values = [count, argv, 0].map(|value| Value::I32(value.cast_signed()));
            caller.call_values(&entry, values.get(..params).unwrap_or(&values))
        }
    };
    match ended.map_err(Trap::flatten) {
        Ok(results) => returned(caller, results.first().and_then(Value::i32).unwrap_or(0)),
        Err(Trap::Exit(status)) => Ok(ProgramEnd::Exited(status)),
        Err(Trap::MainEnded) => Ok(ProgramEnd::Alive(0)),
        Err(trap) => Err(trap),
    }
}

fn returned(caller: &mut Caller<'_>, status: i32) -> Result<ProgramEnd, Trap> {
    if caller.env().process.keepalive > 0 {
        return Ok(ProgramEnd::Alive(status));
    }
    match exit::run_exit_functions(caller).map_err(Trap::flatten) {
        Ok(()) => Ok(ProgramEnd::Exited(status)),
        Err(Trap::Exit(status)) => Ok(ProgramEnd::Exited(status)),
        Err(trap) => Err(trap),
    }
}

/// An argv block in the guest: the pointers, a null, then the strings.
fn write_args(caller: &mut Caller<'_>, args: &[Vec<u8>]) -> Result<u32, Trap> {
    let pointers = (args.len() + 1) * 4;
    let total = args.iter().map(|arg| arg.len() + 1).sum::<usize>() + pointers;
    let total = u32::try_from(total).map_err(|_| Trap::Aborted("the command line is too long".to_owned()))?;
    let block = allocate(caller, total)?;
    caller
        .with_mem(|mem| {
            let pointer = GuestPtr::<u32>::new(block);
            let mut text = block.wrapping_add(pointers as u32);
            for (index, arg) in (0..).zip(args) {
                mem.write(pointer.at(index), text)?;
                mem.write_bytes(text, arg)?;
                mem.write(GuestPtr::<u8>::new(text.wrapping_add(arg.len() as u32)), 0)?;
                text = text.wrapping_add(arg.len() as u32 + 1);
            }
            mem.write(pointer.at(args.len() as u32), 0)?;
            Ok::<_, Fault>(block)
        })?
        .map_err(Trap::from)
}

/// Memory for the command line: of the guest's stack, below which `main`'s frames come, or of its heap.
fn allocate(caller: &mut Caller<'_>, bytes: u32) -> Result<u32, Trap> {
    let guest = caller.guest()?;
    let (alloc, malloc) = (guest.stack_alloc().cloned(), guest.malloc().cloned());
    let allocate = match (alloc, malloc) {
        (Ok(alloc), Err(_)) => alloc,
        (Ok(alloc), _) if bytes <= MOST_ON_STACK => alloc,
        (_, malloc) => malloc?,
    };
    match caller.call(&allocate, bytes).map_err(Trap::flatten)? {
        0 => Err(Trap::Aborted("the command line does not fit into memory".to_owned())),
        block => Ok(block),
    }
}
