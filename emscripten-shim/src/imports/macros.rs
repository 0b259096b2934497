//! The macros that make the tables of imports.

/// Declares a [`Family`](crate::imports::table::Family): one line per import.
///
/// The third word says how the handler is called and what its result becomes:
///
/// | word | handler | result to the guest |
/// |---|---|---|
/// | `syscall` | `fn(&mut Sys, args…) -> Result<i32, Errno>` | the value, or the negative errno |
/// | `wasi` | `fn(&mut Sys, args…) -> Result<(), Errno>` | 0, or the positive errno |
/// | `call` | `fn(&mut Caller, args…) -> Result<T, Trap>` | the value; a trap unwinds |
/// | `reentrant` | `fn(&mut Caller, args…) -> Result<i32, Failure>` | as `syscall`; a trap unwinds |
///
/// After the module's name, `for` and a name of [`Versions`](crate::imports::table::Versions) may say which series of Emscripten
/// the family is for; without it, it is for all.
///
/// Behind the support level stand the [`Capability`](crate::imports::table::Capability) that the import needs and the
/// [`Bound`](crate::imports::table::Bound)s of what a guest takes by it.
///
/// Arguments that the import has and the handler has no use for stand behind it, after `ignoring`.
///
/// ```ignore
/// imports! {
///     /// Descriptors.
///     pub static DESCRIPTORS: "descriptors" in "env" as syscall {
///         Full(Files, Descriptors) "__syscall_dup" => dup(fd: i32);
///         Partial(Files, Descriptors) "__syscall_fcntl64" => fcntl64(fd: i32, command: i32, varargs: GuestPtr<i32>);
///         Partial(Nothing, Descriptors | HostMemory) "__syscall_listen" => listen(fd: i32, backlog: i32) ignoring (i32, i32, i32, i32);
///     }
/// }
/// ```
#[macro_export]
macro_rules! imports {
    ($(#[$meta:meta])* $vis:vis static $family:ident: $title:literal in $module:literal
        $(for $versions:ident)? as $kind:ident {
        $($support:ident($needs:ident, $($bound:ident)|+) $name:literal => $handler:ident($($arg:ident: $ty:ty),*)
            $(ignoring ($($ignored:ty),*))? $(-> $ret:ty)?;)*
    }) => {
        $(#[$meta])*
        $vis static $family: $crate::Family = $crate::Family {
            name: $title,
            module: $module,
            versions: $crate::family_versions!($($versions)?),
            imports: &[$($crate::host_import!(
                $support($needs, $($bound)|+) $kind $name => $handler($($arg: $ty),*) $(ignoring ($($ignored),*))? $(-> $ret)?
            )),*],
        };
    };
}

/// The series that a family is for; see [`imports!`].
#[doc(hidden)]
#[macro_export]
macro_rules! family_versions {
    () => {
        $crate::imports::table::Versions::ALL
    };
    ($versions:ident) => {
        $crate::imports::table::Versions::$versions
    };
}

/// One line of [`imports!`].
#[doc(hidden)]
#[macro_export]
macro_rules! host_import {
    ($support:ident($needs:ident, $($bound:ident)|+) $kind:ident $name:literal => $handler:ident($($arg:ident: $ty:ty),*)
        $(ignoring ($($ignored:ty),*))? $(-> $ret:ty)?) => {
        $crate::HostImport {
            name: $name,
            support: $crate::Support::$support,
            needs: $crate::imports::table::Capability::$needs,
            bounds: &[$($crate::imports::table::Bound::$bound),+],
            params: &[$($crate::reexport::wasm_type::<$ty>(),)* $($($crate::reexport::wasm_type::<$ignored>()),*)?],
            results: $crate::import_results!($kind $($ret)?),
            define: |store, env| {
                $crate::import_function!(
                    $kind, $name, store, env, $handler, ($($arg: $ty),*) $(ignoring ($($ignored),*))? $(-> $ret)?
                )
            },
        }
    };
}

/// The results of an import; see [`imports!`].
#[doc(hidden)]
#[macro_export]
macro_rules! import_results {
    (call) => {
        &[]
    };
    (call $ret:ty) => {
        &[$crate::reexport::wasm_type::<$ret>()]
    };
    ($errno:ident) => {
        &[$crate::reexport::wasm_type::<i32>()]
    };
}

/// The body of one import; see [`imports!`].
#[doc(hidden)]
#[macro_export]
macro_rules! import_function {
    (syscall, $name:literal, $store:ident, $env:ident, $handler:ident, ($($arg:ident: $ty:ty),*) $(ignoring ($($ignored:ty),*))?) => {
        $crate::reexport::Function::new_typed_with_env(
            $store,
            $env,
            |env: $crate::reexport::FunctionEnvMut<'_, $crate::Env>, $($arg: $ty,)* $($(_: $ignored),*)?| -> Result<$crate::reexport::ImportOutcome<i32>, $crate::reexport::RuntimeError> {
                $crate::guest::import::run_import(env, |caller| {
                    let outcome = caller.with_sys(|sys| $handler(sys, $($arg),*))?;
                    $crate::reexport::trace!(import = $name, ?outcome);
                    caller.request_signal_check_after(outcome.as_ref().err().copied())?;
                    Ok(outcome.unwrap_or_else(|errno| -i32::from(errno.code())))
                })
            },
        )
    };
    (wasi, $name:literal, $store:ident, $env:ident, $handler:ident, ($($arg:ident: $ty:ty),*) $(ignoring ($($ignored:ty),*))?) => {
        $crate::reexport::Function::new_typed_with_env(
            $store,
            $env,
            |env: $crate::reexport::FunctionEnvMut<'_, $crate::Env>, $($arg: $ty,)* $($(_: $ignored),*)?| -> Result<$crate::reexport::ImportOutcome<i32>, $crate::reexport::RuntimeError> {
                $crate::guest::import::run_import(env, |caller| {
                    let outcome = caller.with_sys(|sys| $handler(sys, $($arg),*))?;
                    $crate::reexport::trace!(import = $name, ?outcome);
                    caller.request_signal_check_after(outcome.as_ref().err().copied())?;
                    Ok(outcome.map_or_else(|errno| i32::from(errno.code()), |()| 0))
                })
            },
        )
    };
    (reentrant, $name:literal, $store:ident, $env:ident, $handler:ident, ($($arg:ident: $ty:ty),*) $(ignoring ($($ignored:ty),*))?) => {
        $crate::reexport::Function::new_typed_with_env(
            $store,
            $env,
            |env: $crate::reexport::FunctionEnvMut<'_, $crate::Env>, $($arg: $ty,)* $($(_: $ignored),*)?| -> Result<$crate::reexport::ImportOutcome<i32>, $crate::reexport::RuntimeError> {
                $crate::guest::import::run_import(env, |caller| {
                    let outcome = $handler(caller, $($arg),*);
                    $crate::reexport::trace!(import = $name, ?outcome);
                    match outcome {
                        Ok(value) => Ok(value),
                        Err($crate::guest::trap::Failure::Errno(errno)) => Ok(-i32::from(errno.code())),
                        Err($crate::guest::trap::Failure::Trap(trap)) => Err(trap.into()),
                    }
                })
            },
        )
    };
    (call, $name:literal, $store:ident, $env:ident, $handler:ident, ($($arg:ident: $ty:ty),*) $(ignoring ($($ignored:ty),*))?) => {
        $crate::import_function!(call, $name, $store, $env, $handler, ($($arg: $ty),*) $(ignoring ($($ignored),*))? -> ())
    };
    (call, $name:literal, $store:ident, $env:ident, $handler:ident, ($($arg:ident: $ty:ty),*) $(ignoring ($($ignored:ty),*))? -> $ret:ty) => {
        $crate::reexport::Function::new_typed_with_env(
            $store,
            $env,
            |env: $crate::reexport::FunctionEnvMut<'_, $crate::Env>, $($arg: $ty,)* $($(_: $ignored),*)?| -> Result<$crate::reexport::ImportOutcome<$ret>, $crate::reexport::RuntimeError> {
                $crate::reexport::trace!(import = $name);
                $crate::guest::import::run_import(env, |caller| Ok($handler(caller, $($arg),*)?))
            },
        )
    };
}
