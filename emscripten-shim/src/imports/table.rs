//! The import tables: name, support level and types of each import, one line next to its handler.

use wasmer::{Function, FunctionEnv, FunctionType, StoreMut};

use crate::guest::caller::Env;

/// How well an import is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Does what the JavaScript glue does, or better.
    Full,
    /// Works for what its documentation says, and answers an error for the rest.
    Partial,
    /// Answers a documented error always, on purpose.
    Refused,
}

/// One import.
#[derive(Clone, Copy)]
pub struct Import {
    /// The name the module imports it by.
    pub name: &'static str,
    /// How well it is supported.
    pub support: Support,
    /// Makes the host function.
    pub define: fn(&mut StoreMut<'_>, &FunctionEnv<Env>) -> Function,
}

impl std::fmt::Debug for Import {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import").field("name", &self.name).field("support", &self.support).finish()
    }
}

/// The imports that one upstream file supplies.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// A short name, for the documentation.
    pub name: &'static str,
    /// The module name in the import section.
    pub module: &'static str,
    /// Its imports.
    pub imports: &'static [Import],
}

impl Family {
    /// The import of this name.
    pub fn find(&self, module: &str, name: &str) -> Option<&'static Import> {
        if self.module != module {
            return None;
        }
        self.imports.iter().find(|import| import.name == name)
    }
}

/// Finds an import in several sets of families.
pub fn find(sets: &[&[&Family]], module: &str, name: &str) -> Option<&'static Import> {
    sets.iter().flat_map(|families| families.iter()).find_map(|family| family.find(module, name))
}

/// Whether a host function made for an import has the type that the module asks for.
pub fn type_matches(function: &Function, store: &StoreMut<'_>, wanted: &FunctionType) -> bool {
    function.ty(store) == *wanted
}

/// Declares a [`Family`]: one line per import.
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
/// Arguments that the import has and the handler has no use for stand behind it, after `ignoring`.
///
/// ```ignore
/// imports! {
///     /// Descriptors.
///     pub static DESCRIPTORS: "descriptors" in "env" as syscall {
///         Full "__syscall_dup" => dup(fd: i32);
///         Partial "__syscall_fcntl64" => fcntl64(fd: i32, command: i32, varargs: GuestPtr<i32>);
///         Partial "__syscall_listen" => listen(fd: i32, backlog: i32) ignoring (i32, i32, i32, i32);
///     }
/// }
/// ```
#[macro_export]
macro_rules! imports {
    ($(#[$meta:meta])* $vis:vis static $family:ident: $title:literal in $module:literal as $kind:ident {
        $($support:ident $name:literal => $handler:ident($($arg:ident: $ty:ty),*)
            $(ignoring ($($ignored:ty),*))? $(-> $ret:ty)?;)*
    }) => {
        $(#[$meta])*
        $vis static $family: $crate::Family = $crate::Family {
            name: $title,
            module: $module,
            imports: &[$($crate::Import {
                name: $name,
                support: $crate::Support::$support,
                define: |store, env| {
                    $crate::import_function!(
                        $kind, $name, store, env, $handler, ($($arg: $ty),*) $(ignoring ($($ignored),*))? $(-> $ret)?
                    )
                },
            }),*],
        };
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
            |env: $crate::reexport::FunctionEnvMut<'_, $crate::Env>, $($arg: $ty,)* $($(_: $ignored),*)?| -> Result<i32, $crate::reexport::RuntimeError> {
                let mut caller = $crate::Caller::new(env);
                let outcome = caller.with_sys(|sys| $handler(sys, $($arg),*))?;
                $crate::reexport::trace!(import = $name, ?outcome);
                caller.hasten_signal()?;
                Ok(outcome.unwrap_or_else(|errno| -i32::from(errno.code())))
            },
        )
    };
    (wasi, $name:literal, $store:ident, $env:ident, $handler:ident, ($($arg:ident: $ty:ty),*) $(ignoring ($($ignored:ty),*))?) => {
        $crate::reexport::Function::new_typed_with_env(
            $store,
            $env,
            |env: $crate::reexport::FunctionEnvMut<'_, $crate::Env>, $($arg: $ty,)* $($(_: $ignored),*)?| -> Result<i32, $crate::reexport::RuntimeError> {
                let mut caller = $crate::Caller::new(env);
                let outcome = caller.with_sys(|sys| $handler(sys, $($arg),*))?;
                $crate::reexport::trace!(import = $name, ?outcome);
                caller.hasten_signal()?;
                Ok(outcome.map_or_else(|errno| i32::from(errno.code()), |()| 0))
            },
        )
    };
    (reentrant, $name:literal, $store:ident, $env:ident, $handler:ident, ($($arg:ident: $ty:ty),*) $(ignoring ($($ignored:ty),*))?) => {
        $crate::reexport::Function::new_typed_with_env(
            $store,
            $env,
            |env: $crate::reexport::FunctionEnvMut<'_, $crate::Env>, $($arg: $ty,)* $($(_: $ignored),*)?| -> Result<i32, $crate::reexport::RuntimeError> {
                let outcome = $handler(&mut $crate::Caller::new(env), $($arg),*);
                $crate::reexport::trace!(import = $name, ?outcome);
                match outcome {
                    Ok(value) => Ok(value),
                    Err($crate::guest::trap::Failure::Errno(errno)) => Ok(-i32::from(errno.code())),
                    Err($crate::guest::trap::Failure::Trap(trap)) => Err(trap.into()),
                }
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
            |env: $crate::reexport::FunctionEnvMut<'_, $crate::Env>, $($arg: $ty,)* $($(_: $ignored),*)?| -> Result<$ret, $crate::reexport::RuntimeError> {
                $crate::reexport::trace!(import = $name);
                Ok($handler(&mut $crate::Caller::new(env), $($arg),*)?)
            },
        )
    };
}
