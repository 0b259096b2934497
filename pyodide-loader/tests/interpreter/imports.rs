//! The imports that know Python, called in a started interpreter as its C code calls them; and what boot has told CPython of them.

use pyrun_emscripten_shim::{Caller, Env, GuestPtr, HostImport, Trap, dylink};
use pyrun_memfs::Errno;
use pyrun_pyodide_loader::imports::cpython::{BEFORE_314, CPYTHON};
use pyrun_pyodide_loader::imports::socket_hooks::PYODIDE_SOCKET_HOOKS;
use pyrun_pyodide_loader::imports::{self, bridge};
use pyrun_pyodide_loader::trampoline::{Arity, helper_module};
use wasmer::{Function, FunctionType, Type, Value};

use super::support::{Python, with_python};

/// Calls an import; the number that it gives.
fn call(caller: &mut Caller<'_>, import: &HostImport, args: &[i32]) -> Result<i32, Trap> {
    let env = caller.env_handle();
    let function = (import.define)(&mut caller.store(), &env);
    let args: Vec<Value> = args.iter().map(|arg| Value::I32(*arg)).collect();
    let results = caller.call_values(&function, &args).map_err(Trap::flatten)?;
    Ok(results.first().and_then(Value::i32).unwrap_or(0))
}

/// Writes bytes into memory that is the caller's for good.
fn put(caller: &mut Caller<'_>, bytes: &[u8]) -> u32 {
    let at = caller.malloc(bytes.len() as u32).unwrap();
    caller.with_mem(|mem| mem.write_bytes(at, bytes)).unwrap().unwrap();
    at
}

fn word(caller: &mut Caller<'_>, at: u32) -> i32 {
    caller.with_mem(|mem| mem.read(GuestPtr::<i32>::new(at))).unwrap().unwrap()
}

#[test]
fn signals_are_asked_for() {
    with_python(|python| {
        let signal = python.caller().env().process.signal.clone();
        let pending = CPYTHON.find("env", "_Py_CheckEmscriptenSignals_Helper").unwrap();
        // One with its default action: the process is not the guest's.
        signal.raise(15);
        assert_eq!((call(&mut python.caller(), pending, &[]).unwrap(), signal.is_pending()), (0, false));
        // Compiling a source for the host holds them back; the source itself gets them, and later ones do, too.
        for count in 1..=2 {
            signal.raise(2);
            let error = python.error(&format!("for _ in range(10 ** 6 + {count}): pass"));
            let places: Vec<_> = error.frames.iter().map(|frame| (frame.line, &*frame.function)).collect();
            assert_eq!((&*error.type_name, &*places), ("KeyboardInterrupt", &[(1, "<module>")][..]));
            assert!(!signal.is_pending());
        }
    });
}

#[test]
fn shutdown_is_for_sockets() {
    with_python(|python| {
        let shutdown = PYODIDE_SOCKET_HOOKS.find("env", "_try_shutdown").unwrap();
        python.eval("import socket\na, b = socket.socketpair()\na.shutdown(socket.SHUT_WR)");
        assert_eq!(python.value("b.recv(9), b.send(b'x'), a.recv(9)").to_string(), "(b'', 1, b'x')");
        let said = python.try_value("socket.socket().shutdown(socket.SHUT_WR)").unwrap_err();
        assert!(said.starts_with("OSError: [Errno 53]"), "{said}");
        let fd = match python.value("a.fileno()") {
            pyrun_pyodide_loader::object::Value::Int(fd) => fd as i32,
            other => panic!("{other}"),
        };
        let mut caller = python.caller();
        let result = put(&mut caller, &[7; 4]);
        // A file is not a socket: that is the guest's own libc's business.
        assert_eq!(call(&mut caller, shutdown, &[1, 1, result as i32]).unwrap(), 0);
        assert_eq!(word(&mut caller, result), 0x0707_0707);
        assert_eq!(call(&mut caller, shutdown, &[fd, 0, result as i32]).unwrap(), 1);
        assert_eq!(word(&mut caller, result), 0);
        assert_eq!(call(&mut caller, shutdown, &[fd, 99, result as i32]).unwrap(), 1);
        assert_eq!(word(&mut caller, result), -i32::from(Errno::Inval.code()));
        assert!(call(&mut caller, shutdown, &[fd, 0, -2]).is_err());
        for name in ["_maybe_connect_async", "_maybe_recvfrom_async", "_maybe_sendto_async", "_maybe_poll_async"] {
            let hook = PYODIDE_SOCKET_HOOKS.find("env", name).unwrap();
            assert_eq!(call(&mut caller, hook, &[fd, 0, 0]).unwrap(), 0, "{name}");
        }
        let fcntl = PYODIDE_SOCKET_HOOKS.find("env", "_try_fcntl64").unwrap();
        assert_eq!(call(&mut caller, fcntl, &[fd, 3, 0, result as i32]).unwrap(), 0);
    });
}

