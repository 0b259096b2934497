//! The macro that makes the tables of functions.

/// Declares a family of functions: one line per import, `Support(Capability, Bound | …) "name" => handler(arguments)`. A handler is
/// `fn(&mut Call, arguments…) -> Result<(), Errno>`; the guest gets 0 or the errno.
macro_rules! functions {
    ($(#[$meta:meta])* $vis:vis static $family:ident: $title:literal in $module:literal {
        $($support:ident($needs:ident, $($bound:ident)|+) $name:literal => $handler:ident($($arg:ident: $ty:ty),*);)*
    }) => {
        $(#[$meta])*
        $vis static $family: pyrun_emscripten_shim::imports::table::Family<$crate::WasiEnv> =
            pyrun_emscripten_shim::imports::table::Family {
                name: $title,
                module: $module,
                versions: pyrun_emscripten_shim::imports::table::Versions::ALL,
                imports: &[$(pyrun_emscripten_shim::imports::table::HostImport {
                    name: $name,
                    support: pyrun_emscripten_shim::Support::$support,
                    needs: pyrun_emscripten_shim::imports::table::Capability::$needs,
                    bounds: &[$(pyrun_emscripten_shim::imports::table::Bound::$bound),+],
                    params: &[$($crate::macros::wasm_type::<$ty>()),*],
                    results: &[wasmer::Type::I32],
                    define: |store, env| {
                        wasmer::Function::new_typed_with_env(
                            store,
                            env,
                            |env: wasmer::FunctionEnvMut<'_, $crate::WasiEnv>, $($arg: $ty),*|
                                -> Result<i32, wasmer::RuntimeError> {
                                $crate::env::run(env, $name, |call| $handler(call, $($arg),*))
                            },
                        )
                    },
                }),*],
            };
    };
}

/// The WebAssembly type of a handler's argument.
pub(crate) const fn wasm_type<T: wasmer::FromToNativeWasmType>() -> wasmer::Type {
    <T::Native as wasmer_types::NativeWasmType>::WASM_TYPE
}
