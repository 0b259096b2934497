//! The end of a program, signals to itself, and the C runtime's messages.
//!
//! Replaces the exit, abort and assert half of `libcore.js` and `libruntime.js`. Left out on purpose: `system()`, which
//! under Node runs a shell on the host, is refused; `EM_ASM` snippets are JavaScript and answer 0.

use pyrun_memfs::Errno;
use wasmer::Value;

use crate::guest::caller::{Caller, Sys};
use crate::guest::exports::export;
use crate::guest::mem::{CStr, GuestPtr};
use crate::guest::trap::Trap;
use crate::host::report::Refused;

crate::imports! {
    /// The end of a program, and signals.
    pub static EXIT: "exit" in "env" as call {
        Refused(Nothing, Time) "emscripten_asm_const_int" => asm_const_int(code: u32, signature: u32, args: u32) -> i32;
        Full(Log, Output) "__assert_fail" => assert_fail(condition: GuestPtr<CStr>, file: GuestPtr<CStr>, line: i32, function: GuestPtr<CStr>);
        Full(Log, Output) "_abort_js" => abort();
        Full(Log, Time) "exit" => exit(status: i32);
        Full(Nothing, Time) "emscripten_runtime_keepalive_push" => keepalive_push();
        Full(Nothing, Time) "emscripten_runtime_keepalive_pop" => keepalive_pop();
        Full(Nothing, Time) "_emscripten_runtime_keepalive_clear" => keepalive_clear();
        Full(Nothing, Depth) "__call_sighandler" => call_sighandler(handler: u32, signal: i32);
        Full(Nothing, Time) "emscripten_debugger" => debugger();
        Full(Log, Output) "_emscripten_log_formatted" => log_formatted(flags: i32, text: GuestPtr<CStr>);
        Full(Nothing, Time) "_emscripten_get_progname" => get_progname(out: u32, size: i32);
        Refused(Nothing, Time) "_emscripten_system" => system(command: u32) -> i32;
    }
}

crate::imports! {
    /// The end of a program in releases before 0.28.
    pub static OLD_EXIT: "old exit" in "env" for UNTIL_V3 as call {
        Full(Log, Output) "abort" => abort();
        Full(Log, Time) "emscripten_exit_with_live_runtime" => exit_with_live_runtime();
    }
}

crate::imports! {
    /// What programs import besides.
    pub static PROGRAM_EXIT: "exit of programs" in "env" as call {
        Refused(Nothing, Time) "system" => system(command: u32) -> i32;
        Full(Log, Output) "__handle_stack_overflow" => stack_overflow(pointer: u32);
        Full(Log, Output) "segfault" => segfault();
        Full(Log, Output) "alignfault" => alignfault();
        Full(Nothing, Time) "emscripten_is_main_browser_thread" => is_main_thread() -> i32;
        Full(Nothing, Time) "emscripten_is_main_runtime_thread" => is_main_thread() -> i32;
        Refused(Nothing, Time) "emscripten_asm_const_double" => asm_const_double(code: u32, signature: u32, args: u32) -> f64;
    }
}

