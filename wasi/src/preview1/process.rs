//! The end of the program, and signals that it sends itself.

use pyrun_emscripten_shim::imports::table::{Bound, Capability, Family, HostImport, Versions};
use pyrun_emscripten_shim::{Support, Trap};
use wasmer::{Function, FunctionEnvMut, RuntimeError, Type};

use crate::env::{WasiEnv, code, pass};

/// The end of the program. The two do not answer as the others do, so the macro does not make them.
pub(super) static PROCESS: Family<WasiEnv> = Family {
    name: "process",
    module: "wasi_snapshot_preview1",
    versions: Versions::ALL,
    imports: &[
        HostImport {
            name: "proc_exit",
            support: Support::Full,
            needs: Capability::Log,
            bounds: &[Bound::Time],
            params: &[Type::I32],
            results: &[],
            define: |store, env| Function::new_typed_with_env(store, env, proc_exit),
        },
        HostImport {
            name: "proc_raise",
            support: Support::Full,
            needs: Capability::Log,
            bounds: &[Bound::Time],
            params: &[Type::I32],
            results: &[Type::I32],
            define: |store, env| Function::new_typed_with_env(store, env, proc_raise),
        },
    ],
};

/// The highest number of a signal.
const LAST_SIGNAL: i32 = 30;
/// Signals that nothing comes of unless they are handled, which a program of preview 1 cannot: of children, continuing, urgent
/// data, and the window's size.
const IGNORED: [i32; 5] = [0, 16, 17, 22, 27];
/// Signals that stop a process.
const STOPPING: [i32; 4] = [18, 19, 20, 21];

fn proc_exit(env: FunctionEnvMut<'_, WasiEnv>, status: i32) -> Result<(), RuntimeError> {
    pass(env, |env| Err(exit(&env, status).into()))
}

/// Does what the signal does by default: mostly, it ends the program.
fn proc_raise(env: FunctionEnvMut<'_, WasiEnv>, signal: i32) -> Result<i32, RuntimeError> {
    pass(env, |env| match signal {
        signal if IGNORED.contains(&signal) => Ok(0),
        signal if STOPPING.contains(&signal) => Ok(code(pyrun_memfs::Errno::NotSup)),
        1..=LAST_SIGNAL => Err(exit(&env, 128 + signal).into()),
        _ => Ok(code(pyrun_memfs::Errno::Inval)),
    })
}

/// Tells the host that the program ends, and gives what ends it.
fn exit(env: &FunctionEnvMut<'_, WasiEnv>, status: i32) -> Trap {
    env.data().kernel().process.host.exiting(status);
    Trap::Exit(status)
}