#[test]
fn what_cpython_asks_of_its_platform() {
    with_python(|python| {
        let version = format!("pyrun {}", env!("CARGO_PKG_VERSION"));
        let mut caller = python.caller();
        let runtime = CPYTHON.find("env", "_Py_emscripten_runtime").unwrap();
        let [one, two] = [(); 2].map(|()| call(&mut caller, runtime, &[]).unwrap() as u32);
        assert_ne!(one, two, "CPython frees it");
        let text = caller.with_mem(|mem| mem.c_str(GuestPtr::new(one)).map(<[u8]>::to_vec)).unwrap().unwrap();
        assert_eq!(text, version.as_bytes());
        let device = CPYTHON.find("env", "emscripten_set_up_async_input_device_js").unwrap();
        assert_eq!(call(&mut caller, device, &[]).unwrap(), 0);
        let text = put(&mut caller, b"a warning\0");
        call(&mut caller, CPYTHON.find("env", "emscripten_log_impl_js").unwrap(), &[text as i32]).unwrap();
        assert_eq!(python.written.take(), "a warning\n");
    });
}

/// The slots of functions that CPython calls by their number of arguments, each with its class.
fn slots(caller: &mut Caller<'_>) -> Vec<(u32, Arity)> {
    let end = caller.slots_used().unwrap();
    let mut found: Vec<(u32, Arity)> = Vec::new();
    for slot in 1..end {
        let Some(function) = caller.slot(slot).unwrap() else { continue };
        let arity = Arity::of(&function.ty(&caller.store()));
        if !found.iter().any(|(_, known)| *known == arity) {
            found.push((slot, arity));
        }
    }
    found
}

#[test]
fn functions_are_called_by_their_arity() {
    with_python(|python| {
        let mut caller = python.caller();
        let count = BEFORE_314.find("env", "_PyEM_CountFuncParams").unwrap();
        let slots = slots(&mut caller);
        assert_eq!(slots.len(), 5, "{slots:?}");
        for (slot, arity) in slots {
            let wanted = arity as i32 - 1;
            // Once more: now the class is remembered.
            assert_eq!([(); 2].map(|()| call(&mut caller, count, &[slot as i32]).unwrap()), [wanted; 2], "{arity:?}");
        }
        assert_eq!(call(&mut caller, count, &[0]).unwrap(), 3, "calling it traps as in C");
        assert_eq!(call(&mut caller, BEFORE_314.find("env", "_PyEM_detect_type_reflection").unwrap(), &[]).unwrap(), 1);
        assert_eq!(call(&mut caller, BEFORE_314.find("env", "_PyEM_InitTrampoline_js").unwrap(), &[]).unwrap(), 0);
        let through = CPYTHON.find("env", "_PyEM_TrampolineCall_JS").unwrap();
        let error = call(&mut caller, through, &[0, 1, 2, 3]).unwrap_err();
        assert!(error.to_string().contains("signature mismatch in slot 0"), "{error}");
        let init = BEFORE_314.find("env", "_PyImport_InitFunc_TrampolineCall").unwrap();
        assert!(call(&mut caller, init, &[0]).is_err());
    });
}

/// A C function that gives the sum of its arguments and of 100 for each, in a slot.
fn sum(python: &mut Python, arguments: usize) -> u32 {
    python.eval("import ctypes\nkept = []");
    let source = format!(
        "kept.append(ctypes.CFUNCTYPE(*[ctypes.c_int] * ({arguments} + 1))(lambda *a: sum(a) + 100 * len(a)))\n\
         ctypes.cast(kept[-1], ctypes.c_void_p).value"
    );
    match python.value(&source) {
        pyrun_pyodide_loader::object::Value::Int(slot) => slot as u32,
        other => panic!("{other}"),
    }
}

#[test]
fn calls_pass_as_many_arguments_as_are_taken() {
    with_python(|python| {
        let slots = [0, 1, 2, 3].map(|arguments| sum(python, arguments));
        let mut caller = python.caller();
        let through = CPYTHON.find("env", "_PyEM_TrampolineCall_JS").unwrap();
        let init = BEFORE_314.find("env", "_PyImport_InitFunc_TrampolineCall").unwrap();
        for (slot, result) in slots.iter().zip([0, 101, 203, 306]) {
            let slot = *slot as i32;
            assert_eq!(call(&mut caller, through, &[slot, 1, 2, 3]).unwrap(), result);
            assert_eq!(call(&mut caller, init, &[slot]).unwrap(), result / 100 * 100);
        }
    });
}

/// What the trampoline gives for a function in a slot and the arguments 1, 2 and 3.
fn through_trampoline(caller: &mut Caller<'_>, trampoline: &Function, success: u32, slot: u32) -> Option<i32> {
    let args = [success as i32, slot as i32, 1, 2, 3].map(Value::I32);
    caller.call_values(trampoline, &args).unwrap()[0].i32()
}