/// A guest string for a message to people; broken ones are shown as far as possible.
fn text(sys: &Sys<'_>, text: GuestPtr<CStr>, absent: &str) -> String {
    match text.is_null() {
        true => absent.to_owned(),
        false => match sys.mem.c_str(text) {
            Ok(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Err(_) => absent.to_owned(),
        },
    }
}

/// The snippets of the releases that run here are: throw in a test, nothing, and "is there stack switching?". It
/// does not exist here, so the answer to all three is 0. Their source text is not in the module.
fn asm_const_int(_caller: &mut Caller<'_>, _code: u32, _signature: u32, _args: u32) -> Result<i32, Trap> {
    Ok(0)
}

fn asm_const_double(_caller: &mut Caller<'_>, _code: u32, _signature: u32, _args: u32) -> Result<f64, Trap> {
    Ok(0.0)
}

/// What a module that checks its stack calls.
fn stack_overflow(_caller: &mut Caller<'_>, pointer: u32) -> Result<(), Trap> {
    Err(Trap::Aborted(format!("stack overflow: the stack pointer is {pointer:#x}")))
}

/// What a module that checks its memory accesses calls (`-sSAFE_HEAP`).
fn segfault(_caller: &mut Caller<'_>) -> Result<(), Trap> {
    Err(Trap::Aborted("segmentation fault".to_owned()))
}

/// As [`segfault`].
fn alignfault(_caller: &mut Caller<'_>) -> Result<(), Trap> {
    Err(Trap::Aborted("alignment fault".to_owned()))
}

/// There is one thread.
fn is_main_thread(_caller: &mut Caller<'_>) -> Result<i32, Trap> {
    Ok(1)
}

fn assert_fail(
    caller: &mut Caller<'_>,
    condition: GuestPtr<CStr>,
    file: GuestPtr<CStr>,
    line: i32,
    function: GuestPtr<CStr>,
) -> Result<(), Trap> {
    let message = caller.with_sys(|sys| {
        let message = assertion(sys, condition, file, line, function);
        sys.process.report(&message);
        message
    })?;
    Err(Trap::Aborted(message))
}

/// The words of the JavaScript glue.
fn assertion(
    sys: &Sys<'_>,
    condition: GuestPtr<CStr>,
    file: GuestPtr<CStr>,
    line: i32,
    function: GuestPtr<CStr>,
) -> String {
    format!(
        "Assertion failed: {}, at: {},{line},{}",
        text(sys, condition, ""),
        text(sys, file, "unknown filename"),
        text(sys, function, "unknown function"),
    )
}

fn abort(_caller: &mut Caller<'_>) -> Result<(), Trap> {
    Err(Trap::Aborted("abort() was called".to_owned()))
}

/// How such a release's `main` ends: its frames go, what it has set up stays.
fn exit_with_live_runtime(_caller: &mut Caller<'_>) -> Result<(), Trap> {
    Err(Trap::MainEnded)
}

/// Runs the atexit functions and flushes C's streams, unless something keeps the runtime alive; then ends.
fn exit(caller: &mut Caller<'_>, status: i32) -> Result<(), Trap> {
    run_exit_functions(caller)?;
    Err(caller.exit(status))
}

/// Runs the atexit functions and flushes C's streams, as far as the module exports what does that, unless something keeps the
/// runtime alive.
pub(crate) fn run_exit_functions(caller: &mut Caller<'_>) -> Result<(), Trap> {
    if caller.env().process.keepalive > 0 {
        return Ok(());
    }
    let instance = caller.guest()?.instance.clone();
    // Releases before 0.28 have none.
    if let Ok(on_exit) = export::<(), ()>(&caller.store(), &instance, "__funcs_on_exit") {
        caller.call(&on_exit, ())?;
    }
    if let Ok(flush) = export::<(), ()>(&caller.store(), &instance, "__stdio_exit")
        && export::<u32, i32>(&caller.store(), &instance, "fflush").is_err()
    {
        caller.call(&flush, ())?;
    }
    flush_streams(caller)
}

/// Flushes C's streams, if the module exports what does that.
///
/// # Errors
/// How the guest ended, when it did.
pub fn flush_streams(caller: &mut Caller<'_>) -> Result<(), Trap> {
    let instance = caller.guest()?.instance.clone();
    if let Ok(fflush) = export::<u32, i32>(&caller.store(), &instance, "fflush") {
        caller.call(&fflush, 0)?;
    }
    Ok(())
}

fn keepalive_push(caller: &mut Caller<'_>) -> Result<(), Trap> {
    let count = &mut caller.env().process.keepalive;
    *count = count.saturating_add(1);
    Ok(())
}

fn keepalive_pop(caller: &mut Caller<'_>) -> Result<(), Trap> {
    let count = &mut caller.env().process.keepalive;
    *count = count.saturating_sub(1);
    Ok(())
}

fn keepalive_clear(caller: &mut Caller<'_>) -> Result<(), Trap> {
    caller.env().process.keepalive = 0;
    Ok(())
}

fn call_sighandler(caller: &mut Caller<'_>, handler: u32, signal: i32) -> Result<(), Trap> {
    let Some(function) = caller.slot(handler)? else {
        return Err(Trap::Aborted(format!("the handler of signal {signal} is the empty table slot {handler}")));
    };
    caller.call_values(&function, &[Value::I32(signal)])?;
    Ok(())
}

fn debugger(_caller: &mut Caller<'_>) -> Result<(), Trap> {
    Ok(())
}

/// All kinds of messages go to the embedder; the call stacks that JavaScript can add do not exist.
fn log_formatted(caller: &mut Caller<'_>, _flags: i32, message: GuestPtr<CStr>) -> Result<(), Trap> {
    caller.with_sys(|sys| {
        let message = text(sys, message, "");
        sys.process.report(&message);
    })
}

/// Cuts the name to what fits, as JavaScript does.
fn get_progname(caller: &mut Caller<'_>, out: u32, size: i32) -> Result<(), Trap> {
    caller.with_sys(|sys| write_progname(sys, out, size))?
}

pub(crate) fn write_progname(sys: &mut Sys<'_>, out: u32, size: i32) -> Result<(), Trap> {
    let Some(room) = usize::try_from(size).ok().filter(|size| *size > 0) else {
        return Ok(());
    };
    let name = &sys.process.program;
    let fitting = name.get(..room - 1).unwrap_or(name);
    sys.mem.write_c_str(out, room, fitting).map_err(|errno| Trap::Aborted(format!("program name: {errno}")))
}

/// "Is there a shell?": no. "Run this": not implemented.
fn system(caller: &mut Caller<'_>, command: u32) -> Result<i32, Trap> {
    if command == 0 {
        return Ok(0);
    }
    caller.with_sys(|sys| {
        if let Ok(command) = sys.mem.c_str(GuestPtr::new(command)) {
            sys.process.host.refused(Refused::Command(command));
        }
    })?;
    Ok(-i32::from(Errno::NoSys.code()))
}

#[cfg(test)]
mod tests {
    use super::{assertion, write_progname};
    use crate::guest::mem::GuestPtr;
    use crate::machine::Machine;

    #[test]
    fn an_assertion_says_where() {
        let mut machine = Machine::new();
        let condition = machine.put_str(0x100, "x > 0");
        let file = machine.put_str(0x200, "a.c");
        let sys = &machine.sys();
        let message = assertion(sys, condition, file, 7, GuestPtr::new(0));
        assert_eq!(message, "Assertion failed: x > 0, at: a.c,7,unknown function");
    }

    #[test]
    fn the_program_name_is_cut() {
        let mut machine = Machine::new();
        machine.process.program = b"python".to_vec();
        let sys = &mut machine.sys();
        write_progname(sys, 0x100, 4).unwrap();
        assert_eq!(sys.mem.bytes(0x100, 5).unwrap(), b"pyt\0\0");
        write_progname(sys, 0x100, 7).unwrap();
        assert_eq!(sys.mem.bytes(0x100, 7).unwrap(), b"python\0");
        write_progname(sys, 0x100, 0).unwrap();
        write_progname(sys, 0x100, -1).unwrap();
        assert!(write_progname(sys, u32::MAX - 2, 7).is_err());
    }
}