#[test]
fn cpython_has_the_trampoline_and_asks_for_signals() {
    with_python(|python| {
        let mut caller = python.caller();
        let mut variable = |name: &str| dylink::main_variable(&mut caller, name).unwrap();
        let (runtime, offset) = (variable("_PyRuntime"), variable("_PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET"));
        let handling = variable("Py_EMSCRIPTEN_SIGNAL_HANDLING");
        assert_eq!(word(&mut caller, handling), 1);
        let offset = word(&mut caller, offset) as u32;
        let slot = word(&mut caller, runtime + offset) as u32;
        let function = caller.slot(slot).unwrap().unwrap();
        let ty = function.ty(&caller.store());
        assert_eq!(ty, FunctionType::new([Type::I32; 5], [Type::I32]));
        let counting = BEFORE_314.find("env", "_PyEM_GetCountArgsPtr").unwrap();
        assert_eq!(call(&mut caller, counting, &[]).unwrap() as u32, slot);
        // `(success, slot, a, b, c)`: of a function with four arguments it says that it cannot be called.
        let success = put(&mut caller, &[1, 0, 0, 0]);
        let called = |caller: &mut Caller<'_>, slot: u32| through_trampoline(caller, &function, success, slot);
        assert_eq!((called(&mut caller, slot), word(&mut caller, success)), (Some(0), 0));
        let slots = [0, 1, 2, 3].map(|arguments| sum(python, arguments));
        let mut caller = python.caller();
        assert_eq!(slots.map(|slot| called(&mut caller, slot)), [0, 101, 203, 306].map(Some));
    });
}

/// A slot of a closure may be given to another function, so that its class is not remembered.
#[test]
fn the_class_of_a_closure_is_not_remembered() {
    with_python(|python| {
        let [count, counting] =
            ["_PyEM_CountFuncParams", "_PyEM_GetCountArgsPtr"].map(|name| BEFORE_314.find("env", name).unwrap());
        let mut caller = python.caller();
        let success = put(&mut caller, &[1, 0, 0, 0]);
        let trampoline = call(&mut caller, counting, &[]).unwrap() as u32;
        let trampoline = caller.slot(trampoline).unwrap().unwrap();
        let mut met = Vec::new();
        for arguments in [3, 1, 2, 0, 3] {
            let slot = sum(python, arguments);
            let got = through_trampoline(&mut python.caller(), &trampoline, success, slot);
            assert_eq!(got, Some([0, 101, 203, 306][arguments]));
            assert_eq!(call(&mut python.caller(), count, &[slot as i32]).unwrap(), arguments as i32);
            met.push(slot);
            python.eval("kept.clear()\nimport gc; gc.collect()");
        }
        met.dedup();
        assert!(met.len() < 5, "the slot is used again: {met:?}");
    });
}

#[test]
fn arities_are_those_of_pointers() {
    let arity = |params: &[Type], results: &[Type]| Arity::of(&FunctionType::new(params, results));
    assert_eq!(arity(&[], &[Type::I32]), Arity::None);
    assert_eq!(arity(&[Type::I32; 3], &[Type::I32]), Arity::Three);
    for (params, results) in [
        (&[Type::I32; 4][..], &[Type::I32][..]),
        (&[Type::I32], &[]),
        (&[Type::I64], &[Type::I32]),
        (&[Type::I32, Type::F64], &[Type::I32]),
        (&[], &[Type::I64]),
    ] {
        assert_eq!(arity(params, results), Arity::Other);
    }
    assert!(pyrun_translate::validate(&helper_module()).is_ok());
}

#[test]
fn the_bridge_refuses_by_name() {
    with_python(|python| {
        let mut caller = python.caller();
        let env: wasmer::FunctionEnv<Env> = caller.env_handle();
        let ty = FunctionType::new([Type::I32], [Type::I32]);
        let refusal = bridge::refusal(&mut caller.store(), &env, "JsvNum_fromInt", &ty);
        assert_eq!(refusal.ty(&caller.store()), ty);
        let refused = caller.call_values(&refusal, &[Value::I32(7)]).map_err(Trap::flatten).unwrap_err();
        let refused = refused.to_string();
        assert!(refused.starts_with("JsvNum_fromInt is not available here: it belongs to the bridge"), "{refused}");
        let map = imports::bridge::HIWIRE.find("env", "__hiwire_deduplicate_new").unwrap();
        assert_eq!(call(&mut caller, map, &[]).unwrap(), 0);
    });
    for (module, name, is_one) in [
        ("env", "JsvNum_fromInt", true),
        ("env", "JsvNum_fromDigits", true),
        ("env", "fd_write", false),
        ("sentinel", "anything", true),
        ("wasi", "JsvNum_fromInt", false),
    ] {
        assert_eq!(bridge::is_bridge(module, name), is_one, "{module}.{name}");
    }
}
